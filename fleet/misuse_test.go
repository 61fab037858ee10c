package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// A destroy that is confirmed while a launch is on its way leaves nothing,
// whatever the launch was doing at that moment.
func TestADestroyInTheMiddleOfALaunchLeavesNothing(t *testing.T) {
	t.Parallel()
	step := 100 * time.Millisecond
	if testing.Short() { // under the race detector
		step = time.Second
	}
	for at := time.Duration(0); at <= 4*time.Second; at += step {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				e, stop := b.engine(nil)
				defer stop()
				p, err := e.Plan(context.Background(), fleet.PlanRequest{})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := e.Launch(p); err != nil {
					t.Fatal(err)
				}
				<-time.After(at)
				v := &view{}
				if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() {
					t.Errorf("%+v", o)
				}
				<-time.After(10 * time.Minute) // whatever was still on its way has arrived
				if inv := b.world.Inventory(); inv.Total != 0 {
					t.Errorf("left in the world: %+v", inv.Resources)
				}
			})
		})
	}
}

// R7: whose a resource is stands on the resource. A record that lies in a region
// which our config does not name must not make a foreign fleet ours.
func TestAForeignFleetIsRefusedWithoutItsRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		theirs, stopTheirs := b.engine(func(o *fleet.Options) { o.Account = renamed{o.Account, "someone-else"} })
		b.create(theirs, &view{})
		stopTheirs()
		before := b.world.Inventory().Total

		elsewhere := func(o *fleet.Options) { o.Spec.Regions = []fleet.RegionSpec{{Name: "eu-central-1", Count: -1}} }
		e, stop := b.engine(elsewhere)
		defer stop()
		v := &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.summary.Identity.Account != "" })
		o := b.destroy(e, v)
		if len(o.Failures) == 0 || o.Failures[0].Kind != fleet.KindGuard || !strings.Contains(o.Errors[0], "someone-else") {
			t.Errorf("%+v", o.Errors)
		}
		if after := b.world.Inventory().Total; after != before {
			t.Errorf("%d things of someone else are left of %d", after, before)
		}
		near, stopNear := b.engine(func(o *fleet.Options) { o.Spec.Regions = o.Spec.Regions[1:] }) // sees instances, not the record
		nv := &view{}
		b.until(near, nv, time.Minute, "the scan", func(v *view) bool {
			return v.summary.Scanned && len(v.instances) == 2 && v.summary.Identity.Account != ""
		})
		for id := range nv.instances {
			op, err := near.Destroy(fleet.DestroyRequest{Instances: []fleet.InstanceID{id}})
			if err != nil {
				t.Fatal(err)
			}
			b.until(near, nv, time.Hour, "the refusal", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
			if o := nv.ops[op]; len(o.Failures) != 1 || o.Failures[0].Kind != fleet.KindGuard {
				t.Errorf("one instance of someone else: %+v", o.Errors)
			}
		}
		stopNear()
		op, err := e.Destroy(fleet.DestroyRequest{Scope: fleet.ScopeFleet, AnyOwner: true})
		if err != nil {
			t.Fatal(err)
		}
		b.until(e, v, time.Hour, "the destroy", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
		if after := b.world.Inventory().Total; after != 0 {
			t.Errorf("--any-owner: %d things are left", after)
		}
	})
}

// A screen that only reads must not run a setup script that a crash cut off.
func TestReadOnlyTakesUpNoProvisioning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Launch(p); err != nil {
			t.Fatal(err)
		}
		b.until(e, &view{}, time.Minute, "instances", func(v *view) bool { return len(v.instances) == 3 })
		<-time.After(3 * time.Second)
		stop() // in the middle of their way up
		calls := len(b.world.Calls(0))
		e, stop = b.engine(func(o *fleet.Options) { o.ReadOnly = true })
		defer stop()
		v := &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && len(v.instances) == 3 })
		<-time.After(5 * time.Minute)
		b.until(e, v, time.Minute, "the present", func(v *view) bool { return true })
		if n := v.stage(fleet.StageReady); n != 0 {
			t.Errorf("%d instances were provisioned", n)
		}
		for _, c := range b.world.Calls(0)[calls:] {
			if c.Mutating {
				t.Errorf("read-only, but %s was called", c.Op)
			}
		}
	})
}

// An instance without a key is one that nobody can ever log in to.
func TestNothingIsLaunchedWithoutAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) { o.Spec.SSH.PublicKey = "" })
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Launch(p); fleet.KindOf(err) != fleet.KindInvalid {
			t.Errorf("%v", err)
		}
		if n := b.world.Inventory().Total; n != 0 {
			t.Errorf("%d things were made", n)
		}
	})
}
