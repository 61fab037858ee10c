package aws

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// site is a network that somebody made before us: two zones with a large and a
// small subnet in the first one, and an IPv6-only one in a third.
type site struct {
	c                                   *ec2.Client
	vpc, table, gateway                 string
	large, small, other, six, elsewhere string
}

func makeSite(t *testing.T, c *ec2.Client) *site {
	t.Helper()
	ctx, s := t.Context(), &site{c: c}
	v, err := c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: awssdk.String("10.9.0.0/16"), AmazonProvidedIpv6CidrBlock: awssdk.Bool(true)})
	must(t, err)
	s.vpc = *v.Vpc.VpcId
	block := netip.MustParsePrefix(*v.Vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock)
	subnet := func(zone, cidr string, n byte) string {
		in := &ec2.CreateSubnetInput{VpcId: &s.vpc, AvailabilityZone: &zone}
		if cidr != "" {
			in.CidrBlock = &cidr
		}
		if n > 0 {
			b := block.Addr().As16()
			b[7] = n
			in.Ipv6CidrBlock, in.Ipv6Native = awssdk.String(netip.PrefixFrom(netip.AddrFrom16(b), 64).String()), awssdk.Bool(cidr == "")
		}
		out, err := c.CreateSubnet(ctx, in)
		must(t, err)
		return *out.Subnet.SubnetId
	}
	s.small = subnet("us-west-2a", "10.9.1.0/28", 1)
	s.large = subnet("us-west-2a", "10.9.2.0/24", 2)
	s.other = subnet("us-west-2b", "10.9.3.0/24", 3)
	s.six = subnet("us-west-2c", "", 4)
	g, err := c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
	must(t, err)
	s.gateway = *g.InternetGateway.InternetGatewayId
	_, err = c.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: &s.gateway, VpcId: &s.vpc})
	must(t, err)
	tables, err := c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("vpc-id", s.vpc)}})
	must(t, err)
	s.table = *tables.RouteTables[0].RouteTableId
	s.route(t, "0.0.0.0/0", s.gateway)
	s.route(t, "::/0", s.gateway)
	def, err := c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []types.Filter{filter("default-for-az", "true")}})
	must(t, err)
	s.elsewhere = *def.Subnets[0].SubnetId
	return s
}

// route sends a destination through a gateway, whatever led there before.
func (s *site) route(t *testing.T, to, via string) {
	t.Helper()
	in, drop := &ec2.CreateRouteInput{RouteTableId: &s.table}, &ec2.DeleteRouteInput{RouteTableId: &s.table}
	if strings.Contains(to, ":") {
		in.DestinationIpv6CidrBlock, drop.DestinationIpv6CidrBlock = &to, &to
	} else {
		in.DestinationCidrBlock, drop.DestinationCidrBlock = &to, &to
	}
	_, _ = s.c.DeleteRoute(t.Context(), drop) // there may be none
	switch {
	case via == "":
		return
	case strings.HasPrefix(via, "nat-"):
		in.NatGatewayId = &via
	case strings.HasPrefix(via, "eigw-"):
		in.EgressOnlyInternetGatewayId = &via
	default:
		in.GatewayId = &via
	}
	_, err := s.c.CreateRoute(t.Context(), in)
	must(t, err)
}

func (s *site) nat(t *testing.T) string {
	t.Helper()
	out, err := s.c.CreateNatGateway(t.Context(), &ec2.CreateNatGatewayInput{SubnetId: &s.other})
	must(t, err)
	return *out.NatGateway.NatGatewayId
}

// subnetsOf lists the subnets of the pools, each once.
func subnetsOf(s fleet.Survey) []string {
	var out []string
	for _, p := range s.Pools {
		if !slices.Contains(out, p.Subnet) {
			out = append(out, p.Subnet)
		}
	}
	slices.Sort(out)
	return out
}

