package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// overlay is what lies over the screen. It gets the keys; the data goes on
// below it.
type overlay interface {
	// dangerous says whether it can change AWS: then its first 300 ms take no keys.
	dangerous() bool
	key(m *model, key, text string) tea.Cmd
	hints(m *model) [][2]string
	// closed is told before Esc closes it.
	closed(m *model)
}

// full is an overlay that takes the place of table and log.
type full interface {
	page(m *model, w, h int) []string
}

// boxed is an overlay drawn as a dialog.
type boxed interface {
	// box gives the title, the style of the border and the lines inside.
	box(m *model, width int) (title string, edge lipgloss.Style, lines []*line)
}

// lay draws the dialog over the screen, in the middle.
func (m *model) lay(screen string) string {
	b, ok := m.over.(boxed)
	if !ok {
		return screen
	}
	width := min(m.w-4, 76)
	title, edge, lines := b.box(m, width-4)
	if most := m.h - 4; len(lines) > most {
		lines = lines[:most]
	}
	rows := m.frameBox(title, edge, lines, width)
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

// frameBox draws a heavy border in the colour of the risk around lines on the
// dialog's background.
func (m *model) frameBox(title string, edge lipgloss.Style, lines []*line, width int) []string {
	t := m.th
	on := func(s lipgloss.Style) lipgloss.Style { return t.On(s, true) }
	dash, side := t.Glyph("━", "="), t.Glyph("┃", "|")
	corner := func(drawn string) string { return t.Glyph(drawn, "+") }
	title = ansi.Truncate(title, width-6, t.Glyph("…", "~"))
	top := on(edge).Render(corner("┏")+dash+" ") + on(edge.Bold(true)).Render(title) + on(edge).Render(" "+strings.Repeat(dash, max(0, width-5-ansi.StringWidth(title)))+corner("┓"))
	out := []string{top}
	blank := m.line(width - 4)
	for _, l := range append(append([]*line{blank}, lines...), m.line(width-4)) {
		l.selected = true
		out = append(out, on(edge).Render(side)+on(t.Text).Render(" ")+l.end()+on(t.Text).Render(" ")+on(edge).Render(side))
	}
	return append(out, on(edge).Render(corner("┗")+strings.Repeat(dash, width-2)+corner("┛")))
}

// boxLine starts a line inside a dialog.
func (m *model) boxLine(width int) *line {
	l := m.line(width)
	l.selected = true
	return l
}

// wrap breaks a text into lines of a dialog.
func (m *model) wrap(st lipgloss.Style, text string, width int) []*line {
	var ls []*line
	for _, s := range strings.Split(ansi.Wordwrap(text, width, ""), "\n") {
		ls = append(ls, m.boxLine(width).put(st, s))
	}
	return ls
}
