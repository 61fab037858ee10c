package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// oddWorld is a random world of pools with and without capacity, with limits.
type oddWorld struct {
	target, base int
	fallback     bool
	limit        float64 // max_hourly_cost; 0: none
	faults       []sim.Fault
}

func drawWorld(t *rapid.T) oddWorld {
	w := oddWorld{
		target: rapid.IntRange(1, 12).Draw(t, "target"), base: rapid.IntRange(0, 2).Draw(t, "base"), fallback: rapid.Bool().Draw(t, "fallback"),
		limit: rapid.SampledFrom([]float64{0, 0, 0.05, 0.2, 1}).Draw(t, "limit"),
	}
	w.base = min(w.base, w.target)
	for range rapid.IntRange(0, 5).Draw(t, "faults") {
		w.faults = append(w.faults, sim.Fault{
			Fault: "no-capacity", Region: rapid.SampledFrom([]string{"us-west-2", "us-east-1", "eu-west-1", ""}).Draw(t, "region"),
			Type:     rapid.SampledFrom([]string{"t3.medium", "t4g.medium", ""}).Draw(t, "type"),
			Capacity: rapid.IntRange(0, 4).Draw(t, "capacity"), OnDemand: rapid.IntRange(0, 3).Draw(t, "market") == 0,
		})
	}
	return w
}

// Issue 6, 1: whatever the world, what runs is tracked and within target and cost,
// a shortage has a reason, what failed is left alone, and a destroy leaves nothing.
func TestLaunchesInRandomWorlds(t *testing.T) {
	enough := 25         // worlds; each takes most of a second of real time
	if testing.Short() { // under the race detector
		enough = 4
	}
	worlds, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		if worlds++; worlds > enough && !failed { // a failure is still made as small as it gets
			return
		}
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = w.live(t) })
		if len(wrong) > 0 {
			failed = true
			rt.Fatalf("%+v: %s", w, strings.Join(wrong, "; "))
		}
	})
}

// live lives a fleet's life in the world: two creates and a destroy.
func (w oddWorld) live(t *testing.T) (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	b := newBench(t)
	defer b.world.Close()
	for _, f := range w.faults {
		b.inject(f)
	}
	e, stop := b.engine(func(o *fleet.Options) {
		o.Spec.Target, o.Spec.Provision.Enabled, o.Spec.Guard.MaxHourly = w.target, false, w.limit
		if o.Spec.Capacity.OnDemandBase = w.base; w.fallback {
			o.Spec.Capacity.OnDemand = fleet.OnDemandFallback
		}
	})
	defer stop()
	v := &view{}
	dry := map[string]bool{} // pools that failed: within three minutes they must not be asked again
	for range 2 {
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		op, err := e.Launch(p)
		if err != nil {
			if fleet.KindOf(err) != fleet.KindGuard || w.limit == 0 {
				bad("launch: %v", err)
			}
			break
		}
		o := b.ended(e, v, op, nil)
		asked := map[fleet.Region]int{}
		for _, a := range o.Asks {
			asked[a.Region]++
			for _, failed := range a.Errors {
				key := fmt.Sprint(a.OnDemand, " ", failed)
				if dry[key] {
					bad("%s was asked while benched", key)
				}
				dry[key] = true
			}
		}
		for r, n := range asked {
			if n > 3 {
				bad("%d requests in %s", n, r)
			}
		}
		n := b.world.Inventory().Counts["instance"]
		if tracked := v.stage(fleet.StageReady); n != tracked || n > w.target {
			bad("%d run, %d tracked, target %d", n, tracked, w.target)
		}
		if n < w.target && len(o.Errors) == 0 {
			bad("%d of %d, and no reason", n, w.target)
		}
		if w.limit > 0 && v.summary.PerHour.USD > w.limit { // what is not known yet is not in it
			bad("%+v/h, limit %v", v.summary.PerHour, w.limit)
		}
	}
	if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() {
		bad("receipt: %+v", o.Errors)
	}
	if left := b.world.Inventory(); left.Total != 0 {
		bad("left: %+v", left.Counts)
	}
	return wrong
}
