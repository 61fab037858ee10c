package fleet_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// cellOf finds a type in a region.
func cellOf(t *testing.T, p fleet.PriceReport, r fleet.Region, typ fleet.InstanceType) fleet.PriceCell {
	t.Helper()
	for _, c := range p.Cells() {
		if c.Region == r && c.Type == typ {
			return c
		}
	}
	t.Fatalf("no %s in %s: %+v", typ, r, p.Rows)
	return fleet.PriceCell{}
}

// The report has each pool with its week, what it saves, how often it is
// interrupted; the fleet's own types and regions where nothing is named.
func TestPrices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Regions = append(o.Spec.Regions[:1:1], fleet.RegionSpec{Name: "eu-west-1", Count: -1, Types: []fleet.InstanceType{"m5.large"}})
		})
		defer stop()
		p, err := e.Prices(context.Background(), fleet.PriceRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Cells()) != 3 || len(cellOf(t, p, "us-west-2", "t3.medium").Pools) != 4 || len(cellOf(t, p, "eu-west-1", "m5.large").Pools) != 3 {
			t.Errorf("%+v", p.Cells())
		}
		last := 0.0
		for _, r := range cellOf(t, p, "us-west-2", "t3.medium").Pools {
			saving, ok := r.Saving()
			if !r.Spot.Known || r.Spot.USD < last || time.Since(r.Spot.AsOf) > 10*time.Hour || len(r.History) < 10 || !ok || saving < -30 || saving > 95 {
				t.Errorf("%+v", r)
			}
			if !r.OnDemand.Known || r.OnDemand.USD != 0.0416 || !r.Advised.Known || r.Advised.AsOf.IsZero() {
				t.Errorf("%+v", r)
			}
			if now := r.History[len(r.History)-1]; now.USD != r.Spot.USD || r.History[0].At.After(time.Now().Add(-7*24*time.Hour)) {
				t.Errorf("%+v", r.History)
			}
			last = r.Spot.USD
		}
		p, err = e.Prices(context.Background(), fleet.PriceRequest{Types: []fleet.InstanceType{"c7g.large", "c7g.large", "t9.huge"}, Regions: []fleet.Region{"ap-south-1"}})
		if err != nil || len(p.Cells()) != 2 {
			t.Fatal(p.Cells(), err)
		}
		if r := cellOf(t, p, "ap-south-1", "t9.huge").Best(); r.Spot.Known || r.OnDemand.Known || r.Advised.Known || r.Spot.Reason == "" || r.OnDemand.Reason == "" || r.Advised.Reason == "" {
			t.Errorf("what does not exist has no price, and a reason: %+v", r)
		}
	})
}

// Types that are chosen by need are the cheapest of each region that have it; with
// three or more there is a score.
func TestPricesByNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Types = nil
			o.Spec.Needs = fleet.Needs{VCPU: fleet.Range{Given: true, Low: 4, High: 4}, MaxTypes: 3}
			o.Spec.Regions = []fleet.RegionSpec{{Name: "us-west-2", Count: -1}, {Name: "eu-west-1", Count: -1, Types: []fleet.InstanceType{"m5.large"}}}
		})
		defer stop()
		p, err := e.Prices(context.Background(), fleet.PriceRequest{})
		if err != nil {
			t.Fatal(err)
		}
		cells := p.Cells()
		if len(cells) != 3 || len(p.Problems) != 1 || !strings.Contains(p.Problems[0].Error(), "meets the needs") {
			t.Errorf("%+v %v", cells, p.Problems)
		}
		for _, c := range cells {
			if r := c.Best(); !r.Score.Known || r.Score.Score < 1 || r.Score.Score > 10 || !strings.HasSuffix(string(r.Type), ".xlarge") {
				t.Errorf("%+v", r)
			}
		}
	})
}

// Each answer works without the others (R25), and each region without the others.
func TestPricesInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Types = []fleet.InstanceType{"t3.medium"}
			o.Spec.Regions = []fleet.RegionSpec{{Name: "us-west-2", Count: -1}, {Name: "eu-west-1", Count: -1}, {Name: "af-south-1", Count: -1}}
		})
		defer stop()
		if _, err := e.Identity(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, f := range []sim.Fault{{Fault: "dead-region", Region: "eu-central-1"}, {Fault: "error-5xx", Region: "us-west-2", Op: "DescribeSpotPriceHistory"}} {
			if err := b.world.Inject(f); err != nil {
				t.Fatal(err)
			}
		}
		p, err := e.Prices(context.Background(), fleet.PriceRequest{})
		if err != nil {
			t.Fatal(err)
		}
		west := cellOf(t, p, "us-west-2", "t3.medium").Best()
		if west.Spot.Known || !strings.Contains(west.Spot.Reason, "InternalError") && !strings.Contains(west.Spot.Reason, "internal error") || !west.OnDemand.Known || !west.Advised.Known {
			t.Errorf("no spot price in us-west-2, and all else: %+v", west)
		}
		europe := cellOf(t, p, "eu-west-1", "t3.medium").Best()
		if !europe.Spot.Known || europe.OnDemand.Known || !strings.Contains(europe.OnDemand.Reason, "no answer") || !europe.Advised.Known {
			t.Errorf("Europe's price list does not answer, and all else: %+v", europe)
		}
		if _, ok := europe.Saving(); ok {
			t.Error("a saving against a price that is not known")
		}
		africa := cellOf(t, p, "af-south-1", "t3.medium").Best()
		if africa.Spot.Known || !strings.Contains(africa.Spot.Reason, "enabled") || !africa.OnDemand.Known {
			t.Errorf("a region that is not enabled has a price list all the same: %+v", africa)
		}
		if len(p.Problems) != 3 {
			t.Errorf("%d problems: %v", len(p.Problems), p.Problems)
		}
	})
}

// A plan says what it saves against on-demand; where that can't be read, it is a plan
// all the same, and says why.
func TestPlanSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		s, ok := p.Saving()
		if !ok || s < 30 || s > 95 || p.OnDemandHour.USD <= p.PerHour.USD || !p.Regions[0].Pools[0].OnDemand.Known {
			t.Errorf("saves %v (%v) of %+v", s, ok, p.OnDemandHour)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		if err := b.world.Inject(sim.Fault{Fault: "dead-region", Region: "eu-central-1"}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if _, ok := p.Saving(); err != nil || ok || len(p.Problems) > 0 || !p.PerHour.Known || !strings.Contains(p.OnDemandHour.Reason, "no answer") {
			t.Errorf("%v: saves %+v, problems %v", err, p.OnDemandHour, p.Problems)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("a plan waited %s for a comparison", took)
		}
	})
}
