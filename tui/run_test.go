package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// terminal remembers what was written to it; once stalled it takes no more.
type terminal struct {
	mu      sync.Mutex
	b       bytes.Buffer
	wrote   chan struct{} // gets one after each write
	stalled chan struct{} // nil: it never stalls
}

func newTerminal() *terminal { return &terminal{wrote: make(chan struct{}, 1)} }

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.b.Write(p)
	stalled := t.stalled
	t.mu.Unlock()
	select {
	case t.wrote <- struct{}{}:
	default:
	}
	if stalled != nil {
		<-stalled
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// shows waits until something has been written.
func (t *terminal) shows(tb testing.TB, want string) {
	tb.Helper()
	deadline := time.After(10 * time.Second)
	for !strings.Contains(ansi.Strip(t.text()), want) {
		select {
		case <-t.wrote:
		case <-deadline:
			tb.Fatalf("the terminal does not show %q: %q", want, t.text())
		}
	}
}

// The first frame needs no engine and no network, and the end of the context
// ends the program with its terminal given back.
func TestFirstFrameNeedsNoFacts(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	term := newTerminal()
	done := make(chan error, 1)
	go func() {
		_, err := show(ctx, Options{Face: &fakeFace{}, Name: "sensors", Theme: "dark", NoColor: true, Input: strings.NewReader(""), Output: term}, stallLimit, tea.WithWindowSize(120, 40))
		done <- err
	}()
	term.shows(t, "asking AWS who you are")
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(stallLimit + time.Second):
		t.Fatal("Run did not return")
	}
	if out := term.text(); !strings.Contains(out, ansi.SetModeAltScreenSaveCursor) || strings.LastIndex(out, ansi.ResetModeAltScreenSaveCursor) < strings.LastIndex(out, ansi.SetModeAltScreenSaveCursor) {
		t.Error("the alternate screen was not left")
	}
}

// A terminal that takes no more bytes can't keep the program.
func TestAStalledTerminalIsLeftBehind(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	term := newTerminal()
	term.stalled = make(chan struct{})
	defer close(term.stalled)
	done := make(chan error, 1)
	go func() {
		_, err := show(ctx, Options{Face: &fakeFace{}, Name: "sensors", Theme: "dark", Input: strings.NewReader(""), Output: term}, 50*time.Millisecond)
		done <- err
	}()
	<-term.wrote
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, errStalled) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Run waits for a terminal that has stalled")
	}
}

// feedFace is an engine with news.
type feedFace struct{ fakeFace }

func (*feedFace) Next(ctx context.Context, c fleet.Cursor) (fleet.Batch, error) {
	if c.Rev == 0 {
		return steady(), nil
	}
	<-ctx.Done()
	return fleet.Batch{}, ctx.Err()
}

// Every goroutine ends with the program, also those of commands that wait for
// the engine. (Bubble Tea's own reader of the keyboard is not started here.)
func TestEveryGoroutineEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // it fails if one is left
		ctx, cancel := context.WithCancel(t.Context())
		term := newTerminal()
		done := make(chan error, 1)
		go func() {
			_, err := show(ctx, Options{Face: &feedFace{}, Name: "sensors", Theme: "dark", Output: term}, stallLimit, tea.WithInput(nil), tea.WithWindowSize(120, 40))
			done <- err
		}()
		<-time.After(5 * time.Second)
		if !strings.Contains(ansi.Strip(term.text()), "waiting for ssh") {
			t.Errorf("the facts are not on the screen: %q", term.text())
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		<-time.After(time.Minute) // timers that still ran have ended
	})
}
