package fleet_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
)

// A plan for some of the regions, some types and another image launches there and
// so; what lives in the other regions counts for the target.
func TestAPlanCanLeaveRegionsAndTypesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.create(e, v) // three in three regions
		var left fleet.Region
		for _, i := range v.instances {
			left = max(left, i.Region)
		}
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		q := fleet.PlanRequest{Target: 6, Types: []fleet.InstanceType{"m6i.large"}, Image: "debian-12"}
		for _, r := range p.Regions {
			if r.Region != left {
				q.Regions = append(q.Regions, fleet.RegionSpec{Name: r.Region, Count: -1})
			}
		}
		if p, err = e.Plan(context.Background(), q); err != nil {
			t.Fatal(err)
		}
		launches := 0
		for _, r := range p.Regions {
			launches += r.Launch
			if r.Region == left {
				t.Errorf("%s was left out", left)
			}
			if slices.ContainsFunc(r.Pools, func(p fleet.Pool) bool { return p.Type != "m6i.large" }) {
				t.Errorf("pools of %s: %+v", r.Region, r.Pools)
			}
		}
		if p.Target != 6 || p.Running != 3 || p.Launch > 4 || p.Launch < 3 || launches != p.Launch || p.Image != "debian-12" {
			t.Errorf("target %d, running %d, launch %d (%d), image %s", p.Target, p.Running, p.Launch, launches, p.Image)
		}
	})
}
