package fleet_test

import (
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// A destroy that gives up leaves what runs on as what it is: it counts for the target,
// and nobody launches another in its place.
func TestADestroyThatGivesUpIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			defer b.world.Close()
			e, stop := b.engine(func(o *fleet.Options) { o.Spec.Provision.Enabled = false })
			defer stop()
			v := &view{}
			b.create(e, v)
			id := v.ids(fleet.StageReady)[0]
			in := v.instances[id].Region
			b.inject(sim.Fault{Fault: "dead-region", Region: string(in), Op: "TerminateInstances"})
			q := fleet.DestroyRequest{Scope: fleet.ScopeInstances, Instances: []fleet.InstanceID{id}}
			if whole {
				q = fleet.DestroyRequest{Scope: fleet.ScopeFleet}
			}
			op, err := e.Destroy(q)
			if o := b.ended(e, v, op, err); len(o.Errors) == 0 || b.count() == 0 {
				t.Fatalf("%d are left: %+v", b.count(), o)
			}
			b.world.ClearFaults()
			b.until(e, v, time.Minute, "it is taken back", func(v *view) bool { return v.instances[id].Stage == fleet.StageReady })
			if o := b.create(e, v); !whole && (len(o.Errors) > 0 || b.count() != 3 || v.stage(fleet.StageReady) != 3) { // a fleet that is being destroyed is refused
				t.Errorf("%d run, %d are ready: %v", b.count(), v.stage(fleet.StageReady), o.Errors)
			}
			if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() {
				t.Errorf("%+v", o)
			}
		})
	}
}
