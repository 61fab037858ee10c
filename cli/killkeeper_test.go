//go:build unix

package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// TestKilledWhileAWSKeepsTheFleet kills the screen, with SIGKILL, in front of a
// fleet that AWS keeps; AWS takes five of its six instances while nothing runs.
// Who starts again finds six that are ready, and the ledger and the timeline tell
// what happened meanwhile.
func TestKilledWhileAWSKeepsTheFleet(t *testing.T) {
	t.Parallel()
	p, cl, before := aKeptFleet(t)
	made := p.must(0, "create", "--yes", "--json").result(t)
	if count(made.Instances, isReady) != 6 {
		t.Fatalf("want 6 ready: %+v\n%s", made.Instances, describe(made.Errors))
	}
	s := openScreen(t, p, 140, 40)
	s.sees("6 of 6 ready", "kept by AWS")
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err == nil {
		t.Fatal("the program ended well although it was killed")
	}
	left := time.Now()
	was := cl.running()
	cl.takeBack(5)
	now := cl.running()
	back := time.Now()
	fresh := butNot(now, was)

	s = openScreen(t, p, 140, 40)
	s.sees("6 of 6 ready", "kept by AWS", "11 shown", "gone  AWS took it back")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // 143: by a signal
	again := p.must(0, "create", "--yes", "--json").result(t)
	if count(again.Instances, isReady) != 6 || !slices.Equal(now, cl.running()) {
		t.Fatalf("want the 6 of %v, ready: %+v\n%s", now, again.Instances, describe(again.Errors))
	}
	p.setUpByThemselves(6)
	told := p.toldOf(left, back)
	if !slices.Equal(told[fleet.EventLaunched], fresh) || !slices.Equal(told[fleet.EventGone], butNot(was, now)) {
		t.Errorf("told of then: %v; want %v launched and %v gone", told, fresh, butNot(was, now))
	}
	summary := count(p.events(), func(e fleet.Event) bool {
		return e.Kind == fleet.EventKept && strings.HasPrefix(e.Text, "while nobody watched, AWS launched ") && strings.Contains(e.Text, " taken back")
	})
	if summary != 3 {
		t.Errorf("%d regions say what AWS did meanwhile, want 3", summary)
	}
	p.ledger(11, butNot(was, now), left, back)

	gone := p.must(0, "destroy", "--yes", "--json").result(t)
	if gone.Receipt == nil || !gone.Receipt.Clean() {
		t.Fatalf("receipt: %+v", gone.Receipt)
	}
	if after := cl.inventory(); after != before {
		t.Errorf("the world is not as it was\nbefore: %s\nafter: %s", before, after)
	}
}

// TestKilledBeforeTheKeeperWasNoted kills a create when EC2 has taken the request
// for an EC2 Fleet, and its answer is still out. EC2 launches although nobody
// knows of it, and takes all five back. The next create finds that fleet, makes no
// second one, and counts all ten.
func TestKilledBeforeTheKeeperWasNoted(t *testing.T) {
	t.Parallel()
	p, cl, before := aKeptFleet(t, "target = 6", "target = 5")
	create := []string{"create", "--yes", "--json", "--regions", "us-west-2"}
	cl.ask("POST", "faults", map[string]any{"fault": "hold", "op": "CreateFleet"}, nil)
	left := time.Now()
	killWhenHeld(t, p, cl, create...)
	cl.ask("POST", "faults", map[string]any{"fault": "clear"}, nil)
	eventually(t, "what nobody waited for", func() bool { return len(cl.running()) == 5 })
	was := cl.running()
	cl.takeBack(5)
	back := time.Now()

	r := p.must(0, create...).result(t)
	now := cl.running()
	if count(r.Instances, isReady) != 5 || len(now) != 5 {
		t.Fatalf("want 5 ready: %+v, the world has %v\n%s", r.Instances, now, describe(r.Errors))
	}
	if n := count(cl.resources(), func(r resource) bool { return r.Kind == "fleet" }); n != 1 {
		t.Fatalf("%d EC2 fleets, want the one that was cut off", n)
	}
	p.setUpByThemselves(5)
	told := p.toldOf(left, back)
	all := slices.Sorted(slices.Values(slices.Concat(was, now)))
	if !slices.Equal(told[fleet.EventLaunched], all) || !slices.Equal(told[fleet.EventGone], was) {
		t.Errorf("told of then: %v; want %v launched and %v gone", told, all, was)
	}
	p.ledger(10, was, left, back)
	gone := p.must(0, "destroy", "--yes", "--json").result(t)
	if gone.Receipt == nil || !gone.Receipt.Clean() {
		t.Fatalf("receipt: %+v", gone.Receipt)
	}
	if after := cl.inventory(); after != before {
		t.Errorf("the world is not as it was\nbefore: %s\nafter: %s", before, after)
	}
}

