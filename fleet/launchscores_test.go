package fleet_test

import (
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// A launch that came short asks for placement scores before it chooses the next region;
// one that gets all asks for none, and without the permission the price decides.
func TestAShortLaunchAsksForScores(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		dry, deny bool
		types     int
		asks      bool
	}{
		{name: "nothing is short", types: 3},
		{name: "short", dry: true, types: 3, asks: true},
		{name: "short, and not allowed to ask", dry: true, deny: true, types: 3, asks: true},
		{name: "short, of types that are too few for a score", dry: true, types: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				if tt.dry {
					b.inject(sim.Fault{Fault: "no-capacity", Region: "us-west-2"})
				}
				if tt.deny {
					b.inject(sim.Fault{Fault: "deny", Op: "GetSpotPlacementScores"})
				}
				e, stop := b.engine(func(o *fleet.Options) {
					o.Spec.Provision.Enabled, o.Spec.Target = false, 6
					o.Spec.Types = []fleet.InstanceType{"t3.medium", "t4g.medium", "m6i.large"}[:tt.types]
				})
				defer stop()
				v := &view{}
				if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 6 {
					t.Errorf("%+v", o)
				}
				asked := 0
				for _, c := range b.world.Calls(0) {
					if c.Op == "GetSpotPlacementScores" {
						asked++
					}
				}
				if (asked > 0) != tt.asks || asked > 3 {
					t.Errorf("asked %d times", asked)
				}
			})
		})
	}
}
