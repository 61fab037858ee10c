package aws

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

func TestZonesHaveTheirOwnBlock(t *testing.T) {
	t.Parallel()
	vpc := netip.MustParsePrefix("10.77.0.0/16")
	for z, want := range map[fleet.Zone]string{"us-west-2a": "10.77.0.0/20", "us-west-2b": "10.77.16.0/20", "us-east-1f": "10.77.80.0/20"} {
		if got, err := cidrOf(vpc, z); err != nil || got.String() != want {
			t.Errorf("%s: %v, %v; want %s", z, got, err, want)
		}
	}
	if _, err := cidrOf(vpc, "us-west-2-lax-1z"); err == nil {
		t.Error("a letter after p has no place")
	}
}

// TestNetworkIsMadeOnce cuts each mutating call of the build after its effect
// and builds again as the engine does after a crash, in a region whose describes
// lag: there must be one of each in the end, and nothing after the teardown.
func TestNetworkIsMadeOnce(t *testing.T) {
	t.Parallel()
	for nth := 1; ; nth++ {
		more := false
		synctest.Test(t, func(t *testing.T) { more = cutBuild(t, nth) })
		if t.Failed() || !more {
			if nth < 12 {
				t.Errorf("only %d calls were cut", nth-1)
			}
			return
		}
	}
}

// cutBuild says whether the nth call was there to be cut.
func cutBuild(t *testing.T, nth int) bool {
	a, w := on(t, sim.Options{Scale: 1, NoDefaultVPC: []string{"us-west-2"}})
	defer w.Close()
	before := w.Inventory().Total
	r := a.In("us-west-2")
	must(t, w.Inject(sim.Fault{Fault: "lag", DelayMS: 20_000}))
	must(t, w.Inject(sim.Fault{Fault: "hold", Nth: nth}))
	q := fleet.NetworkRequest{
		Fleet: "a", CIDR: "10.77.0.0/16", Zones: []fleet.Zone{"us-west-2a", "us-west-2c"},
		Tags: map[string]string{fleet.TagFleet: "a", fleet.TagOwner: "ada"},
	}
	began := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _, _ = r.EnsureNetwork(ctx, q) }()
	for len(w.Held()) == 0 {
		select {
		case <-done:
			cancel()
			return false
		case <-time.After(100 * time.Millisecond):
		}
	}
	cancel() // the process is gone while its answer is on the way
	<-done
	w.ClearFaults()
	must(t, w.Inject(sim.Fault{Fault: "lag", DelayMS: 20_000}))
	q.Before = began
	n, err := r.EnsureNetwork(t.Context(), q)
	must(t, err)
	if len(n.Subnets) != 2 || n.VPC == "" {
		t.Errorf("cut %d: network %+v", nth, n)
	}
	// A VPC, its main table and default group, two subnets, a table, a gateway.
	if got := w.Inventory(); got.Total-before != 7 || got.Counts["vpc"] != 1 || got.Counts["internet-gateway"] != 1 {
		t.Errorf("cut %d: %+v", nth, got.Counts)
	}
	<-time.After(time.Minute) // virtual: until describes show all of it
	for range 3 {
		left, err := r.Leftovers(t.Context(), "a")
		must(t, err)
		for _, l := range left {
			if err := r.Remove(t.Context(), "a", l); err != nil && fleet.KindOf(err) != fleet.KindConflict {
				t.Errorf("cut %d: remove %s: %v", nth, l.Kind, err)
			}
		}
	}
	if got := w.Inventory(); got.Total != before {
		t.Errorf("cut %d: left %+v", nth, got.Resources)
	}
	return true
}
