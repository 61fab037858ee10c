package aws

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// lot is a subnet as a launch sees it.
type lot struct {
	id     string
	zone   fleet.Zone
	vpc    string
	free   int    // IPv4 addresses that are left; -1: not told
	ipv6   bool   // it has IPv6 addresses to give
	native bool   // it has nothing but IPv6
	way    way    // of IPv4
	way6   way    // of IPv6
	barred string // why no instance can be put there, routes aside; empty: one can
	noWay  string // why it is not reached as the network is meant to be; empty: it is
}

func lotOf(s *types.Subnet) lot {
	l := lot{
		id: awssdk.ToString(s.SubnetId), zone: fleet.Zone(awssdk.ToString(s.AvailabilityZone)), vpc: awssdk.ToString(s.VpcId),
		free: -1, native: awssdk.ToBool(s.Ipv6Native),
	}
	if s.AvailableIpAddressCount != nil {
		l.free = int(*s.AvailableIpAddressCount)
	}
	l.ipv6 = l.native || slices.ContainsFunc(s.Ipv6CidrBlockAssociationSet, func(a types.SubnetIpv6CidrBlockAssociation) bool {
		return a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociated
	})
	return l
}

// judge says what speaks against a lot in a network.
func (l *lot) judge(n fleet.NetworkSpec) {
	switch {
	case l.native && n.IPv6 != fleet.IPv6Only:
		l.barred = "it is IPv6-only, which takes network.ipv6 = \"only\""
	case n.IPv6 == fleet.IPv6Only && !l.ipv6:
		l.barred = "it has no IPv6 addresses"
	case l.free == 0 && !l.native:
		l.barred = "it has no free address left"
	}
	switch {
	case n.Private: // it is reached from inside
	case n.IPv6 == fleet.IPv6Only:
		l.noWay = l.way6.why
	default:
		l.noWay = l.way.why
	}
}

func (l *lot) good() bool { return l.barred == "" && l.noWay == "" }

// rank sorts the lots of a zone: those that can be used first, then those with
// more free addresses, which is how Karpenter chooses too (aws-facts §1.3).
func rank(a, b lot) int {
	use := func(l lot) int {
		if l.good() {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(use(a), use(b)), cmp.Compare(b.free, a.free), cmp.Compare(a.id, b.id))
}

// choose takes one lot per zone: a fleet call can't use two subnets of one
// (aws-facts §1.1). It says of which zones there was a choice.
func (p *place) choose(lots []lot) (doubles []string) {
	by := map[fleet.Zone][]lot{}
	for _, l := range lots {
		by[l.zone] = append(by[l.zone], l)
	}
	for _, z := range slices.Sorted(maps.Keys(by)) {
		ls := by[z]
		slices.SortFunc(ls, rank)
		p.lots[z] = ls[0]
		if len(ls) > 1 {
			doubles = append(doubles, fmt.Sprintf("%s has %d, of which a launch can use one: %s, with %d free addresses", z, len(ls), ls[0].id, ls[0].free))
		}
	}
	return doubles
}

// each gives the chosen lots in the order of their zones.
func (p *place) each() []lot {
	var out []lot
	for _, z := range slices.Sorted(maps.Keys(p.lots)) {
		out = append(out, p.lots[z])
	}
	return out
}

// room is how many free addresses the zones of the pools have; -1 where it does
// not matter: the subnets are still to be made, or have IPv6 only.
func (p *place) room(pools []fleet.Pool) int {
	n, seen := 0, map[string]bool{}
	for _, pool := range pools {
		l := p.lots[pool.Zone]
		switch {
		case pool.Subnet == "" || l.native || l.free < 0:
			return -1
		case !seen[pool.Subnet]:
			seen[pool.Subnet] = true
			n += l.free
		}
	}
	return n
}

// givesIPv6 says whether every subnet of the pools has IPv6 addresses. One
// launch template serves a region, and asking for an address in a subnet
// without any fails the launch.
func (p *place) givesIPv6(pools []fleet.Pool) bool {
	return p.net.WantsIPv6() && len(pools) > 0 && !slices.ContainsFunc(pools, func(pool fleet.Pool) bool { return !p.lots[pool.Zone].ipv6 })
}

// reportSubnets writes the line about subnets.
func (p *place) reportSubnets(doubles []string, hint string) {
	var parts []string
	state := fleet.CheckOK
	out, all := 0, p.each()
	why := ""
	for _, l := range all {
		if l.barred != "" {
			out++
			why = cmp.Or(why, l.id+" in "+string(l.zone)+": "+l.barred)
		}
	}
	switch {
	case len(all) == 0:
		p.note("subnets", p.bad(false), "the VPC has none to launch into", hint)
		return
	case out == len(all):
		state = fleet.CheckFail
		parts = append(parts, "none can be used; "+why)
	case out > 0:
		state = fleet.CheckWarn
		parts = append(parts, fmt.Sprintf("%d of %d are left out; %s", out, len(all), why))
	default:
		parts = append(parts, fmt.Sprintf("%d, one per zone", len(all)))
	}
	p.note("subnets", state, strings.Join(append(parts, doubles...), "; "), hint)
}

// reportIPv6 writes the line about IPv6, where that is asked for.
func (p *place) reportIPv6() {
	if !p.net.WantsIPv6() {
		return
	}
	with, lost := 0, ""
	all := p.each()
	for _, l := range all {
		if l.ipv6 {
			with++
			if l.way6.why != "" {
				lost = cmp.Or(lost, l.way6.why)
			}
		}
	}
	switch {
	case with == 0:
		p.note("IPv6", fleet.CheckWarn, "no subnet has IPv6 addresses: instances get none", "add an IPv6 block to the VPC and its subnets, or set network.ipv6 = \"off\"")
	case p.net.IPv6 == fleet.IPv6On && with < len(all):
		p.note("IPv6", fleet.CheckWarn, fmt.Sprintf("%d of %d subnets have IPv6 addresses: instances get one only where the subnet gives it by itself", with, len(all)), "name only subnets that have them")
	case lost != "" && !p.net.Private && p.net.IPv6 == fleet.IPv6On:
		p.note("IPv6", fleet.CheckWarn, "each instance gets an address, but "+lost, "add a route for "+everywhere6+" to an internet gateway")
	default:
		p.note("IPv6", fleet.CheckOK, "each instance gets an address", "")
	}
}
