package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// TestPlanExplained: why types, pools and regions are as they are, as text and as JSON.
func TestPlanExplained(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("explained")
	text, err := os.ReadFile(filepath.Join(p.dir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	needs := filepath.Join(p.dir, "needs.toml")
	lines := strings.Split(string(text), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "instance_types = ") })
	lines[i] = "vcpus = \"2-4\"\nmemory_gib = \"4-8\"\nmax_types = 6"
	if err := os.WriteFile(needs, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	cl.ask("POST", "faults", map[string]any{"fault": "quota", "region": "us-west-2", "capacity": 1}, nil)
	out := p.must(0, "plan", "--explain", "--config", needs).stdout
	for _, want := range []string{"1 of its share go to ", "quota spot Standard: 0 used", "taken out by generation:\n", "m5.large", "EC2 chooses by price and capacity among ", "10/10", "6 types kept; left out by"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	full := p.must(0, "plan", "--explain", "--json", "--config", needs).result(t)
	if len(full.Why) != 3 || len(full.Why[0].Lines) < 10 || len(full.Plan.Regions[0].Dropped) < 20 || full.Plan.Regions[0].Scores.Reason != "" {
		t.Errorf("%+v", full.Why)
	}
	brief := p.must(0, "plan", "--json", "--config", needs).result(t)
	if len(brief.Why) != 0 || len(brief.Plan.Regions[0].Dropped) != 0 || brief.Plan.Regions[0].Quotas[0].Family != fleet.FamilyStandard {
		t.Errorf("%+v", brief.Plan.Regions[0])
	}
	if n := cl.mutatingCalls(); n != 0 {
		t.Errorf("%d calls changed something", n)
	}
}
