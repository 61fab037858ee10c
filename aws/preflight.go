package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// place is where instances of a region would live.
type place struct {
	mode    fleet.NetworkMode // which of the two it is in the end: default or own
	vpc     string            // empty: to be made
	subnets map[fleet.Zone]string
	noWay   map[fleet.Zone]string // subnets without a way to the internet, and why
	gateway string
	checks  []fleet.Check
	group   fleet.Check
}

// makes says whether the launch makes subnets for zones that have none.
func (p *place) makes() bool { return p.mode == fleet.NetworkOwn }

// place finds the VPC that the mode asks for (aws-facts §6.1) and looks at what
// an instance needs to be reached there: VPC → subnet → route → gateway (R30).
func (r *region) place(ctx context.Context, f fleet.Name, n fleet.NetworkSpec) (*place, error) {
	own, def, err := r.candidates(ctx, f, n.Mode)
	if err != nil {
		return nil, err
	}
	p := &place{mode: fleet.NetworkDefault, group: groupToMake(), subnets: map[fleet.Zone]string{}, noWay: map[fleet.Zone]string{}}
	var where []types.Filter
	switch {
	case own != nil:
		p.mode, p.vpc = fleet.NetworkOwn, awssdk.ToString(own.VpcId)
		p.note("VPC", fleet.CheckOK, p.vpc+", the fleet's own", "")
	case n.Mode == fleet.NetworkOwn || def == nil && n.Mode != fleet.NetworkDefault:
		p.mode = fleet.NetworkOwn
		p.note("VPC", fleet.CheckMake, "one of "+cidrText(n)+" is made", "")
		for _, what := range []string{"subnets", "route", "gateway"} {
			p.note(what, fleet.CheckMake, "made with the VPC", "")
		}
		return p, nil
	case def == nil:
		p.note("VPC", fleet.CheckFail, "the region has no default VPC",
			fmt.Sprintf("set network.mode = \"own\", make one with `aws ec2 create-default-vpc --region %s`, or take the region out", r.name))
		return p, nil
	default:
		p.vpc = awssdk.ToString(def.VpcId)
		where = []types.Filter{filter("default-for-az", "true")}
		p.note("VPC", fleet.CheckOK, p.vpc+", the default one", "")
	}
	return p, r.inspect(ctx, f, p, append(where, filter("vpc-id", p.vpc)))
}

// inspect looks at what is in a VPC that is there, side by side.
func (r *region) inspect(ctx context.Context, f fleet.Name, p *place, where []types.Filter) error {
	var tables []types.RouteTable
	unseen := "" // why gateway and routes could not be looked at
	err := parallel(
		func() error {
			return r.subnets(ctx, where, func(s *types.Subnet) {
				p.subnets[fleet.Zone(awssdk.ToString(s.AvailabilityZone))] = awssdk.ToString(s.SubnetId)
			})
		},
		func() (err error) {
			tables, err = r.ways(ctx, p)
			if fleet.KindOf(err) == fleet.KindDenied { // it can be launched without the look
				unseen, err = err.Error(), nil
			}
			return err
		},
		func() (err error) { p.group, err = r.groupCheck(ctx, f, p.vpc); return err },
	)
	if err != nil {
		return err
	}
	if unseen != "" {
		p.note("route", fleet.CheckWarn, unseen, "")
		p.gateway = "unseen"
		return nil
	}
	for z, id := range p.subnets {
		if why := wayOut(tables, id); why != "" {
			p.noWay[z] = why
		}
	}
	p.report(r.name)
	return nil
}

// cidrText is the address block of a VPC of our own.
func cidrText(n fleet.NetworkSpec) string {
	if n.CIDR == "" {
		return fleet.OwnCIDR
	}
	return n.CIDR
}

// candidates finds the fleet's own VPC and the default one, as far as the mode
// lets them be used.
func (r *region) candidates(ctx context.Context, f fleet.Name, mode fleet.NetworkMode) (own, def *types.Vpc, err error) {
	err = parallel(
		func() (err error) {
			if mode != fleet.NetworkDefault {
				own, err = r.ownVPC(ctx, f)
			}
			return err
		},
		func() error {
			if mode == fleet.NetworkOwn {
				return nil
			}
			return r.vpcs(ctx, []types.Filter{filter("is-default", "true")}, func(v *types.Vpc) { def = v })
		},
	)
	return own, def, err
}

// ways reads the route tables and the gateway of a VPC: a subnet whose table sends
// nothing to an attached internet gateway can't be reached by its public address.
func (r *region) ways(ctx context.Context, p *place) (tables []types.RouteTable, err error) {
	err = parallel(
		func() error {
			return r.tables(ctx, []types.Filter{filter("vpc-id", p.vpc)}, func(t *types.RouteTable) { tables = append(tables, *t) })
		},
		func() error {
			return r.gateways(ctx, []types.Filter{filter("attachment.vpc-id", p.vpc)}, func(g *types.InternetGateway) { p.gateway = awssdk.ToString(g.InternetGatewayId) })
		},
	)
	return tables, err
}

