package tui

import (
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// keptRegions is the Regions screen of a fleet that AWS keeps: one region as it should
// be, one that has no capacity, one that takes over.
func keptRegions(o Options, z size) *model {
	b := steady()
	b.Summary.Keep = fleet.KeepAWS
	b.Summary.EndsAt = now().Add(7 * time.Hour)
	for n, k := range []fleet.KeeperState{
		{ID: "fleet-0b7f2a64-1f0d-4a53-9d3b-6a8c1e5f7d20", State: "active", Target: 4, Want: 4, Fulfilled: 2, ShortSince: now().Add(-14 * time.Minute), Short: "allLaunchSpecsTemporarilyBlacklisted: 2 of 2 could not be launched: InsufficientInstanceCapacity: there is no Spot capacity"},
		{ID: "fleet-7c1d9e35-52aa-4be1-8f60-d94e0b3a6c11", State: "active", Target: 3, Want: 3, Fulfilled: 3},
		{ID: "fleet-e20a4f18-93bc-4d7e-a1c5-38f7b2d06e94", State: "modifying", Target: 2, Want: 5, Fulfilled: 2},
	} {
		k.EndsAt = b.Summary.EndsAt
		if n == 2 {
			k.EndsAt = k.EndsAt.Add(-2 * time.Hour)
		}
		b.Regions[n].Keepers = []fleet.KeeperState{k}
	}
	m := open(o, z, b)
	press(m, "2")
	return m
}

// Each region says how its EC2 Fleet stands, and what to do about what is not as it
// should be.
func TestTheRegionsScreenTellsOfKeepers(t *testing.T) {
	t.Parallel()
	m := keptRegions(Options{}, size{140, 50})
	v, ok := m.over.(*regionsView)
	if !ok {
		t.Fatalf("%T is in front", m.over)
	}
	for n, wants := range [][]string{
		{"2 of 4 there, active, until", "fleet-0b7f2a64", "short of 2", "for 14m", "there is no Spot capacity", "change count or weight in the config (e), restart and plan (n)"},
		{"3 of 3 there, active, until"},
		{"2 of 2 there, modifying", "5: it takes over as others leave", "n makes an EC2 Fleet with that end"},
	} {
		v.at0(t, m, string(m.regions[n].Region))
		text := strings.Join(strings.Fields(m.plain()), " ")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing:\n%s", m.regions[n].Region, want, m.plain())
			}
		}
		if n == 1 && (strings.Contains(text, "short of") || strings.Contains(text, "its share")) {
			t.Errorf("what is as it should be is said to be otherwise:\n%s", m.plain())
		}
	}
}
