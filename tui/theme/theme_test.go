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
// selection.
func TestContrast(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]Tokens{"dark": Dark(), "light": Light(), "dark 256": Dark().In256(), "light 256": Light().In256()} {
		for what, hex := range map[string]string{
			"text": p.Text, "dim": p.Dim, "accent": p.Accent, "cost": p.Cost, "ok": p.OK, "run": p.Run, "warn": p.Warn, "bad": p.Bad, "gone": p.Gone,
		} {
			for where, bg := range map[string]string{"background": p.Background, "selection": p.Selection} {
				a, b := luminance(t, hex), luminance(t, bg)
				if c := (max(a, b) + 0.05) / (min(a, b) + 0.05); c < 4.5 {
					t.Errorf("%s: %s on the %s has a contrast of %.2f", name, what, where, c)
				}
			}
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
