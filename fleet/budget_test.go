package fleet_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// R28: what would cost more per hour than allowed is refused before anything is
// made, and a limit that leaves room lets the same plan through.
func TestTheHourlyLimitRefusesALaunch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) { o.Spec.Guard.MaxHourly = 0.02 })
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.Guard.Refused, "fleet.max_hourly_cost") {
			t.Errorf("the plan must say it: %+v", p.Guard)
		}
		if _, err := e.Launch(p); fleet.KindOf(err) != fleet.KindGuard {
			t.Errorf("%v", err)
		}
		stop()
		if n := b.world.Inventory().Total; n != 0 {
			t.Errorf("%d things were made", n)
		}
		e, stop = b.engine(func(o *fleet.Options) { o.Spec.Guard.MaxHourly = 0.5 })
		defer stop()
		v := &view{}
		if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 3 {
			t.Fatalf("%+v", o)
		}
	})
}

// A spent budget lets nothing more be launched.
func TestASpentBudgetStopsGrowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) { o.Spec.Guard.Budget = 0.05 })
		defer stop()
		v := &view{}
		if o := b.create(e, v); len(o.Errors) > 0 {
			t.Fatalf("%+v", o)
		}
		time.Sleep(2 * time.Hour)
		p, err := e.Plan(context.Background(), fleet.PlanRequest{Target: 4})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Launch(p); fleet.KindOf(err) != fleet.KindGuard || !strings.Contains(err.Error(), "budget of $0.0500 is spent") {
			t.Errorf("%v", err)
		}
		if n := b.world.Inventory().Counts["instance"]; n != 3 {
			t.Errorf("%d instances", n)
		}
	})
}
