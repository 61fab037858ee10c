package sim

import (
	"slices"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// kept is a fleet of type maintain under test.
type kept struct {
	t  *testing.T
	w  *World
	c  *ec2.Client
	id string
}

// maintain makes a fleet of type maintain of n instances.
func maintain(t *testing.T, w *World, n int32, change func(*ec2.CreateFleetInput)) *kept {
	t.Helper()
	k := &kept{t: t, w: w, c: client(w, "us-east-1")}
	name := "kept"
	out, err := k.c.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{})
	must(t, err)
	if len(out.LaunchTemplates) == 0 {
		name = ready(t, k.c, name)
	}
	in := fleetOf(t, k.c, name, n, "kept")
	in.Type = types.FleetTypeMaintain
	in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeFleet, Tags: []types.Tag{{Key: awssdk.String("fleet"), Value: &name}}}}
	if change != nil {
		change(in)
	}
	made, err := k.c.CreateFleet(t.Context(), in)
	must(t, err)
	if len(made.Instances) > 0 {
		t.Errorf("a maintain fleet answers with instances: %+v", made)
	}
	k.id = *made.FleetId
	return k
}

// data is the fleet as DescribeFleets shows it to who names nothing.
func (k *kept) data() types.FleetData {
	k.t.Helper()
	out, err := k.c.DescribeFleets(k.t.Context(), &ec2.DescribeFleetsInput{})
	must(k.t, err)
	i := slices.IndexFunc(out.Fleets, func(f types.FleetData) bool { return *f.FleetId == k.id })
	if i < 0 {
		k.t.Fatal("the fleet is not listed")
	}
	return out.Fleets[i]
}

func (k *kept) members() []string {
	k.t.Helper()
	out, err := k.c.DescribeFleetInstances(k.t.Context(), &ec2.DescribeFleetInstancesInput{FleetId: &k.id})
	must(k.t, err)
	var ids []string
	for _, i := range out.ActiveInstances {
		ids = append(ids, *i.InstanceId)
	}
	return ids
}

// events lists the sub types of the history since a time.
func (k *kept) events(since time.Time) []string {
	k.t.Helper()
	var subs []string
	in := &ec2.DescribeFleetHistoryInput{FleetId: &k.id, StartTime: &since, MaxResults: awssdk.Int32(3)}
	for {
		out, err := k.c.DescribeFleetHistory(k.t.Context(), in)
		must(k.t, err)
		for _, e := range out.HistoryRecords {
			subs = append(subs, *e.EventInformation.EventSubType)
		}
		if (out.NextToken == nil) != (out.LastEvaluatedTime != nil) {
			k.t.Errorf("a last time is for the last page: %+v", out)
		}
		if out.NextToken == nil {
			return subs
		}
		in.NextToken = out.NextToken
	}
}

func (k *kept) modify(target int32, policy types.FleetExcessCapacityTerminationPolicy) {
	k.t.Helper()
	_, err := k.c.ModifyFleet(k.t.Context(), &ec2.ModifyFleetInput{
		FleetId: &k.id, ExcessCapacityTerminationPolicy: policy,
		TargetCapacitySpecification: &types.TargetCapacitySpecificationRequest{TotalTargetCapacity: &target},
	})
	must(k.t, err)
}

func count(list []string, what string) int {
	n := 0
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func TestAMaintainedFleetIsFilledAgain(t *testing.T) {
	bubble(t, Options{Seed: 3, Scale: 1}, func(t *testing.T, w *World) {
		began := time.Now()
		k := maintain(t, w, 4, nil)
		if d := k.data(); d.FleetState != types.FleetStateCodeSubmitted || d.ActivityStatus != types.FleetActivityStatusPendingFulfillment {
			t.Errorf("at first: %s %s", d.FleetState, d.ActivityStatus)
		}
		pass(time.Minute)
		first := k.members()
		if d := k.data(); len(first) != 4 || d.FleetState != types.FleetStateCodeActive || *d.FulfilledCapacity != 4 || d.ActivityStatus != types.FleetActivityStatusFulfilled {
			t.Fatalf("%d members: %+v", len(first), d)
		}
		_, err := k.c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: first[:1]})
		must(t, err)
		must(t, w.Interrupt(first[1]))
		if d := k.data(); *d.FulfilledCapacity != 3 {
			t.Errorf("%g are fulfilled", *d.FulfilledCapacity)
		}
		pass(4 * time.Minute)
		now := k.members()
		if len(now) != 4 || slices.Contains(now, first[0]) || slices.Contains(now, first[1]) {
			t.Errorf("members %v, of the first %v", now, first)
		}
		if i := describe(t, k.c, now[3]); *i.SpotInstanceRequestId == "" || !slices.ContainsFunc(i.Tags, func(g types.Tag) bool { return *g.Key == "aws:ec2:fleet-id" && *g.Value == k.id }) {
			t.Errorf("a replacement: %+v", i.Tags)
		}
		es := k.events(began)
		if count(es, "launched") != 6 || count(es, "terminated") != 2 || es[0] != "submitted" || es[1] != "active" {
			t.Errorf("history: %v", es)
		}
		pass(49 * time.Hour)
		if es := k.events(began); len(es) != 0 {
			t.Errorf("after 48 h: %v", es)
		}
	})
}

