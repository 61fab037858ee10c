package fleet_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// here has the fleet in one region, without provisioning.
func here(o *fleet.Options) {
	o.Spec.Regions, o.Spec.Provision.Enabled, o.Spec.Target = o.Spec.Regions[:1], false, 2
}

// unheard loses the answers of the next requests for capacity, whatever is tried.
func (b *bench) unheard() {
	for n := range 12 {
		b.inject(sim.Fault{Fault: "lost-answer", Op: "CreateFleet", Nth: n + 1})
	}
}

func (b *bench) count() int { return b.world.Inventory().Counts["instance"] }

// A substitute whose request gets no answer is no concern of a create: it would be one
// too many for ever. The replacement stays open and the next start takes it up.
func TestACreateLeavesAnOpenReplacementAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(here)
		v := &view{}
		b.create(e, v)
		old := v.ids(fleet.StageReady)[0]
		b.inject(sim.Fault{Fault: "dead-region", Op: "CreateFleet"})
		p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: []fleet.InstanceID{old}})
		if err != nil {
			t.Fatal(err)
		}
		op, err := e.Replace(p)
		if o := b.ended(e, v, op, err); len(o.Errors) != 1 || o.Failures[0].Kind != fleet.KindTimeout {
			t.Fatalf("%+v", o.Errors)
		}
		b.world.ClearFaults()
		if o := b.create(e, v); len(o.Errors) > 0 || b.count() != 2 {
			t.Fatalf("%d instances: %v", b.count(), o.Errors)
		}
		stop()
		e, stop = b.engine(here)
		defer stop()
		v = &view{}
		b.until(e, v, time.Hour, "the replacement is taken up", func(v *view) bool {
			return v.instances[old].Stage == fleet.StageGone && v.stage(fleet.StageReady) == 2
		})
		if b.count() != 2 {
			t.Errorf("%d instances", b.count())
		}
	})
}

// A request for a substitute that is refused for its capacity has used up its token:
// the next try needs another one.
func TestAReplacementCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(here)
		defer stop()
		v := &view{}
		b.create(e, v)
		old := v.ids(fleet.StageReady)[:1]
		for _, dry := range []bool{true, false} {
			if dry {
				b.inject(sim.Fault{Fault: "no-capacity"})
			} else {
				b.world.ClearFaults()
				<-time.After(fleet.BenchTime)
			}
			p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: old})
			if err != nil {
				t.Fatal(err)
			}
			op, err := e.Replace(p)
			if o := b.ended(e, v, op, err); (len(o.Errors) > 0) != dry {
				t.Errorf("dry %v: %v", dry, o.Errors)
			}
		}
		if v.instances[old[0]].Stage != fleet.StageGone || b.count() != 2 {
			t.Errorf("%d instances, %+v", b.count(), v.instances[old[0]])
		}
	})
}

// A request that never arrived is not sent again once the target is reached without it,
// and counts no more as soon as EC2 would have shown what it made.
func TestARequestThatIsNotWantedAnyMoreIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(here)
		defer stop()
		v := &view{}
		b.create(e, v)
		b.inject(sim.Fault{Fault: "dead-region", Op: "CreateFleet"})
		grow := func(target int) fleet.Operation {
			p, err := e.Plan(context.Background(), fleet.PlanRequest{Target: target})
			if err != nil {
				t.Fatal(err)
			}
			op, err := e.Launch(p)
			return b.ended(e, v, op, err)
		}
		if o := grow(4); len(o.Errors) == 0 {
			t.Fatal("a dead region launches")
		}
		b.world.ClearFaults()
		for _, wait := range []time.Duration{0, 20 * time.Minute, 0} {
			<-time.After(wait)
			if o := grow(2); len(o.Errors) > 0 || b.count() != 2 {
				t.Fatalf("after %s: %d instances, %v", wait, b.count(), o.Errors)
			}
		}
		if o := grow(3); len(o.Errors) > 0 || b.count() != 3 {
			t.Errorf("%d instances, %v", b.count(), o.Errors)
		}
	})
}

