package cli

import (
	"context"
	"fmt"
	"testing"
	"time"
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
			killWhenHeld(t, p, cl)
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

// killWhenHeld runs create and kills it as soon as the cloud holds an answer.
func killWhenHeld(t *testing.T, p *program, cl *cloud) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	c := p.command(ctx, "create", "--yes", "--json")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "a held answer", func() bool { return cl.held() > 0 })
	kill() // SIGKILL
	if err := c.Wait(); err == nil {
		t.Fatal("create ended well although its call was never answered")
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
