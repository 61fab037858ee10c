package fleet_test

import (
	"context"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// A count is what a region gets where AWS lets it: what its quota has no room for, or
// EC2 no capacity, goes to the other regions, and never to one whose count is 0.
func TestCountsAreThePlan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		fault   sim.Fault
		planned int // in us-west-2, of its 3
		moves   int
	}{
		{"all is there", sim.Fault{Fault: "slow-region", DelayMS: 1}, 3, 0},
		{"its quota has room for one", sim.Fault{Fault: "quota", Region: "us-west-2", Capacity: 2}, 1, 1},
		{"EC2 has one", sim.Fault{Fault: "no-capacity", Region: "us-west-2", Capacity: 1}, 3, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				b.inject(tt.fault)
				e, stop := b.engine(func(o *fleet.Options) {
					o.Spec.Target, o.Spec.Provision.Enabled = 4, false
					o.Spec.Regions = []fleet.RegionSpec{{Name: "us-west-2", Count: 3}, {Name: "eu-west-1", Count: 0}, {Name: "us-east-1", Count: 1}}
				})
				defer stop()
				p, err := e.Plan(context.Background(), fleet.PlanRequest{})
				if err != nil || p.Launch != 4 || p.Regions[0].Launch != tt.planned || p.Regions[1].Launch != 0 || len(p.Moves) != tt.moves {
					t.Fatalf("%+v %v", p.Regions, err)
				}
				v := &view{}
				if o := b.create(e, v); len(o.Errors) > 0 {
					t.Errorf("%+v", o.Errors)
				}
				in := map[fleet.Region]int{}
				for _, i := range v.instances {
					in[i.Region]++
				}
				west := 1
				if tt.fault.Region == "" {
					west = 3
				}
				if in["us-west-2"] != west || in["us-east-1"] != 4-west || in["eu-west-1"] != 0 {
					t.Errorf("%v", in)
				}
				if p, err := e.Plan(context.Background(), fleet.PlanRequest{}); err != nil || p.Launch != 0 {
					t.Errorf("a second plan launches %d, %v", p.Launch, err)
				}
			})
		})
	}
}
