package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// EnsureKeeper implements fleet.Keeper with one CreateFleet of type maintain.
func (r *region) EnsureKeeper(ctx context.Context, q fleet.KeeperRequest) (fleet.KeeperID, error) {
	if len(q.Pools) == 0 || len(q.Templates) == 0 {
		return "", &fleet.Error{Op: "make the EC2 fleet", Region: r.name, Kind: fleet.KindInvalid, Err: errors.New("no pool or no launch template is named")}
	}
	in := keeperInput(q)
	var out *ec2.CreateFleetOutput
	// The templates were made a moment ago and may not be visible yet.
	err := settle(ctx, knownWithin, func() (err error) {
		out, err = do(ctx, r, create("CreateFleet", "make the EC2 fleet", ""), in, r.ec2().CreateFleet)
		return err
	})
	if err != nil {
		return "", err
	}
	return fleet.KeeperID(awssdk.ToString(out.FleetId)), nil
}

// keeperInput composes the request. The same q gives the same bytes: EC2 compares
// them when it sees a token again (aws-facts §1.6).
func keeperInput(q fleet.KeeperRequest) *ec2.CreateFleetInput {
	in := &ec2.CreateFleetInput{
		Type:        types.FleetTypeMaintain,
		ClientToken: awssdk.String(q.Token),
		TargetCapacitySpecification: &types.TargetCapacitySpecificationRequest{
			TotalTargetCapacity: awssdk.Int32(int32(q.Target)), DefaultTargetCapacityType: types.DefaultTargetCapacityTypeSpot,
		},
		// What is above the target stays: we alone decide which instance goes.
		ExcessCapacityTerminationPolicy: types.FleetExcessCapacityTerminationPolicyNoTermination,
		// A host that fails EC2's status checks is as good as lost.
		ReplaceUnhealthyInstances: awssdk.Bool(true),
		SpotOptions: &types.SpotOptionsRequest{
			AllocationStrategy:           types.SpotAllocationStrategyPriceCapacityOptimized, // omitted means lowest-price (aws-facts §1.2)
			InstanceInterruptionBehavior: types.SpotInstanceInterruptionBehaviorTerminate,
			MaintenanceStrategies: &types.FleetSpotMaintenanceStrategiesRequest{CapacityRebalance: &types.FleetSpotCapacityRebalanceRequest{
				ReplacementStrategy: types.FleetReplacementStrategyLaunchBeforeTerminate, TerminationDelay: awssdk.Int32(int32(q.Delay / time.Second)),
			}},
		},
		// Only the fleet itself: its instances get their templates' tags (aws-facts §1.2).
		TagSpecifications: specs(tagsOf(withFleet(q.Tags, q.Fleet)), types.ResourceTypeFleet),
	}
	if !q.EndsAt.IsZero() {
		// Without both, each instance that its own timer ends would be replaced, for ever.
		in.ValidUntil, in.TerminateInstancesWithExpiration = awssdk.Time(q.EndsAt.UTC().Truncate(time.Second)), awssdk.Bool(true)
	}
	for _, arch := range slices.Sorted(maps.Keys(q.Templates)) {
		c := types.FleetLaunchTemplateConfigRequest{LaunchTemplateSpecification: &types.FleetLaunchTemplateSpecificationRequest{
			LaunchTemplateName: awssdk.String(string(q.Templates[arch])), Version: awssdk.String("$Default"),
		}}
		for _, p := range q.Pools {
			if p.Arch == arch {
				c.Overrides = append(c.Overrides, types.FleetLaunchTemplateOverridesRequest{
					InstanceType: types.InstanceType(p.Type), SubnetId: awssdk.String(p.Subnet), AvailabilityZone: awssdk.String(string(p.Zone)),
				})
			}
		}
		if len(c.Overrides) > 0 {
			in.LaunchTemplateConfigs = append(in.LaunchTemplateConfigs, c)
		}
	}
	return in
}

// Keepers implements fleet.Keeper. DescribeFleets has no filter for tags, and
// lists fleets of type maintain without their ids (SDK DescribeFleetsInput).
func (r *region) Keepers(ctx context.Context, f fleet.Name) ([]fleet.KeeperState, error) {
	var ks []fleet.KeeperState
	err := r.fleets(ctx, &ec2.DescribeFleetsInput{}, func(d *types.FleetData) {
		if d.Type == types.FleetTypeMaintain && ours(d.Tags, f) && launches(d) {
			ks = append(ks, r.keeper(d))
		}
	})
	slices.SortStableFunc(ks, func(a, b fleet.KeeperState) int { return a.Made.Compare(b.Made) })
	return ks, err
}

