package fleet_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// life is a fleet's life in an odd world.
type life struct {
	oddWorld
	b      *bench
	e      *fleet.Engine
	v      *view
	seen   *tallied
	bounds []bound
	wrong  []string
	stop   func()
	extra  int  // declared surplus of replacements that a crash cut off
	rough  bool // calls have failed: what a create may take is not bounded by 3 requests
	hidden bool // what is made may not be shown
}

func (l *life) bad(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

// live lives it, from the first create to the last destroy, and gives what was wrong.
func (w oddWorld) live(t *testing.T, seen *tallied) []string {
	l := &life{oddWorld: w, b: newBench(t), v: &view{}, seen: seen}
	defer l.b.world.Close()
	l.e, l.stop = l.b.engine(w.spec)
	defer func() { l.stop() }()
	for _, d := range w.deeds {
		l.do(d)
	}
	l.reconcile()
	l.destroy()
	l.wrong = append(l.wrong, l.record().judge()...)
	l.count()
	return l.wrong
}

func (l *life) do(d deed) {
	switch d.do {
	case "create":
		l.create()
	case "scale":
		l.scale(d.n)
	case "replace":
		l.replace(d.n)
	case "crash":
		l.crash(d.n)
	case "interrupt":
		_ = l.b.world.Inject(sim.Fault{Fault: "interrupt", Instance: "any", N: d.n}) // as many as run
	case "wait":
		<-time.After(d.wait)
	case "clear":
		l.b.world.ClearFaults()
	case "fault":
		for _, f := range d.faults {
			l.b.inject(f)
			switch f.Fault {
			case "throttle", "error-5xx", "lost-answer", "mixed-answer", "dead-region", "slow-region":
				l.rough = true
			case "lag":
				l.hidden = true
			}
			if f.Fault == "dead-region" {
				time.AfterFunc(d.wait, func() { l.b.world.Disarm("dead-region") })
			}
		}
	}
}

// running are the ids of the world's own instances that are up or on their way.
func (l *life) running() map[string]bool {
	ids := map[string]bool{}
	for _, r := range l.b.world.Inventory().Resources {
		if r.Kind == "instance" && (r.State == "pending" || r.State == "running") {
			ids[r.ID] = true
		}
	}
	return ids
}

func (l *life) create() {
	began := time.Now()
	l.bounds = append(l.bounds, bound{began, l.target + l.extra})
	p, err := l.e.Plan(context.Background(), fleet.PlanRequest{Target: l.target})
	if err != nil {
		return
	}
	op, err := l.e.Launch(p)
	if err != nil {
		l.seen.Refused++
		if fleet.KindOf(err) != fleet.KindGuard || l.limit == 0 {
			l.bad("launch: %v", err)
		}
		return
	}
	o := l.b.ended(l.e, l.v, op, nil)
	asked := map[fleet.Region]int{}
	for _, a := range o.Asks {
		asked[a.Region]++
	}
	for r, n := range asked {
		if n > 3 && !l.rough {
			l.bad("%d requests in %s", n, r)
		}
	}
	lost := 0 // what ended meanwhile has its reason in its row
	for _, c := range l.b.world.Bill().Charges {
		if c.To.After(began) && c.To.Before(time.Now()) {
			lost++
		}
	}
	if n := len(l.running()); n+lost < l.target {
		l.seen.Short++
		if len(o.Errors) == 0 {
			l.bad("%d of %d, and no reason: %+v", n, l.target, o)
		}
	}
}

func (l *life) scale(n int) {
	if n >= l.target {
		l.target = n
		l.create()
		return
	}
	p, err := l.e.PlanShrink(context.Background(), n)
	if err != nil {
		return
	}
	op, err := l.e.Shrink(p)
	l.b.ended(l.e, l.v, op, err)
	l.target = n
}

// replace has the first n instances replaced.
func (l *life) replace(n int) {
	ids := l.v.ids(fleet.StageReady)
	ids = ids[:min(n, len(ids))]
	if len(ids) == 0 {
		return
	}
	p, err := l.e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: ids})
	if err != nil || len(p.Swaps) == 0 {
		return
	}
	l.bounds = append(l.bounds, bound{time.Now(), max(l.target, len(l.running())) + p.Surplus + l.extra})
	op, err := l.e.Replace(p)
	if err != nil {
		l.seen.Refused++
		if fleet.KindOf(err) != fleet.KindGuard || l.limit == 0 {
			l.bad("replace: %v", err)
		}
		return
	}
	l.b.ended(l.e, l.v, op, nil)
	l.seen.Replaced++
}

// reconcile lets the world come to rest: then what runs is what is tracked.
func (l *life) reconcile() {
	l.b.world.ClearFaults()
	<-time.After(6 * time.Minute)
	l.e.Refresh()
	<-time.After(30 * time.Second)
	batch, err := l.e.Next(context.Background(), fleet.Cursor{})
	if err != nil {
		l.bad("%v", err)
		return
	}
	tracked := map[string]bool{}
	for _, i := range batch.Instances {
		if !i.Stage.Leaving() {
			tracked[string(i.ID)] = true
		}
	}
	if runs := l.running(); !maps.Equal(runs, tracked) {
		l.bad("%v run, %v are tracked", slices.Sorted(maps.Keys(runs)), slices.Sorted(maps.Keys(tracked)))
	}
}

// destroy ends the fleet, where calls go wrong as well: a clean receipt is true, and
// without more trouble it comes.
func (l *life) destroy() {
	if l.rough {
		l.b.inject(sim.Fault{Fault: "error-5xx", N: 3})
		l.b.inject(sim.Fault{Fault: "lost-answer", Op: "TerminateInstances"})
		l.b.inject(sim.Fault{Fault: "throttle", Op: "DeleteSecurityGroup", N: 2})
	}
	for try := range 2 {
		o := l.b.destroy(l.e, l.v)
		clean := o.Receipt != nil && o.Receipt.Clean()
		if left := l.b.world.Inventory(); clean && left.Total != 0 {
			l.bad("a clean receipt, and %+v is left", left.Counts)
		}
		if clean {
			return
		}
		l.b.world.ClearFaults()
		if try == 1 {
			l.bad("no clean receipt: %s", strings.Join(o.Errors, "; "))
		}
	}
}

// count tells what there was to see.
func (l *life) count() {
	l.seen.Worlds++
	for _, a := range l.b.world.Asks() {
		l.seen.Asks++
		l.seen.Launched += len(a.Instances)
		if !a.Told {
			l.seen.Untold++
		}
		if slices.ContainsFunc(a.Pools, func(p sim.PoolAsk) bool { return p.Code != "" }) {
			l.seen.Failed++
		}
	}
}
