package tui

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/tui/theme"
)

// noteLines is how many lines of notes a grid shows above its rows.
const noteLines = 3

// draw draws the rule, the notes, the heads and as many rows as fit into h lines,
// or what there is to do while there are none. facts stand in the rule.
func (g *grid[T]) draw(m *model, w, h int, facts ...string) []string {
	ls := []string{m.rule(g.title, strings.Join(append(facts, g.facts(m)...), " "+m.th.Glyph("·", "-")+" "), w)}
	if len(g.all) == 0 {
		return append(ls, g.vacant(m, w)...)
	}
	ls = append(ls, g.noted(m, w, h-3)...)
	cs, gap := g.fitting(w)
	head := m.line(w).gap(3)
	for _, c := range cs {
		st, text := m.th.Dim, c.head
		if c.head == g.sortBy {
			text += g.sortSign(m)
		}
		if c.head == g.column {
			st = m.th.Accent
		}
		head.cell(st, text, c.width, c.right).gap(gap)
	}
	ls = append(ls, head.end())
	if len(g.shown) == 0 {
		return append(ls, m.line(w).gap(3).put(m.th.Dim, "nothing matches; Esc shows all").end())
	}
	for _, r := range g.window(h - len(ls)) {
		ls = append(ls, g.row(m, r, cs, gap, w))
	}
	return ls
}

// facts says what is shown of the rows, and in which order.
func (g *grid[T]) facts(m *model) []string {
	if len(g.all) == 0 {
		return nil
	}
	fs := []string{fmt.Sprintf("%d shown", len(g.shown))}
	if len(g.shown) != len(g.all) {
		fs[0] = fmt.Sprintf("%d of %d shown", len(g.shown), len(g.all))
	}
	if g.filter != "" {
		fs = append(fs, "/"+g.filter)
	}
	if g.sortBy != "" {
		by := "by " + strings.ToLower(g.sortBy)
		if g.reverse {
			by += ", reversed"
		}
		fs = append(fs, by)
	}
	if g.empty.asking != "" {
		fs = append(fs, "asking again"+m.th.Glyph("…", "..."))
	}
	return fs
}

func (g *grid[T]) sortSign(m *model) string {
	if g.reverse {
		return m.th.Glyph("▴", "^")
	}
	return m.th.Glyph("▾", "v")
}

// noted gives the notes, the first of them where there are many: in at most room
// lines, so that rows are left.
func (g *grid[T]) noted(m *model, w, room int) []string {
	room = max(0, min(room, noteLines))
	notes := g.notes
	if g.empty.failed != "" {
		notes = append([]gridNote{{bad: true, text: g.empty.failed}}, notes...)
	}
	var ls []string
	for _, n := range notes {
		style := n.style(m)
		for i, t := range m.fold(n.text, w-5) {
			l := m.line(w).gap(1)
			if i == 0 {
				l.put(style, m.th.Glyph("▲", "!"))
			} else {
				l.gap(1)
			}
			ls = append(ls, l.gap(1).put(style, t).end())
		}
	}
	if room == 0 {
		return nil
	}
	if left := len(ls) - room; left > 0 {
		ls = append(ls[:room-1], m.line(w).gap(3).put(m.th.Dim, "and "+count(left+1, "line")+" more about what is missing").end())
	}
	return ls
}

// vacant says why there is no row, and what to do.
func (g *grid[T]) vacant(m *model, w int) []string {
	blank := m.line(w).end()
	ls := []string{blank}
	put := func(st theme.Style, text string) {
		if text == "" {
			return
		}
		for _, t := range m.fold(text, w-6) {
			ls = append(ls, m.line(w).gap(3).put(st, t).end())
		}
	}
	switch {
	case g.empty.asking != "":
		put(m.th.Run, g.empty.asking+m.th.Glyph("…", "..."))
		ls = append(ls, blank)
		put(m.th.Dim, "Esc goes back without it")
		return ls
	case g.empty.failed != "":
		put(m.th.Bad, g.empty.failed)
	default:
		put(m.th.Text, g.empty.none)
	}
	for _, n := range g.notes {
		put(n.style(m), n.text)
	}
	ls = append(ls, blank)
	put(m.th.Dim, g.empty.next)
	return ls
}

// fitting gives the columns that fit into a width, with their widths, and the
// blanks between them: two where no column has to leave for it. The one under the
// column cursor stays.
func (g *grid[T]) fitting(w int) ([]gridColumn[T], int) {
	cs := slices.Clone(g.columns)
	for i := range cs {
		c := &cs[i]
		sign := 0
		if c.head == g.sortBy {
			sign = 1
		}
		c.width = max(c.width, len(c.head)+sign, g.widths[c.head])
		if c.most > 0 {
			c.width = max(min(c.width, c.most), len(c.head)+sign)
		}
		if c.head == g.column {
			c.drop = 0
		}
	}
	total := func(gap int) int {
		n := 3 - gap
		for _, c := range cs {
			n += c.width + gap
		}
		return n
	}
	for total(1) > w {
		worst := slices.MaxFunc(cs, func(a, b gridColumn[T]) int { return a.drop - b.drop })
		if worst.drop == 0 {
			break
		}
		cs = slices.DeleteFunc(cs, func(c gridColumn[T]) bool { return c.head == worst.head })
	}
	for over := total(1) - w; over > 0; over = total(1) - w { // texts are cut, numbers never
		widest := -1
		for i, c := range cs {
			if !c.right && c.width > 6 && (widest < 0 || c.width > cs[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		cs[widest].width = max(6, cs[widest].width-over)
	}
	if total(2) <= w {
		return cs, 2
	}
	return cs, 1
}

func (g *grid[T]) row(m *model, r *T, cs []gridColumn[T], gap, w int) string {
	id := g.id(r)
	l := m.line(w)
	l.selected = id == g.at
	if l.selected {
		l.put(m.th.Accent, m.th.Glyph("▌", ">"))
	} else {
		l.gap(1)
	}
	if g.marks[id] {
		l.put(m.th.Accent, m.th.Glyph("✓", "+"))
	} else {
		l.gap(1)
	}
	l.gap(1)
	for _, c := range cs {
		switch {
		case c.draw != nil:
			c.draw(m, r, l, c.width)
		case c.style != nil:
			l.cell(c.style(m, r), c.text(r), c.width, c.right)
		default:
			l.cell(m.th.Text, c.text(r), c.width, c.right)
		}
		l.gap(gap)
	}
	return l.edge().end()
}
