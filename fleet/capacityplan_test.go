package fleet_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

func (b *bench) limit(region string, vcpu int) {
	b.t.Helper()
	if err := b.world.Inject(sim.Fault{Fault: "quota", Region: region, Capacity: vcpu}); err != nil {
		b.t.Fatal(err)
	}
}

func partOf(t *testing.T, p fleet.Plan, r fleet.Region) fleet.RegionPlan {
	t.Helper()
	i := slices.IndexFunc(p.Regions, func(one fleet.RegionPlan) bool { return one.Region == r })
	if i < 0 {
		t.Fatalf("no part of %s", r)
	}
	return p.Regions[i]
}

func quotaCheck(t *testing.T, r fleet.RegionPlan) fleet.Check {
	t.Helper()
	i := slices.IndexFunc(r.Checks, func(c fleet.Check) bool { return c.What == "quota" })
	if i < 0 {
		t.Fatalf("%s: no line about quotas: %+v", r.Region, r.Checks)
	}
	return r.Checks[i]
}

// TestAQuotaMovesAShare: what one region's limit has no room for goes to the
// others, is launched there, and a second create adds nothing.
func TestAQuotaMovesAShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		b.limit("us-west-2", 5)
		b.limit("us-east-1", 1)
		e, stop := b.engine(func(o *fleet.Options) { o.Spec.Target = 12 })
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		west, east, euro := partOf(t, p, "us-west-2"), partOf(t, p, "us-east-1"), partOf(t, p, "eu-west-1")
		if west.Launch != 2 || east.Launch != 0 || euro.Launch != 10 || p.Launch != 12 || len(p.Problems) != 0 {
			t.Fatalf("launch %d, %d and %d; %+v", west.Launch, east.Launch, euro.Launch, p.Problems)
		}
		if c := quotaCheck(t, west); c.State != fleet.CheckWarn || !strings.Contains(c.Detail, "room for 2") || !strings.Contains(c.Hint, "us-west-2.console.aws.amazon.com/servicequotas") {
			t.Errorf("west: %+v", c)
		}
		if c := quotaCheck(t, east); c.State != fleet.CheckFail || !strings.Contains(c.Detail, "room for 0") {
			t.Errorf("east: %+v", c)
		}
		if c := quotaCheck(t, euro); c.State != fleet.CheckOK || !strings.Contains(c.Detail, "0 used, 20 asked, limit 20000 vCPU") {
			t.Errorf("europe: %+v", c)
		}
		moved := 0
		for _, m := range p.Moves {
			if m.To != "eu-west-1" || m.Reason == "" {
				t.Errorf("%+v", m)
			}
			moved += m.Count
		}
		if moved != 6 {
			t.Errorf("%d moved: %+v", moved, p.Moves)
		}
		v := &view{}
		if op := b.create(e, v); len(op.Errors) != 0 || v.stage(fleet.StageReady) != 12 {
			t.Errorf("%d ready, %v", v.stage(fleet.StageReady), op.Errors)
		}
		again, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil || again.Launch != 0 {
			t.Errorf("again: %d, %v", again.Launch, err)
		}
	})
}

// TestNoRoomAnywhereIsSaid: what no region has room for is not launched, with the
// reason and where to raise the limit.
func TestNoRoomAnywhereIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		b.limit("", 4)
		e, stop := b.engine(func(o *fleet.Options) { o.Spec.Target = 9 })
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil || p.Launch != 6 || len(p.Problems) != 3 {
			t.Fatalf("launch %d, %v, %v", p.Launch, p.Problems, err)
		}
		for _, pr := range p.Problems {
			if pr.Kind != fleet.KindQuota || !strings.Contains(pr.Error(), "1 instance can't be launched") || !strings.Contains(pr.Hint, "servicequotas") {
				t.Errorf("%+v", pr)
			}
		}
	})
}

