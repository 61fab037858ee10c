package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// replanned lets the rest after a change pass, and gives what the engine was asked.
func replanned(t *testing.T, m *model, f *fakeFace) fleet.PlanRequest {
	t.Helper()
	v, ok := m.over.(*planView)
	if !ok {
		t.Fatalf("%T is in front", m.over)
	}
	n := len(f.planned)
	_, cmd := m.Update(replanMsg{layer: v.layer, ask: v.asked})
	run(m, cmd)
	if len(f.planned) != n+1 || !v.ready() {
		t.Fatalf("the engine was asked %d times more", len(f.planned)-n)
	}
	return f.planned[n]
}

// Each field changes what the engine is asked for, nothing more; the plan that is
// shown when it is confirmed is the one that is launched.
func TestThePlansFormAsksForWhatItShows(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	b := steady()
	b.Summary.Record = fleet.Record{} // a new fleet: its end can be chosen
	m := open(Options{Face: f, Program: []string{"spot-tui"}}, size{120, 40}, b)
	press(m, "n")
	if q := f.planned[0]; q.Target != 0 || q.Types != nil || q.Regions != nil || q.Image != "" || q.Lifetime != 0 {
		t.Errorf("at first it asks for %+v", q)
	}
	press(m, "right")
	if q := replanned(t, m, f); q.Target != 16 {
		t.Errorf("one more: %+v", q)
	}
	press(m, "down", "left")
	if q := replanned(t, m, f); q.Lifetime != 7*time.Hour {
		t.Errorf("an hour less: %+v", q)
	}
	press(m, "down", "right", "space")
	if q := replanned(t, m, f); len(q.Regions) != 2 || q.Regions[0].Name != "us-west-2" || q.Regions[1].Name != "eu-west-1" || q.Regions[1].Count != -1 {
		t.Errorf("without us-east-1: %+v", q)
	}
	press(m, "down", "space")
	if q := replanned(t, m, f); !slices.Equal(q.Types, []fleet.InstanceType{"t3a.medium", "t4g.medium", "m6i.large"}) {
		t.Errorf("without t3.medium: %+v", q)
	}
	press(m, "a", "M", "7", "i", ".", "x", "l", "a", "r", "g", "e", "enter")
	if q := replanned(t, m, f); !slices.Equal(q.Types, []fleet.InstanceType{"t3a.medium", "t4g.medium", "m6i.large", "m7i.xlarge"}) {
		t.Errorf("with m7i.xlarge: %+v", q)
	}
	press(m, "down", "right", "right")
	q := replanned(t, m, f)
	if q.Image != "debian-12" {
		t.Errorf("another image: %+v", q)
	}
	frame := ansi.Strip(m.View().Content)
	for _, want := range []string{"○ us-east-1", "✓ us-west-2", "○ t3.medium", "✓ m7i.xlarge", "‹ debian-12 ›", "‹ 7h ›"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the form has no %q:\n%s", want, frame)
		}
	}
	f.plan.Hash = "the newest"
	press(m, "right")
	replanned(t, m, f)
	press(m, "enter", "y")
	if len(f.launched) != 1 || f.launched[0].Hash != "the newest" {
		t.Fatalf("launched %+v", f.launched)
	}
	line := m.deeds[len(m.deeds)-1].line
	for _, want := range []string{"--regions us-west-2,eu-west-1", "--types t3a.medium,t4g.medium,m6i.large,m7i.xlarge", "--image al2023", "--target 15"} {
		if !strings.Contains(line, want) {
			t.Errorf("the command log has no %q: %s", want, line)
		}
	}
}

