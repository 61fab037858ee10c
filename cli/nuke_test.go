package cli

import (
	"strings"
	"testing"

	"spot-tui/fleet"
)

// R7: nuke takes one's own fleets, after the account's number was given, and
// nothing else.
func TestNukeTakesOnesOwnFleets(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	before := cl.inventory()
	p := newProgram(t)
	p.env = cl.env
	p.setup("nuke-one")
	p.must(0, "create", "--yes", "--json")
	p.must(0, "create", "--yes", "--json", "--fleet", "nuke-two", "--regions", "eu-central-1")
	live := cl.instances()

	for _, args := range [][]string{
		{"nuke", "--json"},          // nobody to ask
		{"nuke", "--json", "--yes"}, // which account?
	} {
		p.must(exitUsage, args...)
	}
	p.must(exitGuard, "nuke", "--json", "--yes", "--account", "210987654321")
	p.must(exitGuard, "nuke", "--json", "--yes", "--account", "123456789012", "--read-only")
	if n := cl.instances(); n != live {
		t.Fatalf("%d instances are left of %d, though nothing was confirmed", n, live)
	}
	r := p.must(0, "nuke", "--json", "--yes", "--account", "123456789012").result(t)
	if len(r.Fleets) != 2 || len(r.Receipts) != 2 || !r.Receipts[0].Clean() || !r.Receipts[1].Clean() {
		t.Errorf("%+v", r)
	}
	if after := cl.inventory(); after != before {
		t.Errorf("the world is not as it was: %s", after)
	}
	out := p.must(0, "nuke")
	if !strings.Contains(out.stdout, "no fleet has anything") {
		t.Errorf("nothing to do: %s", out.stdout)
	}
}

func TestNukeLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	found := []seenFleet{
		{Name: "mine", Owners: []string{"me"}}, {Name: "theirs", Owners: []string{"you"}}, {Name: "both", Owners: []string{"me", "you"}},
	}
	names := func(fs []seenFleet) (out []fleet.Name) {
		for _, f := range fs {
			out = append(out, f.Name)
		}
		return out
	}
	if got := names(choose(found, "me", false)); len(got) != 1 || got[0] != "mine" || found[1].Taken || found[2].Taken {
		t.Errorf("took %v", got)
	}
	if got := names(choose(found, "me", true)); len(got) != 3 {
		t.Errorf("with any owner: %v", got)
	}
}
