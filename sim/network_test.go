package sim

import (
	"context"
	"net"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// homemade is a VPC that a person made, with all that its instances need.
type homemade struct {
	c                                              *ec2.Client
	vpc, subnet, gateway, table, group, associated string
}

// build makes a VPC with a public subnet in the given zone.
func build(t *testing.T, c *ec2.Client, zone string) *homemade {
	t.Helper()
	ctx, n := t.Context(), &homemade{c: c}
	vpc, err := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.9.0.0/16")})
	must(t, err)
	n.vpc = *vpc.Vpc.VpcId
	_, err = c.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{VpcId: &n.vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: awssdk.Bool(true)}})
	must(t, err)
	subnet, err := c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &n.vpc, CidrBlock: awssdk.String("10.9.1.0/28"), AvailabilityZone: &zone})
	must(t, err)
	n.subnet = *subnet.Subnet.SubnetId
	_, err = c.ModifySubnetAttribute(ctx, &ec2.ModifySubnetAttributeInput{SubnetId: &n.subnet, MapPublicIpOnLaunch: &types.AttributeBooleanValue{Value: awssdk.Bool(true)}})
	must(t, err)
	gateway, err := c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
	must(t, err)
	n.gateway = *gateway.InternetGateway.InternetGatewayId
	_, err = c.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: &n.gateway, VpcId: &n.vpc})
	must(t, err)
	table, err := c.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &n.vpc})
	must(t, err)
	n.table = *table.RouteTable.RouteTableId
	_, err = c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &n.table, DestinationCidrBlock: awssdk.String("0.0.0.0/0"), GatewayId: &n.gateway})
	must(t, err)
	tied, err := c.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: &n.table, SubnetId: &n.subnet})
	must(t, err)
	n.associated = *tied.AssociationId
	group, err := c.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: awssdk.String("mine"), Description: awssdk.String("mine"), VpcId: &n.vpc})
	must(t, err)
	n.group = *group.GroupId
	_, err = c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &n.group, IpProtocol: awssdk.String("tcp"), FromPort: awssdk.Int32(22), ToPort: awssdk.Int32(22), CidrIp: awssdk.String("127.0.0.1/32"),
	})
	must(t, err)
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// launch has one instance in the subnet.
func (n *homemade) launch(t *testing.T) types.Instance {
	t.Helper()
	images, err := n.c.DescribeImages(t.Context(), &ec2.DescribeImagesInput{Filters: []types.Filter{filter("name", "debian-12-amd64-*")}})
	must(t, err)
	out, err := n.c.RunInstances(t.Context(), &ec2.RunInstancesInput{
		MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), ImageId: images.Images[0].ImageId, InstanceType: "t3.medium",
		SubnetId: &n.subnet, SecurityGroupIds: []string{n.group},
	})
	must(t, err)
	return out.Instances[0]
}

// answers says whether something is reached at an address.
func answers(w *World, addr string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	conn, err := w.Dial(ctx, "tcp", net.JoinHostPort(addr, "22"))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func TestSSHObeysRoutesAndGateways(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		n := build(t, client(w, "us-west-2"), "us-west-2a")
		i := n.launch(t)
		pass(time.Minute)
		at := *describe(t, n.c, *i.InstanceId).PublicIpAddress
		if !answers(w, at) {
			t.Fatal("a public subnet's instance can't be reached")
		}
		ctx, everywhere := t.Context(), awssdk.String("0.0.0.0/0")
		_, err := n.c.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &n.table, DestinationCidrBlock: everywhere})
		must(t, err)
		if answers(w, at) {
			t.Error("reached without a route")
		}
		_, err = n.c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &n.table, DestinationCidrBlock: everywhere, GatewayId: &n.gateway})
		must(t, err)
		if !answers(w, at) {
			t.Error("not reached with the route back")
		}
		_, err = n.c.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: &n.associated})
		must(t, err)
		if answers(w, at) {
			t.Error("reached by the main table, which has no route out")
		}
	})
}

