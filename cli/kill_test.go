package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKilledAtEveryMutatingCall holds the answer of each mutating call of a
// create in turn, after its effect, and kills the process there (R8). The next
// create must end with exactly the target in the world's own inventory, and a
// destroy must leave the world as it was.
func TestKilledAtEveryMutatingCall(t *testing.T) {
	t.Parallel()
	total := mutatingCallsOfCreate(t)
	if total < 6 {
		t.Fatalf("a create makes only %d mutating calls: the test would prove little", total)
	}
	for n := 1; n <= total; n++ {
		t.Run(fmt.Sprintf("call %d of %d", n, total), func(t *testing.T) {
			t.Parallel()
			cl := startCloud(t, "0.01")
			before := cl.inventory()
			p := newProgram(t)
			p.env = cl.env
			p.setup("killed")
			cl.ask("POST", "faults", map[string]any{"fault": "hold", "nth": n}, nil)
			killWhenHeld(t, p, cl, "create", "--yes", "--json")
			cl.ask("POST", "release", nil, nil)

			r := p.must(0, "create", "--yes", "--json").result(t)
			if count(r.Instances, isReady) != 3 {
				t.Fatalf("want 3 ready after the second create: %+v\n%s", r.Instances, describe(r.Errors))
			}
			if live := cl.instances(); live != 3 {
				t.Fatalf("the world holds %d instances, want exactly 3", live)
			}
			gone := p.must(0, "destroy", "--yes", "--json").result(t)
			if gone.Receipt == nil || !gone.Receipt.Clean() {
				t.Fatalf("receipt: %+v", gone.Receipt)
			}
			if after := cl.inventory(); after != before {
				t.Errorf("the world is not as it was\nbefore: %s\nafter: %s", before, after)
			}
		})
	}
}

// killWhenHeld runs a verb and kills it as soon as the cloud holds an answer.
func killWhenHeld(t *testing.T, p *program, cl *cloud, args ...string) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	c := p.command(ctx, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a held answer", func() bool { return cl.held() > 0 })
	kill() // SIGKILL
	if err := c.Wait(); err == nil {
		t.Fatalf("%s ended well although its call was never answered", args[0])
	}
}

// mutatingCallsOfCreate counts them on a cloud without faults.
func mutatingCallsOfCreate(t *testing.T) int {
	t.Helper()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("killed")
	p.must(0, "create", "--yes", "--json")
	return cl.mutatingCalls()
}

// hardWorld makes a cloud as bad as EC2 gets on an ordinary day: describes lag,
// calls are refused for their rate, launches are answered in part.
func hardWorld(cl *cloud) {
	cl.ask("POST", "faults", map[string]any{"fault": "lag", "delay_ms": 1200}, nil)
	cl.ask("POST", "faults", map[string]any{"fault": "mixed-answer", "n": 1}, nil)
	for _, op := range []string{
		"DescribeInstances", "CreateLaunchTemplate", "CreateSecurityGroup", "CreateFleet", "CreateTags",
		"TerminateInstances", "DeleteSecurityGroup", "DeleteLaunchTemplate",
	} {
		cl.ask("POST", "faults", map[string]any{"fault": "throttle", "op": op, "n": 1}, nil)
	}
}

// lifePhase is a part of a fleet's life in which the process is killed.
type lifePhase struct {
	name    string
	prepare func(p *program) // what was there before
	verb    string
	live    int // after the verb was run again
}

func lifePhases() []lifePhase {
	three := func(p *program) { p.must(0, "create", "--yes", "--json") }
	return []lifePhase{
		{"create", func(*program) {}, "create", 3},
		{"grow", func(p *program) { three(p); p.retarget(3, 5) }, "create", 5},
		{"destroy", three, "destroy", 0},
	}
}

// TestKilledInAHardWorld kills the process at every mutating call of a create, of
// a second create that grows the fleet, and of a destroy, while describes lag,
// calls are throttled and launches are answered in part. Doing the verb again
// must end exactly where it should, and a destroy must leave the world as it was.
func TestKilledInAHardWorld(t *testing.T) {
	t.Parallel()
	for _, phase := range lifePhases() {
		total := phase.calls(t)
		if total < 5 {
			t.Fatalf("%s makes only %d mutating calls: the test would prove little", phase.name, total)
		}
		for n := 1; n <= total; n++ {
			t.Run(fmt.Sprintf("%s, call %d of %d", phase.name, n, total), func(t *testing.T) {
				t.Parallel()
				phase.kill(t, n)
			})
		}
	}
}

// calls counts a phase's mutating calls on a hard world.
func (ph lifePhase) calls(t *testing.T) int {
	t.Helper()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("killed")
	ph.prepare(p)
	hardWorld(cl)
	before := cl.mutatingCalls()
	p.must(0, ph.verb, "--yes", "--json")
	return cl.mutatingCalls() - before
}

// kill plays a phase whose process is killed at the nth mutating call, after its
// effect.
func (ph lifePhase) kill(t *testing.T, n int) {
	t.Helper()
	cl := startCloud(t, "0.01")
	before := cl.inventory()
	p := newProgram(t)
	p.env = cl.env
	p.setup("killed")
	ph.prepare(p)
	hardWorld(cl)
	cl.ask("POST", "faults", map[string]any{"fault": "hold", "nth": n}, nil)
	if !killOrEnd(t, p, cl, ph.verb) {
		return // chance let this run get by with fewer calls; the others have theirs
	}
	cl.ask("POST", "release", nil, nil)

	p.must(0, ph.verb, "--yes", "--json")
	if live := cl.instances(); live != ph.live {
		t.Fatalf("the world holds %d instances after the second %s, want exactly %d", live, ph.verb, ph.live)
	}
	if ph.verb != "destroy" {
		gone := p.must(0, "destroy", "--yes", "--json").result(t)
		if gone.Receipt == nil || !gone.Receipt.Clean() {
			t.Fatalf("receipt: %+v", gone.Receipt)
		}
	}
	if after := cl.inventory(); after != before {
		t.Errorf("the world is not as it was\nbefore: %s\nafter: %s", before, after)
	}
}

// killOrEnd runs a verb and kills it as soon as the cloud holds an answer; it
// says false where the verb came to its end without.
func killOrEnd(t *testing.T, p *program, cl *cloud, verb string) bool {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	c := p.command(ctx, verb, "--yes", "--json")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	held := false
	eventually(t, "a held answer", func() bool {
		held = cl.held() > 0
		return held || len(ended) > 0
	})
	if !held {
		if err := <-ended; err != nil {
			t.Fatalf("%s failed by itself: %v", verb, err)
		}
		return false
	}
	kill() // SIGKILL
	if err := <-ended; err == nil {
		t.Fatalf("%s ended well although its call was never answered", verb)
	}
	return true
}

// retarget changes the config's target.
func (p *program) retarget(from, to int) {
	p.t.Helper()
	path := filepath.Join(p.dir, "config.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	old := fmt.Sprintf("target = %d", from)
	if !strings.Contains(string(b), old) {
		p.t.Fatalf("the config has no %q", old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, fmt.Sprintf("target = %d", to), 1)), 0o600); err != nil {
		p.t.Fatal(err)
	}
}