// TestPreflightOfAGivenNetwork walks the chain of each mode and breaks one link
// after the other (R30).
func TestPreflightOfAGivenNetwork(t *testing.T) {
	t.Parallel()
	const rest = ", security group make, public address ok, image ok"
	const inside = ", security group make, image ok"
	vpc := func(s *site) fleet.NetworkSpec { return fleet.NetworkSpec{Mode: fleet.NetworkVPC, VPC: s.vpc} }
	these := func(pick ...func(*site) string) func(s *site) fleet.NetworkSpec {
		return func(s *site) fleet.NetworkSpec {
			n := fleet.NetworkSpec{Mode: fleet.NetworkSubnets}
			for _, p := range pick {
				n.Subnets = append(n.Subnets, p(s))
			}
			return n
		}
	}
	small, large, other := func(s *site) string { return s.small }, func(s *site) string { return s.large }, func(s *site) string { return s.other }
	with := func(n func(*site) fleet.NetworkSpec, change func(*fleet.NetworkSpec)) func(s *site) fleet.NetworkSpec {
		return func(s *site) fleet.NetworkSpec { m := n(s); change(&m); return m }
	}
	private := func(n *fleet.NetworkSpec) { n.Private = true }
	only := func(n *fleet.NetworkSpec) { n.IPv6 = fleet.IPv6Only }
	on6 := func(n *fleet.NetworkSpec) { n.IPv6 = fleet.IPv6On }
	for name, tt := range map[string]struct {
		net    func(*site) fleet.NetworkSpec
		spoil  func(t *testing.T, s *site)
		checks string
		pools  []func(*site) string // by their subnets
		text   string
		ipv6   bool
		room   int
	}{
		"a VPC":                   {net: vpc, checks: "VPC ok, subnets warn, route ok, gateway ok" + rest, pools: []func(*site) string{large, other}, text: "IPv6-only", room: 251 * 2},
		"two subnets of one zone": {net: these(small, large, other), checks: "VPC ok, subnets ok, route ok, gateway ok" + rest, pools: []func(*site) string{large, other}, text: "us-west-2a has 2, of which a launch can use one: ", room: 251 * 2},
		"one small subnet":        {net: these(small), checks: "VPC ok, subnets ok, route ok, gateway ok" + rest, pools: []func(*site) string{small}, text: "1, one per zone", room: 11},
		"no such VPC": {net: func(*site) fleet.NetworkSpec {
			return fleet.NetworkSpec{Mode: fleet.NetworkVPC, VPC: "vpc-0123456789abcdef0"}
		}, checks: "VPC fail" + rest, text: "there is no vpc-0123456789abcdef0 in us-west-2", room: 0},
		"no VPC named":            {net: func(*site) fleet.NetworkSpec { return fleet.NetworkSpec{Mode: fleet.NetworkVPC} }, checks: "VPC fail" + rest, text: "none is named for us-west-2"},
		"no subnet named":         {net: these(), checks: "subnets fail" + rest, text: "none is named for us-west-2"},
		"no such subnet":          {net: these(small, func(*site) string { return "subnet-0123456789abcdef0" }), checks: "subnets fail" + rest, text: "there is no subnet-0123456789abcdef0 in us-west-2"},
		"subnets of two VPCs":     {net: these(small, func(s *site) string { return s.elsewhere }), checks: "subnets fail" + rest, text: "they lie in two VPCs"},
		"an IPv6-only subnet":     {net: these(func(s *site) string { return s.six }), checks: "VPC ok, subnets fail, route ok, gateway ok" + rest, text: `it is IPv6-only, which takes network.ipv6 = "only"`},
		"no route":                {net: vpc, spoil: func(t *testing.T, s *site) { s.route(t, "0.0.0.0/0", "") }, checks: "VPC ok, subnets warn, route fail, gateway ok" + rest, text: "has no route to 0.0.0.0/0"},
		"by a NAT gateway only":   {net: vpc, spoil: func(t *testing.T, s *site) { s.route(t, "0.0.0.0/0", s.nat(t)) }, checks: "VPC ok, subnets warn, route fail, gateway ok" + rest, text: ", which is no internet gateway"},
		"private":                 {net: with(vpc, private), spoil: func(t *testing.T, s *site) { s.route(t, "0.0.0.0/0", s.nat(t)) }, checks: "VPC ok, subnets warn, route ok, gateway ok" + inside, pools: []func(*site) string{large, other}, text: "nat-", room: 251*2 - 0},
		"private without a way":   {net: with(vpc, private), checks: "VPC ok, subnets warn, route warn, gateway warn" + inside, pools: []func(*site) string{large, other}, text: "which takes only public addresses", room: 251 * 2},
		"private, IPv6 goes out":  {net: with(these(large), func(n *fleet.NetworkSpec) { private(n); on6(n) }), checks: "VPC ok, subnets ok, route ok, gateway ok, IPv6 ok" + inside, pools: []func(*site) string{large}, text: "igw-", ipv6: true, room: 251},
		"IPv6 only":               {net: with(vpc, only), spoil: func(t *testing.T, s *site) { s.route(t, "0.0.0.0/0", "") }, checks: "VPC ok, subnets ok, route ok, gateway ok, IPv6 ok" + rest, pools: []func(*site) string{large, other, func(s *site) string { return s.six }}, text: "of IPv6 only, which costs nothing", ipv6: true, room: -1},
		"IPv6 only without a way": {net: with(vpc, only), spoil: func(t *testing.T, s *site) { s.route(t, "::/0", "") }, checks: "VPC ok, subnets ok, route fail, gateway ok, IPv6 ok" + rest, text: "has no route to ::/0"},
		"IPv6 only where is none": {net: with(func(*site) fleet.NetworkSpec { return fleet.NetworkSpec{Mode: fleet.NetworkDefault} }, only), checks: "VPC ok, subnets fail, route fail, gateway ok, IPv6 warn" + rest, text: "it has no IPv6 addresses"},
		"IPv6 too, but no way in": {net: with(these(large), on6), spoil: func(t *testing.T, s *site) { s.route(t, "::/0", "") }, checks: "VPC ok, subnets ok, route ok, gateway ok, IPv6 warn" + rest, pools: []func(*site) string{large}, text: "each instance gets an address, but", ipv6: true, room: 251},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, w := on(t, sim.Options{})
			s := makeSite(t, a.ec2Client("us-west-2"))
			if tt.spoil != nil {
				tt.spoil(t, s)
			}
			before := len(w.Calls(0))
			got, err := a.In("us-west-2").Survey(t.Context(), fleet.SurveyRequest{Fleet: "a", Image: "ubuntu-24.04", Types: []fleet.InstanceType{"t3.medium"}, Network: tt.net(s)})
			must(t, err)
			if c := checksOf(got); c != tt.checks {
				t.Errorf("checks: %s\nwant    %s\n%+v", c, tt.checks, got.Checks)
			}
			var want []string
			for _, p := range tt.pools {
				want = append(want, p(s))
			}
			slices.Sort(want)
			if subnets := subnetsOf(got); !slices.Equal(subnets, want) {
				t.Errorf("subnets %v, want %v", subnets, want)
			}
			if !strings.Contains(fmt.Sprint(got.Checks), tt.text) {
				t.Errorf("%q is not in %+v", tt.text, got.Checks)
			}
			if got.IPv6 != tt.ipv6 || got.Room != tt.room {
				t.Errorf("IPv6 %v, room %d; want %v, %d", got.IPv6, got.Room, tt.ipv6, tt.room)
			}
			for _, c := range w.Calls(0)[before:] {
				if c.Mutating {
					t.Errorf("a survey changes something: %+v", c)
				}
			}
		})
	}
}

