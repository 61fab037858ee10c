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
	net     fleet.NetworkSpec
	mode    fleet.NetworkMode // which it is in the end: default, own, vpc or subnets
	vpc     string            // empty: to be made
	blocks  []string          // the VPC's addresses
	lots    map[fleet.Zone]lot
	unseen  string // why gateway and routes could not be looked at; empty: they were
	gateway string
	checks  []fleet.Check
	group   fleet.Check
}

// makes says whether the launch makes subnets for zones that have none.
func (p *place) makes() bool { return p.mode == fleet.NetworkOwn }

// place finds the VPC that the mode asks for (aws-facts §6.1) and looks at what
// an instance needs to be reached there: VPC → subnet → route → gateway (R30).
func (r *region) place(ctx context.Context, f fleet.Name, n fleet.NetworkSpec) (*place, error) {
	p := &place{net: n, mode: fleet.NetworkDefault, group: groupToMake(), lots: map[fleet.Zone]lot{}}
	if n.Given() {
		return p, r.given(ctx, f, p)
	}
	own, def, err := r.candidates(ctx, f, n.Mode)
	if err != nil {
		return nil, err
	}
	var where []types.Filter
	switch {
	case own != nil:
		p.mode = fleet.NetworkOwn
		p.take(own)
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
		p.take(def)
		where = []types.Filter{filter("default-for-az", "true")}
		p.note("VPC", fleet.CheckOK, p.vpc+", the default one", "")
	}
	return p, r.inspect(ctx, f, p, append(where, filter("vpc-id", p.vpc)))
}

// take notes a VPC that is there.
func (p *place) take(v *types.Vpc) {
	p.vpc = awssdk.ToString(v.VpcId)
	for _, a := range v.CidrBlockAssociationSet {
		if a.CidrBlockState == nil || a.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			p.blocks = append(p.blocks, awssdk.ToString(a.CidrBlock))
		}
	}
	if len(p.blocks) == 0 && awssdk.ToString(v.CidrBlock) != "" {
		p.blocks = []string{*v.CidrBlock}
	}
	for _, a := range v.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlock != nil && p.net.IPv6 == fleet.IPv6Only {
			p.blocks = append(p.blocks, *a.Ipv6CidrBlock)
		}
	}
}

// inspect looks at what is in a VPC that is there, side by side.
func (r *region) inspect(ctx context.Context, f fleet.Name, p *place, where []types.Filter) error {
	var lots []lot
	err := r.subnets(ctx, where, func(s *types.Subnet) { lots = append(lots, lotOf(s)) })
	if err != nil {
		return err
	}
	return r.survey(ctx, f, p, lots)
}

// survey looks at the ways of the lots and at our group, and writes the lines.
func (r *region) survey(ctx context.Context, f fleet.Name, p *place, lots []lot) error {
	var tables []types.RouteTable
	err := parallel(
		func() (err error) {
			tables, err = r.ways(ctx, p)
			if fleet.KindOf(err) == fleet.KindDenied { // it can be launched without the look
				p.unseen, err = err.Error(), nil
			}
			return err
		},
		func() (err error) { p.group, err = r.groupCheck(ctx, f, p.vpc); return err },
	)
	if err != nil {
		return err
	}
	for i := range lots {
		if p.unseen == "" {
			lots[i].way, lots[i].way6 = wayOut(tables, lots[i].id, everywhere), wayOut(tables, lots[i].id, everywhere6)
		}
		lots[i].judge(p.net)
	}
	p.report(r.name, p.choose(lots))
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

// bad is how a check that fails comes out: what the launch makes is none.
func (p *place) bad(ok bool) fleet.CheckState {
	switch {
	case ok:
		return fleet.CheckOK
	case p.makes():
		return fleet.CheckMake
	}
	return fleet.CheckFail
}

// mend is what a person does about a network that does not serve.
func (p *place) mend() string {
	switch {
	case p.makes():
		return "" // the launch completes it
	case p.net.Given():
		return "mend it there (spot-tui changes nothing of a network that it was given), or name another"
	}
	return "repair the default VPC, or set network.mode = \"own\""
}

// report writes the lines about subnets, route and gateway.
func (p *place) report(r fleet.Region, doubles []string) {
	hint := p.mend()
	p.reportSubnets(doubles, hint)
	if p.unseen != "" {
		p.note("route", fleet.CheckWarn, p.unseen, "")
		return
	}
	if p.net.Private {
		p.reportWayOut()
		p.reportIPv6()
		return
	}
	var lost []lot
	for _, l := range p.each() {
		if l.noWay != "" {
			lost = append(lost, l)
		}
	}
	switch n := len(lost); {
	case n == 0:
		p.note("route", fleet.CheckOK, "to the internet from every subnet", "")
	case n < len(p.lots):
		state := fleet.CheckWarn
		if p.makes() {
			state = fleet.CheckMake
		}
		p.note("route", state, fmt.Sprintf("%d of %d subnets are left out; in %s %s", n, len(p.lots), lost[0].zone, lost[0].noWay), hint)
	default:
		p.note("route", p.bad(false), "no subnet reaches the internet; in "+string(lost[0].zone)+" "+lost[0].noWay, hint)
	}
	if p.gateway != "" {
		p.note("gateway", fleet.CheckOK, p.gateway, "")
	} else {
		p.note("gateway", p.bad(false), "no internet gateway is attached in "+string(r), hint)
	}
	p.reportIPv6()
}

// reportWayOut writes the lines about route and gateway where instances are
// private: nobody comes in by them, but packages are fetched through them.
func (p *place) reportWayOut() {
	var vias []string
	lost := ""
	for _, l := range p.each() {
		w, leads := l.way, l.way.out()
		if !leads && p.net.WantsIPv6() && l.ipv6 && l.way6.via != "" {
			w, leads = l.way6, true // also an internet gateway: IPv6 addresses are public ones
		}
		switch {
		case leads:
			if !slices.Contains(vias, w.via) {
				vias = append(vias, w.via)
			}
		case w.via != "":
			lost = "in " + string(l.zone) + " everything goes to " + w.via + ", which takes only public addresses"
		default:
			lost = "in " + string(l.zone) + " " + w.why
		}
	}
	hint := "have a NAT gateway lead out, or set up instances without packages"
	switch {
	case lost == "":
		p.note("route", fleet.CheckOK, "out from every subnet; in only from inside", "")
		p.note("gateway", fleet.CheckOK, strings.Join(vias, ", "), "")
	case len(vias) == 0:
		p.note("route", fleet.CheckWarn, "instances reach nothing outside: "+lost, hint)
		p.note("gateway", fleet.CheckWarn, "there is none that private addresses can use", hint)
	default:
		p.note("route", fleet.CheckWarn, "some instances reach nothing outside: "+lost, hint)
		p.note("gateway", fleet.CheckOK, strings.Join(vias, ", "), "")
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
