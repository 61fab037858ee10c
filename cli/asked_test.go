package cli

import (
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// A plan can be asked for another target and lifetime, and nothing that can't be.
func TestPlansThatAreAskedOtherwise(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	r := p.must(0, "--demo=empty", "plan", "--target", "5", "--lifetime", "2h", "--json").result(t)
	if r.Plan.Target != 5 || r.Plan.Launch != 5 || r.Plan.Lifetime.Hours() != 2 {
		t.Errorf("%+v", r.Plan)
	}
	r = p.must(0, "--demo=empty", "plan", "--types", "m6i.large,T3.medium", "--image", "debian-12", "--json").result(t)
	if r.Plan.Image != "debian-12" || len(r.Plan.Regions[0].Pools) == 0 || slices.ContainsFunc(r.Plan.Regions[0].Pools, func(p fleet.Pool) bool { return p.Type != "m6i.large" && p.Type != "t3.medium" }) {
		t.Errorf("%+v", r.Plan)
	}
	for _, c := range [][3]string{
		{"--image", "debain", `"debain" is no image`},
		{"--types", ",", "--types names no type"},
		{"--target", "0", "--target must be 1 to 10000"},
		{"--target", "-1", "--target must be 1 to 10000"},
		{"--target", "10001", "--target must be 1 to 10000"},
		{"--lifetime", "soon", `"soon" is no duration`},
		{"--lifetime", "5m", "5m is out of range; use 10m to 30d"},
	} {
		for _, verb := range []string{"plan", "create"} {
			if got := p.must(exitUsage, "--demo=empty", verb, c[0], c[1]).stderr; !strings.Contains(got, c[2]) {
				t.Errorf("%s %s %s: %q", verb, c[0], c[1], got)
			}
		}
	}
}
