package fleet_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// Moving is refused where AWS keeps the fleet, and replacing where the config says
// that we do: nothing is launched, nothing ends, and the target stays.
func TestWhatAKeptFleetRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(3))
		defer func() { stop() }()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 3, time.Hour)
		before := b.live()
		refused := func(q fleet.ReplaceRequest) {
			t.Helper()
			_, err := e.PlanReplace(context.Background(), q)
			if fleet.KindOf(err) != fleet.KindGuard || !strings.Contains(err.Error(), "AWS keeps this fleet") {
				t.Errorf("%+v: %v", q, err)
			}
		}
		refused(fleet.ReplaceRequest{Cheaper: true})
		stop() // another machine's config does not say who keeps it; EC2 does
		e, stop = b.engine(byAWS(3, func(o *fleet.Options) { o.Spec.Keep = "" }))
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 3 })
		refused(fleet.ReplaceRequest{Cheaper: true})
		refused(fleet.ReplaceRequest{Instances: v.ids(fleet.StageReady)[:1]})
		pass(time.Hour)
		if after := b.live(); len(after) != len(before) {
			t.Errorf("%v live, before %v", after, before)
		}
	})
}

// A plan that was made before AWS took over is not carried out after it.
func TestAPlanFromBeforeAHandOverIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(3, func(o *fleet.Options) { o.Spec.Keep = "" }))
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 3, time.Hour)
		p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: v.ids(fleet.StageReady)[:1]})
		if err != nil {
			t.Fatal(err)
		}
		stop()
		e, stop = b.engine(byAWS(3))
		defer stop()
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 3 })
		if _, err := e.Replace(p); fleet.KindOf(err) != fleet.KindGuard {
			t.Errorf("%v", err)
		}
	})
}

// Shrinking a kept fleet takes what goes off AWS's target first: it is not launched
// again, and nothing else ends.
func TestAKeptFleetShrinksAndStaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(6))
		defer stop()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 6, time.Hour)
		p, err := e.PlanShrink(context.Background(), 4)
		if err != nil || len(p.Leave) != 2 {
			t.Fatalf("%+v %v", p, err)
		}
		op, err := e.Shrink(p)
		if err != nil {
			t.Fatal(err)
		}
		b.until(e, v, time.Hour, "the shrinking", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
		if o := v.ops[op]; len(o.Errors) > 0 {
			t.Fatalf("%+v", o)
		}
		pass(2 * time.Hour)
		b.until(e, v, time.Minute, "four", func(v *view) bool { return v.stage(fleet.StageReady) == 4 })
		for _, l := range p.Leave {
			if v.instances[l.Instance.ID].Stage == fleet.StageReady {
				t.Errorf("%s was to go", l.Instance.ID)
			}
		}
		want := 0
		all, err := e.Next(context.Background(), fleet.Cursor{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all.Regions {
			for _, k := range r.Keepers {
				want += k.Want
			}
		}
		if n := len(b.live()); n != 4 || want != 4 || v.summary.Target != 4 {
			t.Errorf("%d live, AWS is to keep %d, target %d", n, want, v.summary.Target)
		}
	})
}
