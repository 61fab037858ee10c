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

func sixRegions() []fleet.RegionSpec {
	var rs []fleet.RegionSpec
	for _, r := range []fleet.Region{"us-west-2", "us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2"} {
		rs = append(rs, fleet.RegionSpec{Name: r, Count: -1})
	}
	return rs
}

// fleetCalls counts the requests for capacity by region.
func (b *bench) fleetCalls() map[string]int {
	by := map[string]int{}
	for _, c := range b.world.Calls(0) {
		if c.Op == "CreateFleet" {
			by[c.Region]++
		}
	}
	return by
}

// Issue 6, 2: half of the pools of a 60-instance fleet in six regions have no
// capacity, three regions have none at all; it reaches its target with no more
// than three requests per region, and each instance says where it came from.
func TestSixtyInstancesWhereHalfOfThePoolsAreDry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		regions := sixRegions()
		types := []fleet.InstanceType{"t3.medium", "t3a.medium", "m6i.large", "t4g.medium"}
		for i, r := range regions {
			if i%2 == 0 {
				b.inject(sim.Fault{Fault: "no-capacity", Region: string(r.Name)})
			}
		}
		e, stop := b.engine(func(o *fleet.Options) { o.Spec.Target, o.Spec.Regions, o.Spec.Types = 60, regions, types })
		defer stop()
		v := &view{}
		o := b.create(e, v)
		if n := v.stage(fleet.StageReady); n != 60 || len(o.Errors) > 0 {
			t.Fatalf("%d ready, %v", n, o.Errors)
		}
		for r, n := range b.fleetCalls() {
			if n > 3 {
				t.Errorf("%d requests in %s", n, r)
			}
		}
		moved := 0
		for _, i := range v.instances {
			switch {
			case i.Origin.Attempt == 0 || i.Origin.Why == "":
				t.Errorf("%s does not say where it came from: %+v", i.ID, i.Origin)
			case strings.HasPrefix(i.Origin.Why, "moved from") && strings.Contains(i.Origin.Why, "InsufficientInstanceCapacity"):
				moved++
			}
		}
		if moved != 30 {
			t.Errorf("%d say that they were moved, want 30", moved)
		}
		asked, got := 0, 0
		for _, a := range o.Asks {
			asked, got = asked+a.Asked, got+a.Got
			if a.Got < a.Asked && len(a.Errors) == 0 {
				t.Errorf("a short answer without its errors: %+v", a)
			}
		}
		if got != 60 || asked <= 60 {
			t.Errorf("the report has %d of %d", got, asked)
		}
		if bs, err := e.Benches(context.Background()); err != nil || len(bs) < 3*len(types) {
			t.Errorf("%d benches, %v", len(bs), err)
		}
		again := &view{}
		if p, err := e.Plan(context.Background(), fleet.PlanRequest{}); err != nil || p.Launch != 0 {
			t.Errorf("a grown region fills the target too: %d to launch, %v", p.Launch, err)
		}
		if o := b.destroy(e, again); o.Receipt == nil || !o.Receipt.Clean() {
			t.Errorf("%+v", o)
		}
	})
}

// What is benched is not asked, also by the next process, until it is lifted.
func TestABenchedPoolIsLeftAloneUntilItIsLifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		b.inject(sim.Fault{Fault: "no-capacity"})
		one := func(o *fleet.Options) { o.Spec.Regions = o.Spec.Regions[:1] }
		e, stop := b.engine(one)
		if o := b.create(e, &view{}); len(o.Failures) != 1 || o.Failures[0].Kind != fleet.KindCapacity || o.Failures[0].Code != "InsufficientInstanceCapacity" {
			t.Fatalf("%+v", o.Failures)
		}
		stop()
		b.world.ClearFaults()
		before := b.fleetCalls()["us-west-2"]
		e, stop = b.engine(one)
		defer stop()
		if o := b.create(e, &view{}); len(o.Errors) != 1 || !strings.Contains(o.Errors[0], "left alone until") {
			t.Errorf("%+v", o.Errors)
		}
		if n := b.fleetCalls()["us-west-2"]; n != before {
			t.Errorf("benched pools were asked")
		}
		bs, err := e.Benches(context.Background())
		if err != nil || len(bs) == 0 {
			t.Fatal(bs, err)
		}
		for _, x := range bs {
			if err := e.LiftBench(context.Background(), x); err != nil {
				t.Error(err)
			}
		}
		v := &view{}
		if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 3 {
			t.Errorf("%+v", o.Errors)
		}
	})
}

