package fleet_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// The fleet's end moves: EC2 can't move that of an EC2 Fleet, so create makes new
// ones and hands over, and the old end ends nothing.
func TestAChangedEndMovesTheKeepers(t *testing.T) {
	if testing.Short() {
		t.Skip("fifteen hours of polls, which under the race detector take a minute")
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		var cloud fleet.Account
		e, stop := b.engine(byAWS(3, func(o *fleet.Options) { cloud = o.Account }))
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 3, time.Hour)
		if p, err := e.Plan(context.Background(), fleet.PlanRequest{}); err != nil || !p.Empty() {
			t.Fatalf("with the same end there is nothing to do: %q %v", p.Makes, err)
		}
		home := cloud.In("us-west-2")
		rec, err := home.ReadRecord(context.Background(), "scenario")
		if err != nil {
			t.Fatal(err)
		}
		stop()
		was := rec.EndsAt
		rec.EndsAt = was.Add(6 * time.Hour)
		if err := home.UpdateRecord(context.Background(), rec); err != nil {
			t.Fatal(err)
		}
		e, stop = b.engine(byAWS(3))
		defer func() { stop() }()
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 3 })
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil || p.Empty() || p.Takes() != 3 || !slices.ContainsFunc(p.Makes, func(m string) bool { return strings.Contains(m, "EC2 can't change that of an EC2 Fleet: 3 EC2 Fleets") }) {
			t.Fatalf("takes %d, makes %q: %v", p.Takes(), p.Makes, err)
		}
		most, least, o := b.most(e, v)
		if len(o.Errors) > 0 || most > 6 || least < 3 {
			t.Fatalf("up to %d lived, at least %d were ready: %+v", most, least, o)
		}
		b.keptWhole(3)
		pass(time.Until(was) + time.Hour)
		b.keptWhole(3) // the old end has passed
		pass(6 * time.Hour)
		if n := len(b.live()); n != 0 {
			t.Errorf("%d live after the new end", n)
		}
	})
}

// A region that has no capacity for long is said to be short, since when and why.
func TestAKeeperThatIsShortSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(6))
		defer stop()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 6, time.Hour)
		b.inject(sim.Fault{Fault: "no-capacity", Region: "us-east-1"})
		b.inject(sim.Fault{Fault: "interrupt", Region: "us-east-1", Instance: "any", N: 1})
		short := func() (k fleet.KeeperState, told int) {
			all, err := e.Next(context.Background(), fleet.Cursor{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range all.Regions {
				for _, s := range r.Keepers {
					if !s.ShortSince.IsZero() {
						k = s
					}
				}
			}
			for _, ev := range all.Events {
				if ev.Kind == fleet.EventShort && strings.Contains(ev.Text, "AWS has launched 1 of 2 here") && strings.Contains(ev.Text, "InsufficientInstanceCapacity") {
					told++
				}
			}
			return k, told
		}
		pass(8 * time.Minute)
		if k, told := short(); k.Region != "us-east-1" || k.Fulfilled != 1 || k.Target != 2 || !strings.Contains(k.Short, "InsufficientInstanceCapacity") || told != 0 {
			t.Errorf("after some minutes: %+v, told %d times", k, told)
		}
		pass(time.Hour)
		if _, told := short(); told != 1 {
			t.Errorf("told %d times", told)
		}
		b.world.ClearFaults()
		pass(10 * time.Minute)
		if k, _ := short(); !k.ShortSince.IsZero() {
			t.Errorf("it has what it should have: %+v", k)
		}
	})
}

// The share of a region without capacity goes to the others by the config and a
// create; when its capacity comes back, there are no more than the fleet's target.
func TestTheShareOfAShortKeeperMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(6))
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 6, time.Hour)
		b.inject(sim.Fault{Fault: "no-capacity", Region: "us-east-1"})
		b.inject(sim.Fault{Fault: "interrupt", Region: "us-east-1", Instance: "any", N: 1})
		pass(20 * time.Minute)
		stop()
		e, stop = b.engine(byAWS(6, func(o *fleet.Options) {
			for n, count := range []int{3, 1, 2} {
				o.Spec.Regions[n].Count = count
			}
		}))
		defer stop()
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 5 })
		most, _, o := b.most(e, v)
		if len(o.Errors) > 0 || most > 6 {
			t.Fatalf("up to %d lived: %+v", most, o)
		}
		b.ready(e, v, 6, time.Hour)
		b.world.ClearFaults()
		b.holds(e, 6)
	})
}
