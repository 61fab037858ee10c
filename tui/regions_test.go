package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// quotaReport is what three regions leave: room, hardly any, and no permission to ask.
func quotaReport() []fleet.RegionQuotas {
	q := func(f fleet.QuotaFamily, used, limit int) fleet.Quota {
		return fleet.Quota{Family: f, Code: "L-34B43A08", Used: used, Limit: limit, Known: true, Link: "https://us-west-2.console.aws.amazon.com/servicequotas"}
	}
	return []fleet.RegionQuotas{
		{Region: "us-west-2", Quotas: []fleet.Quota{q(fleet.FamilyStandard, 12, 64), q(fleet.FamilyG, 8, 8), q(fleet.FamilyP, 0, 0)}},
		{Region: "us-east-1", Quotas: []fleet.Quota{q(fleet.FamilyStandard, 30, 32)}},
		{Region: "eu-west-1", Quotas: []fleet.Quota{{Family: fleet.FamilyStandard, Reason: "the limit can't be read: not authorized to perform servicequotas:ListServiceQuotas; ask for that permission"}}},
	}
}

func benchesNow() []fleet.Bench {
	return []fleet.Bench{
		{Region: "us-east-1", Zone: "us-east-1a", Type: "t3.medium", Until: now().Add(130 * time.Second), Why: "no spot capacity"},
		{Region: "us-east-1", Family: "Standard", Until: now().Add(70 * time.Second), Why: "the quota is used up"},
		{Region: "us-west-2", Until: now().Add(-time.Second), Why: "over"},
	}
}

func onRegions(o Options, z size) (*model, *regionsView) {
	b := steady()
	b.Benches = benchesNow()
	m := open(o, z, b)
	press(m, "2")
	v, _ := m.over.(*regionsView)
	return m, v
}

func TestRegionsScreen(t *testing.T) {
	t.Parallel()
	m, v := onRegions(Options{}, size{120, 40})
	if text := m.plain(); !strings.Contains(text, "8/8") || !strings.Contains(text, "30/32") || !strings.Contains(text, "12 used of 64 vCPU") {
		t.Errorf("quotas are missing:\n%s", text)
	}
	v.at0(t, m, "us-east-1")
	text := m.plain()
	for _, want := range []string{"benched 2m10", "spot t3.medium in us-east-1a: no spot capacity", "spot Standard types: the quota is used up"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	v.at0(t, m, "eu-west-1")
	if text := m.plain(); !strings.Contains(text, "?, the limit can't be read") || !strings.Contains(text, "no answer within 15s") {
		t.Errorf("what is not known has no reason:\n%s", text)
	}
}

// at0 moves the cursor to a region.
func (v *regionsView) at0(t *testing.T, m *model, r string) {
	t.Helper()
	for range 2 * len(v.shown) {
		if v.grid.at == r {
			m.dirty = true
			return
		}
		press(m, "j")
		if v.grid.at == r {
			return
		}
	}
	press(m, "g")
	for range len(v.shown) {
		if v.grid.at == r {
			return
		}
		press(m, "j")
	}
	t.Fatalf("no row of %s; at %s of %d, over %T\n%s", r, v.grid.at, len(v.shown), m.over, m.plain())
}

// Lifting is ours alone: it needs something benched, and asks the face for it.
func TestLiftingBenches(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m, v := onRegions(Options{Face: f}, size{120, 40})
	before := f.calls
	if press(m, "u"); f.calls != before {
		t.Error("nothing is benched in the first region, and yet something was lifted")
	}
	v.at0(t, m, "us-east-1")
	if press(m, "u"); f.calls != before+2 || !strings.Contains(m.plain(), "2 benches of us-east-1 lifted") {
		t.Errorf("%d calls\n%s", f.calls-before, m.plain())
	}
}

// A late answer is dropped; a failed one says why and leaves the workers' part.
func TestRegionsAnswers(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	m.onKeyMsg("2") // no answer comes
	v, _ := m.over.(*regionsView)
	if !strings.Contains(m.plain(), "asking for quotas") || !strings.Contains(m.plain(), "us-west-2") {
		t.Error(m.plain())
	}
	m.Update(regionsMsg{layer: v.layer, ask: v.asked - 1, quotas: quotaReport()})
	if !v.at.IsZero() {
		t.Error("a late answer was taken")
	}
	m.Update(regionsMsg{layer: v.layer, ask: v.asked, err: errors.New("read quotas: the sky fell; look up"), planErr: errors.New("plan: no journal")})
	if text := m.plain(); !strings.Contains(text, "the sky fell") || !strings.Contains(text, "no journal") {
		t.Error(text)
	}
}