// wayOut says why a subnet has no way to the internet, or nothing.
func wayOut(tables []types.RouteTable, subnet string) string {
	var own, main *types.RouteTable
	for i := range tables {
		for _, a := range tables[i].Associations {
			if awssdk.ToString(a.SubnetId) == subnet {
				own = &tables[i]
			}
			if awssdk.ToBool(a.Main) {
				main = &tables[i]
			}
		}
	}
	if own == nil {
		own = main
	}
	if own == nil {
		return "it has no route table"
	}
	id := awssdk.ToString(own.RouteTableId)
	for _, r := range own.Routes {
		if awssdk.ToString(r.DestinationCidrBlock) != everywhere {
			continue
		}
		switch via := awssdk.ToString(r.GatewayId); {
		case r.State == types.RouteStateBlackhole:
			return id + " sends everything to " + via + ", which is gone"
		case strings.HasPrefix(via, "igw-"):
			return ""
		}
		return id + " sends everything to something that is no internet gateway"
	}
	return id + " has no route to " + everywhere
}

// report writes the lines about subnets, route and gateway.
func (p *place) report(r fleet.Region) {
	hint := "repair the default VPC, or set network.mode = \"own\""
	if p.makes() {
		hint = "" // the launch completes it
	}
	bad := func(ok bool) fleet.CheckState {
		switch {
		case ok:
			return fleet.CheckOK
		case p.makes():
			return fleet.CheckMake
		}
		return fleet.CheckFail
	}
	if n := len(p.subnets); n > 0 {
		p.note("subnets", fleet.CheckOK, fmt.Sprintf("%d, one per zone", n), "")
	} else {
		p.note("subnets", bad(false), "the VPC has none to launch into", hint)
	}
	switch n := len(p.noWay); {
	case n == 0:
		p.note("route", fleet.CheckOK, "to the internet from every subnet", "")
	case n < len(p.subnets):
		z := slices.Min(slices.Collect(maps.Keys(p.noWay)))
		state := fleet.CheckWarn
		if p.makes() {
			state = fleet.CheckMake
		}
		p.note("route", state, fmt.Sprintf("%d of %d subnets are left out; in %s %s", n, len(p.subnets), z, p.noWay[z]), hint)
	default:
		z := slices.Min(slices.Collect(maps.Keys(p.noWay)))
		p.note("route", bad(false), "no subnet reaches the internet; in "+string(z)+" "+p.noWay[z], hint)
	}
	if p.gateway != "" {
		p.note("gateway", fleet.CheckOK, p.gateway, "")
	} else {
		p.note("gateway", bad(false), "no internet gateway is attached in "+string(r), hint)
	}
}

func (p *place) note(what string, s fleet.CheckState, detail, hint string) {
	if s == fleet.CheckOK || s == fleet.CheckMake {
		hint = ""
	}
	p.checks = append(p.checks, fleet.Check{What: what, State: s, Detail: detail, Hint: hint})
}

func groupToMake() fleet.Check {
	return fleet.Check{What: "security group", State: fleet.CheckMake, Detail: "made, with SSH open for the configured address only"}
}

// groupCheck looks whether the fleet's security group is there, or its name is
// another's.
func (r *region) groupCheck(ctx context.Context, f fleet.Name, vpc string) (fleet.Check, error) {
	c := groupToMake()
	g, err := r.findGroup(ctx, fleet.GroupRequest{Fleet: f, VPC: vpc})
	switch {
	case fleet.KindOf(err) == fleet.KindGuard:
		return fleet.Check{What: c.What, State: fleet.CheckFail, Detail: err.Error(), Hint: "choose another fleet.name"}, nil
	case fleet.KindOf(err) == fleet.KindDenied:
		return fleet.Check{What: c.What, State: fleet.CheckWarn, Detail: err.Error()}, nil
	case err != nil:
		return c, err
	case g != nil:
		c.State, c.Detail = fleet.CheckOK, awssdk.ToString(g.GroupId)+"; its rule follows the configured address"
	}
	return c, nil
}

// imageCheck names the images.
func imageCheck(alias string, images map[string]fleet.Image) fleet.Check {
	var parts []string
	for _, arch := range slices.Sorted(maps.Keys(images)) {
		parts = append(parts, fmt.Sprintf("%s (%s)", images[arch].ID, arch))
	}
	return fleet.Check{What: "image", State: fleet.CheckOK, Detail: alias + ": " + strings.Join(parts, ", ")}
}
