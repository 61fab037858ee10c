package tui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/tui/theme"
)

// gridColumn is one column of a grid. What text gives is also what the filter
// searches and, without compare, what the column is sorted by.
type gridColumn[T any] struct {
	head    string
	width   int  // in cells, at least; the widest text makes it wider
	most    int  // in cells, at most; 0: as wide as the widest text
	drop    int  // the higher, the sooner it leaves where it gets narrow; 0: never
	right   bool // numbers
	text    func(r *T) string
	style   func(m *model, r *T) theme.Style         // nil: text
	draw    func(m *model, r *T, l *line, width int) // instead of the text in its style
	compare func(a, b *T) int                        // nil: by text
	known   func(r *T) bool                          // nil: neither empty nor "?"; what is not known is sorted last
}

// gridNote is a line between a grid's rule and its rows: what is missing there.
type gridNote struct {
	bad  bool // nothing could be had, not only a part
	text string
}

// style is asked for at each drawing: the terminal may turn light.
func (n gridNote) style(m *model) theme.Style {
	if n.bad {
		return m.th.Bad
	}
	return m.th.Warn
}

// gridEmpty is what a grid says while it has no rows.
type gridEmpty struct {
	asking string // what is being asked; empty: nothing is
	failed string // what went wrong, as a sentence; empty: nothing did
	none   string // what it means that there is nothing
	next   string // what to do then
}

// grid is a table page: rows that are known by an id, a cursor that follows the
// id (R5), columns that leave by priority, a sort and a filter. A page embeds
// it; only the rows that can be seen are drawn.
type grid[T any] struct {
	title   string
	columns []gridColumn[T]
	id      func(r *T) string
	empty   gridEmpty
	notes   []gridNote

	all    []T
	shown  []*T // into all, sorted and filtered
	widths map[string]int
	marks  map[string]bool
	at     string // the cursor; "" while there is no row
	top    int    // first visible row

	column  string // head of the one under the column cursor
	sortBy  string // head; empty: the order in which the rows came
	reverse bool
	filter  string
}

// set takes new rows in. The cursor stays on its row; where that is gone, it goes
// to the one that took its place. Marks of rows that are gone are kept: they may
// come back with the next answer.
func (g *grid[T]) set(rows []T) {
	g.all = rows
	g.refill()
}

// refill computes what is shown.
func (g *grid[T]) refill() {
	was := g.index()
	match := g.matcher()
	g.shown, g.widths = g.shown[:0:0], map[string]int{}
	for i := range g.all {
		r := &g.all[i]
		if !match(r) {
			continue
		}
		g.shown = append(g.shown, r)
		for _, c := range g.columns {
			g.widths[c.head] = max(g.widths[c.head], ansi.StringWidth(c.text(r)))
		}
	}
	if c := g.of(g.sortBy); c != nil {
		slices.SortStableFunc(g.shown, g.order(*c))
	}
	if g.column == "" && len(g.columns) > 0 {
		g.column = g.columns[0].head
	}
	switch {
	case len(g.shown) == 0:
		g.at = ""
	case g.index() < 0:
		g.at = g.id(g.shown[min(max(0, was), len(g.shown)-1)])
	}
}

// order compares two rows by a column; what is not known comes last, also in
// reverse.
func (g *grid[T]) order(c gridColumn[T]) func(a, b *T) int {
	known, compare := c.known, c.compare
	if known == nil {
		known = func(r *T) bool { t := c.text(r); return t != "" && t != "?" }
	}
	if compare == nil {
		compare = func(a, b *T) int { return cmp.Compare(c.text(a), c.text(b)) }
	}
	return func(a, b *T) int {
		if ka, kb := known(a), known(b); !ka || !kb {
			return cmp.Compare(truth(kb), truth(ka))
		}
		if g.reverse {
			return compare(b, a)
		}
		return compare(a, b)
	}
}

