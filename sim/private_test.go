package sim

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	xssh "golang.org/x/crypto/ssh"
)

// twoFamilies makes a VPC with IPv6, a subnet of both families and one of IPv6
// only, with a way out for IPv6, and a group that lets a block in.
func twoFamilies(t *testing.T, c *ec2.Client, from types.IpPermission) (vpc, both, six, table, group string) {
	t.Helper()
	ctx := t.Context()
	v, err := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.9.0.0/16"), AmazonProvidedIpv6CidrBlock: awssdk.Bool(true)})
	must(t, err)
	vpc = *v.Vpc.VpcId
	block := netip.MustParsePrefix(*v.Vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock)
	part := func(n byte) *string {
		b := block.Addr().As16()
		b[7] = n
		return awssdk.String(netip.PrefixFrom(netip.AddrFrom16(b), 64).String())
	}
	s, err := c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: awssdk.String("10.9.1.0/24"), Ipv6CidrBlock: part(1)})
	must(t, err)
	both = *s.Subnet.SubnetId
	s, err = c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &vpc, Ipv6Native: awssdk.Bool(true), Ipv6CidrBlock: part(2)})
	must(t, err)
	if s.Subnet.CidrBlock != nil || !*s.Subnet.Ipv6Native {
		t.Errorf("an IPv6-only subnet: %+v", s.Subnet)
	}
	six = *s.Subnet.SubnetId
	if _, err := c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: awssdk.String("10.9.2.0/24"), Ipv6CidrBlock: part(2)}); code(err) != "InvalidSubnet.Conflict" {
		t.Errorf("the same block twice: %v", err)
	}
	g, err := c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
	must(t, err)
	_, err = c.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: g.InternetGateway.InternetGatewayId, VpcId: &vpc})
	must(t, err)
	tables, err := c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{{Name: awssdk.String("vpc-id"), Values: []string{vpc}}}})
	must(t, err)
	table = *tables.RouteTables[0].RouteTableId
	_, err = c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationIpv6CidrBlock: awssdk.String("::/0"), GatewayId: g.InternetGateway.InternetGatewayId})
	must(t, err)
	sg, err := c.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: awssdk.String("mine"), Description: awssdk.String("mine"), VpcId: &vpc})
	must(t, err)
	from.IpProtocol, from.FromPort, from.ToPort = awssdk.String("tcp"), awssdk.Int32(22), awssdk.Int32(22)
	_, err = c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: sg.GroupId, IpPermissions: []types.IpPermission{from}})
	must(t, err)
	return vpc, both, six, table, *sg.GroupId
}

// runIn launches one instance into a subnet and waits until its sshd is up.
func runIn(t *testing.T, c *ec2.Client, subnet, group string, public bool) types.Instance {
	t.Helper()
	out, err := c.RunInstances(t.Context(), &ec2.RunInstancesInput{
		MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), ImageId: awssdk.String("resolve:ssm:/aws/service/debian/release/12/latest/amd64"), InstanceType: "t3.medium",
		NetworkInterfaces: []types.InstanceNetworkInterfaceSpecification{{
			DeviceIndex: awssdk.Int32(0), SubnetId: &subnet, Groups: []string{group}, AssociatePublicIpAddress: &public, Ipv6AddressCount: awssdk.Int32(1),
		}},
	})
	must(t, err)
	pass(40 * time.Second)
	return describe(t, c, *out.Instances[0].InstanceId)
}

// openTo says whether something answers under an address.
func openTo(t *testing.T, dial func(context.Context, string, string) (net.Conn, error), addr string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := dial(ctx, "tcp", net.JoinHostPort(addr, "22"))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func TestPrivateInstancesAreReachedFromInsideOnly(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		_, both, _, _, group := twoFamilies(t, c, types.IpPermission{IpRanges: []types.IpRange{{CidrIp: awssdk.String("10.9.0.0/16")}}})
		i := runIn(t, c, both, group, false)
		if i.PublicIpAddress != nil || i.Ipv6Address == nil {
			t.Errorf("addresses %v, %v", i.PublicIpAddress, i.Ipv6Address)
		}
		if openTo(t, w.Dial, *i.PrivateIpAddress) {
			t.Error("the world reaches a private address")
		}
		if !openTo(t, w.dialInside, *i.PrivateIpAddress) {
			t.Error("the jump host does not reach a private address")
		}
		if openTo(t, w.dialInside, *i.Ipv6Address) {
			t.Error("no rule lets the jump host in by IPv6")
		}
		raw, err := w.Dial(t.Context(), "tcp", net.JoinHostPort(JumpAddress, "22"))
		must(t, err)
		conn, channels, requests, err := xssh.NewClientConn(raw, JumpAddress, &xssh.ClientConfig{User: "me", HostKeyCallback: xssh.InsecureIgnoreHostKey()})
		must(t, err)
		jump := xssh.NewClient(conn, channels, requests)
		defer jump.Close()
		through, err := jump.Dial("tcp", net.JoinHostPort(*i.PrivateIpAddress, "22"))
		must(t, err)
		through.Close()
	})
}