// TestReachOfPrivateAndIPv6 looks at instances of both kinds, and at the group
// with the rules of both families.
func TestReachOfPrivateAndIPv6(t *testing.T) {
	t.Parallel()
	a, _ := on(t, sim.Options{CallerIPv6: netip.MustParseAddr("2001:db8:ffff::7")})
	if me, err := a.CallerIPv6(t.Context()); err != nil || me.String() != "2001:db8:ffff::7" {
		t.Errorf("CallerIPv6 = %v, %v", me, err)
	}
	s := makeSite(t, a.ec2Client("us-west-2"))
	r := a.In("us-west-2")
	ctx := t.Context()
	n := fleet.NetworkSpec{Mode: fleet.NetworkSubnets, Subnets: []string{s.large}, IPv6: fleet.IPv6Only}
	survey, err := r.Survey(ctx, fleet.SurveyRequest{Fleet: "a", Image: "ubuntu-24.04", Types: []fleet.InstanceType{"t3.medium"}, Network: n})
	must(t, err)
	q := fleet.GroupRequest{Fleet: "a", VPC: survey.VPC, SSHFrom: "2001:db8:ffff::7/128", More: []string{"10.9.0.0/16"}, Port: 22}
	group, err := r.EnsureGroup(ctx, q)
	must(t, err)
	template, err := r.EnsureTemplate(ctx, fleet.TemplateRequest{Fleet: "a", Group: group, PublicKey: sampleKey, Private: true, IPv6: survey.IPv6})
	must(t, err)
	out, err := r.Launch(ctx, fleet.LaunchRequest{Fleet: "a", Launch: "l", Token: "t", Region: "us-west-2", Count: 1, Template: template, Pools: survey.Pools})
	must(t, err)
	if len(out.Instances) != 1 {
		t.Fatalf("%+v", out)
	}
	obs, err := r.Describe(ctx, "a")
	must(t, err)
	if obs[0].PublicIP != "" || !strings.Contains(obs[0].IPv6, ":") {
		t.Errorf("addresses: %+v", obs[0])
	}
	look := func(n fleet.NetworkSpec, from string) string {
		t.Helper()
		rq := fleet.ReachRequest{Fleet: "a", Instance: out.Instances[0].ID, Port: 22, Network: n}
		if from != "" {
			rq.From = netip.MustParseAddr(from)
		}
		checks, err := r.Reach(ctx, rq)
		must(t, err)
		return checksOf(fleet.Survey{Checks: checks})
	}
	if got, want := look(n, "2001:db8:ffff::7"), "instance ok, status ok, address ok, security group ok, route ok, gateway ok"; got != want {
		t.Errorf("by IPv6: %s, want %s", got, want)
	}
	if got, want := look(n, "2001:db8:ffff::8"), "instance ok, status ok, address ok, security group fail, route ok, gateway ok"; got != want {
		t.Errorf("from elsewhere: %s, want %s", got, want)
	}
	if got, want := look(fleet.NetworkSpec{Private: true}, ""), "instance ok, status ok, address ok, security group ok, route warn"; got != want {
		t.Errorf("private: %s, want %s", got, want)
	}
	s.route(t, "::/0", "")
	if got, want := look(n, "2001:db8:ffff::7"), "instance ok, status ok, address ok, security group ok, route fail, gateway ok"; got != want {
		t.Errorf("without a route: %s, want %s", got, want)
	}
	q.SSHFrom, q.More = "10.9.0.0/16", nil // it has moved: the old rule goes, the other stays
	if _, err = r.EnsureGroup(ctx, q); err != nil {
		t.Fatal(err)
	}
	if got := look(n, "2001:db8:ffff::7"); !strings.Contains(got, "security group fail") {
		t.Errorf("an old address is still let in: %s", got)
	}
}
