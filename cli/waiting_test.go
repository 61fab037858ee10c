package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

func TestRandomIPWaitAndEvents(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	p.setup("waited")

	if r := p.run("random-ip"); r.code != exitFailed || strings.Count(strings.TrimSpace(r.stderr), "\n") != 0 || !strings.Contains(r.stderr, "none of 0 instances is ready") {
		t.Errorf("random-ip without instances: %+v", r)
	}
	if r := p.run("wait"); r.code != exitFailed || !strings.Contains(r.stderr, "has no instances") {
		t.Errorf("wait without a fleet: %+v", r)
	}
	if r := p.run("wait", "--count", "1", "--timeout", "1s"); r.code != exitPartial || !strings.Contains(r.stderr, "0 of 1 are ready after 1s") {
		t.Errorf("wait for what never comes: %+v", r)
	}
	p.must(0, "wait", "--for", "gone") // nothing is there, so all of it is gone

	created := p.must(0, "create", "--yes", "--json").result(t)
	if r := p.must(0, "wait"); r.stdout != "3 of 3 are ready\n" {
		t.Errorf("wait: %+v", r)
	}
	if r := p.must(0, "wait", "--for", "running", "--count", "2", "--json").result(t); r.Count == nil || *r.Count != 3 || len(r.Instances) != 3 {
		t.Errorf("wait --json: %+v", r)
	}
	public, private := map[string]bool{}, map[string]bool{}
	for _, i := range created.Instances {
		public[i.PublicIP], private[i.PrivateIP] = true, true
	}
	if ip := strings.TrimSpace(p.must(0, "random-ip").stdout); !public[ip] {
		t.Errorf("random-ip: %q is none of %v", ip, public)
	}
	if r := p.must(0, "random-ip", "--private", "--json").result(t); !private[r.Address] || len(r.Instances) != 1 {
		t.Errorf("random-ip --private --json: %+v", r)
	}

	ready := p.must(0, "events", "--since", "1h", "--kind", "ready").stdout
	for _, i := range created.Instances {
		if strings.Count(ready, string(i.ID)) != 1 {
			t.Errorf("events do not tell once that %s became ready: %q", i.ID, ready)
		}
	}
	all := p.must(0, "events", "--json")
	if r := all.result(t); r.Count == nil || *r.Count != strings.Count(all.stdout, "\n")-1 || !strings.Contains(all.stdout, `"event":"launched"`) {
		t.Errorf("events --json: %s", all.stdout)
	}
	p.must(exitUsage, "events", "--kind", "nonsense")
	p.must(exitUsage, "events", "--since", "yesterday")

	follow := startFollowing(t, p)
	p.must(0, "destroy", "--yes")
	follow.sees(`"event":"gone"`, string(created.Instances[2].ID))
	follow.sees(`"event":"operation done"`, "")
	follow.end()
	p.must(0, "wait", "--for", "gone")
}

// following is `events --follow --json` of what happens from now on.
type following struct {
	t     *testing.T
	lines chan string
	seen  []string
	kill  context.CancelFunc
	code  chan int
}

func startFollowing(t *testing.T, p *program) *following {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &following{t: t, lines: make(chan string, 1000), kill: cancel, code: make(chan int, 1)}
	c := p.command(ctx, "events", "--follow", "--json", "--since", time.Now().UTC().Format(time.RFC3339))
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			f.lines <- s.Text()
		}
		close(f.lines)
		_ = c.Wait()
		f.code <- c.ProcessState.ExitCode()
	}()
	return f
}

// sees waits for a line with both texts.
func (f *following) sees(a, b string) {
	f.t.Helper()
	for _, l := range f.seen {
		if strings.Contains(l, a) && strings.Contains(l, b) {
			return
		}
	}
	limit := time.After(patience)
	for {
		select {
		case l, ok := <-f.lines:
			if !ok {
				f.t.Fatalf("it ended without a line with %q and %q: %v", a, b, f.seen)
			}
			f.seen = append(f.seen, l)
			if strings.Contains(l, a) && strings.Contains(l, b) {
				return
			}
		case <-limit:
			f.t.Fatalf("no line with %q and %q: %v", a, b, f.seen)
		}
	}
}

