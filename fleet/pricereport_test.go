package fleet

import (
	"errors"
	"testing"
	"time"
)

// The newest price of each zone counts, the cheapest zone comes first, and a pool
// that is benched is not the best one.
func TestMarketRows(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	a := marketAnswers{region: "us-west-2", types: []InstanceType{"m5.large", "c5.large"}, history: []PoolPrice{
		{"m5.large", "us-west-2a", 0.02, day(1)}, {"m5.large", "us-west-2b", 0.05, day(2)}, {"m5.large", "us-west-2a", 0.06, day(3)},
	}, onDemand: []OnDemandPrice{{"m5.large", 0.055, day(3)}}, advErr: errors.New("closed")}
	p := PriceReport{Rows: a.rows()}
	cs := p.Cells()
	if len(cs) != 2 || len(cs[0].Pools) != 2 || cs[0].Pools[0].Zone != "us-west-2b" || cs[0].Pools[1].Spot.USD != 0.06 || len(cs[0].Pools[1].History) != 2 {
		t.Fatalf("%+v", cs)
	}
	if cs[0].Pools[0].Dearer() || !cs[0].Pools[1].Dearer() {
		t.Error("0.06 is dearer than 0.055, 0.05 is not")
	}
	if r := cs[1].Best(); r.Zone != "" || r.Spot.Reason != noSpotPrice || r.OnDemand.Reason != noOnDemandPrice || r.Advised.Reason != "closed" {
		t.Errorf("%+v", r)
	}
	bs := []Bench{
		{Region: "us-west-2", Zone: "us-west-2b", Type: "m5.large", Until: day(4), Why: "dry"},
		{Region: "us-west-2", Family: string(FamilyStandard), OnDemand: true, Until: day(9)},
		{Region: "us-west-2", Zone: "us-west-2b", Until: day(5), Why: "the zone is dry"},
	}
	for i, r := range cs[0].Pools {
		cs[0].Pools[i].Benched = benchedFor(bs, r)
	}
	if best := cs[0].Best(); best.Zone != "us-west-2a" || cs[0].Benched() != 1 || cs[0].Pools[0].Benched.Why != "the zone is dry" {
		t.Errorf("%+v", cs[0])
	}
	cs[0].Pools[1].Benched = benchedFor([]Bench{{Region: "us-west-2", Until: day(9)}}, cs[0].Pools[1])
	if cs[0].Best().Zone != "us-west-2b" || cs[0].Benched() != 2 {
		t.Error("where all are benched the cheapest stays the best")
	}
}

func TestSameOnce(t *testing.T) {
	t.Parallel()
	denied := func(r Region) *Error {
		return &Error{Op: "read on-demand prices", Region: r, Kind: KindDenied, Code: "AccessDenied", Err: errText("no")}
	}
	es := sameOnce([]*Error{denied("a"), {Op: "read spot prices", Region: "a", Kind: KindTimeout, Err: errText("late")}, denied("b"), denied("c")})
	if len(es) != 2 || es[0].Region != "" || es[1].Region != "a" {
		t.Errorf("%v", es)
	}
}