// matcher reads the filter: words that all have to be found in the row, word for
// word or as column:text; a ! before one turns it round.
func (g *grid[T]) matcher() func(r *T) bool {
	var tests []func(r *T) bool
	for _, word := range strings.Fields(strings.ToLower(g.filter)) {
		word, not := strings.CutPrefix(word, "!")
		columns := g.columns
		if head, rest, has := strings.Cut(word, ":"); has {
			if only := slices.DeleteFunc(slices.Clone(g.columns), func(c gridColumn[T]) bool { return !strings.HasPrefix(strings.ToLower(c.head), head) }); len(only) > 0 {
				columns, word = only[:1], rest
			}
		}
		tests = append(tests, func(r *T) bool {
			found := slices.ContainsFunc(columns, func(c gridColumn[T]) bool { return strings.Contains(strings.ToLower(c.text(r)), word) })
			return found != not
		})
	}
	return func(r *T) bool {
		return !slices.ContainsFunc(tests, func(ok func(*T) bool) bool { return !ok(r) })
	}
}

// of gives a column by its head; nil where there is none.
func (g *grid[T]) of(head string) *gridColumn[T] {
	i := slices.IndexFunc(g.columns, func(c gridColumn[T]) bool { return c.head == head })
	if i < 0 {
		return nil
	}
	return &g.columns[i]
}

// index is the cursor's row among those shown, or -1.
func (g *grid[T]) index() int {
	return slices.IndexFunc(g.shown, func(r *T) bool { return g.id(r) == g.at })
}

// current gives the row under the cursor; nil where there is none.
func (g *grid[T]) current() *T {
	if i := g.index(); i >= 0 {
		return g.shown[i]
	}
	return nil
}

// scroll moves the cursor by n rows; the window follows it.
func (g *grid[T]) scroll(n int) {
	if len(g.shown) > 0 {
		g.at = g.id(g.shown[min(max(0, g.index()+n), len(g.shown)-1)])
	}
}

// window scrolls so that the cursor is inside h rows, and gives those rows.
func (g *grid[T]) window(h int) []*T {
	h, at := max(1, h), max(0, g.index())
	g.top = max(min(g.top, at), at-h+1)
	g.top = max(0, min(g.top, len(g.shown)-h))
	return g.shown[g.top:min(len(g.shown), g.top+h)]
}

// toColumn moves the column cursor.
func (g *grid[T]) toColumn(n int) {
	at := slices.IndexFunc(g.columns, func(c gridColumn[T]) bool { return c.head == g.column })
	g.column = g.columns[min(max(0, at+n), len(g.columns)-1)].head
}

// sort sorts by the column under the cursor; once more reverses.
func (g *grid[T]) sort() {
	g.reverse = g.sortBy == g.column && !g.reverse
	g.sortBy = g.column
	g.refill()
}

// narrowTo sets the filter.
func (g *grid[T]) narrowTo(text string) {
	g.filter = text
	g.refill()
}

// counts says how many rows are shown, and of how many.
func (g *grid[T]) counts() (shown, all int) { return len(g.shown), len(g.all) }

// mark marks the row under the cursor, or takes its mark away, and goes down.
func (g *grid[T]) mark() {
	if g.at == "" {
		return
	}
	if g.marks == nil {
		g.marks = map[string]bool{}
	}
	if g.marks[g.at] {
		delete(g.marks, g.at)
	} else {
		g.marks[g.at] = true
	}
	g.scroll(1)
}

// markShown marks every row that is shown, and no other (R6).
func (g *grid[T]) markShown() {
	if g.marks == nil {
		g.marks = map[string]bool{}
	}
	for _, r := range g.shown {
		g.marks[g.id(r)] = true
	}
}

// marked gives the marked rows that are there, shown or not.
func (g *grid[T]) marked() []*T {
	var rs []*T
	for i := range g.all {
		if g.marks[g.id(&g.all[i])] {
			rs = append(rs, &g.all[i])
		}
	}
	return rs
}

// peel takes away the marks, then the filter, and says whether there was one.
func (g *grid[T]) peel() bool {
	switch {
	case len(g.marks) > 0:
		clear(g.marks)
	case g.filter != "":
		g.narrowTo("")
	default:
		return false
	}
	return true
}

// escape is what Esc does.
func (g *grid[T]) escape() string {
	switch {
	case len(g.marks) > 0:
		return "unmark"
	case g.filter != "":
		return "show all"
	}
	return "back"
}