func TestAMaintainedFleetIsModified(t *testing.T) {
	bubble(t, Options{Seed: 3, Scale: 1}, func(t *testing.T, w *World) {
		k := maintain(t, w, 2, nil)
		pass(time.Minute)
		k.modify(5, "")
		if d := k.data(); d.FleetState != types.FleetStateCodeModifying || *d.TargetCapacitySpecification.TotalTargetCapacity != 2 {
			t.Errorf("while it is modified: %s, target %d", d.FleetState, *d.TargetCapacitySpecification.TotalTargetCapacity)
		}
		pass(time.Minute)
		if n := len(k.members()); n != 5 {
			t.Errorf("%d members of 5", n)
		}
		k.modify(3, types.FleetExcessCapacityTerminationPolicyNoTermination)
		pass(time.Minute)
		if n := len(k.members()); n != 5 {
			t.Errorf("no-termination ended %d of 5", 5-n)
		}
		_, err := k.c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: k.members()[:2]})
		must(t, err)
		pass(5 * time.Minute)
		if n := len(k.members()); n != 3 {
			t.Errorf("%d members: what is ended above the target must not come back", n)
		}
		k.modify(1, types.FleetExcessCapacityTerminationPolicyTermination)
		pass(time.Minute)
		if n := len(k.members()); n != 1 {
			t.Errorf("termination left %d of 1", n)
		}
		k.modify(0, "")
		pass(time.Minute)
		if n := len(k.members()); n != 0 {
			t.Errorf("%d members at target 0", n)
		}
	})
}

func rebalanced(in *ec2.CreateFleetInput) {
	in.SpotOptions.MaintenanceStrategies = &types.FleetSpotMaintenanceStrategiesRequest{CapacityRebalance: &types.FleetSpotCapacityRebalanceRequest{
		ReplacementStrategy: types.FleetReplacementStrategyLaunchBeforeTerminate, TerminationDelay: awssdk.Int32(600),
	}}
}

func TestAMaintainedFleetReplacesWhatIsAtRiskFirst(t *testing.T) {
	bubble(t, Options{Seed: 3, Scale: 1}, func(t *testing.T, w *World) {
		k := maintain(t, w, 2, rebalanced)
		pass(time.Minute)
		old := k.members()[0]
		must(t, w.Inject(Fault{Fault: "rebalance", Instance: old}))
		pass(time.Minute)
		if n := len(k.members()); n != 3 {
			t.Errorf("%d members: the replacement comes before the old one goes", n)
		}
		pass(9 * time.Minute)
		if m := k.members(); len(m) != 3 {
			t.Errorf("the old one goes after its delay only: %v", m)
		}
		pass(2 * time.Minute)
		if m := k.members(); len(m) != 2 || slices.Contains(m, old) {
			t.Errorf("after the delay: %v", m)
		}
		taken := k.members()[0]
		must(t, w.Interrupt(taken)) // the recommendation comes with the notice
		pass(time.Minute)
		if n := len(k.members()); n != 3 {
			t.Errorf("%d members during the notice", n)
		}
		pass(3 * time.Minute)
		if m := k.members(); len(m) != 2 || slices.Contains(m, taken) {
			t.Errorf("after the interruption: %v", m)
		}
	})
}

