package fleet_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// explained gives all that `plan --explain` says of a region.
func explained(p fleet.Plan, r fleet.Region) string {
	for _, w := range p.Explain(nil) {
		if w.Region == r {
			return strings.Join(w.Lines, "\n")
		}
	}
	return ""
}

// What spot costs no less than on demand is left out where another pool is cheaper; else
// the plan warns, or launches on demand where that may stand in (R25).
func TestSpotThatSavesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		types    string // that get dear; empty: all
		fallback bool
		onDemand int
		kept     int
		says     string
	}{
		{"one type of two", "t3.medium", false, 0, 1, "t3.medium        $0."},
		{"one type of two, with fallback", "t3.medium", true, 0, 1, "taken out by on-demand:"},
		{"both", "", false, 0, 2, "spot saves nothing: "},
		{"both, with fallback", "", true, 3, 2, "so it is launched on demand"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				b.inject(sim.Fault{Fault: "price", Type: tt.types, Percent: 500})
				e, stop := b.engine(func(o *fleet.Options) {
					o.Spec.Regions, o.Spec.Provision.Enabled = o.Spec.Regions[:1], false
					if tt.fallback {
						o.Spec.Capacity.OnDemand = fleet.OnDemandFallback
					}
				})
				defer stop()
				p, err := e.Plan(context.Background(), fleet.PlanRequest{})
				if err != nil {
					t.Fatal(err)
				}
				r := p.Regions[0]
				types := map[fleet.InstanceType]bool{}
				for _, pool := range r.Pools {
					types[pool.Type] = true
				}
				if p.Launch != 3 || p.OnDemand != tt.onDemand || len(types) != tt.kept || !strings.Contains(explained(p, r.Region), tt.says) {
					t.Errorf("launch %d, on demand %d, types %v:\n%s", p.Launch, p.OnDemand, types, explained(p, r.Region))
				}
				if s, ok := p.Saving(); tt.onDemand > 0 && (!ok || s != 0) {
					t.Errorf("on demand saves %v %v", s, ok)
				}
				v := &view{}
				if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 3 {
					t.Fatalf("%+v", o)
				}
				onDemand := 0
				for _, i := range v.instances {
					if i.OnDemand {
						onDemand++
					} else if tt.kept == 1 && i.Type == "t3.medium" {
						t.Errorf("%s is of a pool that saves nothing", i.ID)
					}
				}
				if onDemand != tt.onDemand {
					t.Errorf("%d are on demand", onDemand)
				}
			})
		})
	}
}
