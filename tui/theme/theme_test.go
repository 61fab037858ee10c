package theme

import (
	"fmt"
	"math"
	"testing"
)

// luminance is WCAG 2's relative luminance of "#rrggbb".
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &r, &g, &b); err != nil {
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

// Whatever carries meaning has a contrast of 4.5 on the background and on the
// selection.
func TestContrast(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]Tokens{"dark": Dark(), "light": Light()} {
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
	if got := th.On(th.Dim, true).Render("x"); got != "x" {
		t.Errorf("%q", got)
	}
}
