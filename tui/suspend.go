package tui

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Stops is how the process is stopped and goes on. Its owner has the signals
// SIGTSTP and SIGCONT while the screen is shown.
type Stops interface {
	// Asked gives true where something outside wants the process stopped, and false
	// where it goes on after a stop that was not announced (SIGSTOP).
	Asked() <-chan bool
	// Stop stops the process, and returns when it goes on; false: it was not stopped,
	// because no shell is there to have it go on.
	Stop() (stopped bool)
	// Lend leaves the signals to another program that has the terminal; back takes
	// them again.
	Lend() (back func())
}

type (
	stopMsg    struct{ stop bool }    // as Asked gives it
	resumedMsg struct{ stopped bool } // the terminal is ours again
)

// noStops says why the program can't be suspended.
func noStops(m *model) string {
	if m.o.Stops == nil {
		return "this system has no way to suspend a program"
	}
	return ""
}

// suspend gives the terminal back as it was and stops the process. Bubble Tea's own
// suspension waits for a SIGCONT that never comes where no shell is above us.
func (m *model) suspend() tea.Cmd { return m.giveBack(m.o.Stops.Stop) }

// giveBack gives the terminal back for as long as f runs, and draws the whole screen
// then.
func (m *model) giveBack(f func() bool) tea.Cmd {
	c := &pauseCommand{ctx: m.ctx, run: f, given: &m.given}
	return tea.Exec(c, func(error) tea.Msg { return resumedMsg{c.stopped} })
}

// onStop takes a stop or a return that came from outside.
func (m *model) onStop(msg stopMsg) tea.Cmd {
	if msg.stop {
		return m.suspend()
	}
	return m.giveBack(func() bool { return true }) // the shell has had the terminal meanwhile
}

func (m *model) resumed(msg resumedMsg) tea.Cmd {
	if msg.stopped {
		return tea.ClearScreen
	}
	return tea.Batch(tea.ClearScreen, m.say("suspend: no shell is there that could have spot-tui go on; "+m.keyFor("quit")+" leaves"))
}

// exec hands the terminal to a program, whose signals are its own meanwhile.
func (m *model) exec(c tea.ExecCommand, done func(error) tea.Msg) tea.Cmd {
	if m.o.Stops != nil {
		c = lent{c, m.o.Stops}
	}
	return tea.Exec(c, done)
}

// lent is a program that has the terminal, and is stopped with us by its Ctrl+Z.
type lent struct {
	tea.ExecCommand
	stops Stops
}

// Run implements tea.ExecCommand.
func (l lent) Run() error {
	defer l.stops.Lend()()
	return l.ExecCommand.Run()
}

// pauseCommand is what Bubble Tea gives the terminal back for.
type pauseCommand struct {
	ctx     context.Context
	run     func() bool
	given   *atomic.Bool // the terminal is not ours
	stopped bool
}

// SetStdin implements tea.ExecCommand.
func (*pauseCommand) SetStdin(io.Reader) {}

// SetStdout implements tea.ExecCommand.
func (*pauseCommand) SetStdout(io.Writer) {}

// SetStderr implements tea.ExecCommand.
func (*pauseCommand) SetStderr(io.Writer) {}

// Run implements tea.ExecCommand.
func (c *pauseCommand) Run() error {
	over := time.NewTimer(shortest)
	defer over.Stop()
	c.given.Store(true)
	c.stopped = c.run()
	c.given.Store(false)
	select {
	case <-over.C:
	case <-c.ctx.Done():
	}
	return nil
}

// hearStops passes on what comes from outside, until ctx ends.
func hearStops(ctx context.Context, s Stops, send func(tea.Msg)) {
	for {
		select {
		case stop := <-s.Asked():
			send(stopMsg{stop})
		case <-ctx.Done():
			return
		}
	}
}
