package aws

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"spot-tui/fleet"
)

const fleetK = fleet.Name("contract-k")

// keeper hands a region to an EC2 fleet of type maintain, changes it and takes it
// back. It cleans up after itself.
func (c *contract) keeper(t *testing.T) {
	tags := c.tags(fleetK, "l-kept")
	tags[fleet.TagKeep], tags[fleet.TagTarget], tags[fleet.TagConfig] = string(fleet.KeepAWS), "2", "settings"
	q := fleet.KeeperRequest{
		Fleet: fleetK, Launch: "l-kept", Token: "kept-" + fmt.Sprint(time.Now().UnixNano()), Region: c.q.region, Target: 2,
		Templates: map[string]fleet.TemplateName{}, Pools: c.found.Pools, EndsAt: c.ends, Delay: 2 * time.Minute, Tags: tags,
	}
	for arch, im := range c.found.Images {
		tq := c.templateRequest(fleetK, c.groupA)
		tq.Tags, tq.Image, tq.RootDevice, tq.RootGiB = tags, im.ID, im.RootDevice, im.RootGiB
		name, err := c.r.EnsureTemplate(c.ctx, tq)
		if err != nil {
			t.Fatal(err)
		}
		q.Templates[arch] = name
	}
	id, err := c.r.EnsureKeeper(c.ctx, q)
	if err != nil || id == "" {
		t.Fatalf("EnsureKeeper = %s, %v", id, err)
	}
	if !c.q.ignoresTokens {
		if again, err := c.r.EnsureKeeper(c.ctx, q); err != nil || again != id {
			t.Errorf("the same request gave %s, %v; want %s", again, err, id)
		}
	}
	c.keptIs(t, id, 2, 2)
	if ks, err := c.r.Keepers(c.ctx, fleetA); err != nil || len(ks) != 0 {
		t.Errorf("keepers of another fleet: %+v, %v", ks, err)
	}
	if !c.q.noModify {
		c.keeperChanges(t, id)
	}
	if err := c.r.DeleteKeeper(c.ctx, fleetA, id); fleet.KindOf(err) != fleet.KindGuard {
		t.Errorf("deleting another fleet's keeper: %v", err)
	}
	left, err := c.r.Leftovers(c.ctx, fleetK)
	if err != nil || len(left) == 0 || left[0].Kind != fleet.KindOfKeeper || left[0].ID != string(id) {
		t.Errorf("the keeper is not what goes first: %+v, %v", left, err)
	}
	for range 2 { // the second time it has ended already
		if err := c.r.DeleteKeeper(c.ctx, fleetK, id); err != nil {
			t.Fatal(err)
		}
	}
	if ks, err := c.r.Keepers(c.ctx, fleetK); err != nil || len(ks) != 0 {
		t.Errorf("after its end: %+v, %v", ks, err)
	}
	c.clearKept(t)
}

// keptIs says whether the one keeper has a target and a share.
func (c *contract) keptIs(t *testing.T, id fleet.KeeperID, target, want int) {
	t.Helper()
	ks, err := c.r.Keepers(c.ctx, fleetK)
	if err != nil || len(ks) != 1 {
		t.Fatalf("keepers = %+v, %v", ks, err)
	}
	if k := ks[0]; k.ID != id || k.Target != target || k.Want != want || k.Owner != "ada" || k.Settings != "settings" || k.Region != c.q.region || c.q.noValidUntil == k.EndsAt.Equal(c.ends) {
		t.Errorf("keeper %+v", k)
	}
}

func (c *contract) keeperChanges(t *testing.T, id fleet.KeeperID) {
	began := time.Now().Add(-time.Minute)
	for _, o := range c.await(t, fleetK, 2, fleet.StateRunning) {
		if o.Keeper != id || o.Launch != "l-kept" || o.Owner != "ada" || !o.EndsAt.Equal(c.ends) {
			t.Errorf("an instance of the keeper: %+v", o)
		}
	}
	if err := c.r.ModifyKeeper(c.ctx, fleetA, fleet.KeeperChange{ID: id, Target: 0}); fleet.KindOf(err) != fleet.KindGuard {
		t.Errorf("changing another fleet's keeper: %v", err)
	}
	if err := c.r.ModifyKeeper(c.ctx, fleetK, fleet.KeeperChange{ID: id, Target: 1, Want: 3}); err != nil {
		t.Fatal(err)
	}
	c.keptIs(t, id, 1, 3)
	obs := c.await(t, fleetK, 2, fleet.StateRunning) // the lower target ends nothing
	for _, err := range c.r.Terminate(c.ctx, fleetK, []fleet.InstanceID{obs[0].ID}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := c.r.ModifyKeeper(c.ctx, fleetK, fleet.KeeperChange{ID: id, Target: 3, Want: 3}); err != nil {
		t.Fatal(err)
	}
	c.keptIs(t, id, 3, 3)
	var told map[fleet.KeeperEventKind][]fleet.InstanceID
	for len(told[fleet.KeeperLaunched]) < 4 || len(told[fleet.KeeperTerminated]) < 1 {
		es, err := c.r.KeeperHistory(c.ctx, id, began)
		if err != nil {
			t.Fatal(err)
		}
		told = map[fleet.KeeperEventKind][]fleet.InstanceID{}
		for _, e := range es {
			told[e.Kind] = append(told[e.Kind], e.Instance)
			if e.At.Before(began) || e.Kind == fleet.KeeperLaunched && (!slices.Contains(c.q.types, e.Type) || e.Zone == "") {
				t.Errorf("event %+v", e)
			}
		}
		pause(c.ctx, t, 100*time.Millisecond)
	}
	if !slices.Contains(told[fleet.KeeperTerminated], obs[0].ID) || !slices.Contains(told[fleet.KeeperLaunched], obs[0].ID) {
		t.Errorf("history: %v", told)
	}
	if err := c.r.ModifyKeeper(c.ctx, fleetK, fleet.KeeperChange{ID: "fleet-00000000-0000-0000-0000-000000000000"}); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("changing a keeper that is not there: %v", err)
	}
}

// clearKept ends what the keeper launched, and the rest.
func (c *contract) clearKept(t *testing.T) {
	for {
		obs, err := c.r.Describe(c.ctx, fleetK)
		if err != nil {
			t.Fatal(err)
		}
		var all []fleet.InstanceID
		for _, o := range obs {
			if o.State != fleet.StateTerminated {
				all = append(all, o.ID)
			}
		}
		if len(all) == 0 {
			break
		}
		c.r.Terminate(c.ctx, fleetK, all)
		pause(c.ctx, t, 50*time.Millisecond)
	}
	for {
		left, err := c.r.Leftovers(c.ctx, fleetK)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
		for _, l := range left {
			if err := c.r.Remove(c.ctx, fleetK, l); err != nil && fleet.KindOf(err) != fleet.KindConflict {
				t.Fatal(err)
			}
		}
		pause(c.ctx, t, 50*time.Millisecond)
	}
}
