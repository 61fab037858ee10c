package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// footer is an input line, or a short feedback, or the keys that work here:
// most used first, cut from the right, help always. A feedback that is an error
// is read whole, so it may take three lines.
func (m *model) footer() []string {
	if p := m.prompt; p != nil {
		return []string{m.promptLine(p)}
	}
	right := m.line(m.w)
	if m.mouse {
		right.put(m.th.Dim, "mouse  ")
	}
	right.put(m.th.Accent, m.keyFor("help")).put(m.th.Dim, " help ")
	if m.toast != "" {
		var ls []string
		folded := m.fold(m.toast, m.w-right.w-3)
		if len(folded) > 3 {
			folded = append(folded[:2], ansi.Truncate(folded[2]+" "+folded[3], m.w-right.w-3, m.th.Glyph("…", "~")))
		}
		for _, t := range folded {
			ls = append(ls, m.line(m.w).gap(1).put(m.th.Text, t).end())
		}
		last := len(ls) - 1
		ls[last] = sides(m.line(m.w).gap(1).put(m.th.Text, folded[last]), right)
		return ls
	}
	l := m.line(m.w).gap(1)
	for _, h := range m.fittingHints(m.w - l.w - right.w) {
		l.put(m.th.Accent, h[0]).put(m.th.Dim, " "+h[1]).gap(2)
	}
	return []string{sides(l, right)}
}

// fittingHints are the hints that a width has room for, as the terminal can show
// them. The way out is one of them: others leave for it.
func (m *model) fittingHints(room int) [][2]string {
	hs := m.hints()
	width := func(h [2]string) int { return ansi.StringWidth(h[0]+h[1]) + 3 }
	for n := range hs {
		switch hs[n][0] {
		case "←→":
			hs[n][0] = m.th.Glyph("←→", "<- ->")
		case "↑↓":
			hs[n][0] = m.th.Glyph("↑↓", "up down")
		}
		hs[n][1] = strings.ReplaceAll(hs[n][1], "…", m.th.Glyph("…", "..."))
	}
	var out [][2]string
	if n := len(hs) - 1; m.over != nil && n >= 0 {
		out, hs = hs[n:], hs[:n]
		room -= width(out[0])
	}
	for n, h := range hs {
		if room -= width(h); room < 0 {
			return append(hs[:n:n], out...)
		}
	}
	return append(hs, out...)
}

// promptLine shows the end of a text that is wider than the line: that is where
// one types.
func (m *model) promptLine(p *prompt) string {
	text := []rune(p.in.Value())
	before, after := string(text[:p.in.Position()]), string(text[p.in.Position():])
	right := m.line(m.w).put(m.th.Dim, "enter does it, esc does not ")
	room := m.w - ansi.StringWidth(p.label) - 6
	if p.facts != nil {
		most := max(30, m.w-ansi.StringWidth(p.label+p.in.Value())-7) // cut rather than left out
		right = m.line(most).put(m.th.Dim, p.facts(m)+" ")
	}
	if ansi.StringWidth(before+after)+right.w+1 <= room {
		room -= right.w + 1
	}
	if over := ansi.StringWidth(before) - room; over > 0 {
		before = m.th.Glyph("…", "~") + ansi.TruncateLeft(before, over+1, "")
	}
	l := m.line(m.w).gap(1).put(m.th.Accent, p.label+": ").put(m.th.Text, before).put(m.th.Accent, m.th.Glyph("▏", "_")).put(m.th.Text, after)
	if p.ghost != "" {
		l.put(m.th.Dim, p.ghost)
	}
	return sides(l, right)
}
