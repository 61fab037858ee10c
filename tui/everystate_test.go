package tui

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// counted counts every way out of the screen: the engine, and what options do.
type counted struct {
	fakeFace
	out int
}

func (c *counted) options() Options {
	return Options{
		Face: c, Theme: "dark",
		Calls:    func() []fleet.Call { c.out++; return nil },
		SaveView: func(View) error { c.out++; return nil },
		Panes:    func(context.Context, []string, []string) ([]string, error) { c.out++; return nil, nil },
	}
}

// In every state, no key and no message makes Update or View call the engine or
// anything outside: that is for commands, which are not run here.
func TestUpdateAndViewCallNothingInAnyState(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, a := range actions() {
		for _, k := range a.keys {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	keys = append(keys, "x", "é", "backspace", "Z")
	for name, state := range states() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &counted{fakeFace: fakeFace{plan: plan()}}
			m := state(c.options(), size{120, 40})
			calls := func() int { c.mu.Lock(); defer c.mu.Unlock(); return c.calls + c.out }
			before := calls()
			look := func(what string) {
				m.View()
				if n := calls(); n != before {
					t.Errorf("%s made %d calls", what, n-before)
					before = n
				}
			}
			look("View")
			later := steady()
			later.At = now().Add(time.Minute)
			for _, msg := range []tea.Msg{
				batchMsg{b: later},
				tickMsg{n: m.clock.n, at: later.At.Add(time.Second)},
				tea.WindowSizeMsg{Width: 80, Height: 24},
				tea.BlurMsg{},
				tea.FocusMsg{},
				tea.PasteMsg{Content: "sensors"},
				tea.ResumeMsg{},
				tea.MouseWheelMsg{Button: tea.MouseWheelDown},
				tea.MouseClickMsg{X: 9, Y: 6, Button: tea.MouseLeft},
				toastMsg{n: m.toastN},
				armedMsg{m.overGen},
				copyMsg{text: "x"},
			} {
				m.Update(msg)
				look(fmt.Sprintf("%T", msg))
			}
			for _, k := range keys {
				m.Update(keyMsg(k)) // its command is not run
				look("the key " + k)
			}
		})
	}
}

// Whoever quits, from any state, leaves no goroutine behind: a bubble of
// testing/synctest does not end while one of its goroutines goes on.
func TestQuittingFromAnyStateEndsEveryGoroutine(t *testing.T) {
	for name, state := range states() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				m := state(Options{Face: &fakeFace{plan: plan()}, Theme: "dark"}, size{80, 24})
				m.ctx = ctx
				left := m.left
				p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler(), tea.WithWindowSize(80, 24))
				ended := make(chan error, 1)
				go func() { _, err := p.Run(); ended <- err }()
				for range 12 { // Esc closes whatever is in front; then Ctrl+C leads out, by the quit panel
					p.Send(keyMsg("esc"))
				}
				for range 3 {
					select {
					case <-left:
					default:
						p.Send(keyMsg("ctrl+c"))
						<-time.After(400 * time.Millisecond)
					}
				}
				if err := <-ended; err != nil {
					t.Errorf("it ended with %v", err)
				}
				stop()
				<-time.After(time.Minute) // every timer that still waits has ended
			})
		})
	}
}

// Every state survives a storm of sizes, 0×0 among them, a suspension and a
// resumption, and comes back as it was.
func TestEveryStateSurvivesAStormOfSizes(t *testing.T) {
	t.Parallel()
	for name, state := range states() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := state(Options{Face: &fakeFace{plan: plan()}, Theme: "dark"}, size{120, 40})
			m.View()
			over, at := m.over, m.rows.at
			for n, z := range []size{{0, 0}, {1, 1}, {59, 14}, {60, 15}, {0, 40}, {120, 0}, {61, 16}, {200, 60}, {80, 24}, {3, 200}, {500, 2}, {60, 20}, {0, 0}, {120, 40}} {
				m.Update(tea.WindowSizeMsg{Width: z.w, Height: z.h})
				if n%3 == 0 {
					m.Update(tea.SuspendMsg{})
					m.Update(tea.ResumeMsg{})
				}
				frame := m.View().Content
				if lines := strings.Count(frame, "\n") + 1; z.w > 0 && z.h > 0 && lines != z.h {
					t.Errorf("%d lines on a screen of %d×%d", lines, z.w, z.h)
				}
			}
			if m.over != over || m.rows.at != at {
				t.Errorf("%T at %s has become %T at %s", over, at, m.over, m.rows.at)
			}
			m.dirty = true
			fresh := state(Options{Face: &fakeFace{plan: plan()}, Theme: "dark"}, size{120, 40})
			if _, scrolls := m.over.(scroller); !scrolls && fresh.View().Content != m.View().Content {
				t.Errorf("it came back otherwise:\n%s\nthan\n%s", m.View().Content, fresh.View().Content)
			}
		})
	}
}
