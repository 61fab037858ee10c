package aws

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// ruleMark is the description of the rules that are ours to revoke. A rule that
// a person added has another one and stays.
const ruleMark = "spot-tui ssh"

// EnsureGroup implements fleet.Launcher. Security groups take no client token
// (aws-facts §1.6), so the name, which is unique in the VPC, serves as one.
func (r *region) EnsureGroup(ctx context.Context, q fleet.GroupRequest) (fleet.GroupID, error) {
	want, err := r.wanted(q)
	if err != nil {
		return "", err
	}
	g, err := r.findGroup(ctx, q)
	if err != nil {
		return "", err
	}
	if g == nil {
		if g, err = r.createGroup(ctx, q); err != nil {
			return "", err
		}
	}
	id := awssdk.ToString(g.GroupId)
	missing, stale := rules(g.IpPermissions, want)
	for _, w := range missing { // one by one: a duplicate would fail all of a call (aws-facts §6.2)
		err := settle(ctx, knownWithin, func() error {
			_, err := do(ctx, r, create("AuthorizeSecurityGroupIngress", "open the SSH port for "+cidr(w)+" in security group", id),
				&ec2.AuthorizeSecurityGroupIngressInput{GroupId: g.GroupId, IpPermissions: []types.IpPermission{w}}, r.ec2().AuthorizeSecurityGroupIngress)
			return err
		})
		if err != nil && code(err) != "InvalidPermission.Duplicate" {
			return "", err
		}
	}
	for _, p := range stale { // one by one: one that is gone already must not keep the others
		_, err := do(ctx, r, remove("RevokeSecurityGroupIngress", "close the SSH port for an old address in security group", id),
			&ec2.RevokeSecurityGroupIngressInput{GroupId: g.GroupId, IpPermissions: []types.IpPermission{p}}, r.ec2().RevokeSecurityGroupIngress)
		if err != nil && fleet.KindOf(err) != fleet.KindGone {
			return "", err
		}
	}
	return fleet.GroupID(id), nil
}

// wanted are the rules that the group should have, one per address range.
func (r *region) wanted(q fleet.GroupRequest) ([]types.IpPermission, error) {
	var out []types.IpPermission
	for _, from := range append([]string{q.SSHFrom}, q.More...) {
		p, err := netip.ParsePrefix(from)
		if err != nil || q.Port < 1 || q.Port > 65535 || q.VPC == "" {
			return nil, &fleet.Error{
				Op: "make the security group", Region: r.name, Resource: from, Kind: fleet.KindInvalid, Err: errors.New("the address range, port or VPC is not valid"),
				Hint: "set network.ssh_from to \"auto\" or to a range such as \"203.0.113.7/32\"",
			}
		}
		p = p.Masked()
		w := types.IpPermission{IpProtocol: awssdk.String("tcp"), FromPort: awssdk.Int32(int32(q.Port)), ToPort: awssdk.Int32(int32(q.Port))}
		if p.Addr().Is4() {
			w.IpRanges = []types.IpRange{{CidrIp: awssdk.String(p.String()), Description: awssdk.String(ruleMark)}}
		} else {
			w.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: awssdk.String(p.String()), Description: awssdk.String(ruleMark)}}
		}
		out = append(out, w)
	}
	return out, nil
}

// findGroup gives the fleet's group in the VPC, or nil. A group of that name
// without our tag is somebody else's.
func (r *region) findGroup(ctx context.Context, q fleet.GroupRequest) (*types.SecurityGroup, error) {
	name := fleet.RecordName(q.Fleet)
	var found *types.SecurityGroup
	err := r.groups(ctx, []types.Filter{filter("vpc-id", q.VPC), filter("group-name", name)}, func(g *types.SecurityGroup) { found = g })
	if err != nil || found == nil {
		return nil, err
	}
	if !ours(found.Tags, q.Fleet) {
		return nil, guard("use security group", r.name, name+" ("+awssdk.ToString(found.GroupId)+")", q.Fleet)
	}
	return found, nil
}

