package tui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// leftoversFake is what the fake answers about leftovers, and what it was asked
// to delete.
type leftoversFake struct {
	found    func(fleet.LeftoversRequest) fleet.LeftoverReport
	foundErr error
	cleaned  []fleet.CleanupRequest
}

func (f *fakeFace) Leftovers(_ context.Context, q fleet.LeftoversRequest) (fleet.LeftoverReport, error) {
	f.note()
	if f.found == nil {
		return fleet.LeftoverReport{}, f.foundErr
	}
	return f.found(q), f.foundErr
}

func (f *fakeFace) Cleanup(q fleet.CleanupRequest) (fleet.OpID, error) {
	f.note()
	f.cleaned = append(f.cleaned, q)
	return "cleanup-1", nil
}

// found is what a scan of a lived-in account finds.
func found(q fleet.LeftoversRequest) fleet.LeftoverReport {
	month := func(v float64) *float64 { return &v }
	item := func(l fleet.Leftover) fleet.Leftover {
		l.Maker, l.Claim = fleet.MadeBySpotTUI, fleet.ClaimOf(l.Fleet)
		if l.Owner == "" {
			l.Owner = "ops-admin"
		}
		return l
	}
	gone := "its fleet is gone, its record too, and this stayed"
	rep := fleet.LeftoverReport{At: now(), Account: "123456789012", RegionsScanned: make([]fleet.Region, 16), RegionsFailed: []fleet.Region{}, Items: []fleet.Leftover{
		item(fleet.Leftover{Resource: fleet.Resource{Kind: fleet.KindOfAddress, ID: "eipalloc-0a1b2c3d4e5f60718", Name: "203.0.113.9", Region: "eu-west-1", Fleet: "edge-test", USDMonth: month(3.65), USDNote: "$0.005 per hour, used or not"}, Why: "the public address 203.0.113.9, unused; " + gone}),
		item(fleet.Leftover{Resource: fleet.Resource{Kind: fleet.KindOfVolume, ID: "vol-0a1b2c3d4e5f60718", Region: "eu-west-1", Fleet: "edge-test", USDMonth: month(8), USDNote: "estimate: 100 GiB × $0.08, at us-east-1's price"}, Why: "a disk, 100 GiB gp3, available; " + gone}),
		item(fleet.Leftover{Resource: fleet.Resource{Kind: fleet.KindOfVolume, ID: "vol-0b1b2c3d4e5f60718", Region: "us-east-1", Fleet: "edge-test", USDNote: "the price of io2 volumes is not known here"}, Why: "a disk, 40 GiB io2, available; " + gone}),
		item(fleet.Leftover{Resource: fleet.Resource{Kind: fleet.KindOfSecurityGroup, ID: "sg-0a1b2c3d4e5f60718", Region: "us-east-1", Fleet: "edge-test", USDMonth: month(0), USDNote: "it costs nothing"}, Why: "a security group, in vpc-1; " + gone}),
		item(fleet.Leftover{Resource: fleet.Resource{Kind: fleet.KindOfVolume, ID: "vol-0c1b2c3d4e5f60718", Region: "us-west-2", Fleet: "sensors", USDMonth: month(0.64), USDNote: "estimate: 8 GiB × $0.08"}, Why: "a disk, 8 GiB gp3 of instance i-0d4e, in-use; its fleet lives, with 12 instances in eu-west-1, us-east-1, us-west-2", Refused: "its fleet lives, with 12 instances in eu-west-1, us-east-1, us-west-2; end it with `spot-tui destroy --fleet sensors`"}),
		item(fleet.Leftover{Resource: fleet.Resource{Kind: fleet.KindOfTemplate, ID: "lt-0a1b2c3d4e5f60718", Region: "us-west-2", Fleet: "sweep", Owner: "bob", USDMonth: month(0), USDNote: "it costs nothing"}, Why: "the launch template spot-tui-sweep/0f3a; " + gone, Refused: "it belongs to bob; say --any-owner if you are sure"}),
	}}
	if q.Predecessor {
		for _, id := range []string{"vpc-0a1b2c3d4e5f60718", "vpc-0b1b2c3d4e5f60718"} {
			rep.Items = append(rep.Items, fleet.Leftover{
				Resource: fleet.Resource{Kind: fleet.KindOfVPC, ID: id, Region: "us-west-2", Claim: fleet.Claim{Key: fleet.TagManagedBy, Value: "Amauo"}, USDMonth: month(0), USDNote: "it costs nothing"},
				Maker:    fleet.MadeByPredecessor, Why: "a VPC, 10.0.0.0/16; made by the predecessor, ManagedBy=Amauo",
			})
		}
	}
	return rep
}