// What no spot pool has comes on-demand where the config says so, and a base
// share is on-demand from the start.
func TestOnDemandFillsWhatSpotCannot(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		capacity fleet.CapacitySpec
		spot     int // that the world has
		ready    int
		onDemand int
	}{
		{"never", fleet.CapacitySpec{}, 1, 1, 0},
		{"fallback", fleet.CapacitySpec{OnDemand: fleet.OnDemandFallback}, 1, 3, 2},
		{"base", fleet.CapacitySpec{OnDemandBase: 2}, 50, 3, 2},
		{"base and dry", fleet.CapacitySpec{OnDemandBase: 1}, 0, 1, 1},
		{"base and fallback", fleet.CapacitySpec{OnDemandBase: 1, OnDemand: fleet.OnDemandFallback}, 0, 3, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				b.inject(sim.Fault{Fault: "no-capacity", Capacity: tt.spot})
				e, stop := b.engine(func(o *fleet.Options) { o.Spec.Capacity = tt.capacity })
				defer stop()
				v := &view{}
				o := b.create(e, v)
				onDemand := 0
				for _, i := range v.instances {
					if i.Stage == fleet.StageReady && i.OnDemand {
						onDemand++
						if i.SpotRequest != "" || !strings.Contains(i.Origin.Why, "on-demand") {
							t.Errorf("%+v", i)
						}
					}
				}
				if v.stage(fleet.StageReady) != tt.ready || onDemand != tt.onDemand {
					t.Errorf("%d ready, %d on-demand: %v", v.stage(fleet.StageReady), onDemand, o.Errors)
				}
				if (tt.ready < 3) != (len(o.Errors) > 0) {
					t.Errorf("a shortage has a reason, and only that: %v", o.Errors)
				}
				for r, n := range b.fleetCalls() {
					if n > 3 {
						t.Errorf("%d requests in %s", n, r)
					}
				}
				b.until(e, v, 10*time.Minute, "all seen", func(*view) bool { return true })
				if p, err := e.Plan(context.Background(), fleet.PlanRequest{}); err != nil || tt.ready == 3 && (p.Launch != 0 || p.OnDemand != 0) {
					t.Errorf("a second plan: %+v %v", p, err)
				}
			})
		})
	}
}

// A pool that AWS has just taken an instance from is not asked for the next one.
func TestAPoolThatJustDiedIsBenched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) { o.Spec.Regions, o.Spec.Target = o.Spec.Regions[:1], 1 })
		defer stop()
		v := &view{}
		b.create(e, v)
		var first fleet.Instance
		for _, i := range v.instances {
			first = i
		}
		if err := b.world.Interrupt(string(first.ID)); err != nil {
			t.Fatal(err)
		}
		b.until(e, v, 10*time.Minute, "the interruption", func(v *view) bool { return v.instances[first.ID].Stage.Leaving() })
		b.create(e, v)
		for _, i := range v.instances {
			if i.ID != first.ID && i.Zone == first.Zone && i.Type == first.Type {
				t.Errorf("%s came from the pool that just died", i.ID)
			}
		}
		bs, err := e.Benches(context.Background())
		if err != nil || len(bs) != 1 || bs[0].Zone != first.Zone || bs[0].Type != first.Type || !strings.Contains(bs[0].Why, string(first.ID)) {
			t.Errorf("%+v %v", bs, err)
		}
	})
}
