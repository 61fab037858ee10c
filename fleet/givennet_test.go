package fleet_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
	"spot-tui/sim"
	"spot-tui/ssh"
)

// theirs is a network that a person made, as EC2 shows it.
type theirs struct {
	c           *ec2.Client
	vpc, subnet string
}

// makeTheirs makes a VPC of both families with one subnet, and with a way to the
// internet if it is to have a gateway.
func makeTheirs(t *testing.T, w *sim.World, gateway bool) *theirs {
	t.Helper()
	ctx := t.Context()
	n := &theirs{c: ec2.New(ec2.Options{
		Region: "us-west-2", BaseEndpoint: awssdk.String("http://simulated.invalid"), HTTPClient: &http.Client{Transport: w.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider("AK", "s", ""),
	})}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	v, err := n.c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.9.0.0/16"), AmazonProvidedIpv6CidrBlock: awssdk.Bool(true)})
	ok(err)
	n.vpc = *v.Vpc.VpcId
	block := netip.MustParsePrefix(*v.Vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock)
	six := netip.PrefixFrom(block.Addr(), 64).String()
	s, err := n.c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &n.vpc, CidrBlock: awssdk.String("10.9.1.0/24"), Ipv6CidrBlock: &six})
	ok(err)
	n.subnet = *s.Subnet.SubnetId
	if !gateway {
		return n
	}
	g, err := n.c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
	ok(err)
	_, err = n.c.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: g.InternetGateway.InternetGatewayId, VpcId: &n.vpc})
	ok(err)
	tables, err := n.c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{{Name: awssdk.String("vpc-id"), Values: []string{n.vpc}}}})
	ok(err)
	for _, to := range []string{"0.0.0.0/0", "::/0"} {
		in := &ec2.CreateRouteInput{RouteTableId: tables.RouteTables[0].RouteTableId, GatewayId: g.InternetGateway.InternetGatewayId}
		if strings.Contains(to, ":") {
			in.DestinationIpv6CidrBlock = &to
		} else {
			in.DestinationCidrBlock = &to
		}
		_, err = n.c.CreateRoute(ctx, in)
		ok(err)
	}
	return n
}

// shown is everything of the network as EC2 shows it, group by group.
func (n *theirs) shown(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	in := []types.Filter{{Name: awssdk.String("vpc-id"), Values: []string{n.vpc}}}
	v, err1 := n.c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: in})
	s, err2 := n.c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: in})
	r, err3 := n.c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: in})
	g, err4 := n.c.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{{Name: awssdk.String("attachment.vpc-id"), Values: []string{n.vpc}}}})
	sg, err5 := n.c.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: in})
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal([]any{v.Vpcs, s.Subnets, r.RouteTables, g.InternetGateways, sg.SecurityGroups})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// touched lists the calls that change networks, our security group's aside.
func touched(w *sim.World, since int) []string {
	var out []string
	ours := []string{"CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "DeleteSecurityGroup"}
	words := []string{"Vpc", "Subnet", "Route", "Gateway", "SecurityGroup"}
	for _, c := range w.Calls(since) {
		if c.Mutating && !slices.Contains(ours, c.Op) && slices.ContainsFunc(words, func(s string) bool { return strings.Contains(c.Op, s) }) {
			out = append(out, c.Op)
		}
	}
	return out
}

// in gives options for a fleet of two in their network, reached through jump.
func (n *theirs) in(t *testing.T, b *bench, net fleet.NetworkSpec, jump string) func(*fleet.Options) {
	t.Helper()
	return func(o *fleet.Options) {
		o.Spec.Network = net
		o.Spec.Target = 2
		o.Spec.Regions = []fleet.RegionSpec{{Name: "us-west-2", Count: -1, VPC: n.vpc, Subnets: []string{n.subnet}}}
		if jump == "" {
			return
		}
		o.Spec.SSH.Jump = jump
		sh, err := ssh.New(ssh.Options{PrivateKeyFile: b.key, KnownHostsFile: filepath.Join(b.home, "jump_hosts"), Dial: b.world.Dial, Jump: jump})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sh.Close() })
		o.Shell = sh
	}
}

