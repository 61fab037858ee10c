package aws

import (
	"context"
	"errors"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// Launch implements fleet.Launcher with one CreateFleet of type instant.
func (r *region) Launch(ctx context.Context, q fleet.LaunchRequest) (fleet.LaunchResult, error) {
	if len(q.Pools) == 0 || q.Count < 1 {
		return fleet.LaunchResult{}, &fleet.Error{Op: "launch instances", Region: r.name, Kind: fleet.KindInvalid, Err: errors.New("no pool or no instance is asked for")}
	}
	in := fleetInput(q)
	var out *ec2.CreateFleetOutput
	// The template was made a moment ago and may not be visible yet. A call that
	// is refused as a whole has used up no token.
	err := settle(ctx, knownWithin, func() (err error) {
		out, err = do(ctx, r, create("CreateFleet", "launch instances", ""), in, r.ec2().CreateFleet)
		if code(err) == "IdempotentInstanceTerminated" {
			return &terminal{err} // gone for good: waiting won't bring it back
		}
		return err
	})
	var t *terminal
	if errors.As(err, &t) {
		err = t.err
	}
	if err != nil {
		return fleet.LaunchResult{}, err
	}
	return r.launched(q, out), nil
}

// terminal hides an error's kind from settle.
type terminal struct{ err error }

func (t *terminal) Error() string { return t.err.Error() }

// fleetInput composes the request. The same q gives the same bytes: EC2
// compares them when it sees a token again (aws-facts §1.6).
func fleetInput(q fleet.LaunchRequest) *ec2.CreateFleetInput {
	overrides := make([]types.FleetLaunchTemplateOverridesRequest, 0, len(q.Pools))
	for _, p := range q.Pools {
		o := types.FleetLaunchTemplateOverridesRequest{
			InstanceType: types.InstanceType(p.Type),
			SubnetId:     awssdk.String(p.Subnet),
			// Redundant beside the subnet, but errors then name their pool (aws-facts §1.3).
			AvailabilityZone: awssdk.String(string(p.Zone)),
		}
		if p.Image != "" {
			o.ImageId = awssdk.String(p.Image)
		}
		overrides = append(overrides, o)
	}
	in := &ec2.CreateFleetInput{
		Type:        types.FleetTypeInstant, // the default, maintain, would relaunch for ever (aws-facts §1.1)
		ClientToken: awssdk.String(q.Token),
		TargetCapacitySpecification: &types.TargetCapacitySpecificationRequest{
			TotalTargetCapacity: awssdk.Int32(int32(q.Count)), DefaultTargetCapacityType: types.DefaultTargetCapacityTypeSpot,
		},
		LaunchTemplateConfigs: []types.FleetLaunchTemplateConfigRequest{{
			LaunchTemplateSpecification: &types.FleetLaunchTemplateSpecificationRequest{
				LaunchTemplateName: awssdk.String(string(q.Template)), Version: awssdk.String("$Default"),
			},
			Overrides: overrides,
		}},
		TagSpecifications: specs(tagsOf(withFleet(q.Tags, q.Fleet)),
			types.ResourceTypeFleet, types.ResourceTypeInstance, types.ResourceTypeVolume, types.ResourceTypeNetworkInterface),
	}
	if q.OnDemand {
		in.TargetCapacitySpecification.DefaultTargetCapacityType = types.DefaultTargetCapacityTypeOnDemand
		in.OnDemandOptions = &types.OnDemandOptionsRequest{AllocationStrategy: types.FleetOnDemandAllocationStrategyLowestPrice}
		return in
	}
	in.SpotOptions = &types.SpotOptionsRequest{
		AllocationStrategy:           types.SpotAllocationStrategyPriceCapacityOptimized, // omitted means lowest-price (aws-facts §1.2)
		InstanceInterruptionBehavior: types.SpotInstanceInterruptionBehaviorTerminate,
	}
	return in
}

// launched reads the answer: instances first, since errors and instances come
// side by side and an instance that is overlooked costs money (aws-facts §1.4).
func (r *region) launched(q fleet.LaunchRequest, out *ec2.CreateFleetOutput) fleet.LaunchResult {
	res := fleet.LaunchResult{FleetID: awssdk.ToString(out.FleetId)}
	for _, i := range out.Instances {
		t, z := pool(q, i.LaunchTemplateAndOverrides)
		if i.InstanceType != "" {
			t = fleet.InstanceType(i.InstanceType)
		}
		if i.AvailabilityZone != nil {
			z = fleet.Zone(*i.AvailabilityZone)
		}
		for _, id := range i.InstanceIds {
			res.Instances = append(res.Instances, fleet.Launched{ID: fleet.InstanceID(id), Type: t, Zone: z, OnDemand: q.OnDemand})
		}
	}
	for _, fe := range out.Errors {
		t, z := pool(q, fe.LaunchTemplateAndOverrides)
		c := awssdk.ToString(fe.ErrorCode)
		e := &fleet.Error{
			Op: "launch", Region: r.name, Resource: strings.TrimSpace(string(t) + " " + string(z)), Code: c,
			Kind: kindOf(c, creates), Err: errors.New(strings.TrimRight(awssdk.ToString(fe.ErrorMessage), ". ")),
		}
		r.a.advise(e, action{service: "ec2", api: "CreateFleet", class: creates})
		res.Errors = append(res.Errors, e)
	}
	if len(res.Instances) == 0 && len(res.Errors) == 0 {
		res.Errors = []*fleet.Error{{
			Op: "launch", Region: r.name, Kind: fleet.KindCapacity, Err: errors.New("EC2 gave no instances and no reason"),
			Hint: "add instance types or regions, or try again later",
		}}
	}
	return res
}

// pool tells which pool an entry of the answer is about.
func pool(q fleet.LaunchRequest, l *types.LaunchTemplateAndOverridesResponse) (fleet.InstanceType, fleet.Zone) {
	if l == nil || l.Overrides == nil {
		return "", ""
	}
	t, z := fleet.InstanceType(l.Overrides.InstanceType), fleet.Zone(awssdk.ToString(l.Overrides.AvailabilityZone))
	if z == "" {
		for _, p := range q.Pools {
			if p.Subnet == awssdk.ToString(l.Overrides.SubnetId) {
				return t, p.Zone
			}
		}
	}
	return t, z
}