func TestIPv6(t *testing.T) {
	me := netip.MustParseAddr("2001:db8:ffff::7")
	bubble(t, Options{CallerIPv6: me}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		_, _, six, table, group := twoFamilies(t, c, types.IpPermission{Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: awssdk.String(me.String() + "/128")}}})
		_, err := c.RunInstances(t.Context(), &ec2.RunInstancesInput{
			MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), ImageId: awssdk.String("resolve:ssm:/aws/service/debian/release/12/latest/amd64"), InstanceType: "t3.medium",
			NetworkInterfaces: []types.InstanceNetworkInterfaceSpecification{{DeviceIndex: awssdk.Int32(0), SubnetId: &six, AssociatePublicIpAddress: awssdk.Bool(true)}},
		})
		if code(err) != "InvalidParameterCombination" {
			t.Errorf("a public IPv4 address where there is no IPv4: %v", err)
		}
		i := runIn(t, c, six, group, false)
		if i.PrivateIpAddress != nil || i.PublicIpAddress != nil || i.Ipv6Address == nil {
			t.Fatalf("addresses %v, %v, %v", i.PrivateIpAddress, i.PublicIpAddress, i.Ipv6Address)
		}
		if !openTo(t, w.Dial, *i.Ipv6Address) {
			t.Error("nobody answers under the IPv6 address")
		}
		_, err = c.DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &table, DestinationIpv6CidrBlock: awssdk.String("::/0")})
		must(t, err)
		if openTo(t, w.Dial, *i.Ipv6Address) {
			t.Error("somebody answers without a route back")
		}
	})
}

func TestWaysOutThatLetNobodyIn(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		ctx := t.Context()
		vpc, both, _, table, _ := twoFamilies(t, c, types.IpPermission{IpRanges: []types.IpRange{{CidrIp: awssdk.String("10.9.0.0/16")}}})
		nat, err := c.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: &both})
		must(t, err)
		_, err = c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: awssdk.String("0.0.0.0/0"), NatGatewayId: nat.NatGateway.NatGatewayId})
		must(t, err)
		egress, err := c.CreateEgressOnlyInternetGateway(ctx, &ec2.CreateEgressOnlyInternetGatewayInput{VpcId: &vpc})
		must(t, err)
		second, err := c.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &vpc})
		must(t, err)
		_, err = c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: second.RouteTable.RouteTableId, DestinationIpv6CidrBlock: awssdk.String("::/0"), EgressOnlyInternetGatewayId: egress.EgressOnlyInternetGateway.EgressOnlyInternetGatewayId})
		must(t, err)
		if _, err := c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &vpc}); code(err) != "DependencyViolation" {
			t.Errorf("a VPC with gateways: %v", err)
		}
		_, err = c.DeleteNatGateway(ctx, &ec2.DeleteNatGatewayInput{NatGatewayId: nat.NatGateway.NatGatewayId})
		must(t, err)
		_, err = c.DeleteEgressOnlyInternetGateway(ctx, &ec2.DeleteEgressOnlyInternetGatewayInput{EgressOnlyInternetGatewayId: egress.EgressOnlyInternetGateway.EgressOnlyInternetGatewayId})
		must(t, err)
		out, err := c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{table, *second.RouteTable.RouteTableId}})
		must(t, err)
		lost := 0
		for _, tb := range out.RouteTables {
			for _, r := range tb.Routes {
				if r.State == types.RouteStateBlackhole {
					lost++
				}
			}
		}
		if lost != 2 {
			t.Errorf("%d routes lead nowhere, want 2: %+v", lost, out.RouteTables)
		}
	})
}

// TestDeny: what is not allowed is refused for real and in a dry run, and
// everything else goes on.
func TestDeny(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		must(t, w.Inject(Fault{Fault: "deny", Op: "CreateVpc"}))
		for _, dry := range []bool{true, false} {
			if _, err := c.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.9.0.0/16"), DryRun: &dry}); code(err) != "UnauthorizedOperation" {
				t.Errorf("dry %v: %v", dry, err)
			}
		}
		if _, err := c.CreateInternetGateway(t.Context(), &ec2.CreateInternetGatewayInput{DryRun: awssdk.Bool(true)}); code(err) != "DryRunOperation" {
			t.Errorf("another call: %v", err)
		}
		if _, err := w.Dial(t.Context(), "tcp", "no.such.host:22"); !errors.Is(err, syscall.ETIMEDOUT) {
			t.Errorf("nobody's address: %v", err)
		}
	})
}
