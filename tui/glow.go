package tui

import (
	"slices"
	"time"

	"spot-tui/fleet"
)

// glowTime is how long a changed cell glows: until the next tick of the second,
// which may come a little early.
const glowTime = 900 * time.Millisecond

// glow is which cells of a row have changed, and when. The cells are told by the
// place of their column.
type glow struct {
	cells uint32
	at    time.Time
}

// glows says whether changes are shown by a glow: where there are colours, and
// somebody looks.
func (m *model) glows() bool {
	return !m.o.ASCII && !m.o.NoColor && m.o.Theme != "mono" && !m.away && !m.cursorIsNew()
}

// cursorIsNew says whether the facts are the first: what was there before the
// program has not changed.
func (m *model) cursorIsNew() bool { return len(m.rows.all) == 0 }

// warm notes which cells a new fact changes; before is nil where it is the
// first of its instance.
func (m *model) warm(before, is *fleet.Instance) {
	cells := uint32(0)
	cs := m.rows.registry()
	for n := range cs {
		c := &cs[n]
		if before == nil && c.head == idHead || before != nil && c.changed != nil && c.changed(before, is) {
			cells |= 1 << n
		}
	}
	if cells != 0 {
		m.rows.glow[is.ID] = glow{cells, m.now}
	}
}

// cool forgets what has glowed for its time.
func (m *model) cool() {
	for id, g := range m.rows.glow {
		if m.now.Sub(g.at) >= glowTime || !m.glows() {
			delete(m.rows.glow, id)
		}
	}
}

// registry is the registry of columns: a glow's bits are in its order.
func (r *rows) registry() []column {
	if r.columns == nil {
		r.columns = columns()
	}
	return r.columns
}

// glowing says whether a cell of a row glows.
func (r *rows) glowing(g uint32, head string) bool {
	return g != 0 && g&(1<<slices.IndexFunc(r.registry(), func(c column) bool { return c.head == head })) != 0
}

// found gives the terms of the filter that look into a column.
func (m *model) found(c column) []fleet.FilterTerm {
	var ts []fleet.FilterTerm
	for _, t := range m.rows.filter.terms {
		if slices.ContainsFunc(fieldsOf(c.head), t.In) {
			ts = append(ts, t)
		}
	}
	return ts
}

// fieldsOf are the fields of the filter that a column shows.
func fieldsOf(head string) []string {
	switch head {
	case idHead:
		return []string{"id"}
	case zoneHead:
		return []string{"zone", "region"}
	case "TYPE":
		return []string{"type"}
	case stageHead:
		return []string{"stage", "reason"}
	case "ADDRESS", "PRIVATE":
		return []string{"address"}
	case "LAUNCH":
		return []string{"launch"}
	case "IMAGE":
		return []string{"image"}
	case "ARCH":
		return []string{"arch"}
	}
	return nil
}
