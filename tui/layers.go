package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// quiet is how long a dialog that just opened takes no keys (R3).
const quiet = 300 * time.Millisecond

// open lays an overlay over what is there.
func (m *model) open(o overlay) tea.Cmd {
	if m.over != nil {
		m.below = append(m.below, layer{m.over, m.overGen})
	}
	m.lastGen++
	m.front(layer{o, m.lastGen})
	return m.arm()
}

func (m *model) front(l layer) {
	m.over, m.overGen, m.armed, m.dirty = l.over, l.gen, l.over == nil || !l.over.dangerous(), true
}

// arm starts the quiet time of a dialog that can change AWS.
func (m *model) arm() tea.Cmd {
	if m.armed {
		return nil
	}
	gen := m.overGen
	return tea.Tick(quiet, func(time.Time) tea.Msg { return armedMsg{gen} })
}

// back closes the front overlay; what lies behind it comes to the front, and a
// dialog among them gets its quiet time again.
func (m *model) back() tea.Cmd {
	if m.over == nil {
		return nil
	}
	m.over.closed()
	var l layer
	if n := len(m.below); n > 0 {
		l, m.below = m.below[n-1], m.below[:n-1]
	}
	m.front(l)
	return tea.Batch(m.arm(), m.showReceipt(), m.rescan())
}

// home closes every overlay.
func (m *model) home() tea.Cmd {
	m.closeAll()
	return m.showReceipt()
}

func (m *model) closeAll() {
	for _, l := range append(m.below, layer{over: m.over}) {
		if l.over != nil {
			l.over.closed()
		}
	}
	m.below = nil
	m.front(layer{})
}

// layer finds the overlay that a question came from; nil when it is closed.
func (m *model) layer(gen int) overlay {
	if gen == m.overGen {
		return m.over
	}
	for _, l := range m.below {
		if l.gen == gen {
			return l.over
		}
	}
	return nil
}
