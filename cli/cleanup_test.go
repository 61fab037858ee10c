package cli

import (
	"os"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// cleanup looks everywhere, takes what is named and nothing else, and says with
// its exit code what came of it.
func TestCleanupTakesWhatIsNamed(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("lives")
	if out := p.must(0, "cleanup").stdout; !strings.Contains(out, "nothing of any fleet") {
		t.Errorf("an empty account: %s", out)
	}
	p.must(0, "create", "--yes", "--json")
	far := cl.console("ap-south-1")
	one, two := far.volume(owned("dead", "demo")), far.volume(owned("dead", "demo"))
	theirs, alive := far.volume(owned("other", "bob")), far.volume(owned("lives", "demo"))
	old := far.volume(map[string]string{fleet.TagManagedBy: "SpotDeployer"})
	bare := far.volume(nil)
	all := len(cl.resources())

	var found []fleet.Leftover
	r := p.must(0, "cleanup", "--json").result(t)
	found = r.Leftovers
	if len(found) == 0 {
		t.Fatal("nothing was found")
	}
	for _, l := range found {
		switch l.ID {
		case old, bare:
			t.Errorf("found without being asked for: %+v", l)
		case theirs, alive:
			if l.Refused == "" {
				t.Errorf("%+v", l)
			}
		}
	}
	// Volumes a moment old may belong to a fleet whose record EC2 still hides.
	p.must(exitGuard, "cleanup", "--json", "--yes", one)
	if n := len(cl.resources()); n != all {
		t.Fatalf("%d things are left of %d, though everything was refused", n, all)
	}
	for _, args := range [][]string{
		{"cleanup", "--json", old},                                   // nobody to ask
		{"cleanup", "--json", "--yes", old},                          // was not looked for
		{"cleanup", "--json", "--yes", bare},                         // nobody's
		{"cleanup", "--json", "--yes", "--all-of", "no-such"},        //
		{"cleanup", "--json", "--yes", "--predecessor", "vol-0nope"}, //
	} {
		p.must(exitUsage, args...)
	}
	p.must(exitGuard, "cleanup", "--json", "--yes", theirs)
	p.must(exitGuard, "cleanup", "--json", "--yes", alive)
	p.must(exitGuard, "cleanup", "--json", "--yes", "--all-of", "lives")
	p.must(exitGuard, "cleanup", "--json", "--yes", "--predecessor", "--read-only", old)
	if n := len(cl.resources()); n != all {
		t.Fatalf("%d things are left of %d, though everything was refused", n, all)
	}
	r = p.must(0, "cleanup", "--json", "--yes", "--predecessor", old).result(t)
	if r.Receipt == nil || !r.Receipt.Clean() || r.Receipt.Removed[fleet.KindOfVolume] != 1 {
		t.Errorf("%+v", r.Receipt)
	}
	if _, err := os.Stat(r.Receipt.File); err != nil {
		t.Errorf("the receipt's file: %v", err)
	}
	if n := len(cl.resources()); n != all-1 {
		t.Errorf("%d things are left of %d, want one fewer", n, all)
	}
	_ = two
}

func owned(f, owner string) map[string]string {
	return map[string]string{fleet.TagFleet: f, fleet.TagOwner: owner}
}

// What to type before something is deleted, and what is chosen by which words.
func TestChoosingLeftovers(t *testing.T) {
	t.Parallel()
	item := func(f, id, refused string) fleet.Leftover {
		return fleet.Leftover{Resource: fleet.Resource{ID: id, Region: "r", Kind: fleet.KindOfVolume, Fleet: fleet.Name(f)}, Maker: fleet.MadeBySpotTUI, Refused: refused}
	}
	rep := fleet.LeftoverReport{Items: []fleet.Leftover{item("a", "1", ""), item("a", "2", "it lives"), item("b", "3", ""), item("c", "4", "it lives")}}
	for _, c := range []struct {
		ids, groups []string
		want        string // ids, or an error's kind
		word        string
	}{
		{ids: []string{"1"}, want: "1", word: "1"},
		{ids: []string{"r/1", "1"}, want: "1", word: "1"},
		{ids: []string{"1", "3"}, want: "1 3", word: "delete all"},
		{ids: []string{"2"}, want: "guard"},
		{ids: []string{"1", "9"}, want: "usage"},
		{groups: []string{"a"}, want: "1", word: "1"}, // what must stay only comes along
		{groups: []string{"c"}, want: "guard"},
		{groups: []string{"z"}, want: "usage"},
	} {
		got, err := chosen(rep, c.ids, c.groups)
		var ids []string
		for _, l := range got {
			ids = append(ids, l.ID)
		}
		text := strings.Join(ids, " ")
		switch {
		case fleet.KindOf(err) == fleet.KindGuard:
			text = "guard"
		case err != nil:
			text = "usage"
		}
		if text != c.want || err == nil && fleet.ConfirmWord(got) != c.word {
			t.Errorf("%v %v: %s, %v", c.ids, c.groups, text, err)
		}
	}
}
