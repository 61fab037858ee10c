package fleet_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// ended waits until an operation has ended.
func (b *bench) ended(e *fleet.Engine, v *view, op fleet.OpID, err error) fleet.Operation {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(e, v, time.Hour, string(op), func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
	return v.ops[op]
}

func (v *view) ids(s fleet.Stage) []fleet.InstanceID {
	var ids []fleet.InstanceID
	for id, i := range v.instances {
		if i.Stage == s {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// R7 and the lock: what is locked is not destroyed, shrunk away or taken with the
// fleet; another machine keeps the lock too; unlocked, it goes.
func TestALockedInstanceStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		v := &view{}
		b.create(e, v)
		locked := v.ids(fleet.StageReady)[0]
		op, err := e.Lock([]fleet.InstanceID{locked}, true)
		if o := b.ended(e, v, op, err); len(o.Errors) > 0 || !v.instances[locked].Locked {
			t.Fatalf("%+v %+v", o, v.instances[locked])
		}
		stop()
		b.home = t.TempDir() // another machine
		e, stop = b.engine(nil)
		defer stop()
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && len(v.instances) == 3 })
		refused := func(what string, o fleet.Operation) {
			t.Helper()
			if len(o.Failures) != 1 || o.Failures[0].Kind != fleet.KindGuard || !strings.Contains(o.Errors[0], string(locked)) {
				t.Errorf("%s: %+v", what, o)
			}
			if n := b.world.Inventory().Counts["instance"]; n != 3 {
				t.Errorf("%s: %d instances are left of 3", what, n)
			}
		}
		op, err = e.Destroy(fleet.DestroyRequest{Scope: fleet.ScopeInstances, Instances: v.ids(fleet.StageReady), IncludeLocked: true})
		refused("a destroy of all three", b.ended(e, v, op, err))
		refused("a destroy of the fleet", b.destroy(e, v))
		if p, err := e.PlanShrink(context.Background(), 0); fleet.KindOf(err) != fleet.KindGuard || p.Locked != 1 {
			t.Errorf("a shrink to nothing: %+v %v", p, err)
		}
		p, err := e.PlanShrink(context.Background(), 1)
		if err != nil || len(p.Leave) != 2 || slices.ContainsFunc(p.Leave, func(l fleet.Leaver) bool { return l.Instance.ID == locked }) {
			t.Fatalf("%+v %v", p, err)
		}
		op, err = e.Shrink(p)
		if o := b.ended(e, v, op, err); len(o.Errors) > 0 || v.summary.Target != 1 || b.world.Inventory().Counts["instance"] != 1 {
			t.Errorf("%+v, target %d", o, v.summary.Target)
		}
		op, err = e.Lock([]fleet.InstanceID{locked}, false)
		b.ended(e, v, op, err)
		if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() {
			t.Errorf("%+v", o)
		}
	})
}

// A locked instance can be locked between a shrink's plan and its doing, and a
// fleet goes with its locked ones if that is said.
func TestALockBetweenPlanAndShrinkCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		p, err := e.PlanShrink(context.Background(), 2)
		if err != nil || len(p.Leave) != 1 {
			t.Fatalf("%+v %v", p, err)
		}
		op, err := e.Lock([]fleet.InstanceID{p.Leave[0].Instance.ID}, true)
		b.ended(e, v, op, err)
		op, err = e.Shrink(p)
		if o := b.ended(e, v, op, err); len(o.Failures) != 1 || o.Failures[0].Kind != fleet.KindGuard || b.world.Inventory().Counts["instance"] != 3 {
			t.Errorf("%+v", o)
		}
		op, err = e.Destroy(fleet.DestroyRequest{Scope: fleet.ScopeFleet, IncludeLocked: true})
		if o := b.ended(e, v, op, err); o.Receipt == nil || !o.Receipt.Clean() {
			t.Errorf("%+v", o)
		}
	})
}