// end interrupts it: the result is the last line all the same, and nothing was told twice.
func (f *following) end() {
	f.t.Helper()
	f.kill()
	for l := range f.lines {
		f.seen = append(f.seen, l)
	}
	if code := <-f.code; code != 130 {
		f.t.Errorf("exit %d, want 130", code)
	}
	if last := f.seen[len(f.seen)-1]; !strings.HasPrefix(last, `{"result":`) {
		f.t.Errorf("the last line is no result: %s", last)
	}
	gone := map[fleet.InstanceID]int{}
	for _, l := range f.seen {
		var e fleet.Event
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			f.t.Errorf("%v: %s", err, l)
		}
		if e.Kind == fleet.EventGone {
			gone[e.Instance]++
		}
	}
	for id, n := range gone {
		if n != 1 {
			f.t.Errorf("it told %d times that %s is gone", n, id)
		}
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"2h": now.Add(-2 * time.Hour), "3d": now.AddDate(0, 0, -3), "0s": now,
		"2026-03-04T01:00:00Z": time.Date(2026, 3, 4, 1, 0, 0, 0, time.UTC),
	} {
		if got, err := moment(in, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"-2h", "2", "d", "-1d", "later", ""} {
		if got, err := moment(in, now); err == nil {
			t.Errorf("%q: %v, want an error", in, got)
		}
	}
}

// What is in a region that does not answer is not known to be gone.
func TestWaitingForGoneWantsEveryRegion(t *testing.T) {
	t.Parallel()
	m := newModel()
	m.regions = []fleet.RegionStatus{{Region: "us-west-2", Health: fleet.HealthOK}, {Region: "eu-west-1", Health: fleet.HealthDown}}
	w, err := newWaiting(m, waitFlags{stage: "gone"})
	if err != nil || w.met(m) {
		t.Fatalf("met with a region that does not answer (%v)", err)
	}
	m.regions[1].Health = fleet.HealthOK
	m.instances["i-1"] = fleet.Instance{ID: "i-1", Region: "eu-west-1", Stage: fleet.StageReady}
	if w.grow(m); w.met(m) || w.want != 1 {
		t.Errorf("met, although an instance came to light; want %d", w.want)
	}
	m.instances["i-1"] = fleet.Instance{ID: "i-1", Region: "eu-west-1", Stage: fleet.StageGone}
	if w.grow(m); !w.met(m) {
		t.Error("not met, although everything is gone")
	}
}

func TestWaitingKnowsWhenTooManyFailed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stages        []fleet.Stage
		flags         waitFlags
		target        int
		met, hopeless bool
	}{
		"all ready":                 {stages: []fleet.Stage{fleet.StageReady, fleet.StageReady}, flags: waitFlags{stage: "ready"}, target: 2, met: true},
		"one on its way":            {stages: []fleet.Stage{fleet.StageReady, fleet.StageSettingUp}, flags: waitFlags{stage: "ready"}, target: 2},
		"one failed":                {stages: []fleet.Stage{fleet.StageReady, fleet.StageFailed}, flags: waitFlags{stage: "ready"}, target: 2, hopeless: true},
		"one failed, one is enough": {stages: []fleet.Stage{fleet.StagePending, fleet.StageFailed}, flags: waitFlags{stage: "ready", count: 1}, target: 2},
		"a failed one runs":         {stages: []fleet.Stage{fleet.StageReady, fleet.StageFailed}, flags: waitFlags{stage: "running"}, target: 2, met: true},
		"no record":                 {stages: []fleet.Stage{fleet.StageReady, fleet.StagePending}, flags: waitFlags{stage: "ready"}},
		"one left of two":           {stages: []fleet.Stage{fleet.StageReady, fleet.StageShuttingDown}, flags: waitFlags{stage: "gone"}, target: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel()
			m.summary.Record.Target = c.target
			for n, st := range c.stages {
				i := fleet.Instance{ID: fleet.InstanceID(rune('a' + n)), Stage: st, State: fleet.StateRunning}
				if st == fleet.StagePending {
					i.State = fleet.StatePending
				}
				m.instances[i.ID] = i
			}
			w, err := newWaiting(m, c.flags)
			if err != nil {
				t.Fatal(err)
			}
			if w.met(m) != c.met || w.hopeless(m) != c.hopeless {
				t.Errorf("met %v, hopeless %v; want %v, %v", w.met(m), w.hopeless(m), c.met, c.hopeless)
			}
		})
	}
}
