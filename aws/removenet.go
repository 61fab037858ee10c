package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// networkRemover gives what takes a part of a VPC away. Each is refused by EC2
// while something hangs on it (aws-facts §6.3).
func networkRemover(k fleet.ResourceKind) remover {
	switch k {
	case fleet.KindOfSubnet:
		return remover{lookSubnet, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteSubnet", "delete subnet", id), &ec2.DeleteSubnetInput{SubnetId: &id}, r.ec2().DeleteSubnet)
			return err
		}}
	case fleet.KindOfRouteTable:
		return remover{lookTable, deleteTable}
	case fleet.KindOfGateway:
		return remover{lookGateway, deleteGateway}
	default:
		return remover{lookVPC, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteVpc", "delete VPC", id), &ec2.DeleteVpcInput{VpcId: &id}, r.ec2().DeleteVpc)
			return err
		}}
	}
}

func lookSubnet(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.subnets(ctx, []types.Filter{filter("subnet-id", id)}, func(s *types.Subnet) { tags, ok = s.Tags, true })
	return tags, ok, err
}

func lookTable(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.tables(ctx, []types.Filter{filter("route-table-id", id)}, func(t *types.RouteTable) { tags, ok = t.Tags, true })
	return tags, ok, err
}

func lookGateway(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.gateways(ctx, []types.Filter{filter("internet-gateway-id", id)}, func(g *types.InternetGateway) { tags, ok = g.Tags, true })
	return tags, ok, err
}

func lookVPC(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.vpcs(ctx, []types.Filter{filter("vpc-id", id)}, func(v *types.Vpc) { tags, ok = v.Tags, true })
	return tags, ok, err
}

// deleteTable unties a route table from its subnets first.
func deleteTable(ctx context.Context, r *region, id string) error {
	var ties []string
	err := r.tables(ctx, []types.Filter{filter("route-table-id", id)}, func(t *types.RouteTable) {
		for _, a := range t.Associations {
			if !awssdk.ToBool(a.Main) {
				ties = append(ties, awssdk.ToString(a.RouteTableAssociationId))
			}
		}
	})
	if err != nil {
		return err
	}
	for _, a := range ties {
		_, err := do(ctx, r, remove("DisassociateRouteTable", "untie route table", id), &ec2.DisassociateRouteTableInput{AssociationId: &a}, r.ec2().DisassociateRouteTable)
		if err != nil && fleet.KindOf(err) != fleet.KindGone {
			return err
		}
	}
	_, err = do(ctx, r, remove("DeleteRouteTable", "delete route table", id), &ec2.DeleteRouteTableInput{RouteTableId: &id}, r.ec2().DeleteRouteTable)
	return err
}

// deleteGateway detaches an internet gateway first.
func deleteGateway(ctx context.Context, r *region, id string) error {
	var from []*string
	err := r.gateways(ctx, []types.Filter{filter("internet-gateway-id", id)}, func(g *types.InternetGateway) {
		for _, a := range g.Attachments {
			from = append(from, a.VpcId)
		}
	})
	if err != nil {
		return err
	}
	for _, vpc := range from {
		_, err := do(ctx, r, remove("DetachInternetGateway", "detach internet gateway", id), &ec2.DetachInternetGatewayInput{InternetGatewayId: &id, VpcId: vpc}, r.ec2().DetachInternetGateway)
		if err != nil && fleet.KindOf(err) != fleet.KindGone {
			return err
		}
	}
	_, err = do(ctx, r, remove("DeleteInternetGateway", "delete internet gateway", id), &ec2.DeleteInternetGatewayInput{InternetGatewayId: &id}, r.ec2().DeleteInternetGateway)
	return err
}
