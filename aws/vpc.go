package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// tagBuilt says on a VPC that it was built to its end: a launch need not look
// at its parts again.
const tagBuilt = "spot-tui:network"

// zoneBits is how much longer a zone's prefix is than the VPC's: sixteen zones.
const zoneBits = 4

const everywhere = "0.0.0.0/0"

// EnsureNetwork implements fleet.Launcher. EC2 takes no token for a VPC, a
// subnet or a gateway (aws-facts §1.6): they are found again by tag, a subnet
// also by its address block, which follows from its zone.
func (r *region) EnsureNetwork(ctx context.Context, q fleet.NetworkRequest) (fleet.Network, error) {
	block, err := netip.ParsePrefix(q.CIDR)
	if err != nil || !block.Addr().Is4() || block.Bits() < 16 || block.Bits() > 20 {
		return fleet.Network{}, &fleet.Error{
			Op: "make the VPC", Region: r.name, Resource: q.CIDR, Kind: fleet.KindInvalid, Err: errors.New("it is no address block of /16 to /20"),
			Hint: "set network.cidr to a block such as \"10.77.0.0/16\"",
		}
	}
	q.Tags = withFleet(q.Tags, q.Fleet)
	b := &builder{r: r, q: q, block: block.Masked(), subnets: map[fleet.Zone]string{}}
	for _, step := range []func(context.Context) error{b.vpc, b.zones, b.gateway, b.routes, b.finish} {
		if err := step(ctx); err != nil {
			return fleet.Network{}, err
		}
	}
	return fleet.Network{VPC: b.id, Subnets: b.subnets}, nil
}

// builder makes one VPC. Each step looks for what is there before it makes
// what is missing.
type builder struct {
	r       *region
	q       fleet.NetworkRequest
	block   netip.Prefix
	id      string
	built   bool // it was whole already
	subnets map[fleet.Zone]string
	igw     string
}

// seen looks for something until it is there, or until EC2 would show what an
// earlier try may have made.
func (b *builder) seen(ctx context.Context, look func() (bool, error)) error {
	for {
		ok, err := look()
		if err != nil || ok || b.q.Before.IsZero() || time.Since(b.q.Before) > shownWithin {
			return err
		}
		if !rest(ctx, 5*time.Second) {
			return &fleet.Error{Op: "find the VPC", Region: b.r.name, Kind: fleet.KindCanceled, Err: ctx.Err()}
		}
	}
}

// vpc finds or makes the VPC itself. Of two, which only two machines at the same
// moment can make, the first by id counts on both.
func (b *builder) vpc(ctx context.Context) error {
	err := b.seen(ctx, func() (bool, error) {
		v, err := b.r.ownVPC(ctx, b.q.Fleet)
		if v != nil {
			b.id, b.built = awssdk.ToString(v.VpcId), tag(v.Tags, tagBuilt) != ""
			if block, err := netip.ParsePrefix(awssdk.ToString(v.CidrBlock)); err == nil {
				b.block = block // a changed config does not change a VPC that stands
			}
		}
		return b.id != "", err
	})
	if err != nil || b.id != "" {
		return err
	}
	out, err := do(ctx, b.r, createOnce("CreateVpc", "make the VPC", ""), &ec2.CreateVpcInput{
		CidrBlock: awssdk.String(b.block.String()), TagSpecifications: specs(tagsOf(b.q.Tags), types.ResourceTypeVpc),
	}, b.r.ec2().CreateVpc)
	if err != nil {
		return err
	}
	b.id = awssdk.ToString(out.Vpc.VpcId)
	return nil
}

// ownVPC finds the fleet's own VPC, or nil.
func (r *region) ownVPC(ctx context.Context, f fleet.Name) (*types.Vpc, error) {
	var found *types.Vpc
	err := r.vpcs(ctx, []types.Filter{fleetFilter(f)}, func(v *types.Vpc) {
		if ours(v.Tags, f) && (found == nil || awssdk.ToString(v.VpcId) < awssdk.ToString(found.VpcId)) {
			found = v
		}
	})
	return found, err
}

func (r *region) vpcs(ctx context.Context, fs []types.Filter, each func(*types.Vpc)) error {
	return pages(r.op("list VPCs"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeVpcs", "list VPCs"), &ec2.DescribeVpcsInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeVpcs)
		if err != nil {
			return nil, err
		}
		for i := range out.Vpcs {
			each(&out.Vpcs[i])
		}
		return out.NextToken, nil
	})
}

