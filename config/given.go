package config

import (
	"slices"

	"spot-tui/fleet"
)

var (
	vpcRule    = ruleOf(`^vpc-[0-9a-f]{8,17}$`)
	subnetRule = ruleOf(`^subnet-[0-9a-f]{8,17}$`)
)

// maxGiven is how many subnets one region may name: what one filter takes
// (EC2 API reference, Filter: up to 200).
const maxGiven = 200

// reach reads how instances are reached: with or without public addresses, by
// IPv4 or IPv6.
func (r *reader) reach(t table, n *fleet.NetworkSpec) {
	n.Private = t.flag("private", false)
	n.IPv6 = fleet.IPv6Mode(t.oneOf("ipv6", string(fleet.IPv6Off), string(fleet.IPv6On), string(fleet.IPv6Only)))
	if n.IPv6 == fleet.IPv6Off {
		n.IPv6 = ""
	}
	if n.Mode != fleet.NetworkAuto && n.Mode != fleet.NetworkOwn {
		return
	}
	const use = `use mode = "vpc", "subnets" or "default"`
	if n.Private {
		r.d.bad(t.key("private"), "does not go with mode = %q: in a VPC of the fleet's own there is no jump host; %s", n.Mode, use)
	}
	if n.IPv6 == fleet.IPv6Only {
		r.d.bad(t.key("ipv6"), "does not go with mode = %q: a VPC of the fleet's own has IPv4 only; %s", n.Mode, use)
	}
}

// given reads the VPC or the subnets that each region names, and checks that
// they are what the mode asks for.
func (r *reader) given(s *fleet.Spec) {
	ts := table{d: r.d, values: r.d.root}.tables("region")
	for i, t := range ts {
		if i >= len(s.Regions) {
			return
		}
		reg := &s.Regions[i]
		reg.VPC, reg.Subnets = r.vpcOf(t), r.subnetsOf(t)
		for _, k := range []struct {
			name string
			mode fleet.NetworkMode
		}{{"vpc", fleet.NetworkVPC}, {"subnets", fleet.NetworkSubnets}} {
			switch has := t.has(k.name); {
			case has && s.Network.Mode != k.mode:
				r.d.bad(t.key(k.name), "is never used, since network.mode is %q; set mode = %q in [network], or leave it out", s.Network.Mode, k.mode)
			case !has && s.Network.Mode == k.mode:
				r.d.bad(t.key(k.name), "is missing, since network.mode is %q; name it, or take the region out", k.mode)
			}
		}
	}
}

func (r *reader) vpcOf(t table) string {
	v := t.text("vpc", "")
	if _, text := t.values["vpc"].(string); text && !vpcRule.MatchString(v) {
		r.d.bad(t.key("vpc"), "%s is no VPC; write its id, such as vpc-0123456789abcdef0", quote(v))
	}
	return v
}

func (r *reader) subnetsOf(t table) []string {
	list, good := t.list("subnets")
	switch {
	case good && len(list) == 0 && t.has("subnets"):
		r.d.bad(t.key("subnets"), "is empty; name at least one, such as subnet-0123456789abcdef0")
	case len(list) > maxGiven:
		r.d.bad(t.key("subnets"), "names %d subnets; use at most %d, a launch can use one per zone", len(list), maxGiven)
		return nil
	}
	var out []string
	for _, it := range list {
		switch {
		case !subnetRule.MatchString(it.text):
			r.d.bad(it.path, "%s is no subnet; write its id, such as subnet-0123456789abcdef0", quote(it.text))
		case slices.Contains(out, it.text):
			r.d.bad(it.path, "%s stands there already; keep one", it.text)
		default:
			out = append(out, it.text)
		}
	}
	return out
}

// oddNetwork warns of private instances that nothing leads to.
func (r *reader) oddNetwork(s *fleet.Spec) {
	if s.Network.Private && s.SSH.Jump == "" && s.Provision.Enabled {
		r.d.warn("network.private", "no jump host is named, so instances are reached from inside their network only; set ssh.jump, unless a VPN or your ssh config leads there")
	}
}
