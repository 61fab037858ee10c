package fleet

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func known(usd float64) Price { return Price{USD: usd, Known: true} }

func TestTheHourlyLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		now, add Price
		promised float64
		says     string
	}{
		"below it":           {now: known(0.4), add: known(0.5)},
		"just it":            {now: known(0.7), add: known(0.3)},
		"above it":           {now: known(0.7), add: known(0.31), says: "up to $1.01/h, and fleet.max_hourly_cost is $1.00"},
		"with the others'":   {now: known(0.4), add: known(0.3), promised: 0.31, says: "up to $1.01/h"},
		"an unknown price":   {now: known(0), add: Price{Reason: "not offered"}, says: "(not offered), so fleet.max_hourly_cost can't be kept; wait for the price"},
		"an unknown present": {now: Price{}, add: known(0.1), says: "what the fleet costs now is not known (" + PriceNotAsked},
	} {
		err := exceeds(1, c.now, c.add, c.promised)
		if (err == nil) != (c.says == "") || err != nil && (KindOf(err) != KindGuard || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPlanOffersOnlyWhatTheLimitLeaves(t *testing.T) {
	t.Parallel()
	pool := func(z Zone, p Price) Pool { return Pool{Type: "t3.medium", Zone: z, Price: p} }
	p := Plan{Regions: []RegionPlan{
		{Region: "a", Launch: 2, Pools: []Pool{pool("a1", known(0.1)), pool("a2", known(0.2)), pool("a3", Price{Reason: "none read"})}},
		{Region: "b", Launch: 1, Pools: []Pool{pool("b1", known(0.5))}},
		{Region: "c", Pools: []Pool{pool("c1", known(9))}},
	}}
	spec := Spec{RootGiB: 10, Guard: GuardSpec{MaxHourly: 0.4 + 3*(ipv4Hour+10*gp3GiBHour)}}
	p.limit(spec, known(0))
	a, b := p.Regions[0], p.Regions[1]
	if len(a.Pools) != 1 || a.Pools[0].Zone != "a1" || a.Low != a.High || len(a.Dropped) != 2 || a.Problem != nil {
		t.Errorf("%+v", a)
	}
	if KindOf(problemOf(b)) != KindGuard || !strings.Contains(b.Problem.Error(), "$0.13 per instance") {
		t.Errorf("%+v", b)
	}
	if c := p.Regions[2]; len(c.Pools) != 0 || c.Problem != nil {
		t.Errorf("a region that launches nothing may get another's share, so it keeps the limit too: %+v", c)
	}
}

// Whatever pools, prices and limits there are: what a plan may add never goes
// above the limit, and a pool that fits is not taken away.
func TestALimitedPlanFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Custom(func(t *rapid.T) Price {
			return Price{USD: rapid.Float64Range(0.001, 3).Draw(t, "usd"), Known: rapid.IntRange(0, 9).Draw(t, "known") > 0}
		})
		spec := Spec{RootGiB: rapid.IntRange(0, 100).Draw(t, "gib"), Guard: GuardSpec{MaxHourly: rapid.Float64Range(0.01, 20).Draw(t, "limit")}}
		now := rapid.Float64Range(0, 10).Draw(t, "now")
		var p Plan
		for range rapid.IntRange(1, 4).Draw(t, "regions") {
			r := RegionPlan{Launch: rapid.IntRange(0, 5).Draw(t, "launch")}
			for range rapid.IntRange(1, 5).Draw(t, "pools") {
				r.Pools = append(r.Pools, Pool{Price: price.Draw(t, "price")})
			}
			p.Regions = append(p.Regions, r)
		}
		p.limit(spec, known(now))
		p.finish(spec, Record{}, false, time.Unix(0, 0))
		add := p.atMost()
		if p.Launch > 0 && (!add.Known || now+add.USD > spec.Guard.MaxHourly+1e-6 || math.IsNaN(add.USD)) {
			t.Fatalf("%v with %v is more than %v", now, add, spec.Guard.MaxHourly)
		}
	})
}
