// Package theme turns design tokens into styles. A token has one meaning; no
// other package names a colour.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
)

// Theme is the set of styles of one palette. It is a value; build it once.
type Theme struct {
	Text, Dim, Line, Accent, Cost, OK, Run, Warn, Bad, Gone Style
	Blank                                                   Style // no colour of its own
	ASCII                                                   bool
}

// Tokens are a palette as hex colours, for the test of their contrast.
type Tokens struct {
	Background, Text, Dim, Line, Accent, Cost, OK, Run, Warn, Bad, Gone, Selection string
}

// Dark is the palette for dark terminals; its background is the darkest usual one.
func Dark() Tokens {
	return Tokens{
		Background: "#16181c", Text: "#d8dade", Dim: "#979fae", Line: "#3a414d", Accent: "#4fc3b8", Cost: "#e5b567",
		OK: "#8fbf5f", Run: "#6fb3e8", Warn: "#f0a04b", Bad: "#f47a7a", Gone: "#929bab", Selection: "#252c38",
	}
}

// Light is the palette for light terminals.
func Light() Tokens {
	return Tokens{
		Background: "#fbfbf8", Text: "#1b1d21", Dim: "#555d69", Line: "#c4c9d1", Accent: "#0b6f67", Cost: "#7d5000",
		OK: "#2a701c", Run: "#1f5fae", Warn: "#964700", Bad: "#b3261e", Gone: "#5c6573", Selection: "#e4edf3",
	}
}

// New builds the styles. mono leaves all colour out; weight and glyphs stay.
func New(t Tokens, mono, ascii bool) Theme {
	var selection color.Color
	if !mono && t.Selection != "" {
		selection = lipgloss.Color(t.Selection)
	}
	s := func(token string) Style {
		if mono {
			token = ""
		}
		return newStyle(token, selection)
	}
	return Theme{
		Text: s(t.Text), Dim: s(t.Dim), Line: s(t.Line), Accent: s(t.Accent).Bold(true), Cost: s(t.Cost),
		OK: s(t.OK), Run: s(t.Run), Warn: s(t.Warn).Bold(true), Bad: s(t.Bad).Bold(true), Gone: s(t.Gone), ASCII: ascii, Blank: s(""),
	}
}

// Glyph picks the drawn form or its ASCII stand-in.
func (t Theme) Glyph(drawn, ascii string) string {
	if t.ASCII {
		return ascii
	}
	return drawn
}
