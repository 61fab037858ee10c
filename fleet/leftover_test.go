package fleet

import (
	"strings"
	"testing"
	"time"
)

// TestJudge: what is a leftover, and what only looks like one.
func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC)
	thing := func(f Name, k ResourceKind, change func(*Resource)) Leftover {
		l := Leftover{Maker: MadeBySpotTUI, Resource: Resource{Kind: k, ID: string(k), Region: "us-west-2", Fleet: f, Claim: ClaimOf(f), Owner: "ada"}}
		if change != nil {
			change(&l.Resource)
		}
		return l
	}
	group := func(change func(*Resource)) Leftover { return thing("f", KindOfSecurityGroup, change) }
	record := func(p Phase, ends time.Time) Leftover {
		return thing("f", KindOfRecord, func(r *Resource) { r.Phase, r.EndsAt = p, ends })
	}
	instance := func(s State) Leftover {
		return thing("f", KindOfInstance, func(r *Resource) { r.State = string(s) })
	}
	for _, c := range []struct {
		name    string
		with    []Leftover // beside the group, which is judged
		change  func(*Resource)
		j       judge
		why     string
		refused string // a part; empty: it can go
	}{
		{name: "orphan", why: "its fleet is gone"},
		{name: "live instance", with: []Leftover{record(PhaseActive, now.Add(-time.Hour)), instance(StateRunning)}, refused: "1 instance in us-west-2"},
		{name: "stopped instance", with: []Leftover{instance(StateStopped)}, refused: "its fleet lives"},
		{name: "going instance", with: []Leftover{instance(StateShuttingDown)}, why: "its fleet is gone"},
		{name: "active record", with: []Leftover{record(PhaseActive, now.Add(time.Hour))}, refused: "its fleet is active"},
		{name: "active for ever", with: []Leftover{record(PhaseActive, time.Time{})}, refused: "spot-tui destroy --fleet f"},
		{name: "ended by itself", with: []Leftover{record(PhaseActive, now.Add(-time.Hour))}, why: "ended by itself on 2026-11-28 03:00 UTC"},
		{name: "destroying", with: []Leftover{record(PhaseDestroying, now.Add(time.Hour))}, why: "did not come to its end"},
		{name: "kept by AWS", with: []Leftover{thing("f", KindOfKeeper, nil)}, refused: "an EC2 fleet keeps it"},
		{name: "another fleet lives", with: []Leftover{thing("g", KindOfInstance, func(r *Resource) { r.State = "running" })}, why: "its fleet is gone"},
		{name: "young", with: []Leftover{thing("f", KindOfTemplate, func(r *Resource) { r.Since = now.Add(-time.Minute) })}, refused: "younger than 5 minutes"},
		{name: "a region is missing", j: judge{unseen: []Region{"eu-west-1"}}, refused: "eu-west-1 could not be scanned"},
		{name: "someone else's", change: func(r *Resource) { r.Owner = "bob" }, refused: "belongs to bob"},
		{name: "someone else's, allowed", change: func(r *Resource) { r.Owner = "bob" }, j: judge{anyOwner: true}, why: "its fleet is gone"},
		{name: "predecessor's", change: func(r *Resource) {
			r.Fleet, r.Claim, r.Owner = "", Claim{TagManagedBy, "Amauo"}, ""
		}, with: []Leftover{instance(StateRunning)}, why: "made by the predecessor, ManagedBy=Amauo"},
	} {
		items := append([]Leftover{group(c.change)}, c.with...)
		c.j.now, c.j.me = now, "ada"
		c.j.all(items)
		got := items[0]
		if !strings.Contains(got.Why, c.why) || (c.refused == "") != (got.Refused == "") || !strings.Contains(got.Refused, c.refused) {
			t.Errorf("%s: why %q, refused %q", c.name, got.Why, got.Refused)
		}
		for _, l := range items {
			if l.Why == "" {
				t.Errorf("%s: %s has no explanation", c.name, l)
			}
		}
	}
}