// zones makes a public subnet in each zone that has none.
func (b *builder) zones(ctx context.Context) error {
	public := map[fleet.Zone]bool{}
	err := b.r.subnets(ctx, []types.Filter{filter("vpc-id", b.id)}, func(s *types.Subnet) {
		z := fleet.Zone(awssdk.ToString(s.AvailabilityZone))
		b.subnets[z], public[z] = awssdk.ToString(s.SubnetId), awssdk.ToBool(s.MapPublicIpOnLaunch)
	})
	if err != nil {
		return err
	}
	for _, z := range b.q.Zones {
		if b.subnets[z] == "" {
			if b.subnets[z], err = b.subnet(ctx, z); err != nil {
				return err
			}
			b.built = false
		}
		if !public[z] {
			b.built = false
			if err := b.open(ctx, b.subnets[z]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *region) subnets(ctx context.Context, fs []types.Filter, each func(*types.Subnet)) error {
	return pages(r.op("list subnets"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeSubnets", "list subnets"), &ec2.DescribeSubnetsInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeSubnets)
		if err != nil {
			return nil, err
		}
		for i := range out.Subnets {
			each(&out.Subnets[i])
		}
		return out.NextToken, nil
	})
}

// cidrOf is a zone's part of the VPC: by the letter at the end of its name, so
// that it is the same in every try.
func cidrOf(vpc netip.Prefix, z fleet.Zone) (netip.Prefix, error) {
	n := int(z[len(z)-1]) - 'a'
	if n < 0 || n >= 1<<zoneBits {
		return netip.Prefix{}, errors.New("the zone " + string(z) + " has no letter from a to p")
	}
	a := vpc.Addr().As4()
	v := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	v += uint32(n) << (32 - vpc.Bits() - zoneBits)
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), vpc.Bits()+zoneBits), nil
}

func (b *builder) subnet(ctx context.Context, z fleet.Zone) (string, error) {
	block, err := cidrOf(b.block, z)
	if err != nil {
		return "", &fleet.Error{Op: "make a subnet", Region: b.r.name, Kind: fleet.KindInvalid, Err: err, Hint: "leave the zone out with the region's zones"}
	}
	id := ""
	err = settle(ctx, knownWithin, func() error {
		out, err := do(ctx, b.r, create("CreateSubnet", "make a subnet in "+string(z)+" of", b.id), &ec2.CreateSubnetInput{
			VpcId: &b.id, CidrBlock: awssdk.String(block.String()), AvailabilityZone: awssdk.String(string(z)),
			TagSpecifications: specs(tagsOf(b.q.Tags), types.ResourceTypeSubnet),
		}, b.r.ec2().CreateSubnet)
		if err == nil {
			id = awssdk.ToString(out.Subnet.SubnetId)
		}
		return err
	})
	if code(err) != "InvalidSubnet.Conflict" {
		return id, err
	}
	// An earlier try made it, and EC2 does not show it yet.
	return id, settle(ctx, shownWithin, func() error {
		look := b.r.subnets(ctx, []types.Filter{filter("vpc-id", b.id), filter("cidr-block", block.String())}, func(s *types.Subnet) { id = awssdk.ToString(s.SubnetId) })
		if look == nil && id == "" {
			return &fleet.Error{Op: "find the subnet of", Region: b.r.name, Resource: string(z), Kind: fleet.KindGone, Err: errors.New("EC2 has it but does not show it")}
		}
		return look
	})
}

func (b *builder) open(ctx context.Context, subnet string) error {
	return settle(ctx, knownWithin, func() error {
		_, err := do(ctx, b.r, create("ModifySubnetAttribute", "have public addresses given in", subnet), &ec2.ModifySubnetAttributeInput{
			SubnetId: &subnet, MapPublicIpOnLaunch: &types.AttributeBooleanValue{Value: awssdk.Bool(true)},
		}, b.r.ec2().ModifySubnetAttribute)
		return err
	})
}

// gateway finds or makes the internet gateway and attaches it.
func (b *builder) gateway(ctx context.Context) error {
	if b.built {
		return nil
	}
	attached := false
	err := b.seen(ctx, func() (bool, error) {
		err := b.r.gateways(ctx, []types.Filter{fleetFilter(b.q.Fleet)}, func(g *types.InternetGateway) {
			on := slices.ContainsFunc(g.Attachments, func(a types.InternetGatewayAttachment) bool { return awssdk.ToString(a.VpcId) == b.id })
			if ours(g.Tags, b.q.Fleet) && (on || len(g.Attachments) == 0 && !attached) {
				b.igw, attached = awssdk.ToString(g.InternetGatewayId), on
			}
		})
		return b.igw != "", err
	})
	if err != nil {
		return err
	}
	if b.igw == "" {
		out, err := do(ctx, b.r, createOnce("CreateInternetGateway", "make the internet gateway", ""), &ec2.CreateInternetGatewayInput{
			TagSpecifications: specs(tagsOf(b.q.Tags), types.ResourceTypeInternetGateway),
		}, b.r.ec2().CreateInternetGateway)
		if err != nil {
			return err
		}
		b.igw = awssdk.ToString(out.InternetGateway.InternetGatewayId)
	}
	if attached {
		return nil
	}
	err = settle(ctx, knownWithin, func() error {
		_, err := do(ctx, b.r, create("AttachInternetGateway", "attach the internet gateway", b.igw), &ec2.AttachInternetGatewayInput{InternetGatewayId: &b.igw, VpcId: &b.id}, b.r.ec2().AttachInternetGateway)
		return err
	})
	if code(err) == "Resource.AlreadyAssociated" { // by the try whose answer got lost
		return nil
	}
	return err
}

func (r *region) gateways(ctx context.Context, fs []types.Filter, each func(*types.InternetGateway)) error {
	return pages(r.op("list internet gateways"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeInternetGateways", "list internet gateways"), &ec2.DescribeInternetGatewaysInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeInternetGateways)
		if err != nil {
			return nil, err
		}
		for i := range out.InternetGateways {
			each(&out.InternetGateways[i])
		}
		return out.NextToken, nil
	})
}

// routes finds or makes the route table, with a way out, for every subnet.
func (b *builder) routes(ctx context.Context) error {
	if b.built {
		return nil
	}
	table, err := b.table(ctx)
	if err != nil {
		return err
	}
	id := awssdk.ToString(table.RouteTableId)
	if !slices.ContainsFunc(table.Routes, func(r types.Route) bool { return awssdk.ToString(r.DestinationCidrBlock) == everywhere }) {
		err := settle(ctx, knownWithin, func() error {
			_, err := do(ctx, b.r, create("CreateRoute", "make the route to the internet in", id), &ec2.CreateRouteInput{
				RouteTableId: &id, DestinationCidrBlock: awssdk.String(everywhere), GatewayId: &b.igw,
			}, b.r.ec2().CreateRoute)
			return err
		})
		if err != nil && code(err) != "RouteAlreadyExists" {
			return err
		}
	}
	for _, z := range slices.Sorted(maps.Keys(b.subnets)) {
		subnet := b.subnets[z]
		if slices.ContainsFunc(table.Associations, func(a types.RouteTableAssociation) bool { return awssdk.ToString(a.SubnetId) == subnet }) {
			continue
		}
		err := settle(ctx, knownWithin, func() error {
			_, err := do(ctx, b.r, create("AssociateRouteTable", "use the route table in", subnet), &ec2.AssociateRouteTableInput{RouteTableId: &id, SubnetId: &subnet}, b.r.ec2().AssociateRouteTable)
			return err
		})
		if err != nil && code(err) != "Resource.AlreadyAssociated" {
			return err
		}
	}
	return nil
}

// table finds or makes the VPC's public route table. It takes a token, which
// follows from the VPC: there is never a second one.
func (b *builder) table(ctx context.Context) (*types.RouteTable, error) {
	var found *types.RouteTable
	err := b.r.tables(ctx, []types.Filter{filter("vpc-id", b.id), fleetFilter(b.q.Fleet)}, func(t *types.RouteTable) {
		if ours(t.Tags, b.q.Fleet) {
			found = t
		}
	})
	if err != nil || found != nil {
		return found, err
	}
	sum := sha256.Sum256([]byte("route table of " + b.id))
	err = settle(ctx, knownWithin, func() error {
		out, err := do(ctx, b.r, create("CreateRouteTable", "make the route table of", b.id), &ec2.CreateRouteTableInput{
			VpcId: &b.id, ClientToken: awssdk.String("spot-tui-" + hex.EncodeToString(sum[:20])), TagSpecifications: specs(tagsOf(b.q.Tags), types.ResourceTypeRouteTable),
		}, b.r.ec2().CreateRouteTable)
		if err == nil {
			found = out.RouteTable
		}
		return err
	})
	return found, err
}

func (r *region) tables(ctx context.Context, fs []types.Filter, each func(*types.RouteTable)) error {
	return pages(r.op("list route tables"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeRouteTables", "list route tables"), &ec2.DescribeRouteTablesInput{
			Filters: fs, MaxResults: awssdk.Int32(100), NextToken: token, // 100 is its largest page (EC2 API reference)
		}, r.ec2().DescribeRouteTables)
		if err != nil {
			return nil, err
		}
		for i := range out.RouteTables {
			each(&out.RouteTables[i])
		}
		return out.NextToken, nil
	})
}

// finish turns on names and marks the VPC as built. Last, so that the mark
// means that all of it is there.
func (b *builder) finish(ctx context.Context) error {
	if b.built {
		return nil
	}
	on := &types.AttributeBooleanValue{Value: awssdk.Bool(true)}
	for _, in := range []*ec2.ModifyVpcAttributeInput{{VpcId: &b.id, EnableDnsSupport: on}, {VpcId: &b.id, EnableDnsHostnames: on}} { // one per call (aws-facts §6.1)
		if _, err := do(ctx, b.r, create("ModifyVpcAttribute", "turn names on in", b.id), in, b.r.ec2().ModifyVpcAttribute); err != nil {
			return err
		}
	}
	_, err := do(ctx, b.r, create("CreateTags", "mark the VPC as built", b.id), &ec2.CreateTagsInput{
		Resources: []string{b.id}, Tags: tagsOf(map[string]string{tagBuilt: "built"}),
	}, b.r.ec2().CreateTags)
	return err
}
