package fleet_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// ownKeep makes the same fleet as byAWS, kept by spot-tui itself.
func ownKeep(n int) func(*fleet.Options) {
	return byAWS(n, func(o *fleet.Options) { o.Spec.Keep = "" })
}

// launchAndStop begins what the plan says, lets it go on for a while, and kills the
// engine.
func (b *bench) launchAndStop(e *fleet.Engine, stop func(), after time.Duration) {
	b.t.Helper()
	p, err := e.Plan(context.Background(), fleet.PlanRequest{})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := e.Launch(p); err != nil {
		b.t.Fatal(err)
	}
	pass(after)
	stop()
	b.world.ClearFaults()
}

// most creates, and gives the most instances that lived meanwhile and the fewest
// that were ready at once.
func (b *bench) most(e *fleet.Engine, v *view) (most, least int, o fleet.Operation) {
	b.t.Helper()
	p, err := e.Plan(context.Background(), fleet.PlanRequest{})
	if err != nil {
		b.t.Fatal(err)
	}
	op, err := e.Launch(p)
	if err != nil {
		b.t.Fatal(err)
	}
	least = v.stage(fleet.StageReady)
	b.until(e, v, 2*time.Hour, "the create", func(v *view) bool {
		most, least = max(most, len(b.live())), min(least, v.stage(fleet.StageReady))
		o, ok := v.ops[op]
		return ok && !o.Running()
	})
	return most, least, v.ops[op]
}

// A launch of our own that a kill cut off, and then AWS is to keep the fleet: what
// the request made is found, handed over, and nothing runs twice in the end.
func TestALaunchThatWasCutOffIsHandedOver(t *testing.T) {
	for n, faults := range [][]sim.Fault{ // the first for the one that is killed, the rest for who comes after
		{{Fault: "hold", Op: "CreateFleet", Region: "us-west-2"}},
		{{Fault: "hold-before", Op: "CreateFleet", Region: "us-west-2"}},
		{{Fault: "hold", Op: "CreateFleet", Region: "us-west-2"}, {Fault: "lag", Region: "us-west-2", DelayMS: 240000}},
	} {
		if spared(n) {
			continue
		}
		t.Run(fmt.Sprint(faults), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				b.inject(faults[0])
				e, stop := b.engine(ownKeep(6))
				b.launchAndStop(e, stop, 15*time.Second)
				for _, f := range faults[1:] {
					b.inject(f)
				}
				e, stop = b.engine(byAWS(6))
				defer func() { stop() }()
				v := &view{}
				b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.summary.Identity.Account != "" })
				most, _, o := b.most(e, v)
				if len(o.Errors) > 0 || most > 6+3 {
					t.Fatalf("up to %d lived: %+v", most, o)
				}
				b.ready(e, v, 6, time.Hour)
				pass(time.Hour)
				b.keptWhole(6)
				if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() || b.world.Inventory().Total != 0 {
					t.Errorf("%+v", o)
				}
			})
		})
	}
}

// keptWhole wants n instances, all launched by one keeper per region.
func (b *bench) keptWhole(n int) {
	b.t.Helper()
	if ks := b.keepers(); len(ks) != 3 || ks["us-west-2"] != 1 || ks["us-east-1"] != 1 || ks["eu-west-1"] != 1 {
		b.t.Errorf("keepers: %v", ks)
	}
	live := b.live()
	if len(live) != n {
		b.t.Errorf("%d live, want %d", len(live), n)
	}
	for _, r := range b.world.Inventory().Resources {
		if slices.Contains(live, r.ID) && r.Tags[fleet.TagKeep] != string(fleet.KeepAWS) {
			b.t.Errorf("%s is none of AWS's: %v", r.ID, r.Tags)
		}
	}
}

