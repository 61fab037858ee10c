package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// line builds one line of the screen from styled pieces and never gets wider
// than it may.
type line struct {
	th       theme.Theme
	b        strings.Builder
	w, max   int
	selected bool
	find     []fleet.FilterTerm // what is marked in the text
}

func (m *model) line(width int) *line { return &line{th: m.th, max: width} }

// put adds text, cut with … where it does not fit.
func (l *line) put(s theme.Style, text string) *line {
	room := l.max - l.w
	if room <= 0 || text == "" {
		return l
	}
	n := widthOf(text)
	if n < 0 { // not plain: whatever came from elsewhere must not steer the terminal
		text = fleet.Clean(text)
		n = ansi.StringWidth(text)
	}
	if n > room {
		text = ansi.Truncate(text, room, l.th.Glyph("…", "~"))
		n = ansi.StringWidth(text)
	}
	l.b.WriteString(l.render(s, text))
	l.w += n
	return l
}

// render draws a text, with what is looked for in it in the accent.
func (l *line) render(s theme.Style, text string) string {
	for _, t := range l.find {
		if from, to, ok := t.Find(text); ok {
			out := ""
			if from > 0 {
				out = s.Render(text[:from], l.selected)
			}
			out += l.th.Accent.Bold(true).Render(text[from:to], l.selected)
			if to < len(text) {
				out += s.Render(text[to:], l.selected)
			}
			return out
		}
	}
	return s.Render(text, l.selected)
}

// widthOf is the width of a plain text in cells, or -1 where a table is needed.
// Most texts are plain: nothing but printable ASCII.
func widthOf(text string) int {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return -1
		}
	}
	return len(text)
}

// cell adds text in a column of the given width, cut or padded.
func (l *line) cell(s theme.Style, text string, width int, right bool) *line {
	n := widthOf(text)
	if n < 0 {
		text = fleet.Clean(text)
		n = ansi.StringWidth(text)
	}
	if n > width {
		text = ansi.Truncate(text, width, l.th.Glyph("…", "~"))
		n = ansi.StringWidth(text)
	}
	if right {
		return l.gap(width-n).put(s, text)
	}
	return l.put(s, text).gap(width - n)
}

// gap adds blanks. Only on the selection's background they need a style.
func (l *line) gap(n int) *line {
	if n = min(n, l.max-l.w); n <= 0 {
		return l
	}
	blanks := strings.Repeat(" ", n)
	if l.selected {
		blanks = l.th.Blank.Render(blanks, true)
	}
	l.b.WriteString(blanks)
	l.w += n
	return l
}

// edge carries the selection on to the end of the line.
func (l *line) edge() *line {
	if l.selected {
		l.gap(l.max)
	}
	return l
}

// end pads to the full width and gives the line.
func (l *line) end() string {
	l.gap(l.max - l.w)
	return l.b.String()
}

// sides puts left and right texts on one line; the right one leaves first when
// there is no room.
func sides(left, right *line) string {
	if left.w+right.w+1 > left.max {
		return left.end()
	}
	left.gap(left.max - left.w - right.w)
	return left.b.String() + right.b.String()
}

// fold breaks a text into lines of at most width cells, between words; an id
// or a date is never broken at its hyphens, only a word wider than the line is.
func (m *model) fold(text string, width int) []string {
	width = max(10, width)
	var ls []string
	at := ""
	for _, w := range strings.Fields(text) {
		for ansi.StringWidth(w) > width {
			if at != "" {
				ls, at = append(ls, at), ""
			}
			head := ansi.Truncate(w, width, "")
			ls, w = append(ls, head), w[len(head):]
		}
		switch {
		case at == "":
			at = w
		case ansi.StringWidth(at)+1+ansi.StringWidth(w) <= width:
			at += " " + w
		default:
			ls, at = append(ls, at), w
		}
	}
	return append(ls, at)
}

// rule separates areas: a title left and facts right.
func (m *model) rule(title, facts string, width int) string {
	dash := m.th.Glyph("─", "-")
	l := m.line(width).put(m.th.Line, dash+" ").put(m.th.Accent, title).put(m.th.Line, " ")
	n := 0
	if facts != "" {
		if room := width - l.w - 6; ansi.StringWidth(facts) > room {
			facts = ansi.Truncate(facts, max(0, room), m.th.Glyph("…", "~"))
		}
		n = ansi.StringWidth(facts) + 4
	}
	if fill := width - l.w - n; fill > 0 {
		l.put(m.th.Line, strings.Repeat(dash, fill))
		if n > 0 {
			l.put(m.th.Dim, " "+facts+" ").put(m.th.Line, dash+dash)
		}
	} else {
		l.put(m.th.Line, strings.Repeat(dash, max(0, width-l.w)))
	}
	return l.end()
}

// bar draws how far something is.
func (m *model) bar(l *line, percent, width int) {
	full := min(width, max(0, percent*width/100))
	l.put(m.th.Run, strings.Repeat(m.th.Glyph("━", "="), full))
	l.put(m.th.Line, strings.Repeat(m.th.Glyph("─", "-"), width-full))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// ascii gives a frame without anything that a terminal of the old kind can't
// show: our own signs have a stand-in, what came from elsewhere becomes "?". No
// line changes its width.
func ascii(frame string) string {
	signs := map[rune]byte{'·': '-', '–': '-', '—': '-', '…': '~', '←': '<', '→': '>', '↑': '^', '↓': 'v', '×': 'x'}
	var b strings.Builder
	b.Grow(len(frame))
	for _, r := range frame {
		if r < 0x7f {
			b.WriteRune(r)
		} else if sign, ok := signs[r]; ok {
			b.WriteByte(sign)
		} else {
			b.WriteString(strings.Repeat("?", ansi.StringWidth(string(r))))
		}
	}
	return b.String()
}
