package tui

import (
	"time"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// staleAfter is how old a region's last answer may be before its rows are marked:
// several times the pause between two polls while nothing moves.
const staleAfter = time.Minute

// oldNews finds the regions whose rows may not be true any more.
func (m *model) oldNews() {
	m.stale = map[fleet.Region]bool{}
	for _, r := range m.regions {
		if r.Health == fleet.HealthDown || !r.Answered.IsZero() && m.now.Sub(r.Answered) > staleAfter {
			m.stale[r.Region] = true
		}
	}
}

// staleRows counts the shown rows that may not be true any more.
func (m *model) staleRows() int {
	if len(m.stale) == 0 {
		return 0
	}
	n := 0
	for _, i := range m.rows.shown {
		if m.stale[i.Region] && i.Stage != fleet.StageGone {
			n++
		}
	}
	return n
}

// faded draws a row of which nobody knows whether it still holds.
func (m *model) faded(row string, selected bool) string {
	return m.th.Dim.Render(ansi.Strip(row), selected)
}
