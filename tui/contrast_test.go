package tui

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/vt"

	"spot-tui/tui/theme"
)

// On every screen, dark, light and with high contrast, every letter can be read
// on what it stands on: it is the cells that are looked at, not the palette.
func TestEveryCellCanBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		theme string
		dark  bool
		p     theme.Tokens
		least float64
	}{
		{"dark", "dark", true, theme.Dark(), 4.5},
		{"light", "light", false, theme.Light(), 4.5},
		{"dark, high contrast", "high-contrast", true, theme.DarkContrast(), 7},
		{"light, high contrast", "high-contrast", false, theme.LightContrast(), 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for name, state := range states() {
				m := state(Options{Theme: c.theme}, size{120, 40})
				m.setTheme(c.dark)
				clear(m.rows.drawn)
				unreadable(t, name, m.View().Content, c.p, c.least)
			}
		})
	}
}

// unreadable tells the letters of a frame that have too little contrast. Rules and
// the empty part of bars are decoration.
func unreadable(t *testing.T, name, frame string, p theme.Tokens, least float64) {
	t.Helper()
	e := vt.NewEmulator(120, 40)
	if _, err := e.WriteString(strings.ReplaceAll(frame, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	line := lipgloss.Color(p.Line)
	told := map[[2]color.Color]bool{}
	for y := range 40 {
		for x := range 120 {
			cell := e.CellAt(x, y)
			if cell == nil || strings.TrimSpace(cell.Content) == "" {
				continue
			}
			fg, bg := cell.Style.Fg, cell.Style.Bg
			if fg == nil {
				fg = lipgloss.Color(p.Text)
			}
			if bg == nil {
				bg = lipgloss.Color(p.Background)
			}
			pair := [2]color.Color{fg, bg}
			if told[pair] || sameColor(fg, line) && strings.Contains("─━-=░·.", cell.Content) {
				continue
			}
			told[pair] = true
			a, b := bright(fg), bright(bg)
			if r := (max(a, b) + 0.05) / (min(a, b) + 0.05); r < least {
				t.Errorf("%s: %q at %d,%d has a contrast of %.2f", name, cell.Content, x, y, r)
			}
		}
	}
}

func sameColor(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return ar>>8 == br>>8 && ag>>8 == bg>>8 && ab>>8 == bb>>8
}

// bright is a colour's relative luminance (WCAG 2).
func bright(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		f := float64(v>>8) / 255
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}
