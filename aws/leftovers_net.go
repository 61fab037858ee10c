package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

func foundGroups(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.groups(ctx, []types.Filter{s.filter}, func(g *types.SecurityGroup) {
		if one, ok := r.found(s, fleet.KindOfSecurityGroup, g.GroupId, g.Tags); ok {
			one.Name, one.Detail = awssdk.ToString(g.GroupName), "in "+awssdk.ToString(g.VpcId)
			rs = append(rs, one)
		}
	})
	return rs, err
}

func foundSubnets(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.subnets(ctx, []types.Filter{s.filter}, func(n *types.Subnet) {
		if one, ok := r.found(s, fleet.KindOfSubnet, n.SubnetId, n.Tags); ok {
			one.Zone, one.Detail = fleet.Zone(awssdk.ToString(n.AvailabilityZone)), awssdk.ToString(n.CidrBlock)+" in "+awssdk.ToString(n.VpcId)
			rs = append(rs, one)
		}
	})
	return rs, err
}

func foundTables(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.tables(ctx, []types.Filter{s.filter}, func(t *types.RouteTable) {
		if one, ok := r.found(s, fleet.KindOfRouteTable, t.RouteTableId, t.Tags); ok {
			one.Detail = "in " + awssdk.ToString(t.VpcId)
			rs = append(rs, one)
		}
	})
	return rs, err
}

func foundGateways(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.gateways(ctx, []types.Filter{s.filter}, func(g *types.InternetGateway) {
		if one, ok := r.found(s, fleet.KindOfGateway, g.InternetGatewayId, g.Tags); ok {
			for _, a := range g.Attachments {
				one.Detail = "of " + awssdk.ToString(a.VpcId)
			}
			rs = append(rs, one)
		}
	})
	return rs, err
}

func foundVPCs(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.vpcs(ctx, []types.Filter{s.filter}, func(v *types.Vpc) {
		if one, ok := r.found(s, fleet.KindOfVPC, v.VpcId, v.Tags); ok {
			one.Name, one.Detail = tag(v.Tags, "Name"), awssdk.ToString(v.CidrBlock)
			rs = append(rs, one)
		}
	})
	return rs, err
}