// A replacement of our own that a kill cut off, and then AWS is to keep the fleet.
// Looking on alone ends the one of the pair that is too many, or leaves it at one;
// a create hands over, and the target is kept.
func TestAReplacementThatWasCutOffIsHandedOver(t *testing.T) {
	for n, tt := range []struct {
		name  string
		fault sim.Fault
		look  bool // first somebody only looks
	}{
		{"launched, looked at", sim.Fault{}, true},
		{"launched", sim.Fault{}, false},
		{"no answer, looked at", sim.Fault{Fault: "hold", Op: "CreateFleet"}, true},
		{"no answer", sim.Fault{Fault: "hold", Op: "CreateFleet"}, false},
		{"not asked, looked at", sim.Fault{Fault: "hold-before", Op: "CreateFleet"}, true},
		{"not asked", sim.Fault{Fault: "hold-before", Op: "CreateFleet"}, false},
	} {
		if spared(n) {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				e, stop := b.engine(ownKeep(3))
				v := &view{}
				b.create(e, v)
				p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: v.ids(fleet.StageReady)[:1]})
				if err != nil {
					t.Fatal(err)
				}
				if tt.fault.Fault != "" {
					b.inject(tt.fault)
				}
				if _, err := e.Replace(p); err != nil {
					t.Fatal(err)
				}
				pass(10 * time.Second)
				stop()
				b.world.ClearFaults()

				e, stop = b.engine(byAWS(3))
				defer func() { stop() }()
				v = &view{}
				b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.summary.Identity.Account != "" })
				if tt.look {
					pass(30 * time.Minute)
					if n := len(b.live()); n != 3 {
						t.Errorf("%d live after somebody looked on for a while, want 3", n)
					}
					b.until(e, v, time.Minute, "three", func(v *view) bool { return v.stage(fleet.StageReady) == 3 })
				}
				most, least, o := b.most(e, v)
				if len(o.Errors) > 0 || most > 3+1+3 {
					t.Fatalf("up to %d lived: %+v", most, o)
				}
				if tt.look && least < 3 {
					t.Errorf("only %d were ready", least)
				}
				b.ready(e, v, 3, time.Hour)
				pass(time.Hour)
				b.keptWhole(3)
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
				if want != 3 {
					t.Errorf("AWS is to keep %d, want 3", want)
				}
				b.inject(sim.Fault{Fault: "interrupt", Instance: "any", N: 3})
				pass(time.Hour)
				b.keptWhole(3)
			})
		})
	}
}

// The hand-over to AWS is cut off at several moments. Going on with it ends with the
// target, all of AWS's; turning back instead keeps every instance, and says how many
// are too many and what ends them.
func TestAHandOverThatWasCutOff(t *testing.T) {
	for n, after := range []time.Duration{5 * time.Second, 40 * time.Second, 75 * time.Second, 2 * time.Minute, 4 * time.Minute} {
		for _, back := range []bool{false, true} {
			if spared(n) {
				continue
			}
			t.Run(fmt.Sprintf("after %s, back %v", after, back), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t)
					defer b.world.Close()
					e, stop := b.engine(ownKeep(6))
					v := &view{}
					b.create(e, v)
					stop()
					e, stop = b.engine(byAWS(6))
					v = &view{}
					b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 6 })
					b.launchAndStop(e, stop, after)
					pass(10 * time.Minute)
					if back {
						b.takenBack(after)
						return
					}
					e, stop = b.engine(byAWS(6))
					defer func() { stop() }()
					v = &view{}
					b.until(e, v, 5*time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) >= 6 })
					most, least, o := b.most(e, v)
					if len(o.Errors) > 0 || most > 9 || least < 6 {
						t.Fatalf("up to %d lived, at least %d were ready: %+v", most, least, o)
					}
					b.ready(e, v, 6, time.Hour)
					pass(time.Hour)
					b.keptWhole(6)
				})
			})
		}
	}
}

// takenBack takes the fleet back from AWS in the middle of a hand-over, cut off
// itself once.
func (b *bench) takenBack(after time.Duration) {
	b.t.Helper()
	live := b.live()
	e, stop := b.engine(ownKeep(6))
	v := &view{}
	b.until(e, v, 5*time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) >= 6 })
	if p, err := e.Plan(context.Background(), fleet.PlanRequest{}); err != nil || len(b.keepers()) > 0 && len(live) > 6 && !slices.ContainsFunc(p.Makes, func(m string) bool {
		return strings.Contains(m, fmt.Sprintf("%d more than the target run, which `spot-tui scale 6` ends", len(live)-6))
	}) {
		b.t.Errorf("%d live: %q %v", len(live), p.Makes, err)
	}
	b.inject(sim.Fault{Fault: "hold", Op: "DeleteFleets", Region: "us-east-1"})
	b.launchAndStop(e, stop, 10*time.Second)
	e, stop = b.engine(ownKeep(6))
	defer func() { stop() }()
	v = &view{}
	b.until(e, v, 5*time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == len(live) })
	p, err := e.Plan(context.Background(), fleet.PlanRequest{})
	if err != nil {
		b.t.Fatal(err)
	}
	if !p.Empty() {
		if o := b.create(e, v); len(o.Errors) > 0 {
			b.t.Fatalf("%+v", o)
		}
	}
	if ks := b.keepers(); len(ks) != 0 {
		b.t.Errorf("keepers are left: %v", ks)
	}
	if now := b.live(); len(now) != len(live) {
		b.t.Errorf("%d live after %s and back, want the same %d", len(now), after, len(live))
	}
	if len(live) == 6 {
		return
	}
	b.t.Logf("%d live when it is taken back %s after its beginning", len(live), after)
	s, err := e.PlanShrink(context.Background(), 6)
	if err != nil || len(s.Leave) != len(live)-6 {
		b.t.Fatalf("%+v %v", s, err)
	}
	op, err := e.Shrink(s)
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(e, v, time.Hour, "the shrinking", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
	pass(time.Hour)
	if now := b.live(); len(now) != 6 {
		b.t.Errorf("%d live after the surplus was ended", len(now))
	}
}