func TestAMaintainedFleetEnds(t *testing.T) {
	for _, tc := range []struct {
		name      string
		terminate bool
		left      int
	}{{"with its instances", true, 0}, {"without them", false, 2}} {
		t.Run("deleted "+tc.name, func(t *testing.T) {
			bubble(t, Options{Seed: 3, Scale: 1}, func(t *testing.T, w *World) {
				k := maintain(t, w, 2, nil)
				pass(time.Minute)
				ids := k.members()
				out, err := k.c.DeleteFleets(t.Context(), &ec2.DeleteFleetsInput{FleetIds: []string{k.id, "fleet-00000000-0000-0000-0000-000000000000"}, TerminateInstances: &tc.terminate})
				must(t, err)
				want := types.FleetStateCodeDeletedRunning
				if tc.terminate {
					want = types.FleetStateCodeDeleted // its last member is on its way
				}
				if len(out.SuccessfulFleetDeletions) != 1 || out.SuccessfulFleetDeletions[0].CurrentFleetState != want || len(out.UnsuccessfulFleetDeletions) != 1 {
					t.Errorf("%+v", out)
				}
				pass(5 * time.Minute)
				if n := w.Inventory().Counts["instance"]; n != tc.left {
					t.Errorf("%d instances are left, want %d", n, tc.left)
				}
				if tc.left > 0 { // nobody replaces them any more
					_, err = k.c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids})
					must(t, err)
					pass(5 * time.Minute)
				}
				if inv := w.Inventory(); inv.Counts["instance"] != 0 || inv.Counts["fleet"] != 0 {
					t.Errorf("%+v", inv.Counts)
				}
				if s := k.data().FleetState; s != types.FleetStateCodeDeleted {
					t.Errorf("state %s", s)
				}
			})
		})
		t.Run("expired "+tc.name, func(t *testing.T) {
			bubble(t, Options{Seed: 3, Scale: 1}, func(t *testing.T, w *World) {
				began := time.Now()
				k := maintain(t, w, 2, func(in *ec2.CreateFleetInput) {
					in.ValidUntil, in.TerminateInstancesWithExpiration = awssdk.Time(time.Now().Add(time.Hour)), &tc.terminate
				})
				pass(time.Hour + 5*time.Minute)
				if n := w.Inventory().Counts["instance"]; n != tc.left {
					t.Errorf("%d instances are left, want %d", n, tc.left)
				}
				if es := k.events(began); count(es, "expired") != 1 || count(es, "launched") != 2 {
					t.Errorf("history: %v", es)
				}
			})
		})
	}
}

func TestAMaintainedFleetTriesAgain(t *testing.T) {
	bubble(t, Options{Seed: 3, Scale: 1}, func(t *testing.T, w *World) {
		must(t, w.Inject(Fault{Fault: "no-capacity", Region: "us-east-1"}))
		began := time.Now()
		k := maintain(t, w, 2, nil)
		pass(2 * time.Minute)
		if n := len(k.members()); n != 0 {
			t.Fatalf("%d members without capacity", n)
		}
		if es := k.events(began); count(es, "allLaunchSpecsTemporarilyBlacklisted") == 0 {
			t.Errorf("history: %v", es)
		}
		w.ClearFaults()
		pass(2 * time.Minute)
		if n := len(k.members()); n != 2 {
			t.Errorf("%d members after capacity came back", n)
		}
	})
}

func TestMaintainedFleetRefusals(t *testing.T) {
	bubble(t, Options{Seed: 3}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		name := ready(t, c, "kept")
		for _, tc := range []struct {
			what, code string
			change     func(*ec2.CreateFleetInput)
		}{
			{"tags of instances", "InvalidParameterValue", func(in *ec2.CreateFleetInput) {
				in.TagSpecifications = append(in.TagSpecifications, types.TagSpecification{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: awssdk.String("a"), Value: awssdk.String("b")}}})
			}},
			{"an image in an override", "InvalidParameterCombination", func(in *ec2.CreateFleetInput) {
				in.LaunchTemplateConfigs[0].Overrides[0].ImageId = awssdk.String("ami-1")
			}},
			{"an end that has passed", "InvalidParameterValue", func(in *ec2.CreateFleetInput) { in.ValidUntil = awssdk.Time(time.Now().Add(-time.Hour)) }},
			{"a short delay", "InvalidParameterValue", func(in *ec2.CreateFleetInput) {
				rebalanced(in)
				in.SpotOptions.MaintenanceStrategies.CapacityRebalance.TerminationDelay = awssdk.Int32(60)
			}},
			{"the type request", "UnsupportedOperation", func(in *ec2.CreateFleetInput) { in.Type = types.FleetTypeRequest }},
		} {
			in := fleetOf(t, c, name, 1, tc.what)
			in.Type, in.TagSpecifications = types.FleetTypeMaintain, nil
			tc.change(in)
			if _, err := c.CreateFleet(t.Context(), in); code(err) != tc.code {
				t.Errorf("%s: %v", tc.what, err)
			}
		}
		instant, err := c.CreateFleet(t.Context(), fleetOf(t, c, name, 1, "instant"))
		must(t, err)
		if _, err := c.ModifyFleet(t.Context(), &ec2.ModifyFleetInput{FleetId: instant.FleetId, ExcessCapacityTerminationPolicy: "termination"}); code(err) != "UnsupportedOperation" {
			t.Errorf("modifying an instant fleet: %v", err)
		}
		if _, err := c.DescribeFleetInstances(t.Context(), &ec2.DescribeFleetInstancesInput{FleetId: instant.FleetId}); code(err) != "UnsupportedOperation" {
			t.Errorf("instances of an instant fleet: %v", err)
		}
	})
}
