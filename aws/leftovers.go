package aws

import (
	"context"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// lister lists one kind of what a fleet may leave behind. A new kind is one
// entry of leftoverListers and one of removers.
type lister func(context.Context, *region, fleet.Name) ([]fleet.Resource, error)

// leftoverListers stand in the order of removal (R10, aws-facts §6.3).
func leftoverListers() []lister {
	return []lister{keepers, liveInstances, spotRequests, interfaces, volumes, fleetGroups, fleetSubnets, fleetTables, fleetGateways, fleetVPCs, fleetTemplates}
}

// Leftovers implements fleet.Remover. The scans run side by side; one that
// fails fails the whole, since then nothing is proven.
func (r *region) Leftovers(ctx context.Context, f fleet.Name) ([]fleet.Resource, error) {
	listers := leftoverListers()
	found := make([][]fleet.Resource, len(listers))
	calls := make([]func() error, len(listers))
	for i, l := range listers {
		calls[i] = func() (err error) { found[i], err = l(ctx, r, f); return err }
	}
	if err := parallel(calls...); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

func (r *region) resource(k fleet.ResourceKind, id *string, state string, tags []types.Tag) fleet.Resource {
	return fleet.Resource{Kind: k, ID: awssdk.ToString(id), Region: r.name, State: state, Owner: tag(tags, fleet.TagOwner)}
}

// keepers lists the fleets of type maintain that can still launch. Deleted ones
// stay visible for two days and are nothing.
func keepers(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	ks, err := r.Keepers(ctx, f)
	rs := make([]fleet.Resource, 0, len(ks))
	for _, k := range ks {
		rs = append(rs, fleet.Resource{Kind: fleet.KindOfKeeper, ID: string(k.ID), Region: r.name, State: k.State, Owner: k.Owner})
	}
	return rs, err
}

func liveInstances(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	live := filter("instance-state-name", "pending", "running", "shutting-down", "stopping", "stopped")
	err := r.instances(ctx, []types.Filter{fleetFilter(f), live}, func(i *types.Instance) {
		if ours(i.Tags, f) && i.State != nil {
			rs = append(rs, r.resource(fleet.KindOfInstance, i.InstanceId, string(i.State.Name), i.Tags))
		}
	})
	return rs, err
}

func spotRequests(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.spotRequests(ctx, []types.Filter{fleetFilter(f), filter("state", "open", "active")}, func(s *types.SpotInstanceRequest) {
		if ours(s.Tags, f) && spotRequestLives(s) {
			rs = append(rs, r.resource(fleet.KindOfSpotRequest, s.SpotInstanceRequestId, string(s.State), s.Tags))
		}
	})
	return rs, err
}

// spotRequestLives says whether a request can still launch or hold something.
func spotRequestLives(s *types.SpotInstanceRequest) bool {
	return s.State == types.SpotInstanceStateOpen || s.State == types.SpotInstanceStateActive
}

func (r *region) spotRequests(ctx context.Context, fs []types.Filter, each func(*types.SpotInstanceRequest)) error {
	return pages(r.op("list spot requests"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeSpotInstanceRequests", "list spot requests"), &ec2.DescribeSpotInstanceRequestsInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeSpotInstanceRequests)
		if err != nil {
			return nil, err
		}
		for i := range out.SpotInstanceRequests {
			each(&out.SpotInstanceRequests[i])
		}
		return out.NextToken, nil
	})
}

func interfaces(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.interfaces(ctx, []types.Filter{fleetFilter(f)}, func(n *types.NetworkInterface) {
		if ours(n.TagSet, f) {
			rs = append(rs, r.resource(fleet.KindOfInterface, n.NetworkInterfaceId, string(n.Status), n.TagSet))
		}
	})
	return rs, err
}

func (r *region) interfaces(ctx context.Context, fs []types.Filter, each func(*types.NetworkInterface)) error {
	return pages(r.op("list network interfaces"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeNetworkInterfaces", "list network interfaces"), &ec2.DescribeNetworkInterfacesInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeNetworkInterfaces)
		if err != nil {
			return nil, err
		}
		for i := range out.NetworkInterfaces {
			each(&out.NetworkInterfaces[i])
		}
		return out.NextToken, nil
	})
}

func volumes(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.volumes(ctx, []types.Filter{fleetFilter(f)}, func(v *types.Volume) {
		if ours(v.Tags, f) && v.State != types.VolumeStateDeleted {
			rs = append(rs, r.resource(fleet.KindOfVolume, v.VolumeId, string(v.State), v.Tags))
		}
	})
	return rs, err
}

func (r *region) volumes(ctx context.Context, fs []types.Filter, each func(*types.Volume)) error {
	return pages(r.op("list volumes"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeVolumes", "list volumes"), &ec2.DescribeVolumesInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeVolumes)
		if err != nil {
			return nil, err
		}
		for i := range out.Volumes {
			each(&out.Volumes[i])
		}
		return out.NextToken, nil
	})
}

func fleetGroups(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.groups(ctx, []types.Filter{fleetFilter(f)}, func(g *types.SecurityGroup) {
		if ours(g.Tags, f) {
			one := r.resource(fleet.KindOfSecurityGroup, g.GroupId, "", g.Tags)
			one.Name = awssdk.ToString(g.GroupName)
			rs = append(rs, one)
		}
	})
	return rs, err
}

func fleetSubnets(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.subnets(ctx, []types.Filter{fleetFilter(f)}, func(s *types.Subnet) {
		if ours(s.Tags, f) {
			rs = append(rs, r.resource(fleet.KindOfSubnet, s.SubnetId, "", s.Tags))
		}
	})
	return rs, err
}

func fleetTables(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.tables(ctx, []types.Filter{fleetFilter(f)}, func(t *types.RouteTable) {
		if ours(t.Tags, f) {
			rs = append(rs, r.resource(fleet.KindOfRouteTable, t.RouteTableId, "", t.Tags))
		}
	})
	return rs, err
}

func fleetGateways(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.gateways(ctx, []types.Filter{fleetFilter(f)}, func(g *types.InternetGateway) {
		if ours(g.Tags, f) {
			rs = append(rs, r.resource(fleet.KindOfGateway, g.InternetGatewayId, "", g.Tags))
		}
	})
	return rs, err
}

func fleetVPCs(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.vpcs(ctx, []types.Filter{fleetFilter(f)}, func(v *types.Vpc) {
		if ours(v.Tags, f) {
			rs = append(rs, r.resource(fleet.KindOfVPC, v.VpcId, "", v.Tags))
		}
	})
	return rs, err
}

// fleetTemplates lists the record last of all: while it stands, the fleet is known.
func fleetTemplates(ctx context.Context, r *region, f fleet.Name) ([]fleet.Resource, error) {
	var rs, records []fleet.Resource
	err := r.templates(ctx, []types.Filter{fleetFilter(f)}, func(t *types.LaunchTemplate) {
		if !ours(t.Tags, f) {
			return
		}
		one := r.resource(fleet.KindOfTemplate, t.LaunchTemplateId, "", t.Tags)
		one.Name = awssdk.ToString(t.LaunchTemplateName)
		if one.Name == fleet.RecordName(f) {
			one.Kind = fleet.KindOfRecord
			records = append(records, one)
			return
		}
		rs = append(rs, one)
	})
	return append(rs, records...), err
}