// What got no answer may run, and counts for fleet.max_hourly_cost before EC2 shows it.
func TestAnUnansweredRequestCountsForTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		const limit = 0.1
		e, stop := b.engine(func(o *fleet.Options) { here(o); o.Spec.Target, o.Spec.Guard.MaxHourly = 1, limit })
		defer stop()
		v := &view{}
		b.create(e, v)
		b.unheard()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{Target: 3})
		if err != nil || p.Guard.Refused != "" {
			t.Fatal(p.Guard, err)
		}
		op, err := e.Launch(p)
		for b.count() < 3 {
			<-time.After(10 * time.Millisecond)
		}
		b.inject(sim.Fault{Fault: "lag", DelayMS: 250_000})
		if o := b.ended(e, v, op, err); len(o.Errors) == 0 || b.count() != 3 {
			t.Fatalf("%d instances, %v", b.count(), o.Errors)
		}
		each := p.Guard.AtMost.USD / 2
		p, err = e.Plan(context.Background(), fleet.PlanRequest{Target: 6}) // three more, of which the limit has room for two at most
		if err != nil {
			t.Fatal(err)
		}
		if most := v.summary.PerHour.USD + 2*each; p.Guard.PerHour.USD-p.Guard.AtMost.USD < most-1e-6 || most+3*each <= limit || most > limit {
			t.Errorf("%+v, and $%.4f may run", p.Guard, most)
		}
		if _, err := e.Launch(p); p.Guard.Refused == "" || fleet.KindOf(err) != fleet.KindGuard {
			t.Errorf("%+v: %v", p.Guard, err)
		}
	})
}

// Two replacements side by side have money for one surplus only: what runs never costs
// more than fleet.max_hourly_cost, and who gets none is told so.
func TestSurplusSideBySideStaysWithinTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(here)
		v := &view{}
		b.create(e, v)
		stop()
		now := v.summary.PerHour.USD
		limit := now * 1.9 // one beside the two, at its dearest pool, and not two
		e, stop = b.engine(func(o *fleet.Options) { here(o); o.Spec.Guard.MaxHourly = limit })
		defer stop()
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 2 && v.summary.PerHour.Known })
		var ops []fleet.OpID
		var plans []fleet.ReplacePlan
		for _, id := range v.ids(fleet.StageReady) {
			p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: []fleet.InstanceID{id}})
			if err != nil {
				t.Fatal(err)
			}
			if p.Extra.USD > limit-now || 2*p.Extra.USD <= limit-now {
				t.Fatalf("one more costs %v, and the limit leaves %v: the test needs room for one", p.Extra.USD, limit-now)
			}
			plans = append(plans, p)
		}
		for _, p := range plans {
			op, err := e.Replace(p)
			if err != nil {
				t.Fatal(err)
			}
			ops = append(ops, op)
		}
		b.until(e, v, time.Hour, "both", func(v *view) bool {
			if n := b.count(); n > 3 {
				t.Errorf("%d instances", n)
			}
			return !v.ops[ops[0]].Started.IsZero() && !v.ops[ops[0]].Running() && !v.ops[ops[1]].Started.IsZero() && !v.ops[ops[1]].Running()
		})
		done, refused := 0, 0
		for _, op := range ops {
			switch o := v.ops[op]; {
			case len(o.Errors) == 0:
				done++
			case o.Failures[0].Kind == fleet.KindGuard:
				refused++
			}
		}
		if done != 1 || refused != 1 {
			t.Errorf("%d done, %d refused: %+v", done, refused, v.ops)
		}
		<-time.After(time.Minute)
		for _, a := range b.world.Asks() {
			if usd := b.world.RateAt(a.At, a.At); usd > limit {
				t.Errorf("$%.4f/h at %s, and the limit is $%.4f", usd, a.At, limit)
			}
		}
	})
}

// What came of a request without an answer and has ended since does not count as still
// to come when the request is sent again.
func TestWhatEndedIsNotToComeAnyMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(here)
		defer stop()
		b.unheard()
		v := &view{}
		if o := b.create(e, v); len(o.Errors) == 0 || b.count() != 2 {
			t.Fatalf("%d instances, %v", b.count(), o.Errors)
		}
		b.world.ClearFaults()
		b.until(e, v, time.Minute, "both are seen", func(v *view) bool { return v.stage(fleet.StageReady) == 2 })
		s, err := e.PlanShrink(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		op, err := e.Shrink(s)
		b.ended(e, v, op, err)
		p, err := e.Plan(context.Background(), fleet.PlanRequest{Target: 3})
		if err != nil {
			t.Fatal(err)
		}
		op, err = e.Launch(p)
		if o := b.ended(e, v, op, err); len(o.Errors) > 0 || p.Launch != 2 || b.count() != 3 {
			t.Errorf("%d to launch, %d instances, %v", p.Launch, b.count(), o.Errors)
		}
	})
}
