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

// replaceKept begins the replacement of the first n ready instances.
func (b *bench) replaceKept(e *fleet.Engine, v *view, n int) (old []fleet.InstanceID, op fleet.OpID) {
	b.t.Helper()
	old = v.ids(fleet.StageReady)[:n]
	p, err := e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: old})
	if err != nil || len(p.Swaps) != n || p.Surplus != n || !p.Extra.Known || p.Extra.USD <= 0 {
		b.t.Fatalf("%+v %v", p, err)
	}
	if op, err = e.Replace(p); err != nil {
		b.t.Fatal(err)
	}
	return old, op
}

// holds wants EC2 to hold n, by target and share, with n that live, for good: also
// when AWS takes some of them.
func (b *bench) holds(e *fleet.Engine, n int) {
	b.t.Helper()
	pass(30 * time.Minute)
	b.keptWhole(n)
	b.inject(sim.Fault{Fault: "interrupt", Instance: "any", N: n / 2})
	pass(30 * time.Minute)
	b.keptWhole(n)
	all, err := e.Next(context.Background(), fleet.Cursor{})
	if err != nil {
		b.t.Fatal(err)
	}
	target, want := 0, 0
	for _, r := range all.Regions {
		for _, k := range r.Keepers {
			target, want = target+k.Target, want+k.Want
		}
	}
	if target != n || want != n {
		b.t.Errorf("AWS holds %d, its share is %d; want %d", target, want, n)
	}
}

// Where AWS keeps the fleet a replacement comes from AWS: it is ready before the old
// one goes, there are never more than the plan says, and the target stays.
func TestAKeptInstanceIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(6))
		defer stop()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 6, time.Hour)
		old, op := b.replaceKept(e, v, 4)
		b.until(e, v, time.Hour, "the replacement", func(v *view) bool {
			if n := len(b.live()); n > 10 {
				t.Errorf("%d live", n)
			}
			if n := v.stage(fleet.StageReady); n < 6 {
				t.Errorf("only %d are ready", n)
			}
			o, ok := v.ops[op]
			return ok && !o.Running()
		})
		if o := v.ops[op]; len(o.Errors) > 0 || !strings.Contains(o.Detail, "4 of 4 instances replaced") {
			t.Fatalf("%+v", o)
		}
		for _, id := range old {
			if slices.Contains(b.live(), string(id)) {
				t.Errorf("%s is still there", id)
			}
		}
		b.holds(e, 6)
		if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() || b.world.Inventory().Total != 0 {
			t.Errorf("%+v", o)
		}
	})
}

// A crash at any step of it: whoever starts again goes on, and neither raises nor
// lowers twice.
func TestAKeptReplacementSurvivesACrash(t *testing.T) {
	n := 0
	for name, fault := range map[string]sim.Fault{
		"before it rises":              {Fault: "hold-before", Op: "ModifyFleet"},
		"when it has risen":            {Fault: "hold", Op: "ModifyFleet"},
		"while a substitute comes":     {},
		"before it falls":              {Fault: "hold-before", Op: "ModifyFleet", Nth: 2},
		"when it has fallen":           {Fault: "hold", Op: "ModifyFleet", Nth: 2},
		"before the old one ends":      {Fault: "hold-before", Op: "TerminateInstances"},
		"while the old one ends":       {Fault: "hold", Op: "TerminateInstances"},
		"and the old one ends by then": {Code: "taken"},
	} {
		n++
		for _, away := range []time.Duration{time.Minute, 5 * time.Hour} {
			if spared(n) {
				continue
			}
			t.Run(fmt.Sprint(name, " away ", away), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t)
					defer b.world.Close()
					e, stop := b.engine(byAWS(3))
					v := &view{}
					b.create(e, v)
					b.ready(e, v, 3, time.Hour)
					if fault.Fault != "" {
						b.inject(fault)
					}
					old, _ := b.replaceKept(e, v, 1)
					for since := time.Now(); fault.Fault == "" && time.Since(since) < 20*time.Second || fault.Fault != "" && len(b.world.Held()) == 0; {
						pass(time.Second)
						if time.Since(since) > 10*time.Minute {
							t.Fatal("nothing was held")
						}
					}
					stop()
					b.world.ClearFaults()
					if fault.Code == "taken" {
						if err := b.world.Interrupt(string(old[0])); err != nil {
							t.Fatal(err)
						}
					}
					pass(away)
					e, stop = b.engine(byAWS(3))
					defer stop()
					v = &view{}
					b.until(e, v, 2*time.Hour, "the rest of it", func(v *view) bool {
						for _, o := range v.ops {
							if o.Kind == fleet.OpReplace && !o.Running() {
								return true
							}
						}
						return false
					})
					pass(5 * time.Minute)
					if slices.Contains(b.live(), string(old[0])) {
						t.Errorf("%s is still there: %+v", old[0], v.ops)
					}
					b.ready(e, v, 3, time.Hour)
					b.holds(e, 3)
				})
			})
		}
	}
}

// A replacement that comes to nothing leaves everything as it was.
func TestAKeptReplacementThatComesToNothing(t *testing.T) {
	for _, why := range []string{"no capacity", "not set up", "the old one is taken"} {
		t.Run(why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				e, stop := b.engine(byAWS(3))
				defer func() { stop() }()
				v := &view{}
				b.create(e, v)
				b.ready(e, v, 3, time.Hour)
				switch why {
				case "no capacity":
					b.inject(sim.Fault{Fault: "no-capacity"})
				case "not set up":
					stop()
					e, stop = b.engine(byAWS(3, func(o *fleet.Options) { o.Spec.Provision.ReadyCheck = "test -e never" }))
					v = &view{}
					b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 3 })
				}
				old, op := b.replaceKept(e, v, 1)
				if why == "the old one is taken" {
					pass(15 * time.Second)
					if err := b.world.Interrupt(string(old[0])); err != nil {
						t.Fatal(err)
					}
					b.inject(sim.Fault{Fault: "no-capacity"})
				}
				b.until(e, v, 2*time.Hour, "its end", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
				if o := v.ops[op]; why != "the old one is taken" && (len(o.Errors) != 1 || !slices.Contains(b.live(), string(old[0]))) {
					t.Fatalf("%+v, live %v", o, b.live())
				}
				b.world.ClearFaults()
				if why == "not set up" {
					pass(30 * time.Minute)
					b.keptWhole(3)
					return // whatever comes now fails its check too
				}
				b.holds(e, 3)
			})
		})
	}
}
