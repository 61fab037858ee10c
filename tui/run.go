package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// Options is what the screen is made of.
type Options struct {
	Face     fleet.Face
	Name     fleet.Name
	Version  string
	Demo     bool
	ReadOnly bool
	NoColor  bool
	ASCII    bool
	Theme    string // auto, dark, light, high-contrast or mono
	Keys     Bindings
	Notify   Notifier
	Mouse    bool // taken from the start; M takes it or gives it back
	// Program is how the program was called, for lines that do the same as an action;
	// Calls gives the API calls that have ended (nil: they are not known).
	Program []string
	Calls   func() []fleet.Call
	Config  ConfigFile
	Offer   Offer    // what a plan can choose from
	Pager   []string // the command that shows a long text; nil: there is none
	// Panes opens a tmux window with a pane for each line, and gives the command
	// that shows it where that is not on the screen already; nil: there is no tmux.
	Panes func(ctx context.Context, titles, lines []string) (attach []string, err error)
	// Stops is how the process is suspended; nil: it can't be.
	Stops Stops
	// View is how the screen begins, SaveView keeps it (I/O; nil: it is not kept).
	View     View
	SaveView func(View) error
	// Typed says that Input is a terminal: RunPlain asks for each line then.
	Typed  bool
	Input  io.Reader
	Output io.Writer
}

// Exit is what is left to say after the screen has closed.
type Exit struct {
	Summary []string
}

// framesPerSecond bounds how long a key waits for the bytes that show it, also on a
// slow machine, and the first frame for its time: as many as Bubble Tea has of itself.
const framesPerSecond = 60

// stallLimit is how long a terminal that does not take our last bytes may keep
// the program: its engine has long been told to stop.
const stallLimit = 2 * time.Second

// Run shows the screen until the person leaves or ctx ends. It returns at the
// latest two seconds after ctx has ended, also if the terminal has stalled.
func Run(ctx context.Context, o Options) (Exit, error) { return show(ctx, o, stallLimit) }

// show is Run with what tests need beside it.
func show(ctx context.Context, o Options, stall time.Duration, more ...tea.ProgramOption) (Exit, error) {
	if o.Input == nil {
		o.Input = os.Stdin
	}
	if o.Output == nil {
		o.Output = os.Stdout
	}
	// Commands are waited for by nobody: the context ends those that still wait.
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(inner, o)
	opts := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithFPS(framesPerSecond), tea.WithInput(o.Input), tea.WithOutput(o.Output),
		tea.WithoutSignalHandler(), // cli owns the signals
	}
	if o.NoColor || o.Theme == "mono" {
		opts = append(opts, tea.WithColorProfile(colorprofile.ASCII))
	}
	p := tea.NewProgram(m, append(opts, more...)...)
	if o.Stops != nil {
		go hearStops(inner, o.Stops, p.Send) // ends with the context
	}
	left := m.left // the model forgets it once it has left
	done := make(chan error, 1)
	go func() { _, err := p.Run(); done <- err }() // ends with the program; a stalled terminal is left behind below
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = settle(done, stall)
	case <-left:
		err = settle(done, stall)
	}
	if errors.Is(err, errStalled) {
		if m.given.Load() { // it was restored before
			return Exit{}, nil
		}
		return Exit{}, err
	}
	if err != nil && ctx.Err() == nil {
		return Exit{}, fmt.Errorf("the screen: %w", err)
	}
	return m.exit(), nil
}

var errStalled = errors.New("the terminal takes no more output; left without restoring it")

// settle waits for the program's end, but not for a terminal that has stalled.
func settle(done <-chan error, limit time.Duration) error {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return errStalled
	}
}

// exit composes the lines that stay in the terminal after leaving.
func (m *model) exit() Exit {
	s := m.summary
	if r := m.receipt; r != nil && r.Fleet != "" && s.Live == 0 {
		return Exit{Summary: []string{fmt.Sprintf("fleet %s destroyed: %d left in %s", r.Fleet, r.Left, format.Count(len(r.RegionsScanned), "scanned region"))}}
	}
	if s.Live == 0 {
		return Exit{}
	}
	line := fmt.Sprintf("fleet %s: %s keep running", s.Fleet, format.Count(s.Live, "instance"))
	if s.PerHour.Known {
		line += ", " + format.USD(s.PerHour.USD) + "/h"
	}
	if !s.EndsAt.IsZero() {
		line += "; they end by themselves at " + s.EndsAt.Local().Format("2006-01-02 15:04")
	}
	return Exit{Summary: []string{line, "spot-tui shows them again; spot-tui destroy ends them"}}
}