// launches says whether a fleet can still launch anything.
func launches(d *types.FleetData) bool {
	switch d.FleetState {
	case types.FleetStateCodeDeleted, types.FleetStateCodeDeletedRunning, types.FleetStateCodeDeletedTerminatingInstances, types.FleetStateCodeFailed:
		return false
	default:
		return true
	}
}

func (r *region) keeper(d *types.FleetData) fleet.KeeperState {
	k := fleet.KeeperState{
		ID: fleet.KeeperID(awssdk.ToString(d.FleetId)), Region: r.name, State: string(d.FleetState), Fulfilled: int(awssdk.ToFloat64(d.FulfilledCapacity)),
		Owner: tag(d.Tags, fleet.TagOwner), Settings: tag(d.Tags, fleet.TagConfig), Made: awssdk.ToTime(d.CreateTime), EndsAt: awssdk.ToTime(d.ValidUntil),
	}
	if s := d.TargetCapacitySpecification; s != nil {
		k.Target = int(awssdk.ToInt32(s.TotalTargetCapacity))
	}
	want, err := strconv.Atoi(tag(d.Tags, fleet.TagTarget))
	if err != nil {
		want = k.Target // the tag is another's, or of another version: nothing is raised for it
	}
	k.Want = want
	return k
}

func (r *region) fleets(ctx context.Context, in *ec2.DescribeFleetsInput, each func(*types.FleetData)) error {
	return pages(r.op("list EC2 fleets"), func(token *string) (*string, error) {
		in.NextToken = token
		if len(in.FleetIds) == 0 {
			in.MaxResults = awssdk.Int32(pageSize)
		}
		out, err := do(ctx, r, read("DescribeFleets", "list EC2 fleets"), in, r.ec2().DescribeFleets)
		if err != nil {
			return nil, err
		}
		for i := range out.Fleets {
			each(&out.Fleets[i])
		}
		return out.NextToken, nil
	})
}

// fleetData looks at one fleet; nil where it is gone.
func (r *region) fleetData(ctx context.Context, id string) (*types.FleetData, error) {
	var found *types.FleetData
	err := r.fleets(ctx, &ec2.DescribeFleetsInput{FleetIds: []string{id}}, func(d *types.FleetData) {
		if awssdk.ToString(d.FleetId) == id {
			found = d
		}
	})
	if fleet.KindOf(err) == fleet.KindGone {
		err = nil
	}
	return found, err
}

// How long EC2 may take to work by a new target, and how often it is looked.
const (
	modifyLimit = 2 * time.Minute
	modifyPause = time.Second
)

// ModifyKeeper implements fleet.Keeper.
func (r *region) ModifyKeeper(ctx context.Context, f fleet.Name, c fleet.KeeperChange) error {
	const words = "change the EC2 fleet"
	ctx, cancel := context.WithTimeout(ctx, modifyLimit)
	defer cancel()
	d, err := r.idle(ctx, f, c.ID, words)
	if err != nil {
		return err
	}
	k := r.keeper(d)
	if k.Want != c.Want {
		if _, err := do(ctx, r, create("CreateTags", words, string(c.ID)), &ec2.CreateTagsInput{
			Resources: []string{string(c.ID)}, Tags: tagsOf(map[string]string{fleet.TagTarget: strconv.Itoa(c.Want)}),
		}, r.ec2().CreateTags); err != nil {
			return err
		}
	}
	if k.Target == c.Target && d.ExcessCapacityTerminationPolicy == types.FleetExcessCapacityTerminationPolicyNoTermination {
		return nil
	}
	if _, err := do(ctx, r, create("ModifyFleet", words, string(c.ID)), &ec2.ModifyFleetInput{
		FleetId: awssdk.String(string(c.ID)), ExcessCapacityTerminationPolicy: types.FleetExcessCapacityTerminationPolicyNoTermination,
		TargetCapacitySpecification: &types.TargetCapacitySpecificationRequest{
			TotalTargetCapacity: awssdk.Int32(int32(c.Target)), DefaultTargetCapacityType: types.DefaultTargetCapacityTypeSpot,
		},
	}, r.ec2().ModifyFleet); err != nil {
		return err
	}
	for { // while it is modified it still works by the old target
		d, err := r.idle(ctx, f, c.ID, words)
		if err != nil {
			return err
		}
		if r.keeper(d).Target == c.Target {
			return nil
		}
		if !rest(ctx, modifyPause) {
			return overdue(words, r.name, c.ID)
		}
	}
}

