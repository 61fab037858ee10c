package fleet_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// Within the hour in which EC2 still shows what has ended, each end is told once,
// with the time that its fleet's history has; also where the first who looks is a
// verb that leaves before it has read that history.
func TestAnEndThatNobodySawIsToldOnceAndDated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(6))
		defer func() { stop() }()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 6, time.Hour)
		stop()
		left := time.Now()
		if err := b.world.Inject(sim.Fault{Fault: "interrupt", Instance: "any", N: 4}); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		back := time.Now()
		e, stop = b.engine(byAWS(6))
		v = &view{}
		b.ready(e, v, 6, time.Hour)
		pass(5 * time.Minute)
		all, err := e.Next(context.Background(), fleet.Cursor{})
		if err != nil {
			t.Fatal(err)
		}
		launched, gone := map[fleet.InstanceID]int{}, map[fleet.InstanceID]int{}
		for _, ev := range all.Events {
			switch {
			case ev.Instance == "":
			case ev.Kind == fleet.EventGone:
				gone[ev.Instance]++
			case ev.Kind == fleet.EventLaunched:
				launched[ev.Instance]++
			default:
				continue
			}
			if ev.Instance != "" && (ev.At.Before(left) || ev.At.After(back)) {
				t.Errorf("of then: %+v", ev)
			}
		}
		if len(gone) != 4 || len(launched) != 4 {
			t.Errorf("launched %v, gone %v; want 4 and 4", launched, gone)
		}
		for id, n := range gone {
			if n != 1 {
				t.Errorf("the end of %s is told %d times", id, n)
			}
		}
		for id, n := range launched {
			if n != 1 {
				t.Errorf("the launch of %s is told %d times", id, n)
			}
		}
	})
}

// What a process has seen and no history was read for is told when the process
// ends: the next one takes it for known.
func TestAShortLookTellsWhatItSaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(3))
		defer func() { stop() }()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 3, time.Hour)
		stop()
		if err := b.world.Inject(sim.Fault{Fault: "interrupt", Instance: "any", N: 2}); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		if err := b.world.Inject(sim.Fault{Fault: "hold-before", Op: "DescribeFleetHistory"}); err != nil {
			t.Fatal(err)
		}
		if err := b.world.Inject(sim.Fault{Fault: "hold-before", Op: "DescribeFleetHistory"}); err != nil {
			t.Fatal(err)
		}
		if err := b.world.Inject(sim.Fault{Fault: "hold-before", Op: "DescribeFleetHistory"}); err != nil {
			t.Fatal(err)
		}
		e, stop = b.engine(byAWS(3))
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.stage(fleet.StageGone) == 2 })
		stop()
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		all, err := e.Next(ended, fleet.Cursor{}) // what a recorder writes when the engine is closed
		if err != nil {
			t.Fatal(err)
		}
		by := map[fleet.EventKind]int{}
		for _, ev := range all.Events {
			if ev.Instance != "" {
				by[ev.Kind]++
			}
		}
		if by[fleet.EventGone] != 2 || by[fleet.EventLaunched] != 2 {
			t.Errorf("told: %v; want 2 gone and 2 launched", by)
		}
	})
}
