package theme

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// Style is a token's look. Its escape sequences are made once: a screen has
// thousands of pieces, and styling one through Lip Gloss costs 2 µs.
type Style struct {
	bold bool
	pens [2][2]pen // by weight, by whether it stands on the selection
}

// pen is what stands before and after a text.
type pen struct{ before, after string }

func newStyle(fg string, selection color.Color) Style {
	var s Style
	for weight := range s.pens {
		for on := range s.pens[weight] {
			l := lipgloss.NewStyle()
			if fg != "" {
				l = l.Foreground(lipgloss.Color(fg))
			}
			if weight == 1 {
				l = l.Bold(true)
			}
			if on == 1 && selection != nil { // without colour the selected row is told by its bar alone
				l = l.Background(selection)
			}
			before, after, _ := strings.Cut(l.Render("x"), "x")
			s.pens[weight][on] = pen{before, after}
		}
	}
	return s
}

// Bold gives the style with or without weight.
func (s Style) Bold(on bool) Style {
	s.bold = on
	return s
}

// Render styles a text of one line, on the selection's background or not.
func (s Style) Render(text string, selected bool) string {
	p := s.pens[at(s.bold)][at(selected)]
	return p.before + text + p.after
}

func at(b bool) int {
	if b {
		return 1
	}
	return 0
}