// idle waits until a fleet of ours is not being modified. KindGone where it can't
// launch any more.
func (r *region) idle(ctx context.Context, f fleet.Name, id fleet.KeeperID, words string) (*types.FleetData, error) {
	for {
		d, err := r.fleetData(ctx, string(id))
		switch {
		case err != nil:
			return nil, err
		case d == nil || !launches(d):
			return nil, &fleet.Error{Op: words, Region: r.name, Resource: string(id), Kind: fleet.KindGone, Err: errors.New("it has ended")}
		case !ours(d.Tags, f):
			return nil, guard(words, r.name, string(id), f)
		case d.FleetState == types.FleetStateCodeActive:
			return d, nil
		}
		if !rest(ctx, modifyPause) {
			return nil, overdue(words, r.name, id)
		}
	}
}

func overdue(words string, r fleet.Region, id fleet.KeeperID) error {
	return &fleet.Error{Op: words, Region: r, Resource: string(id), Kind: fleet.KindTimeout, Err: fmt.Errorf("EC2 has not taken it up within %s", modifyLimit), Hint: "try again in a minute"}
}

// DeleteKeeper implements fleet.Keeper. Its instances stay: who ends them does so
// by their own tags.
func (r *region) DeleteKeeper(ctx context.Context, f fleet.Name, id fleet.KeeperID) error {
	const words = "delete the EC2 fleet"
	d, err := r.fleetData(ctx, string(id))
	switch {
	case err != nil:
		return err
	case d == nil || !launches(d):
		return nil
	case !ours(d.Tags, f):
		return guard(words, r.name, string(id), f)
	case d.Type == types.FleetTypeInstant:
		return &fleet.Error{Op: words, Region: r.name, Resource: string(id), Kind: fleet.KindGuard, Err: errors.New("it is of type instant: deleting it would end its instances")}
	}
	return r.deleteFleet(ctx, string(id))
}

// holds says whether a fleet that has ended still has instances.
func holds(d *types.FleetData) bool {
	return (d.FleetState == types.FleetStateCodeDeletedRunning || d.FleetState == types.FleetStateCodeDeletedTerminatingInstances) && awssdk.ToFloat64(d.FulfilledCapacity) > 0
}

// endFleet is deleteFleet as a teardown does it: one that has ended already is in
// use for as long as EC2 counts instances of it.
func (r *region) endFleet(ctx context.Context, id string) error {
	d, err := r.fleetData(ctx, id)
	if err == nil && d != nil && !launches(d) {
		return &fleet.Error{Op: "delete the EC2 fleet", Region: r.name, Resource: id, Kind: fleet.KindConflict, Err: errors.New("it has ended, and its last instances are still ending")}
	}
	if err != nil {
		return err
	}
	return r.deleteFleet(ctx, id)
}

func (r *region) deleteFleet(ctx context.Context, id string) error {
	const words = "delete the EC2 fleet"
	out, err := do(ctx, r, remove("DeleteFleets", words, id), &ec2.DeleteFleetsInput{FleetIds: []string{id}, TerminateInstances: awssdk.Bool(false)}, r.ec2().DeleteFleets)
	if err != nil {
		return err
	}
	for _, u := range out.UnsuccessfulFleetDeletions { // inside an answer that says success
		if u.Error == nil || u.Error.Code == types.DeleteFleetErrorCodeFleetIdDoesNotExist {
			continue
		}
		e := &fleet.Error{Op: words, Region: r.name, Resource: id, Code: string(u.Error.Code), Kind: fleet.KindUnknown, Err: errors.New(awssdk.ToString(u.Error.Message))}
		if u.Error.Code == types.DeleteFleetErrorCodeFleetNotInDeletableState {
			e.Kind = fleet.KindConflict
		}
		return e
	}
	return nil
}
