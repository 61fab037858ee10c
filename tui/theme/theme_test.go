package theme

import (
	"fmt"
	"math"
	"strconv"
	"testing"
)

// luminance is WCAG 2's relative luminance of "#rrggbb".
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var r, g, b int
	if n, err := strconv.Atoi(hex); err == nil {
		r, g, b = xterm(n)
	} else if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &r, &g, &b); err != nil {
		t.Fatal(hex, err)
	}
	lin := func(v int) float64 {
		c := float64(v) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

// xterm is what a number of the 256 colours looks like: the cube of 216 colours
// from 16 on, the ramp of greys from 232 on.
func xterm(n int) (r, g, b int) {
	if n >= 232 {
		v := 8 + 10*(n-232)
		return v, v, v
	}
	level := func(i int) int {
		if i == 0 {
			return 0
		}
		return 55 + 40*i
	}
	n -= 16
	return level(n / 36), level(n / 6 % 6), level(n % 6)
}

// Whatever carries meaning has a contrast of 4.5 on the background and on the
// selection, in the high-contrast theme one of 7.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		p     Tokens
		least float64
	}{
		{"dark", Dark(), 4.5},
		{"light", Light(), 4.5},
		{"dark high-contrast", DarkContrast(), 7},
		{"light high-contrast", LightContrast(), 7},
	} {
		contrast(t, c.name, c.p, c.least)
		contrast(t, c.name+" in 256 colours", c.p.In256(), c.least)
	}
}

func contrast(t *testing.T, name string, p Tokens, least float64) {
	t.Helper()
	for what, hex := range map[string]string{
		"text": p.Text, "dim": p.Dim, "accent": p.Accent, "cost": p.Cost, "ok": p.OK, "run": p.Run, "warn": p.Warn, "bad": p.Bad, "gone": p.Gone,
	} {
		for where, bg := range map[string]string{"background": p.Background, "selection": p.Selection} {
			a, b := luminance(t, hex), luminance(t, bg)
			if c := (max(a, b) + 0.05) / (min(a, b) + 0.05); c < least {
				t.Errorf("%s: %s on the %s has a contrast of %.2f", name, what, where, c)
			}
		}
	}
}

// In 16 colours the text is the terminal's own, and each state another colour.
func TestIn16(t *testing.T) {
	t.Parallel()
	for _, p := range []Tokens{Dark().In16(), Light().In16(), DarkContrast().In16(), LightContrast().In16()} {
		seen := map[string]bool{}
		for _, n := range []string{p.Accent, p.Cost, p.OK, p.Run, p.Warn, p.Bad} {
			if v, err := strconv.Atoi(n); err != nil || v < 1 || v > 15 || seen[n] {
				t.Errorf("%q is no colour of 16, or is used twice", n)
			}
			seen[n] = true
		}
		if got := New(p, false, false).Text.Render("x", true); got != "x" {
			t.Errorf("the text has a colour: %q", got)
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	t.Parallel()
	th := New(Dark(), true, false)
	if got := th.Dim.Render("x", true); got != "x" {
		t.Errorf("%q", got)
	}
}
