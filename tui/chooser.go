package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// always says that a column can't be hidden: which instance it is, and how it is.
func (c column) always() bool { return c.head == idHead || c.head == stageHead }

// arranged gives the columns that a person wants, in their order; without a
// choice, all. A chosen column leaves, where it gets narrow, before those to its
// left.
func (r *rows) arranged() []column {
	all := columns()
	if len(r.chosenHeads) == 0 {
		return all
	}
	var cs []column
	for n, head := range r.chosenHeads {
		c := all[slices.IndexFunc(all, func(c column) bool { return c.head == head })]
		if c.drop = n; c.always() {
			c.drop = 0
		}
		cs = append(cs, c)
	}
	return cs
}

// choose takes the heads of the columns to show. What there is no column for is
// left out; the id comes first and the stage is always there.
func (r *rows) choose(heads []string) {
	known := columns()
	r.chosenHeads = nil
	clear(r.drawn) // its pictures have other columns
	for _, head := range append([]string{idHead}, heads...) {
		if !slices.Contains(r.chosenHeads, head) && slices.ContainsFunc(known, func(c column) bool { return c.head == head }) {
			r.chosenHeads = append(r.chosenHeads, head)
		}
	}
	if !slices.Contains(r.chosenHeads, stageHead) {
		r.chosenHeads = append(r.chosenHeads, stageHead)
	}
	if !slices.Contains(r.chosenHeads, r.column) {
		r.column = stageHead
	}
}

// chooserView chooses the columns of the table and their order.
type chooserView struct {
	info
	heads []string // all, those that are shown first
	shown int
	at    int
}

func (*chooserView) place() place { return atColumns }

func (m *model) openColumns() tea.Cmd {
	v := &chooserView{}
	v.fill(m)
	return m.open(v)
}

func (v *chooserView) fill(m *model) {
	v.heads = nil
	for _, c := range m.rows.arranged() {
		v.heads = append(v.heads, c.head)
	}
	v.shown = len(v.heads)
	for _, c := range columns() {
		if !slices.Contains(v.heads, c.head) {
			v.heads = append(v.heads, c.head)
		}
	}
}

func (v *chooserView) step(n int) { v.at = min(max(0, v.at+n), len(v.heads)-1) }

// toggle shows or hides the column under the cursor.
func (v *chooserView) toggle(m *model) tea.Cmd {
	head := v.heads[v.at]
	if head == idHead || head == stageHead {
		return m.say(head + " is always shown")
	}
	heads := slices.Clone(v.heads[:v.shown])
	if v.at < v.shown {
		heads = slices.Delete(heads, v.at, v.at+1)
	} else {
		heads = append(heads, head)
	}
	m.rows.choose(heads)
	v.fill(m)
	v.at = slices.Index(v.heads, head)
	return nil
}

// shift moves the column under the cursor to the left or right of its neighbour.
func (v *chooserView) shift(m *model, n int) tea.Cmd {
	to := v.at + n
	if v.at < 1 || v.at >= v.shown || to < 1 || to >= v.shown {
		return nil
	}
	heads := slices.Clone(v.heads[:v.shown])
	heads[v.at], heads[to] = heads[to], heads[v.at]
	m.rows.choose(heads)
	v.fill(m)
	v.at = to
	return nil
}

// reset shows the columns as the screen began.
func (v *chooserView) reset(m *model) tea.Cmd {
	m.rows.chosenHeads = nil
	clear(m.rows.drawn)
	v.fill(m)
	v.at = 0
	return nil
}

func (v *chooserView) box(m *model, w int) dialog {
	d := dialog{title: "Columns", edge: m.th.Accent}
	room := max(3, m.h-12) // as many as fit around the cursor
	from := min(max(0, v.at-room/2), max(0, len(v.heads)-room))
	for n := from; n < min(len(v.heads), from+room); n++ {
		head, l := v.heads[n], m.boxLine(w)
		if n == v.at {
			l.put(m.th.Accent, m.th.Glyph("▸ ", "> "))
		} else {
			l.gap(2)
		}
		if n < v.shown {
			l.put(m.th.OK, m.th.Glyph("✓ ", "+ ")).put(m.th.Text, head)
		} else {
			l.gap(2).put(m.th.Dim, head)
		}
		if head == idHead || head == stageHead {
			l.put(m.th.Dim, "  always")
		}
		d.body = append(d.body, l)
	}
	d.foot = append([]*line{m.boxLine(w)}, m.options(w, atColumns)...)
	return d
}

func columnActions() []action {
	do := func(f func(v *chooserView, m *model) tea.Cmd) func(*model) tea.Cmd { return on(f) }
	step := func(n int) func(*model) tea.Cmd {
		return do(func(v *chooserView, _ *model) tea.Cmd { v.step(n); return nil })
	}
	as := []action{
		{id: "columnshow", keys: []string{"space"}, title: "show", help: "show or hide the column", footer: 1, run: do((*chooserView).toggle)},
		{id: "columnsup", keys: []string{"up", "k"}, title: "choose", help: "the column before", footer: 2, run: step(-1)},
		{id: "columnsdown", keys: []string{"down", "j"}, title: "choose", help: "the next column", run: step(1)},
		{id: "columnearlier", keys: []string{"K"}, title: "left", help: "move the column to the left", footer: 3, run: do(func(v *chooserView, m *model) tea.Cmd { return v.shift(m, -1) })},
		{id: "columnlater", keys: []string{"J"}, title: "right", help: "move the column to the right", footer: 4, run: do(func(v *chooserView, m *model) tea.Cmd { return v.shift(m, 1) })},
		{id: "columnreset", keys: []string{"r"}, title: "reset", help: "the columns as the screen began", footer: 5, run: do((*chooserView).reset)},
		{id: "columnsback", keys: []string{"enter", "q", "C"}, title: "done", help: "back to the table", footer: 6, run: (*model).back},
	}
	for n := range as {
		as[n].place = atColumns
	}
	return as
}

// toggleWide shows every column at its width, or those that fit.
func (m *model) toggleWide() {
	m.rows.wide = !m.rows.wide
	clear(m.rows.drawn)
}

// wideLayout gives all columns at their width: the id, and from the first on that
// lets the column cursor be seen. It says how many are out of sight on either side.
func (m *model) wideLayout(width int) (l layout, left, right int) {
	all := m.rows.arranged()
	at := slices.IndexFunc(all, func(c column) bool { return c.head == m.rows.column })
	for from := 1; ; from++ {
		l = layout{cs: []column{all[0]}, gap: 2}
		n := from
		for n < len(all) {
			l.cs = append(l.cs, all[n])
			if over := l.total() - l.gap - width; over > 0 {
				if cut := l.cs[len(l.cs)-1].width - over; cut >= 8 && n != at { // a part of it shows that more is there
					l.cs[len(l.cs)-1].width = cut
					n++
				} else {
					l.cs = l.cs[:len(l.cs)-1]
				}
				break
			}
			n++
		}
		if n > at || from >= at {
			return l, from - 1, len(all) - n
		}
	}
}