// TestKilledAndAwayForDays is of a machine that was off for longer than EC2 keeps
// a fleet's history: the gap is told with its bounds, and the end of what is gone
// is an estimate, marked so in the events and in the ledger.
func TestKilledAndAwayForDays(t *testing.T) {
	t.Parallel()
	p, cl, _ := aKeptFleet(t, "target = 6", "target = 1")
	only := []string{"--regions", "us-west-2", "--json"}
	r := p.must(0, append([]string{"create", "--yes"}, only...)...).result(t)
	if count(r.Instances, isReady) != 1 {
		t.Fatalf("want 1 ready: %+v", r)
	}
	// As three days ago this machine saw them: one more, of which EC2 knows nothing
	// today.
	st := p.store()
	is, err := st.Instances(t.Context(), sim.Account, "kept")
	if err != nil || len(is) != 1 {
		t.Fatalf("%+v %v", is, err)
	}
	ago := time.Now().Add(-72 * time.Hour)
	lost := is[0]
	lost.ID, lost.SpotRequest = "i-0aaaaaaaaaaaaaaaa", ""
	lost.LaunchedAt = ago.Add(-time.Hour)
	is = append(is, lost)
	for i := range is {
		is[i].SeenAt, is[i].StageSince = ago, ago
	}
	if err := st.SaveInstances(t.Context(), sim.Account, "kept", is); err != nil {
		t.Fatal(err)
	}
	st.Close()
	began := time.Now()
	p.must(0, append([]string{"create", "--yes"}, only...)...)
	gap, end := false, false
	for _, e := range p.events() {
		switch {
		case e.Kind == fleet.EventKept && e.Estimated && strings.Contains(e.Text, "is not known: EC2 keeps a fleet's history for 48 hours"):
			gap = true
		case e.Kind == fleet.EventGone && e.Instance == lost.ID:
			end = e.Estimated && e.At.After(ago) && e.At.Before(began.Add(-fleet.HistoryKept).Add(time.Minute))
		}
	}
	if !gap || !end {
		t.Errorf("the gap is told: %v; the end is an estimate within it: %v", gap, end)
	}
	costs := p.must(0, append([]string{"cost"}, only...)...).result(t).Costs
	if costs == nil || len(costs.Groups) != 2 {
		t.Fatalf("%+v", costs)
	}
	for _, g := range costs.Groups {
		if (g.Name == string(lost.ID)) != (g.EstimatedUSD > 0.001) {
			t.Errorf("%s: estimated %v", g.Name, g.EstimatedUSD)
		}
	}
	if live := cl.running(); len(live) != 1 || live[0] != string(is[0].ID) {
		t.Errorf("%v live, want %s", live, is[0].ID)
	}
}

// aKeptFleet is a cloud and a config for a fleet of six that AWS keeps, with a
// setup that each instance does by itself.
func aKeptFleet(t *testing.T, replace ...string) (p *program, cl *cloud, before string) {
	t.Helper()
	cl = startCloud(t, "0.01")
	before = cl.inventory()
	p = newProgram(t)
	p.env = cl.env
	p.plant(map[string]string{"setup.sh": "#!/bin/sh\necho by itself > made\n"})
	p.setup("kept", append([]string{"target = 3", "target = 6", "# keep = \"own\"", "keep = \"aws\"", "# setup = \"setup.sh\"", "setup = \"setup.sh\""}, replace...)...)
	return p, cl, before
}

// running lists the instances that live in the world, in order.
func (c *cloud) running() []string {
	c.t.Helper()
	var inv struct {
		Resources []sim.Resource `json:"resources"`
	}
	c.ask("GET", "inventory", nil, &inv)
	var ids []string
	for _, r := range inv.Resources {
		if r.Kind == "instance" && r.State == "running" {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// takeBack has the cloud interrupt n instances, and waits until as many others run
// in their place.
func (c *cloud) takeBack(n int) {
	c.t.Helper()
	was := c.running()
	c.ask("POST", "faults", map[string]any{"fault": "interrupt", "instance": "any", "n": n}, nil)
	eventually(c.t, "others in their place", func() bool {
		now := c.running()
		return len(now) == len(was) && len(butNot(now, was)) == n
	})
	wait(c.t, 500*time.Millisecond) // EC2's history is late by up to 30 s, a hundredth of it here
}

// butNot gives what is in a and not in b.
func butNot(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}

// events reads the history, oldest first.
func (p *program) events() []fleet.Event {
	p.t.Helper()
	var es []fleet.Event
	for line := range strings.Lines(p.must(0, "events", "--json").stdout) {
		var e fleet.Event
		if err := json.Unmarshal([]byte(line), &e); err == nil && e.Kind != "" {
			es = append(es, e)
		}
	}
	return es
}

// toldOf lists, by kind, the instances of events that are dated between two times.
func (p *program) toldOf(from, to time.Time) map[fleet.EventKind][]string {
	p.t.Helper()
	by := map[fleet.EventKind][]string{}
	for _, e := range p.events() {
		if e.Instance != "" && !e.At.Before(from.Truncate(time.Second)) && !e.At.After(to) {
			by[e.Kind] = append(by[e.Kind], string(e.Instance))
		}
	}
	for _, ids := range by {
		slices.Sort(ids)
	}
	return by
}

// ledger wants n lives in it, of which those named ended between two times.
func (p *program) ledger(n int, ended []string, from, to time.Time) {
	p.t.Helper()
	costs := p.must(0, "cost", "--json").result(p.t).Costs
	if costs == nil || len(costs.Groups) != n {
		p.t.Fatalf("the ledger has %+v; want %d lives", costs, n)
	}
	for _, g := range costs.Groups {
		over := g.Running == 0 && g.To != nil && !g.To.Before(from.Truncate(time.Second)) && !g.To.After(to)
		if over != slices.Contains(ended, g.Name) || g.From == nil || g.EstimatedUSD > 0.001 {
			p.t.Errorf("%s: running %d, from %v to %v, estimated %v (%s)", g.Name, g.Running, g.From, g.To, g.EstimatedUSD, g.Note)
		}
	}
}

// setUpByThemselves wants n hosts on which the setup has run.
func (p *program) setUpByThemselves(n int) {
	p.t.Helper()
	hosts := p.must(0, "exec", "--json", "--", "cat", "made").result(p.t).Hosts
	if ok := count(hosts, func(h jsonHost) bool { return h.Exit != nil && *h.Exit == 0 && h.Output == "by itself\n" }); ok != n || len(hosts) != n {
		p.t.Errorf("%d of %d hosts are set up, want %d", ok, len(hosts), n)
	}
}
