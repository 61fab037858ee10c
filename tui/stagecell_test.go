package tui

import (
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// A row in motion says as much as there is room for: first how far it is, then
// how long it takes, then its newest line.
func TestARowInMotion(t *testing.T) {
	t.Parallel()
	m := open(Options{NoColor: true}, size{120, 40}, steady())
	i := &fleet.Instance{Stage: fleet.StageSettingUp, Step: fleet.Step{Name: "setup", Index: 4, Of: 5, Percent: -1, Detail: "installing docker-ce (3 of 9)"}, Track: &fleet.Track{Steps: []fleet.TrackStep{{State: fleet.StepRunning, Began: now().Add(-12 * time.Second)}}}}
	cell := func(percent, width int) string {
		i.Step.Percent = percent
		l := m.line(width)
		m.stageCell(i, l, width)
		if l.w != width {
			t.Errorf("%d wide: %d cells", width, l.w)
		}
		return strings.TrimRight(l.end(), " ")
	}
	for _, c := range []struct {
		percent, width int
		want           string
	}{
		{-1, 14, "◐ setting up"},
		{-1, 17, "◐ setting up 4/5"},
		{-1, 34, "◐ setting up 4/5 0m12 installing …"},
		{40, 34, "◐ setting up 4/5  0m12 ━━────  40%"},
		{40, 27, "◐ setting up    ━━────  40%"},
		{-1, 60, "◐ setting up 4/5                   0m12  installing docker-…"},
		{40, 60, "◐ setting up 4/5       ━━────  40% 0m12  installing docker-…"},
	} {
		if have := cell(c.percent, c.width); have != c.want {
			t.Errorf("%d%% in %d cells is %q, want %q", c.percent, c.width, have, c.want)
		}
	}
}
