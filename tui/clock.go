package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// The pace of the screen's own clock: every second while something counts, and
// slowly while only ages grow, so that old data looks old although no news come.
const (
	fastTick = time.Second
	slowTick = 5 * time.Second
)

// ticks is the one chain of ticks. A tick of an older chain is dropped.
type ticks struct {
	n    int
	pace time.Duration // 0: it stands still
}

// tick keeps the clock running at the pace that the screen needs.
func (m *model) tick() tea.Cmd {
	want := m.pace()
	if want == m.clock.pace || m.clock.pace > 0 && want > m.clock.pace {
		return nil // it goes on, and slows down at its next tick
	}
	return m.nextTick(want)
}

func (m *model) nextTick(pace time.Duration) tea.Cmd {
	m.clock.n++
	m.clock.pace = pace
	if pace == 0 {
		return nil
	}
	n := m.clock.n
	return tea.Tick(pace, func(at time.Time) tea.Msg { return tickMsg{n: n, at: at} })
}

func (m *model) onTick(msg tickMsg) tea.Cmd {
	if msg.n != m.clock.n {
		return nil
	}
	if msg.at.After(m.now) && !m.freeze {
		m.now, m.dirty = msg.at, true
		m.oldNews()
		m.cool()
		m.followRegions()
	}
	return m.nextTick(m.pace())
}

// pace says how often the screen changes by the passing of time alone.
func (m *model) pace() time.Duration {
	if m.freeze || m.now.IsZero() {
		return 0
	}
	run, _ := m.over.(*runView)
	if _, busy := m.running(); busy || m.rows.counting || len(m.rows.glow) > 0 || run != nil && run.live() {
		return fastTick
	}
	for _, r := range m.regions {
		if !r.Answered.IsZero() {
			return slowTick
		}
	}
	return 0
}