// The last region stays, a running fleet's end is passed over, and while a field is
// held nothing is asked: only its newest value is.
func TestThePlansFormRefusesAndWaits(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m := open(Options{Face: f}, size{120, 40}, steady())
	press(m, "n", "down")
	v := m.over.(*planView)
	if v.form.field != regionsField {
		t.Errorf("the end of a running fleet can be changed: field %d", v.form.field)
	}
	press(m, "space", "right", "space", "right", "space", "space")
	if on := chosen(v.form.regions); !slices.Equal(on, []string{"eu-west-1"}) || !strings.Contains(m.toast, "one must stay") {
		t.Errorf("%v are left, and %q is said", on, m.toast)
	}
	press(m, "up")
	asked := len(f.planned)
	old := replanMsg{layer: v.layer, ask: v.asked}
	for range 20 {
		m.Update(keyMsg("right"))
	}
	if _, cmd := m.Update(old); cmd != nil || len(f.planned) != asked {
		t.Error("an older value was asked for")
	}
	if press(m, "enter"); m.over != v {
		t.Error("a plan that is not the form's could be confirmed")
	}
	if q := replanned(t, m, f); q.Target != 35 {
		t.Errorf("asked for %d", q.Target)
	}
	m.Update(planMsg{layer: v.layer, ask: v.asked - 1, plan: fleet.Plan{Target: 99}})
	if v.form.target == 99 {
		t.Error("a late answer to an older question was taken")
	}
	press(m, "down", "down", "down", "left", "left")
	if v.form.image != "" {
		t.Errorf("before the first image comes %q", v.form.image)
	}
}

// A region that the config does not name is added as --regions does it: with the
// weight of any other, from those that the account has enabled, at the end of the
// config's; what was typed before AWS has answered is planned all the same.
func TestARegionIsAddedToThePlan(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m := open(Options{Face: f, Program: []string{"spot-tui"}}, size{120, 40}, steady())
	press(m, "n", "R")
	if !strings.Contains(m.plain(), "ap-northeast-1 eu-north-1") {
		t.Errorf("the enabled regions are not offered\n%s", m.plain())
	}
	press(m, "e", "u", "-", "n", "right", "enter") // completed
	q := replanned(t, m, f)
	last := q.Regions[len(q.Regions)-1]
	if len(q.Regions) != 4 || q.Regions[0].Name != "us-west-2" || last.Name != "eu-north-1" || last.Weight != 1 || last.Count != -1 {
		t.Fatalf("%+v", q.Regions)
	}
	if !strings.Contains(m.plain(), "✓ eu-north-1") {
		t.Errorf("it is not in the form\n%s", m.plain())
	}
	press(m, "R", "m", "a", "r", "s", "-", "1", "enter")
	if v := m.over.(*planView); len(v.form.regions) != 4 || !strings.Contains(m.toast, "mars-1 is not enabled in this account") {
		t.Errorf("mars-1: %q", m.toast)
	}
	press(m, "space") // out again: the config's regions as the config has them
	if q := replanned(t, m, f); q.Regions != nil {
		t.Errorf("without it: %+v", q.Regions)
	}
	press(m, "R")
	m.over.(*planView).enabled = nil // AWS has not answered yet
	press(m, "A", "F", "-", "s", "o", "u", "t", "h", "-", "1", "enter")
	if q := replanned(t, m, f); len(q.Regions) != 4 || q.Regions[3].Name != "af-south-1" {
		t.Errorf("%+v", q.Regions)
	}
	press(m, "enter", "y")
	if line := m.deeds[len(m.deeds)-1].line; !strings.Contains(line, "--regions us-west-2,us-east-1,eu-west-1,af-south-1") {
		t.Errorf("the command log has %q", line)
	}
}

// The plan of a choice of prices has its regions from there.
func TestThePlanOfPricesTakesNoOtherRegion(t *testing.T) {
	t.Parallel()
	m := open(Options{Face: &fakeFace{plan: plan()}}, size{120, 40}, steady())
	press(m, "3", "enter", "R")
	if m.prompt != nil || !strings.Contains(m.toast, "chosen on the Prices screen") {
		t.Errorf("%q", m.toast)
	}
}
