package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"spot-tui/fleet"
)

func ids(ls []fleet.Launched) []fleet.InstanceID {
	out := make([]fleet.InstanceID, 0, len(ls))
	for _, l := range ls {
		out = append(out, l.ID)
	}
	slices.Sort(out)
	return out
}

func (c *contract) launch(t *testing.T) {
	c.request = fleet.LaunchRequest{
		Fleet: fleetA, Launch: "l-contract", Token: "contract-" + fmt.Sprint(time.Now().UnixNano()), Region: c.q.region,
		Count: 3, Template: c.templateA, Pools: c.found.Pools, Tags: c.tags(fleetA, "l-contract"),
	}
	got, err := c.r.Launch(c.ctx, c.request)
	if err != nil || len(got.Instances) != 3 || len(got.Errors) != 0 || got.FleetID == "" {
		t.Fatalf("Launch = %+v, %v", got, err)
	}
	c.a = got.Instances
	for _, i := range got.Instances {
		if !slices.Contains(c.q.types, i.Type) || i.Zone == "" {
			t.Errorf("launched %+v", i)
		}
	}
	if !c.q.ignoresTokens {
		again, err := c.r.Launch(c.ctx, c.request)
		if err != nil || !slices.Equal(ids(again.Instances), ids(c.a)) {
			t.Errorf("the same request gave %+v, %v; want %v", again, err, ids(c.a))
		}
		changed := c.request
		changed.Count = 2
		if _, err := c.r.Launch(c.ctx, changed); code(err) != "IdempotentParameterMismatch" {
			t.Errorf("another request with the same token: %v", err)
		}
	}
	missing := c.request
	missing.Template, missing.Token = "spot-tui-contract-a/nonesuch", missing.Token+"-x"
	ctx, cancel := context.WithTimeout(c.ctx, 1500*time.Millisecond)
	defer cancel()
	if _, err := c.r.Launch(ctx, missing); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("launch from a template that is not there: %v", err)
	}
	name, err := c.r.EnsureTemplate(c.ctx, c.templateRequest(fleetB, c.groupB))
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.r.Launch(c.ctx, fleet.LaunchRequest{
		Fleet: fleetB, Launch: "l-b", Token: c.request.Token + "-b", Region: c.q.region, Count: 1, Template: name,
		Pools: c.found.Pools[:1], Tags: c.tags(fleetB, "l-b"),
	})
	if err != nil || len(b.Instances) != 1 {
		t.Fatalf("launch of the second fleet = %+v, %v", b, err)
	}
	c.b = b.Instances[0]
}

// await describes until every instance is in one of the states.
func (c *contract) await(t *testing.T, f fleet.Name, n int, states ...fleet.State) []fleet.Observation {
	t.Helper()
	for {
		obs, err := c.r.Describe(c.ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		there := 0
		for _, o := range obs {
			if slices.Contains(states, o.State) {
				there++
			}
		}
		if there == len(obs) && there >= n {
			return obs
		}
		pause(c.ctx, t, 50*time.Millisecond)
	}
}

func pause(ctx context.Context, t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		t.Fatal("it took too long")
	}
}

func (c *contract) describe(t *testing.T) {
	obs := c.await(t, fleetA, 3, fleet.StateRunning)
	if len(obs) != 3 {
		t.Fatalf("%d instances; want 3: %+v", len(obs), obs)
	}
	for _, o := range obs {
		if !slices.Contains(ids(c.a), o.ID) || o.Launch != "l-contract" || o.Owner != "ada" || !o.EndsAt.Equal(c.ends) || !o.ReadyAt.IsZero() {
			t.Errorf("tags of %+v", o)
		}
		if o.Region != c.q.region || o.Zone == "" || !slices.Contains(c.q.types, o.Type) || o.PrivateIP == "" || (o.PublicIP == "" && !c.q.ignoresInterfaces) ||
			o.Subnet == "" || o.VPC != c.found.VPC || o.Image == "" || o.Arch == "" || time.Since(o.LaunchedAt) > time.Hour {
			t.Errorf("facts of %+v", o)
		}
	}
	obs, err := c.r.Describe(c.ctx, "contract-none")
	if err != nil || len(obs) != 0 {
		t.Errorf("a fleet that is not there: %v, %v", obs, err)
	}
}

func (c *contract) mark(t *testing.T) {
	at := time.Now().UTC().Truncate(time.Second)
	err := c.r.Mark(c.ctx, fleetA, append(ids(c.a), c.b.ID, "i-0123456789abcdef0"), map[string]string{fleet.TagReady: at.Format(time.RFC3339)})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range c.await(t, fleetA, 3, fleet.StateRunning) {
		if !o.ReadyAt.Equal(at) {
			t.Errorf("%s is not marked: %v", o.ID, o.ReadyAt)
		}
	}
	for _, o := range c.await(t, fleetB, 1, fleet.StateRunning) {
		if !o.ReadyAt.IsZero() {
			t.Errorf("%s of another fleet was marked", o.ID)
		}
	}
}

