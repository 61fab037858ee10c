package config

import (
	"strings"
	"testing"

	"spot-tui/fleet"
)

func TestOnDemand(t *testing.T) {
	t.Parallel()
	const rest = "instance_types = [\"t3.medium\"]\n[fleet]\nname = \"f\"\ntarget = 4\n[[region]]\nname = \"us-west-2\"\n[ssh]\nprivate_key = \"k\"\n"
	for text, want := range map[string]fleet.CapacitySpec{
		"":                           {},
		"on_demand = \"never\"\n":    {},
		"on_demand = \"fallback\"\n": {OnDemand: fleet.OnDemandFallback},
		"on_demand_base = 4\n":       {OnDemandBase: 4},
		"on_demand = \"fallback\"\non_demand_base = 1\n": {OnDemand: fleet.OnDemandFallback, OnDemandBase: 1},
	} {
		d := parse("c.toml", []byte("[capacity]\n"+text+rest))
		r := reader{d: d}
		if got := r.onDemand(4); got != want || len(d.errs) > 0 {
			t.Errorf("%q: %+v %v", text, got, d.errs)
		}
	}
	for text, says := range map[string]string{
		"on_demand = \"always\"\n": "use one of never, fallback",
		"on_demand_base = 5\n":     "more than the 4",
		"on_demand_base = -1\n":    "0 to 10000",
	} {
		d := parse("c.toml", []byte("[capacity]\n"+text+rest))
		r := reader{d: d}
		if r.onDemand(4); len(d.errs) != 1 || !strings.Contains(d.errs[0].Error(), says) {
			t.Errorf("%q: %v", text, d.errs)
		}
	}
}
