package fleet_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// R29, H: the substitute is ready before the old one goes, from another pool;
// there is never more than one too many, and the target stays.
func TestAReplacementIsReadyFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		old := v.instances[v.ids(fleet.StageReady)[0]]
		p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: []fleet.InstanceID{old.ID}})
		if err != nil || len(p.Swaps) != 1 || p.Surplus != 1 || !p.Extra.Known || p.Extra.USD <= 0 {
			t.Fatalf("%+v %v", p, err)
		}
		op, err := e.Replace(p)
		if err != nil {
			t.Fatal(err)
		}
		b.until(e, v, time.Hour, "the replacement", func(v *view) bool {
			if n := b.world.Inventory().Counts["instance"]; n > 4 {
				t.Errorf("%d instances", n)
			}
			if v.instances[old.ID].Stage.Leaving() && v.stage(fleet.StageReady) < 3 {
				t.Error("the old one went before its substitute was ready")
			}
			o, ok := v.ops[op]
			return ok && !o.Running()
		})
		if o := v.ops[op]; len(o.Errors) > 0 || v.stage(fleet.StageReady) != 3 || b.world.Inventory().Counts["instance"] != 3 || v.summary.Target != 3 {
			t.Fatalf("%+v", o)
		}
		for _, i := range v.instances {
			if i.Origin.Replaces == old.ID && i.Type == old.Type && i.Zone == old.Zone {
				t.Errorf("the substitute came from the pool that it should leave: %+v", i)
			}
		}
		b.destroy(e, v)
	})
}

// A replacement that a crash cut off goes on, with the same token, and launches once.
func TestAReplacementSurvivesACrash(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault sim.Fault
		after time.Duration
	}{
		{"after the launch", sim.Fault{}, 10 * time.Second},
		{"while the launch is asked for", sim.Fault{Fault: "hold", Op: "CreateFleet"}, 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				e, stop := b.engine(nil)
				v := &view{}
				b.create(e, v)
				old := v.ids(fleet.StageReady)[0]
				p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: []fleet.InstanceID{old}})
				if err != nil {
					t.Fatal(err)
				}
				if tt.fault.Fault != "" {
					b.inject(tt.fault)
				}
				if _, err := e.Replace(p); err != nil {
					t.Fatal(err)
				}
				<-time.After(tt.after)
				stop()
				b.world.ClearFaults()
				e, stop = b.engine(nil)
				defer stop()
				v = &view{}
				b.until(e, v, time.Hour, "the replacement is taken up", func(v *view) bool {
					for _, o := range v.ops {
						if o.Kind == fleet.OpReplace && !o.Running() {
							return true
						}
					}
					return false
				})
				if n := b.world.Inventory().Counts["instance"]; n != 3 || v.stage(fleet.StageReady) != 3 || v.instances[old].Stage != fleet.StageGone {
					t.Errorf("%d instances, %d ready: %+v", n, v.stage(fleet.StageReady), v.ops)
				}
			})
		})
	}
}