func TestNetworkIsDeletedInOrderOnly(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "eu-west-1")
		before := w.Inventory().Total
		n := build(t, c, "eu-west-1b")
		i := n.launch(t)
		ctx := t.Context()
		detach := func() error {
			_, err := c.DetachInternetGateway(ctx, &ec2.DetachInternetGatewayInput{InternetGatewayId: &n.gateway, VpcId: &n.vpc})
			return err
		}
		// In the only order that works; each is refused until what stands before it is done.
		steps := []struct {
			name string
			code string
			do   func() error
		}{
			{"instance", "", func() error {
				_, err := c.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{*i.InstanceId}})
				return err
			}},
			{"group", "DependencyViolation", func() error {
				_, err := c.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &n.group})
				return err
			}},
			{"detach", "DependencyViolation", detach},
			{"gateway", "DependencyViolation", func() error {
				_, err := c.DeleteInternetGateway(ctx, &ec2.DeleteInternetGatewayInput{InternetGatewayId: &n.gateway})
				return err
			}},
			{"subnet", "DependencyViolation", func() error {
				_, err := c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &n.subnet})
				return err
			}},
			{"table", "DependencyViolation", func() error {
				_, err := c.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: &n.table})
				return err
			}},
			{"vpc", "DependencyViolation", func() error {
				_, err := c.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &n.vpc})
				return err
			}},
		}
		pass(time.Second)
		for _, s := range steps[1:] {
			if got := code(s.do()); got != s.code {
				t.Errorf("%s before its turn: %q, want %q", s.name, got, s.code)
			}
		}
		for _, s := range steps {
			must(t, s.do())
			pass(time.Second)
		}
		if now := w.Inventory().Total; now != before {
			t.Errorf("%d things are left: %+v", now-before, w.Inventory().Resources)
		}
		if got := code(detach()); got != "InvalidInternetGatewayID.NotFound" {
			t.Errorf("detaching again: %q", got)
		}
	})
}

func TestNetworkRefusals(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		n := build(t, c, "us-east-1a")
		ctx := t.Context()
		subnet := func(cidr string) error {
			_, err := c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &n.vpc, CidrBlock: &cidr})
			return err
		}
		_, vpc := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.0.0.0/8")})
		_, second := c.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: &n.gateway, VpcId: &n.vpc})
		_, both := c.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{
			VpcId: &n.vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: awssdk.Bool(true)}, EnableDnsSupport: &types.AttributeBooleanValue{Value: awssdk.Bool(true)},
		})
		_, twice := c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &n.table, DestinationCidrBlock: awssdk.String("0.0.0.0/0"), GatewayId: &n.gateway})
		_, tied := c.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: &n.table, SubnetId: &n.subnet})
		_, home := c.CreateDefaultVpc(ctx, &ec2.CreateDefaultVpcInput{})
		for want, err := range map[string]error{
			"InvalidSubnet.Conflict": subnet("10.9.1.0/28"), "InvalidSubnet.Range": subnet("10.8.0.0/24"), "InvalidVpc.Range": vpc,
			"Resource.AlreadyAssociated": second, "InvalidParameterCombination": both, "RouteAlreadyExists": twice, "DefaultVpcAlreadyExists": home,
		} {
			if got := code(err); got != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if got := code(tied); got != "Resource.AlreadyAssociated" {
			t.Errorf("a second association: %v", tied)
		}
		for range maxVPCs - 2 { // the default one and ours count
			_, err := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.20.0.0/16")})
			must(t, err)
		}
		if _, err := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.20.0.0/16")}); code(err) != "VpcLimitExceeded" {
			t.Errorf("one more than the quota: %v", err)
		}
	})
}

func TestRegionWithoutADefaultVPC(t *testing.T) {
	bubble(t, Options{NoDefaultVPC: []string{"sa-east-1"}}, func(t *testing.T, w *World) {
		c := client(w, "sa-east-1")
		if _, err := launchN(t, c, 1, ""); code(err) != "VPCIdNotSpecified" {
			t.Errorf("launch without a network: %v", err)
		}
		_, err := c.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: awssdk.String("g"), Description: awssdk.String("g")})
		if code(err) != "VPCIdNotSpecified" {
			t.Errorf("group without a network: %v", err)
		}
		_, err = c.CreateDefaultVpc(t.Context(), &ec2.CreateDefaultVpcInput{})
		must(t, err)
		if _, err := launchN(t, c, 1, ""); err != nil {
			t.Errorf("launch with the default network back: %v", err)
		}
	})
}

func TestSubnetRunsOutOfAddresses(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		n := build(t, client(w, "us-east-1"), "us-east-1a")
		for range 11 { // a /28 has 16 addresses, 5 of which EC2 keeps
			n.launch(t)
		}
		_, err := n.c.RunInstances(t.Context(), &ec2.RunInstancesInput{
			MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), ImageId: awssdk.String("resolve:ssm:/aws/service/debian/release/12/latest/amd64"),
			InstanceType: "t3.medium", SubnetId: &n.subnet,
		})
		if code(err) != "InsufficientFreeAddressesInSubnet" {
			t.Errorf("the twelfth: %v", err)
		}
	})
}
