package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// shellFace is an engine whose shells end at once, as told.
type shellFace struct {
	fakeFace
	err error
	tty fleet.TTY
}

func (f *shellFace) Interactive(_ context.Context, _ fleet.InstanceID, tty fleet.TTY) (fleet.ExitStatus, error) {
	f.tty = tty
	return fleet.ExitStatus{Code: 1}, f.err
}

// A shell that ends at once keeps the terminal long enough for the screen to
// come back; its own exit status is no error, a lost connection is.
func TestShellKeepsTheTerminalLongEnough(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]error{"ends at once": nil, "can't be reached": errors.New("connect to i-1: refused")} {
		synctest.Test(t, func(t *testing.T) {
			f := &shellFace{err: fails}
			var out bytes.Buffer
			c := &shellCommand{ctx: t.Context(), face: f, id: "i-1", zone: "us-west-2a"}
			c.SetStdin(strings.NewReader(""))
			c.SetStdout(&out)
			c.SetStderr(&out)
			started := time.Now()
			if err := c.Run(); !errors.Is(err, fails) {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(started); took < 20*time.Millisecond {
				t.Errorf("%s: the terminal was given back after %v", name, took)
			}
			if !strings.Contains(out.String(), "i-1 us-west-2a") || f.tty.In == nil || f.tty.Out == nil {
				t.Errorf("%s: %q %+v", name, out.String(), f.tty)
			}
		})
	}
}

func TestShellWantsARunningInstance(t *testing.T) {
	t.Parallel()
	b := steady()
	for i := range b.Instances {
		b.Instances[i].State = fleet.StatePending
	}
	m := open(Options{}, size{120, 40}, b)
	press(m, "s")
	if !strings.Contains(m.toast, "is not running") {
		t.Errorf("it says %q", m.toast)
	}
	m.Update(shellDoneMsg{err: errors.New("shell on i-1: the connection was lost; try again")})
	if !strings.Contains(m.plain(), "the connection was lost; try again") {
		t.Error("why the shell ended is not shown")
	}
}

// panicFace is an engine that is broken.
type panicFace struct{ fakeFace }

func (*panicFace) Refresh() { panic("a fault of ours") }

// A panic in a command gives the terminal back before it is told.
func TestAPanicGivesTheTerminalBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	term := newTerminal()
	in, keys := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := show(ctx, Options{Face: &panicFace{}, Name: "sensors", Theme: "dark", Input: in, Output: term}, stallLimit, tea.WithWindowSize(120, 40))
		done <- err
	}()
	term.shows(t, "asking AWS who you are")
	if _, err := io.WriteString(keys, "r"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, tea.ErrProgramPanic) {
		t.Errorf("it ended with %v", err)
	}
	out := term.text()
	if on, off := strings.LastIndex(out, ansi.SetModeAltScreenSaveCursor), strings.LastIndex(out, ansi.ResetModeAltScreenSaveCursor); on < 0 || off < on {
		t.Error("the alternate screen was not left")
	}
	if !strings.Contains(out, ansi.ShowCursor) {
		t.Error("the cursor was not given back")
	}
}