// TestLargeTypesLeaveWhereTheyWouldNotFit: EC2 chooses among the types, so one of
// which the launch would not fit is not offered to it.
func TestLargeTypesLeaveWhereTheyWouldNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		b.limit("us-west-2", 10)
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Target, o.Spec.Types = 4, []fleet.InstanceType{"t3.medium", "m6i.xlarge", "c6i.2xlarge"}
			o.Spec.Regions = []fleet.RegionSpec{{Name: "us-west-2", Count: 4}}
		})
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil || p.Launch != 4 {
			t.Fatalf("launch %d, %v", p.Launch, err)
		}
		r := p.Regions[0]
		for _, pool := range r.Pools {
			if pool.Type != "t3.medium" {
				t.Errorf("%s is offered", pool.Type)
			}
		}
		if len(r.Dropped) != 2 || r.Dropped[0].Filter != fleet.FilterQuota || !strings.Contains(r.Dropped[0].Reason, "are more than the 10 that the quota of spot Standard leaves") {
			t.Errorf("%+v", r.Dropped)
		}
	})
}

// TestAnUnknownQuotaStopsNobody: without the permission the plan says ? and why.
func TestAnUnknownQuotaStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		if err := b.world.Inject(sim.Fault{Fault: "error-5xx", Op: "ListServiceQuotas"}); err != nil {
			t.Fatal(err)
		}
		e, stop := b.engine(nil)
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil || p.Launch != 3 || len(p.Problems) != 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		if c := quotaCheck(t, p.Regions[0]); c.State != fleet.CheckWarn || !strings.Contains(c.Detail, "spot Standard: ?, the limit can't be read") {
			t.Errorf("%+v", c)
		}
	})
}

// TestTypesByNeed: a plan without a single name, in few calls, of which the second
// plan saves most.
func TestTypesByNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Types = nil
			o.Spec.Needs = fleet.Needs{VCPU: fleet.Range{Low: 2, High: 4, Given: true}, MemoryMiB: fleet.Range{Low: 4096, High: 8192, Given: true}, Exclude: []string{"t2.*"}, MaxTypes: 8}
			o.Spec.Regions = []fleet.RegionSpec{{Name: "us-west-2", Count: -1}}
		})
		defer stop()
		v := &view{}
		b.until(e, v, time.Minute, "the first scan", func(v *view) bool { return v.summary.Scanned })
		calls := func() int {
			n := 0
			for _, c := range b.world.Calls(0) {
				switch c.Op {
				case "DescribeInstanceTypes", "DescribeInstanceTypeOfferings", "DescribeSpotPriceHistory", "ListServiceQuotas", "GetAWSDefaultServiceQuota":
					n++
				}
			}
			return n
		}
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		first := calls()
		r := p.Regions[0]
		if len(r.Types) != 8 || len(r.Pools) < 8 || first > 6 {
			t.Fatalf("%d types in %d pools, %d calls", len(r.Types), len(r.Pools), first)
		}
		for _, i := range r.Types {
			if i.VCPU < 2 || i.VCPU > 4 || i.MemoryMiB < 4096 || i.MemoryMiB > 8192 || i.GPUs > 0 || !i.Current {
				t.Errorf("%+v", i)
			}
		}
		for filter, typ := range map[string]fleet.InstanceType{
			fleet.FilterExclude: "t2.medium", fleet.FilterGeneration: "m4.large", fleet.FilterVCPU: "m6i.4xlarge", fleet.FilterGPU: "g6f.large",
			fleet.FilterMemory: "t3.micro", fleet.FilterSpot: "hpc7g.4xlarge", fleet.FilterBareMetal: "m7g.metal",
		} {
			if !slices.ContainsFunc(r.Dropped, func(d fleet.Dropped) bool {
				return d.Filter == filter && (d.Type == typ || filter == fleet.FilterVCPU) && d.Reason != ""
			}) {
				t.Errorf("%s did not take %s out: %+v", filter, typ, r.Dropped)
			}
		}
		if _, err := e.Plan(context.Background(), fleet.PlanRequest{Target: 5}); err != nil {
			t.Fatal(err)
		}
		if again := calls() - first; again > 2 { // offers and prices
			t.Errorf("a second plan takes %d calls", again)
		}
	})
}

// TestNeedsThatNothingMeets name the filter that took the last types.
func TestNeedsThatNothingMeets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Types, o.Spec.Needs = nil, fleet.Needs{VCPU: fleet.Range{Low: 512, High: -1, Given: true}}
		})
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil || p.Launch != 0 || len(p.Problems) != 3 || !strings.Contains(p.Problems[0].Error(), "no instance type meets the needs") {
			t.Fatalf("%+v, %v", p.Problems, err)
		}
	})
}