// TestWorth: what is left costs what it costs, and what is not known is not 0.
func TestWorth(t *testing.T) {
	t.Parallel()
	spot := func(InstanceType, Zone) Price { return Price{USD: 0.01, Known: true} }
	none := func(InstanceType, Zone) Price { return Price{Reason: "no answer"} }
	for _, c := range []struct {
		r    Resource
		per  func(InstanceType, Zone) Price
		usd  float64
		note string // a part
		open bool   // unknown
	}{
		{r: Resource{Kind: KindOfVolume, Type: "gp3", GiB: 100, Region: "us-east-1"}, usd: 8, note: "100 GiB"},
		{r: Resource{Kind: KindOfVolume, Type: "gp3", GiB: 100, Region: "eu-west-1"}, usd: 8, note: "us-east-1's price"},
		{r: Resource{Kind: KindOfVolume, Type: "io2", GiB: 100}, note: "io2", open: true},
		{r: Resource{Kind: KindOfSnapshot, GiB: 20}, usd: 1, note: "at most"},
		{r: Resource{Kind: KindOfAddress}, usd: 3.65, note: "per hour"},
		{r: Resource{Kind: KindOfSecurityGroup}, note: "nothing"},
		{r: Resource{Kind: KindOfInstance, State: "running", Spot: true}, per: spot, usd: 7.3, note: "present spot price"},
		{r: Resource{Kind: KindOfInstance, State: "running", Spot: true, Public: true}, per: spot, usd: 10.95, note: "public address"},
		{r: Resource{Kind: KindOfInstance, State: "running", Spot: true}, per: none, note: "no answer", open: true},
		{r: Resource{Kind: KindOfInstance, State: "running"}, per: spot, usd: 7.3, note: "on-demand"},
		{r: Resource{Kind: KindOfInstance, State: "running"}, per: none, note: "no answer", open: true},
		{r: Resource{Kind: KindOfInstance, State: "stopped"}, per: none, note: "does not run"},
	} {
		got := c.r.worth(c.per)
		if (got.USDMonth == nil) != c.open || got.USDMonth != nil && abs(*got.USDMonth-c.usd) > 1e-9 || !strings.Contains(got.USDNote, c.note) {
			t.Errorf("%+v: %v %q", c.r, got.USDMonth, got.USDNote)
		}
		if text := got.MonthText(); c.open != strings.HasPrefix(text, "?") || text == "" {
			t.Errorf("%+v: %q", c.r, text)
		}
	}
	a, b := 1.5, 2.0
	if usd, known := MonthOf([]Resource{{USDMonth: &a}, {USDMonth: &b}}); usd != 3.5 || !known {
		t.Errorf("%v %v", usd, known)
	}
	if usd, known := MonthOf([]Resource{{USDMonth: &a}, {}}); usd != 1.5 || known {
		t.Errorf("%v %v", usd, known)
	}
}

func abs(f float64) float64 { return max(f, -f) }

// TestReceiptText: the receipt reads well, and says what is not proven.
func TestReceiptText(t *testing.T) {
	t.Parallel()
	at, usd := time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC), 8.0
	r := Receipt{
		Fleet: "f", Account: "123456789012", Removed: map[ResourceKind]int{KindOfInstance: 3, KindOfRecord: 1}, Left: 1,
		Leftovers:      []Resource{{Kind: KindOfVolume, ID: "vol-1", Region: "us-west-2", State: "held by instance i-1", USDMonth: &usd}},
		RegionsScanned: []Region{"us-west-2"}, RegionsFailed: []Region{"eu-west-1"}, CostNote: "no price is known",
		FirstLaunch: at.Add(-time.Hour), LifetimeS: 3600, StartedAt: at, FinishedAt: at.Add(time.Minute),
	}
	text := r.Text()
	for _, want := range []string{
		"Receipt of fleet f in account 123456789012", "lifetime: 1h0m0s", "   3  instance", "   1  fleet record", "scanned 1 region: us-west-2",
		"NOT scanned, so nothing is proven there: eu-west-1", "left: 1", "volume vol-1 in us-west-2, $8.00/month: held by instance i-1", "total cost: ? (no price is known)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Index(text, "instance") > strings.Index(text, "fleet record") {
		t.Error("not in the order of removal")
	}
}
