package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
	"spot-tui/state"
)

// TestKilledAtEachStepOfATeardown kills a destroy with SIGKILL at each step that
// its journal has: before the step's call has had its effect, and after. The fleet
// has a VPC of its own, and beside it one of each kind that people make. The next
// destroy must end with a receipt of 0 that counts what both removed, and leave
// the world as it was.
func TestKilledAtEachStepOfATeardown(t *testing.T) {
	t.Parallel()
	calls, steps, removed := aWholeTeardown(t)
	for _, k := range []string{"instance", "elastic IP", "network interface", "volume", "snapshot", "security group", "subnet", "route table", "internet gateway", "VPC", "launch template", "key pair", "fleet record"} {
		if !steps[k] {
			t.Errorf("a teardown has no step for a %s: %v", k, steps)
		}
	}
	var mu sync.Mutex
	hit := map[string]bool{}
	t.Cleanup(func() {
		if !maps.Equal(hit, steps) {
			t.Errorf("killed at steps %v of %v", slices.Sorted(maps.Keys(hit)), slices.Sorted(maps.Keys(steps)))
		}
	})
	for n := 1; n <= calls; n++ {
		for _, fault := range []string{"hold-before", "hold"} {
			t.Run(fmt.Sprintf("%s call %d of %d", fault, n, calls), func(t *testing.T) {
				t.Parallel()
				p, cl, before := aFleetWithAll(t)
				cl.ask("POST", "faults", map[string]any{"fault": fault, "nth": n}, nil)
				if !killOrEnd(t, p, cl, "destroy") {
					t.Fatal("nothing was held")
				}
				for _, s := range p.openSteps() {
					mu.Lock()
					hit[s] = true
					mu.Unlock()
				}
				cl.ask("POST", "faults", map[string]any{"fault": "clear"}, nil)
				r := p.must(0, "destroy", "--yes", "--json").result(t)
				if r.Receipt == nil || !r.Receipt.Clean() || r.Receipt.Left != 0 {
					t.Fatalf("receipt: %+v", r.Receipt)
				}
				if !maps.Equal(r.Receipt.Removed, removed) {
					t.Errorf("removed %v, a destroy in one go removes %v", r.Receipt.Removed, removed)
				}
				if after := cl.inventory(); after != before {
					t.Errorf("the world is not as it was\nbefore: %s\nafter: %s", before, after)
				}
			})
		}
	}
}

// aFleetWithAll is a fleet of one instance in a VPC of its own, with what people
// make beside it; before is the world without it.
func aFleetWithAll(t *testing.T) (p *program, cl *cloud, before string) {
	t.Helper()
	cl = startCloud(t, "0.01")
	before = cl.inventory()
	p = newProgram(t)
	p.env = cl.env
	p.setup("killed", "target = 3", "target = 1", "\n[network]\n", "\n[network]\nmode = \"own\"\n")
	p.must(0, "create", "--yes", "--json", "--regions", "us-west-2")
	cl.console("us-west-2").extras("killed", "demo")
	return p, cl, before
}

// aWholeTeardown gives how many mutating calls a destroy makes that nobody kills,
// the kinds of its journal's steps, and what its receipt counts.
func aWholeTeardown(t *testing.T) (calls int, steps map[string]bool, removed map[fleet.ResourceKind]int) {
	t.Helper()
	p, cl, _ := aFleetWithAll(t)
	before := cl.mutatingCalls()
	r := p.must(0, "destroy", "--yes", "--json").result(t)
	steps = map[string]bool{}
	st := p.store()
	defer st.Close()
	ended, err := st.Recent(t.Context(), sim.Account, "killed", time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range ended {
		if s := stepOf(i.Intent); s != "" {
			steps[s] = true
		}
	}
	return cl.mutatingCalls() - before, steps, r.Receipt.Removed
}

func (p *program) store() *state.Store {
	p.t.Helper()
	st, err := state.Open(filepath.Join(p.home, "spot", "state"))
	if err != nil {
		p.t.Fatal(err)
	}
	return st
}

// openSteps lists the steps at which the journal stopped.
func (p *program) openSteps() []string {
	p.t.Helper()
	st := p.store()
	defer st.Close()
	open, err := st.Open(p.t.Context(), sim.Account, "killed")
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for _, i := range open {
		if s := stepOf(i); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// stepOf names the kind of what a step of a teardown removes; empty for what is
// none.
func stepOf(i fleet.Intent) string {
	var r fleet.Resource
	switch {
	case i.Kind == fleet.IntentDestroy && i.Region != "":
		return string(fleet.KindOfInstance)
	case i.Kind == fleet.IntentRemove && json.Unmarshal(i.Request, &r) == nil:
		return string(r.Kind)
	}
	return ""
}
