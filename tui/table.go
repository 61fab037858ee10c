package tui

import (
	"fmt"

	"spot-tui/fleet"
	"spot-tui/tui/format"

	"spot-tui/tui/theme"
)

// table draws the rule, the head and h rows, or what to do when there are none.
func (m *model) table(h int) []string {
	facts := fmt.Sprintf("%d shown", len(m.rows.shown))
	if n := len(m.rows.all); n != len(m.rows.shown) {
		facts = fmt.Sprintf("%d of %d shown", len(m.rows.shown), n)
	}
	if m.rows.filter.text != "" {
		facts += " " + m.th.Glyph("·", "-") + " /" + m.rows.filter.text
	}
	if m.rows.problems {
		facts += " " + m.th.Glyph("·", "-") + " problems"
	}
	if n := len(m.rows.marks); n > 0 {
		facts += fmt.Sprintf(" %s %d marked", m.th.Glyph("·", "-"), n)
	}
	if m.rows.anchor != "" {
		facts += " " + m.th.Glyph("·", "-") + " range from " + string(m.rows.anchor)
	}
	if n := m.staleRows(); n > 0 {
		facts += " " + m.th.Glyph("·", "-") + " " + count(n, "stale row")
	}
	facts += " " + m.th.Glyph("·", "-") + " " + m.rows.sortBy.String()
	if len(m.rows.all) == 0 {
		return append([]string{m.rule("Fleet", "", m.w)}, fit(m.empty(), h+1, m.w)...)
	}
	cols := m.fitting(m.w)
	if cols.left+cols.right > 0 {
		facts = fmt.Sprintf("%d %s %d columns %s %s", cols.left, m.th.Glyph("◂▸", "<>"), cols.right, m.th.Glyph("·", "-"), facts)
	}
	head := m.line(m.w).gap(3)
	for _, c := range cols.cs {
		st, text := m.th.Dim, c.head
		if c.head == m.rows.sortBy.head {
			text += m.sortSign()
		}
		if c.head == m.rows.column {
			st = m.th.Accent
		}
		head.cell(st, text, c.width, c.right).gap(cols.gap)
	}
	ls := []string{m.rule("Fleet", facts, m.w), head.end()}
	if len(m.rows.drawn) > 4*h { // of rows that have scrolled away
		clear(m.rows.drawn)
	}
	for _, i := range m.rows.window(h) {
		ls = append(ls, m.row(i, cols))
	}
	if len(m.rows.shown) == 0 {
		ls = append(ls, m.line(m.w).gap(3).put(m.th.Dim, "nothing matches; Esc shows all").end())
	}
	return fit(ls, h+2, m.w)
}

// sortSign shows in a head which way its column is sorted.
func (m *model) sortSign() string {
	if m.rows.sortBy.reverse {
		return m.th.Glyph("▴", "^")
	}
	return m.th.Glyph("▾", "v")
}

// look is all that a row's picture depends on beside its instance.
type look struct {
	width              int
	zone               int // the zone's column grows with the regions
	stale              bool
	column             string // the one under the cursor is always shown
	selected, at, mark bool
	age, step          string
	dark               bool
	few                depth
	glow               uint32 // cells that have just changed
	found              string // the filter whose matches are shown
}

// drawn is a row's picture and what it was made for.
type drawn struct {
	of   *fleet.Instance
	look look
	text string
}

// row draws a row, or gives the picture it has of the same fact under the same look.
func (m *model) row(i *fleet.Instance, cols layout) string {
	k := look{width: m.w, zone: cols.widthOf(zoneHead), stale: m.stale[i.Region] && i.Stage != fleet.StageGone, column: m.rows.column, at: i.ID == m.rows.at, mark: m.rows.marks[i.ID], age: m.age(i), step: m.stepTime(i), dark: m.dark, few: m.few, glow: m.rows.glow[i.ID].cells, found: m.rows.filter.text}
	k.selected = k.at && !m.inLog()
	if d, ok := m.rows.drawn[i.ID]; ok && d.of == i && d.look == k {
		return d.text
	}
	l := m.line(m.w)
	l.selected = k.selected
	if k.at {
		l.put(m.th.Accent, m.th.Glyph("▌", ">"))
	} else {
		l.gap(1)
	}
	if k.mark {
		l.put(m.th.Accent, m.th.Glyph("✓", "+"))
	} else {
		l.gap(1)
	}
	if k.stale {
		l.put(m.th.Dim, m.th.Glyph("◌", "?"))
	} else {
		l.gap(1)
	}
	for _, c := range cols.cs {
		if len(m.rows.filter.terms) > 0 {
			l.find = m.found(c)
		}
		l.selected = k.selected || m.rows.glowing(k.glow, c.head)
		c.cell(m, i, l, c.width)
		l.selected, l.find = k.selected, nil
		l.gap(cols.gap)
	}
	text := l.edge().end()
	if k.stale {
		text = m.faded(text, k.selected)
	}
	m.rows.drawn[i.ID] = drawn{i, k, text}
	return text
}

func (m *model) age(i *fleet.Instance) string {
	if i.LaunchedAt.IsZero() {
		return ""
	}
	if !i.GoneAt.IsZero() {
		return format.Short(i.GoneAt.Sub(i.LaunchedAt))
	}
	return format.Short(m.now.Sub(i.LaunchedAt))
}

// stageLook is a stage's glyph and colour.
func (m *model) stageLook(s fleet.Stage) (string, theme.Style) {
	switch s {
	case fleet.StageReady:
		return m.th.Glyph("●", "*"), m.th.OK
	case fleet.StageFailed:
		return m.th.Glyph("✗", "x"), m.th.Bad
	case fleet.StageInterrupted:
		return m.th.Glyph("◆", "!"), m.th.Warn
	case fleet.StageGone, fleet.StageShuttingDown:
		return m.th.Glyph("○", "-"), m.th.Gone
	default:
		return m.th.Glyph("◐", "~"), m.th.Run
	}
}

// empty says what an empty table means, and the one next key.
func (m *model) empty() []string {
	put := func(st theme.Style, text string) string { return m.line(m.w).gap(3).put(st, text).end() }
	blank := put(m.th.Text, "")
	s := m.summary
	switch {
	case s.Problem != "":
		ls := []string{blank}
		for _, t := range m.fold(s.Problem, m.w-6) {
			ls = append(ls, put(m.th.Bad, t))
		}
		return append(ls, blank, put(m.th.Dim, "It goes on by itself as soon as AWS accepts you. Without an account: spot-tui --demo"))
	case !s.Scanned:
		return []string{blank, put(m.th.Dim, "asking "+count(len(m.regions), "region")+" what is there"+m.th.Glyph("…", "..."))}
	}
	if s.StoreProblem != "" { // nothing can be launched: the next step is to mend that
		ls := []string{blank}
		for _, t := range m.fold(s.StoreProblem, m.w-6) {
			ls = append(ls, put(m.th.Bad, t))
		}
		return append(ls, blank, put(m.th.Dim, "Until then nothing can be launched; watching and destroying work."))
	}
	ls := []string{blank, put(m.th.Text, "No instances."), blank}
	l := m.line(m.w).gap(3).put(m.th.Accent, m.keyFor("new")).put(m.th.Text, " new launch").gap(2)
	at := l.w
	for _, t := range m.fold("plans it first: where, how many, what it costs; nothing is made before you say yes", m.w-at-1) {
		ls = append(ls, l.put(m.th.Dim, t).end())
		l = m.line(m.w).gap(at)
	}
	return ls
}
