package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// The mouse is the terminal's until M; then it moves and opens, and no click or
// wheel changes anything, whatever is in front.
func TestTheMouseOnlyMovesAndOpens(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m := open(Options{Face: f}, size{120, 40}, steady())
	if m.View().MouseMode != tea.MouseModeNone {
		t.Fatal("the mouse is taken without being asked for")
	}
	press(m, "M")
	if m.View().MouseMode != tea.MouseModeCellMotion {
		t.Fatal("M does not take the mouse")
	}
	third := m.rows.shown[2].ID
	click := func(x, y int) { run(m, m.onMouse(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})) }
	if click(10, 4+2); m.rows.at != third || m.over != nil {
		t.Errorf("a click on the third row: the cursor is on %s", m.rows.at)
	}
	m.onMouse(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if m.rows.at != m.rows.shown[5].ID {
		t.Error("the wheel does not scroll")
	}
	click(10, 4+5)
	if v, ok := m.over.(*detailsView); !ok || v.id != m.rows.shown[5].ID {
		t.Errorf("a second click opens %T", m.over)
	}
	press(m, "esc")
	if click(10, 39); m.over != nil {
		t.Errorf("a click on the footer opens %T", m.over)
	}
	if click(10, 36); !m.inLog() {
		t.Errorf("a click on the log opens %T", m.over)
	}
	press(m, "esc")
	for _, keys := range [][]string{{"D"}, {"D", "left"}, {"n", "enter"}, {"P"}, {"x", "i", "d"}, {"q"}, {":"}, {"a"}, {"c"}} {
		press(m, keys...)
		at := m.rows.at
		for y := range 40 {
			for _, b := range []tea.MouseButton{tea.MouseLeft, tea.MouseRight, tea.MouseMiddle} {
				m.armed = true
				run(m, m.onMouse(tea.MouseClickMsg{X: 60, Y: y, Button: b}))
			}
			run(m, m.onMouse(tea.MouseWheelMsg{Button: tea.MouseWheelUp}))
		}
		if f.changed() != 0 || m.rows.at != at {
			t.Errorf("%v and the mouse changed something", keys)
		}
		press(m, "esc", "esc", "esc")
	}
}

// The window's title has the worst, the progress bar what goes on.
func TestTheTerminalIsTold(t *testing.T) {
	t.Parallel()
	b := steady()
	m := open(Options{Name: "sensors"}, size{80, 24}, b)
	if got := m.View().WindowTitle; got != "spot-tui sensors 8/12 ready, 1 interrupted" {
		t.Errorf("the title is %q", got)
	}
	if m.View().ProgressBar != nil {
		t.Error("a progress bar although nothing goes on")
	}
	m.Update(batchMsg{b: fleet.Batch{At: now(), Summary: b.Summary, Regions: b.Regions, Ops: []fleet.Operation{{ID: "l", Kind: fleet.OpLaunch, Started: now(), Total: 4, Done: 1}}}})
	if p := m.View().ProgressBar; p == nil || p.Value != 25 || p.State != tea.ProgressBarDefault {
		t.Errorf("the progress bar is %+v", p)
	}
}

// The bell rings for news: an interruption always, a failure while one looks
// elsewhere, and nothing of what was there before.
func TestTheBell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        fleet.EventKind
		away, first bool
		rings       bool
	}{
		{fleet.EventInterrupted, false, false, true},
		{fleet.EventInterrupted, false, true, false},
		{fleet.EventFailed, false, false, false},
		{fleet.EventFailed, true, false, true},
		{fleet.EventOpDone, true, false, true},
		{fleet.EventReady, true, false, false},
	} {
		m := open(Options{}, size{80, 24}, steady())
		m.Update(tea.FocusMsg{})
		if c.away {
			m.Update(tea.BlurMsg{})
		}
		if got := m.bell([]fleet.Event{{Kind: c.kind}}, c.first) != nil; got != c.rings {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
