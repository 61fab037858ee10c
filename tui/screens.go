package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// screen is a page that has a digit of its own. It is kept with its rows, its
// cursor and its filter while another is in front.
type screen interface {
	overlay
	full
	// opened is told each time it comes to the front; it asks for what it shows,
	// unless what it has is young enough.
	opened(m *model) tea.Cmd
}

// screenAction is the key of a screen, from wherever one is.
func screenAction(digit string, p place, help string, make func() screen) action {
	title := strings.TrimSuffix(string(p), " screen")
	return action{
		id: "screen" + strings.ToLower(title), place: everywhere, keys: []string{digit}, title: title, help: help, off: boxInFront,
		run: func(m *model) tea.Cmd { return m.goTo(p, make) },
	}
}

// fleetScreenAction is the way back to the Fleet screen, from wherever one is.
func fleetScreenAction() action {
	return action{id: "screenfleet", place: everywhere, keys: []string{"1"}, title: "Fleet", help: "the Fleet screen", off: boxInFront, run: (*model).home}
}

// boxInFront says why one can't go elsewhere: a question is open, and its answer
// is what counts (R1, R2).
func boxInFront(m *model) string {
	if _, asks := m.over.(boxed); asks {
		return "answer or leave the dialog first"
	}
	return ""
}

// goTo shows a screen instead of whatever lies over the Fleet screen.
func (m *model) goTo(p place, make func() screen) tea.Cmd {
	if m.over != nil && m.over.place() == p {
		return nil
	}
	s, ok := m.screens[p]
	if !ok {
		s = make()
		m.screens[p] = s
	}
	m.closeAll()
	return tea.Batch(m.open(s), s.opened(m), m.showReceipt())
}
