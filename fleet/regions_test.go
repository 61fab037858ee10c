package fleet_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// What a region says of its own rules there: types, image and zones; and the
// network is made where it says so, once, and goes with the fleet.
func TestRegionsOfTheirOwnMind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.Spec.Target = 4
			o.Spec.Network = fleet.NetworkSpec{Mode: fleet.NetworkOwn, CIDR: "10.88.0.0/16"}
			o.Spec.Profile = "sensors"
			o.Spec.Regions = []fleet.RegionSpec{
				{Name: "us-west-2", Count: 2, Types: []fleet.InstanceType{"t4g.small"}, Image: "debian-12", Zones: []fleet.Zone{"us-west-2c"}},
				{Name: "eu-west-1", Count: 2},
			}
		})
		defer stop()
		v := &view{}
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil || !strings.Contains(strings.Join(p.Makes, ", "), "2 VPCs") {
			t.Fatalf("%v %v", p.Makes, err)
		}
		if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 4 {
			t.Fatalf("%+v", o)
		}
		for _, i := range v.instances {
			west := i.Region == "us-west-2"
			if west != (i.Type == "t4g.small") || west != (i.Zone == "us-west-2c") || west != (i.User == "admin") || !strings.HasPrefix(i.PrivateIP, "10.88.") {
				t.Errorf("%+v", i)
			}
		}
		if o := b.create(e, v); len(o.Errors) > 0 { // again: nothing is made twice
			t.Errorf("%+v", o.Errors)
		}
		if n := b.world.Inventory().Counts; n["vpc"] != 2 || n["internet-gateway"] != 2 || n["subnet"] != 1+3 || n["instance"] != 4 {
			t.Errorf("%v", n)
		}
		if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() || o.Receipt.Removed[fleet.KindOfVPC] != 2 {
			t.Errorf("%+v", o.Receipt)
		}
		if n := b.world.Inventory(); n.Total != 0 {
			t.Errorf("left: %+v", n.Resources)
		}
	})
}

// A login to another account in another terminal must not steer this fleet.
func TestALoginToAnotherAccountStaysOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		moved := &elsewhere{}
		e, stop := b.engine(func(o *fleet.Options) { moved.Account = o.Account; o.Account = moved })
		defer stop()
		v := &view{}
		b.create(e, v)
		if err := b.world.Inject(sim.Fault{Fault: "expired-credentials"}); err != nil {
			t.Fatal(err)
		}
		b.until(e, v, 3e11, "the pause", func(v *view) bool { return strings.Contains(v.summary.Problem, "expired") })
		moved.on.Store(true)
		b.world.ClearFaults()
		b.until(e, v, 3e11, "the refusal", func(v *view) bool { return strings.Contains(v.summary.Problem, "999999999999") })
		before := len(b.world.Calls(0))
		if _, err := e.Destroy(fleet.DestroyRequest{Scope: fleet.ScopeFleet}); err != nil {
			t.Fatal(err)
		}
		b.until(e, v, 6e10, "a while", func(v *view) bool { return len(v.ops) == 2 })
		for _, c := range b.world.Calls(0)[before:] {
			if c.Mutating {
				t.Errorf("%s was called with another account's login", c.Op)
			}
		}
		moved.on.Store(false)
		b.until(e, v, 3e11, "the right login", func(v *view) bool { return v.summary.Problem == "" })
	})
}

// elsewhere is an account that turns into another one.
type elsewhere struct {
	fleet.Account
	on atomic.Bool
}

func (a *elsewhere) Identity(ctx context.Context) (fleet.Identity, error) {
	id, err := a.Account.Identity(ctx)
	if a.on.Load() {
		id.Account = "999999999999"
	}
	return id, err
}
