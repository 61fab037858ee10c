package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/tui/theme"
)

// overlay is what lies over the screen. It gets the keys; the data goes on
// below it.
type overlay interface {
	// place is where its keys stand in the registry.
	place() place
	// escape is what Esc does to it, in a word.
	escape() string
	// dangerous says whether it can change AWS: then its first 300 ms take no keys.
	dangerous() bool
	// closed is told when it is closed.
	closed()
}

// full is an overlay that takes the place of table and log.
type full interface {
	page(m *model, w, h int) []string
}

// boxed is an overlay drawn as a dialog.
type boxed interface {
	box(m *model, width int) dialog
}

// dialog is what a box shows. Where there is no room for all of the body, its
// end leaves and says so; the foot, where one confirms, always stays.
type dialog struct {
	title string
	edge  theme.Style // the border, in the colour of the risk
	body  []*line
	foot  []*line
}

// lay draws the dialog over the screen, in the middle.
func (m *model) lay(screen string) string {
	b, ok := m.over.(boxed)
	if !ok {
		return screen
	}
	width := min(m.w-4, 76)
	d := b.box(m, width-4)
	lines := d.body
	if most := m.h - 4 - len(d.foot); len(lines) > most {
		n := max(0, most-1)
		lines = append(slices.Clone(lines[:n]), m.boxLine(width-4).put(m.th.Warn, count(len(lines)-n, "line")+" more: needs a taller window"))
	}
	rows := m.frameBox(d.title, d.edge, slices.Concat(lines, d.foot), width)
	x, y := (m.w-width)/2, max(0, (m.h-len(rows))/2)
	under := strings.Split(screen, "\n")
	for i, r := range rows {
		if y+i >= len(under) {
			break
		}
		old := under[y+i]
		under[y+i] = ansi.Cut(old, 0, x) + r + ansi.Cut(old, x+width, m.w)
	}
	return strings.Join(under, "\n")
}

// scrolling is how far a page is scrolled.
type scrolling struct{ top int }

func (s *scrolling) scroll(n int) { s.top = max(0, s.top+n) }

// paged draws a page: a rule, and as much of the body as fits.
func (m *model) paged(s *scrolling, title, facts string, body []string, w, h int) []string {
	room := max(1, h-1)
	s.top = min(s.top, max(0, len(body)-room))
	end := min(len(body), s.top+room)
	if len(body) > room {
		facts += fmt.Sprintf("  lines %d to %d of %d", s.top+1, end, len(body))
	}
	return append([]string{m.rule(title, strings.TrimSpace(facts), w)}, body[s.top:end]...)
}

// frameBox draws a heavy border in the colour of the risk around lines on the
// dialog's background.
func (m *model) frameBox(title string, edge theme.Style, lines []*line, width int) []string {
	t := m.th
	dash, side := t.Glyph("━", "="), t.Glyph("┃", "|")
	corner := func(drawn string) string { return t.Glyph(drawn, "+") }
	title = ansi.Truncate(title, width-6, t.Glyph("…", "~"))
	top := edge.Render(corner("┏")+dash+" ", true) + edge.Bold(true).Render(title, true) + edge.Render(" "+strings.Repeat(dash, max(0, width-5-ansi.StringWidth(title)))+corner("┓"), true)
	out := []string{top}
	blank := m.line(width - 4)
	for _, l := range append(append([]*line{blank}, lines...), m.line(width-4)) {
		l.selected = true
		out = append(out, edge.Render(side, true)+t.Blank.Render(" ", true)+l.end()+t.Blank.Render(" ", true)+edge.Render(side, true))
	}
	return append(out, edge.Render(corner("┗")+strings.Repeat(dash, width-2)+corner("┛"), true))
}

// boxLine starts a line inside a dialog.
func (m *model) boxLine(width int) *line {
	l := m.line(width)
	l.selected = true
	return l
}

// wrap breaks a text into lines of a dialog.
func (m *model) wrap(st theme.Style, text string, width int) []*line {
	var ls []*line
	for _, s := range m.fold(text, width) {
		ls = append(ls, m.boxLine(width).put(st, s))
	}
	return ls
}