func (r *region) groups(ctx context.Context, fs []types.Filter, each func(*types.SecurityGroup)) error {
	return pages(r.op("list security groups"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeSecurityGroups", "list security groups"), &ec2.DescribeSecurityGroupsInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeSecurityGroups)
		if err != nil {
			return nil, err
		}
		for i := range out.SecurityGroups {
			each(&out.SecurityGroups[i])
		}
		return out.NextToken, nil
	})
}

func (r *region) createGroup(ctx context.Context, q fleet.GroupRequest) (*types.SecurityGroup, error) {
	name := fleet.RecordName(q.Fleet)
	out, err := do(ctx, r, create("CreateSecurityGroup", "make the security group", name), &ec2.CreateSecurityGroupInput{
		GroupName: awssdk.String(name), Description: awssdk.String("SSH to spot-tui fleet " + string(q.Fleet)), VpcId: awssdk.String(q.VPC),
		TagSpecifications: specs(tagsOf(withFleet(q.Tags, q.Fleet)), types.ResourceTypeSecurityGroup),
	}, r.ec2().CreateSecurityGroup)
	if err == nil {
		return &types.SecurityGroup{GroupId: out.GroupId}, nil
	}
	if code(err) != "InvalidGroup.Duplicate" {
		return nil, err
	}
	// Another machine was faster, or the last try's answer got lost: it may
	// take a moment until a describe shows it.
	var g *types.SecurityGroup
	lost := err
	err = settle(ctx, shownWithin, func() (err error) {
		if g, err = r.findGroup(ctx, q); err == nil && g == nil {
			return &fleet.Error{Op: "find security group", Region: r.name, Resource: name, Kind: fleet.KindGone, Err: errors.New("EC2 has it but does not show it")}
		}
		return err
	})
	if fleet.KindOf(err) == fleet.KindGone {
		return nil, lost
	}
	return g, err
}

// rules says which of the wanted rules are not among have, and which of our own
// rules are for other addresses or ports.
func rules(have, want []types.IpPermission) (missing, stale []types.IpPermission) {
	has := make([]bool, len(want))
	for _, p := range have {
		for _, one := range split(p) {
			at := slices.IndexFunc(want, func(w types.IpPermission) bool {
				return awssdk.ToString(p.IpProtocol) == "tcp" && awssdk.ToInt32(p.FromPort) == *w.FromPort && awssdk.ToInt32(p.ToPort) == *w.ToPort && cidr(one) == cidr(w)
			})
			switch {
			case at >= 0:
				has[at] = true
			case mark(one) == ruleMark:
				stale = append(stale, one)
			}
		}
	}
	for i, w := range want {
		if !has[i] {
			missing = append(missing, w)
		}
	}
	return missing, stale
}

// split gives one permission per address range: EC2 shows those of one port together.
func split(p types.IpPermission) []types.IpPermission {
	var ps []types.IpPermission
	one := types.IpPermission{IpProtocol: p.IpProtocol, FromPort: p.FromPort, ToPort: p.ToPort}
	for _, x := range p.IpRanges {
		v4 := one
		v4.IpRanges = []types.IpRange{x}
		ps = append(ps, v4)
	}
	for _, x := range p.Ipv6Ranges {
		v6 := one
		v6.Ipv6Ranges = []types.Ipv6Range{x}
		ps = append(ps, v6)
	}
	return ps
}

// cidr and mark read a permission that split made.
func cidr(p types.IpPermission) string {
	if len(p.IpRanges) > 0 {
		return awssdk.ToString(p.IpRanges[0].CidrIp)
	}
	return awssdk.ToString(p.Ipv6Ranges[0].CidrIpv6)
}

func mark(p types.IpPermission) string {
	if len(p.IpRanges) > 0 {
		return awssdk.ToString(p.IpRanges[0].Description)
	}
	return awssdk.ToString(p.Ipv6Ranges[0].Description)
}