// TestAFleetInAGivenNetwork: it comes up, it is reached as the network wants it,
// and nothing of the network is any different afterwards (R7).
func TestAFleetInAGivenNetwork(t *testing.T) {
	for name, tt := range map[string]struct {
		net     fleet.NetworkSpec
		jump    string
		gateway bool
		address string // a part of the one by which instances are reached
		ipv4    float64
		check   string
		from    string
	}{
		"VPC":           {net: fleet.NetworkSpec{Mode: fleet.NetworkVPC}, gateway: true, address: "198.18.", ipv4: 0.01, check: "public address", from: "127.0.0.1/32"},
		"subnets, IPv6": {net: fleet.NetworkSpec{Mode: fleet.NetworkSubnets, IPv6: fleet.IPv6On}, gateway: true, address: "198.18.", ipv4: 0.01, check: "IPv6", from: "127.0.0.1/32 and 2001:db8:ffff::7/128"},
		"IPv6 only":     {net: fleet.NetworkSpec{Mode: fleet.NetworkVPC, IPv6: fleet.IPv6Only}, gateway: true, address: "2001:db8:", check: "IPv6", from: "2001:db8:ffff::7/128"},
		"private":       {net: fleet.NetworkSpec{Mode: fleet.NetworkSubnets, Private: true}, jump: "me@" + sim.JumpAddress, address: "10.9.1.", check: "jump host", from: fleet.FromVPC},
		"private, IPv6": {net: fleet.NetworkSpec{Mode: fleet.NetworkVPC, Private: true, IPv6: fleet.IPv6Only}, jump: "me@" + sim.JumpAddress, address: "2001:db8:", check: "jump host", from: fleet.FromVPC},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.world.Close()
				b.world = sim.New(sim.Options{Seed: 7, Scale: 1, CallerIPv6: netip.MustParseAddr("2001:db8:ffff::7")})
				defer b.world.Close()
				n := makeTheirs(t, b.world, tt.gateway)
				before, calls := n.shown(t), len(b.world.Calls(0))
				e, stop := b.engine(n.in(t, b, tt.net, tt.jump))
				defer stop()
				p, err := e.Plan(context.Background(), fleet.PlanRequest{})
				if err != nil {
					t.Fatal(err)
				}
				if len(p.Problems) > 0 || p.Regions[0].VPC != n.vpc || p.IPv4Hour.USD != tt.ipv4 || p.LetIn() != tt.from {
					t.Errorf("problems %v, VPC %s, IPv4 $%v/h, SSH from %s; checks %+v", p.Problems, p.Regions[0].VPC, p.IPv4Hour.USD, p.LetIn(), p.Regions[0].Checks)
				}
				if !slices.ContainsFunc(p.Regions[0].Checks, func(c fleet.Check) bool { return c.What == tt.check && c.State == fleet.CheckOK }) {
					t.Errorf("no %s in %+v", tt.check, p.Regions[0].Checks)
				}
				v := &view{}
				if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 2 {
					t.Fatalf("%+v\n%+v", o, v.instances)
				}
				for id, i := range v.instances {
					line, err := e.LoginLine(id)
					if err != nil || !strings.HasPrefix(i.Host(), tt.address) || !strings.Contains(line, i.Host()) || tt.jump != "" != strings.Contains(line, sim.JumpAddress) {
						t.Errorf("%s: %q, %v", i.Host(), line, err)
					}
					if text := e.ConfigText([]fleet.InstanceID{id}); !strings.Contains(text, i.Host()) {
						t.Errorf("ssh config %q", text)
					}
					x, err := e.Explain(context.Background(), id)
					if err != nil || slices.ContainsFunc(x.Checks, func(c fleet.Check) bool { return c.State == fleet.CheckFail }) {
						t.Errorf("explain: %+v, %v", x.Checks, err)
					}
				}
				if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() {
					t.Errorf("%+v", o)
				}
				<-time.After(time.Minute)
				if after := n.shown(t); after != before {
					t.Errorf("the network was\n%s\nand is\n%s", before, after)
				}
				if ops := touched(b.world, calls); len(ops) > 0 {
					t.Errorf("calls on what is not ours: %v", ops)
				}
			})
		})
	}
}

// TestIPv6OnlyWithoutIPv6 says what to do where this machine has none.
func TestIPv6OnlyWithoutIPv6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t) // its caller has no IPv6
		defer b.world.Close()
		n := makeTheirs(t, b.world, true)
		e, stop := b.engine(n.in(t, b, fleet.NetworkSpec{Mode: fleet.NetworkVPC, IPv6: fleet.IPv6Only}, ""))
		defer stop()
		if _, err := e.Plan(context.Background(), fleet.PlanRequest{}); fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "no IPv6 address") {
			t.Errorf("%v", err)
		}
	})
}

// TestTooFewAddresses warns before a launch that finds no room.
func TestTooFewAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t) // its caller has no IPv6
		defer b.world.Close()
		n := makeTheirs(t, b.world, true)
		e, stop := b.engine(n.in(t, b, fleet.NetworkSpec{Mode: fleet.NetworkVPC}, ""))
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{Target: 260})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(p.Regions[0].Checks, func(c fleet.Check) bool { return c.What == "free addresses" })
		if at < 0 || p.Regions[0].Checks[at].State != fleet.CheckWarn || !strings.Contains(p.Regions[0].Checks[at].Detail, "251 left, and 260 instances") {
			t.Errorf("%+v", p.Regions[0].Checks)
		}
	})
}
