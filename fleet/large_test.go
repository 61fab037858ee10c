package fleet_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// TestACreateOf300 launches 300 in six regions, in virtual time, and compares it
// with the longest chain of what the world itself makes one wait for: the calls
// that must follow each other, and the slowest boot. Nothing may be refused for
// its rate.
func TestACreateOf300(t *testing.T) {
	t.Parallel()
	target := 300
	if testing.Short() { // under the race detector
		target = 60
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Target, o.Spec.Regions = target, nil
			for _, r := range []fleet.Region{"us-west-2", "us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2"} {
				o.Spec.Regions = append(o.Spec.Regions, fleet.RegionSpec{Name: r, Count: -1})
			}
			o.Spec.Types = []fleet.InstanceType{"t3.medium", "t3a.medium", "m6i.large", "c6i.large", "t4g.medium", "m7g.large"}
		})
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		began, before := time.Now(), len(b.world.Calls(0))
		op, err := e.Launch(p)
		if err != nil {
			t.Fatal(err)
		}
		w := &doorbell{world: b.world, first: map[fleet.InstanceID]time.Time{}}
		v := &view{}
		b.until(e, v, time.Hour, "the launch", func(v *view) bool {
			w.watch(v)
			o, ok := v.ops[op]
			return ok && !o.Running()
		})
		took := time.Since(began)
		if v.stage(fleet.StageReady) != target {
			t.Fatalf("%d ready: %+v", v.stage(fleet.StageReady), v.ops[op].Errors)
		}
		calls := b.world.Calls(0)[before:]
		for _, c := range calls {
			if c.Code == "RequestLimitExceeded" {
				t.Errorf("%s in %s was refused for its rate", c.Op, c.Region)
			}
		}
		last := w.last().Sub(began)                          // the slowest door opens, which has the calls before it in it
		overhead := float64(took-last) / float64(last) * 100 //
		t.Logf("%d in 6 regions: %s, of which %s until the last sshd answers: overhead %.1f %%; %d calls", target, took, last, overhead, len(calls))
		if floor := chain(calls); float64(took) > 1.15*float64(floor+w.slowestBoot(v)) {
			t.Errorf("%s; the calls in a row take %s and the slowest boot %s", took, floor, w.slowestBoot(v))
		}
		by := map[string]int{}
		for _, c := range calls {
			by[c.Op]++
		}
		t.Logf("calls: %v", by)
		if len(calls) > 450 {
			t.Errorf("%d calls", len(calls))
		}
	})
}

// chain is the longest chain of calls that a launch can't do at once: the claim,
// then in the slowest region group, rule, template and fleet, and in the end the
// mark that an instance is ready.
func chain(calls []sim.Call) time.Duration {
	by := map[string]time.Duration{}
	var claim, mark, worst time.Duration
	for _, c := range calls {
		d := time.Duration(c.TookMS) * time.Millisecond * 10 / 6 // until its effect; the answer takes the rest
		switch c.Op {
		case "CreateLaunchTemplate":
			if claim == 0 {
				claim = d
				continue
			}
			fallthrough
		case "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "CreateFleet":
			by[c.Region] += d
		case "CreateTags":
			mark = max(mark, d)
		}
	}
	for _, d := range by {
		worst = max(worst, d)
	}
	return claim + worst + mark
}

// doorbell tries by itself, beside the engine, when each instance first answers.
type doorbell struct {
	world *sim.World
	mu    sync.Mutex
	first map[fleet.InstanceID]time.Time
}

func (d *doorbell) watch(v *view) {
	for id, i := range v.instances {
		d.mu.Lock()
		_, known := d.first[id]
		if i.PublicIP == "" || known {
			d.mu.Unlock()
			continue
		}
		d.first[id] = time.Time{}
		d.mu.Unlock()
		go func() {
			for tries := 0; tries < 600; tries++ {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				conn, err := d.world.Dial(ctx, "tcp", net.JoinHostPort(i.PublicIP, "22"))
				cancel()
				if err == nil {
					conn.Close()
					d.mu.Lock()
					d.first[id] = time.Now()
					d.mu.Unlock()
					return
				}
				<-time.After(100 * time.Millisecond)
			}
		}()
	}
}

func (d *doorbell) last() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	var last time.Time
	for _, at := range d.first {
		if at.After(last) {
			last = at
		}
	}
	return last
}

// slowestBoot is the longest time from launch to the first answer.
func (d *doorbell) slowestBoot(v *view) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	var worst time.Duration
	for id, at := range d.first {
		worst = max(worst, at.Sub(v.instances[id].LaunchedAt))
	}
	return worst
}