func (c *contract) guard(t *testing.T) {
	if names, err := c.r.Fleets(c.ctx); err != nil || !slices.Equal(names, []fleet.Name{fleetA, fleetB}) {
		t.Errorf("fleets = %v, %v", names, err)
	}
	got := c.r.Terminate(c.ctx, fleetA, []fleet.InstanceID{c.b.ID, "i-0123456789abcdef0"})
	if len(got) != 2 || fleet.KindOf(got[c.b.ID]) != fleet.KindGuard || got["i-0123456789abcdef0"] != nil {
		t.Errorf("terminate of another fleet's instance = %v", got)
	}
	c.await(t, fleetB, 1, fleet.StateRunning)
	left, err := c.r.Leftovers(c.ctx, fleetB)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range left {
		if l.Kind == fleet.KindOfInstance {
			continue
		}
		if err := c.r.Remove(c.ctx, fleetA, l); fleet.KindOf(err) != fleet.KindGuard {
			t.Errorf("remove of %s %s of another fleet: %v", l.Kind, l.ID, err)
		}
	}
	if !c.q.ignoresInterfaces {
		err = c.r.Remove(c.ctx, fleetB, fleet.Resource{Kind: fleet.KindOfSecurityGroup, ID: string(c.groupB), Region: c.q.region})
		if fleet.KindOf(err) != fleet.KindConflict {
			t.Errorf("remove of a group in use: %v", err)
		}
	}
}

func (c *contract) terminate(t *testing.T) {
	for _, f := range []fleet.Name{fleetA, fleetB} {
		obs, err := c.r.Describe(c.ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		want := []fleet.InstanceID{"i-0fedcba9876543210"}
		for _, o := range obs {
			want = append(want, o.ID)
		}
		for range 2 { // the second time they are on their way already
			for id, err := range c.r.Terminate(c.ctx, f, want) {
				if err != nil {
					t.Errorf("terminate %s: %v", id, err)
				}
			}
		}
		for _, o := range c.await(t, f, len(obs), fleet.StateTerminated) {
			if o.StateReasonCode != "Client.UserInitiatedShutdown" {
				t.Errorf("%s ended with reason %q", o.ID, o.StateReasonCode)
			}
		}
	}
}

func (c *contract) teardown(t *testing.T) {
	order := fleet.ResourceKinds()
	for _, f := range []fleet.Name{fleetA, fleetB} {
		seen := map[fleet.ResourceKind]int{}
		for {
			left, err := c.r.Leftovers(c.ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(left) == 0 {
				break
			}
			if !slices.IsSortedFunc(left, func(a, b fleet.Resource) int {
				return slices.Index(order, a.Kind) - slices.Index(order, b.Kind)
			}) {
				t.Errorf("order of removal = %+v", left)
			}
			for _, l := range left {
				if l.Region != c.q.region || l.ID == "" {
					t.Errorf("leftover %+v", l)
				}
				err := c.r.Remove(c.ctx, f, l)
				var fe *fleet.Error
				if err != nil && (!errors.As(err, &fe) || fe.Kind != fleet.KindConflict) {
					t.Fatalf("remove %s %s: %v", l.Kind, l.ID, err)
				}
				if err == nil {
					seen[l.Kind]++
					if err := c.r.Remove(c.ctx, f, l); err != nil {
						t.Errorf("remove of %s %s, which is gone: %v", l.Kind, l.ID, err)
					}
				}
			}
			pause(c.ctx, t, 50*time.Millisecond)
		}
		t.Logf("removed of %s: %v", f, seen)
		if f == fleetA && (seen[fleet.KindOfVPC] != 1 || seen[fleet.KindOfSubnet] != 3 || seen[fleet.KindOfRouteTable] != 1 || seen[fleet.KindOfGateway] != 1) {
			t.Errorf("network removed of %s: %v", f, seen)
		}
		if f == fleetA && (seen[fleet.KindOfVolume] == 0 || seen[fleet.KindOfSnapshot] != 1 || seen[fleet.KindOfAddress] != 1 || (seen[fleet.KindOfKeyPair] == 1) == c.q.ignoresKeyIDs || seen[fleet.KindOfInterface] == 0) {
			t.Errorf("what a person made for %s, removed: %v", f, seen)
		}
		if seen[fleet.KindOfSecurityGroup] != 1 || seen[fleet.KindOfTemplate] == 0 || (f == fleetA) != (seen[fleet.KindOfRecord] == 1) {
			t.Errorf("removed of %s: %v", f, seen)
		}
	}
}
