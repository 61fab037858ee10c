package tui

import (
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// Rows of a region that has not answered for long, or that is down, are marked and
// counted, and are themselves again when it answers.
func TestStaleRowsAreMarked(t *testing.T) {
	t.Parallel()
	b := steady()
	m := open(Options{}, size{120, 40}, b)
	if strings.Contains(m.plain(), "stale") {
		t.Fatalf("fresh rows are stale:\n%s", m.plain())
	}
	here := 0
	for _, i := range b.Instances {
		if i.Region == "us-east-1" && i.Stage != fleet.StageGone {
			here++
		}
	}
	for _, spoil := range []func(r *fleet.RegionStatus){
		func(r *fleet.RegionStatus) { r.Health = fleet.HealthDown },
		func(r *fleet.RegionStatus) { r.Answered = now().Add(-2 * time.Minute) },
	} {
		old := steady()
		spoil(&old.Regions[1])
		m.Update(batchMsg{b: old})
		frame := m.plain()
		if n := strings.Count(frame, "◌"); n != here || !strings.Contains(frame, count(here, "stale row")) {
			t.Errorf("%d rows are marked, want %d:\n%s", n, here, frame)
		}
		m.Update(batchMsg{b: steady()})
		if strings.Contains(m.plain(), "◌") {
			t.Error("a row is still marked after its region has answered")
		}
	}
}