// leftovers opens the program on a lived-in account and presses keys.
func leftovers(keys ...string) func(Options, size) *model {
	return func(o Options, z size) *model {
		m := open(o, z, steady())
		if f, ok := m.o.Face.(*fakeFace); ok {
			f.found = found
		}
		press(m, keys...)
		return m
	}
}

func onLeftovers(t *testing.T, keys ...string) (*model, *fakeFace) {
	t.Helper()
	f := &fakeFace{}
	return leftovers(append([]string{"7"}, keys...)...)(Options{Face: f}, size{120, 40}), f
}

func keysOf(ls []fleet.Leftover) (out []string) {
	for _, l := range ls {
		out = append(out, l.ID)
	}
	return out
}

// R2, R3, R5, R6: what is confirmed is what was shown, frozen, and what must stay
// is not in it.
func TestCleanupTakesWhatItShowed(t *testing.T) {
	t.Parallel()
	m, f := onLeftovers(t, "*", "D")
	d, ok := m.over.(*cleanupDialog)
	if !ok || len(d.choices) != 1 || len(d.choices[0].items) != 4 || d.stay != 2 || d.choices[0].word != "edge-test" {
		t.Fatalf("%+v", m.over)
	}
	shown := keysOf(d.choices[0].items)
	f.found = func(fleet.LeftoversRequest) fleet.LeftoverReport { return fleet.LeftoverReport{} } // the world goes on
	press(m, "e", "d", "g", "e", "enter")
	if f.changed() != 0 || !d.wrong {
		t.Fatal("a wrong word must not delete")
	}
	for _, k := range "-test" {
		press(m, string(k))
	}
	press(m, "enter")
	if len(f.cleaned) != 1 || !slices.Equal(keysOf(f.cleaned[0].Items), shown) {
		t.Fatalf("acted on %v, shown %v", f.cleaned, shown)
	}
	if line := m.deeds[len(m.deeds)-1].line; !strings.Contains(line, "cleanup --yes eipalloc-0a1b2c3d4e5f60718 vol-") {
		t.Errorf("the command log has %q", line)
	}
}

// One thing wants y; whatever else is Cancel.
func TestCleanupOfOne(t *testing.T) {
	t.Parallel()
	m, f := onLeftovers(t, "j", "D", "n")
	if f.changed() != 0 || m.over.place() != atLeftovers {
		t.Fatal("n is Cancel")
	}
	press(m, "D", "y")
	if len(f.cleaned) != 1 || !slices.Equal(keysOf(f.cleaned[0].Items), []string{"vol-0a1b2c3d4e5f60718"}) {
		t.Errorf("%+v", f.cleaned)
	}
}

// The predecessor's things are looked for on demand only, and confirmed by
// themselves.
func TestThePredecessorsAreApart(t *testing.T) {
	t.Parallel()
	m, f := onLeftovers(t)
	if text := ansi.Strip(m.View().Content); strings.Contains(text, "Amauo") {
		t.Fatal("shown without being asked for")
	}
	press(m, "p", "*", "D")
	d := m.over.(*cleanupDialog)
	if len(d.choices) != 2 || d.choices[0].by != fleet.MadeBySpotTUI || d.choices[1].by != fleet.MadeByPredecessor {
		t.Fatalf("%+v", d.choices)
	}
	press(m, "right", "A", "m", "a", "u", "o", "enter")
	if len(f.cleaned) != 1 || !slices.Equal(keysOf(f.cleaned[0].Items), []string{"vpc-0a1b2c3d4e5f60718", "vpc-0b1b2c3d4e5f60718"}) {
		t.Errorf("%+v", f.cleaned)
	}
	press(m, "p")
	if text := ansi.Strip(m.View().Content); strings.Contains(text, "Amauo") {
		t.Error("shown after they were put away")
	}
}

// What must stay can't be taken, and the line says why.
func TestWhatMustStayIsRefused(t *testing.T) {
	t.Parallel()
	m, f := onLeftovers(t, "G", "D")
	if m.over.place() != atLeftovers || f.changed() != 0 || !strings.Contains(m.toast, "belongs to bob") {
		t.Errorf("%s: %s", m.over.place(), m.toast)
	}
}

// A cleanup that has ended has the screen scan again.
func TestTheScreenScansAgainAfterACleanup(t *testing.T) {
	t.Parallel()
	m, f := onLeftovers(t)
	calls := f.calls
	ended := fleet.Operation{ID: "c", Kind: fleet.OpCleanup, Started: now(), Finished: now().Add(time.Second)}
	_, cmd := m.Update(batchMsg{b: fleet.Batch{At: now(), Summary: steady().Summary, Regions: steady().Regions, Ops: []fleet.Operation{ended}}})
	run(m, cmd)
	if f.calls != calls+1 {
		t.Errorf("%d calls, want one more than %d", f.calls, calls)
	}
}
