package fleet_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

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
		<-time.After(2 * time.Hour)
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

// spend launches a fleet with a budget that lasts for two hours or so.
func spend(b *bench, change func(*fleet.Options)) (*fleet.Engine, func(), *view) {
	b.t.Helper()
	e, stop := b.engine(func(o *fleet.Options) {
		calmly(o)
		o.Spec.Guard = fleet.GuardSpec{Budget: 0.1, Action: fleet.BudgetDestroy}
		change(o)
	})
	v := &view{}
	if o := b.create(e, v); len(o.Errors) > 0 {
		b.t.Fatalf("%+v", o)
	}
	return e, stop, v
}

// R28: at 80 % there is a warning, once; when the budget is spent the fleet is
// destroyed where the config says so, by the ordinary destroy with its receipt.
func TestASpentBudgetDestroysTheFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop, v := spend(b, func(o *fleet.Options) { o.Enforce = true })
		defer stop()
		b.until(e, v, 12*time.Hour, "the warning", func(v *view) bool { return v.summary.Level() == fleet.BudgetLow })
		if text := v.summary.BudgetText(); !strings.Contains(text, "% of the budget of $0.10 is spent") {
			t.Error(text)
		}
		b.until(e, v, 12*time.Hour, "the destroy", func(v *view) bool {
			for _, o := range v.ops {
				if o.Kind == fleet.OpDestroy && o.Receipt != nil {
					return o.Receipt.Clean()
				}
			}
			return false
		})
		if n := b.world.Inventory().Total; n != 0 {
			t.Errorf("%d left", n)
		}
		if spent := b.world.Bill().TotalUSD; spent < 0.1 || spent > 0.13 {
			t.Errorf("$%.4f was spent", spent)
		}
		batch, err := e.Next(context.Background(), fleet.Cursor{})
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, ev := range batch.Events {
			if ev.Kind == fleet.EventBudget {
				told++
			}
		}
		if told != 2 {
			t.Errorf("%d events, want one at 80 %% and one at 100 %%", told)
		}
	})
}

// What a spent budget must never destroy: anything by an engine that only looks or
// may only read, and a fleet whose record is another's or can't be found.
func TestASpentBudgetDestroysNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fleet.Options)
		spoil  func(*bench)
	}{
		"an engine that looks":       {change: func(*fleet.Options) {}},
		"read-only":                  {change: func(o *fleet.Options) { o.Enforce, o.ReadOnly = true, true }},
		"only stop":                  {change: func(o *fleet.Options) { o.Enforce, o.Spec.Guard.Action = true, fleet.BudgetStop }},
		"may steer others' fleets":   {change: func(o *fleet.Options) { o.Enforce, o.AnyOwner = true, true }},
		"a protected account":        {change: func(o *fleet.Options) { o.Enforce, o.Protected = true, []string{"123456789012"} }},
		"another owner's record":     {change: func(o *fleet.Options) { o.Enforce, o.Account = true, renamed{o.Account, "someone-else"} }},
		"a record that is not there": {change: func(o *fleet.Options) { o.Enforce = true }, spoil: unrecorded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				_, stop, _ := spend(b, func(*fleet.Options) {})
				stop()
				if c.spoil != nil {
					c.spoil(b)
				}
				was := b.world.Inventory().Total
				e, stop := b.engine(func(o *fleet.Options) {
					calmly(o)
					o.Spec.Guard = fleet.GuardSpec{Budget: 0.1, Action: fleet.BudgetDestroy}
					c.change(o)
				})
				defer stop()
				<-time.After(12 * time.Hour)
				v := &view{}
				b.until(e, v, time.Hour, "the money", func(v *view) bool { return v.summary.Level() == fleet.BudgetSpent })
				if n := b.world.Inventory().Total; n != was || len(v.ops) != 0 {
					t.Errorf("%d of %d things are left: %+v", n, was, v.ops)
				}
			})
		})
	}
}

// unrecorded takes a fleet's record away.
func unrecorded(b *bench) {
	_, err := b.someone("us-west-2").DeleteLaunchTemplate(context.Background(), &ec2.DeleteLaunchTemplateInput{LaunchTemplateName: awssdk.String(fleet.RecordName("scenario"))})
	if err != nil {
		b.t.Fatal(err)
	}
}
