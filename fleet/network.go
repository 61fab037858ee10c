package fleet

import (
	"fmt"
	"strings"
)

// The ways to live in a network that somebody else made. Nothing of it is ever
// changed or deleted; only our security group is put into it.
const (
	// NetworkVPC is a given VPC per region, with whatever subnets it has.
	NetworkVPC NetworkMode = "vpc"
	// NetworkSubnets is given subnets per region, all of one VPC.
	NetworkSubnets NetworkMode = "subnets"
)

// IPv6Mode says what instances have of IPv6.
type IPv6Mode string

// The ways to use IPv6. Empty is IPv6Off.
const (
	IPv6Off IPv6Mode = "off"
	// IPv6On gives each instance an IPv6 address where its subnet has them, beside
	// what it has of IPv4.
	IPv6On IPv6Mode = "on"
	// IPv6Only uses subnets with IPv6 only, reaches instances by it, and gives
	// them no public IPv4 address, which saves its charge (aws-facts §6.1).
	IPv6Only IPv6Mode = "only"
)

// FromVPC stands in a plan for who may reach SSH where instances are private:
// the addresses of their own VPC, where the jump host lives.
const FromVPC = "its VPC"

// PublicIPv4 says whether instances get a public IPv4 address, which costs.
func (n NetworkSpec) PublicIPv4() bool { return !n.Private && n.IPv6 != IPv6Only }

// addressHour is what an instance's public IPv4 address costs an hour, in USD.
func (n NetworkSpec) addressHour() float64 {
	if n.PublicIPv4() {
		return ipv4Hour
	}
	return 0
}

// WantsIPv6 says whether instances are to have an IPv6 address.
func (n NetworkSpec) WantsIPv6() bool { return n.IPv6 == IPv6On || n.IPv6 == IPv6Only }

// Given says whether the network is somebody else's work that was named to us.
func (n NetworkSpec) Given() bool { return n.Mode == NetworkVPC || n.Mode == NetworkSubnets }

// Pick chooses the address by which an instance is reached from those that it
// has; each may be empty. Public IPv4 comes first, as everybody can reach it.
func (n NetworkSpec) Pick(public, ipv6, private string) string {
	switch {
	case n.Private && n.IPv6 == IPv6Only:
		return orText(ipv6, orText(private, public))
	case n.Private:
		return orText(private, orText(ipv6, public))
	case n.IPv6 == IPv6Only:
		return orText(ipv6, orText(public, private))
	}
	return orText(public, orText(ipv6, private))
}

// Host is the address by which the instance is reached; empty: it has none yet.
func (i Instance) Host() string {
	return orText(i.Address, NetworkSpec{}.Pick(i.PublicIP, i.IPv6, i.PrivateIP))
}

// PublicAddress is the address under which the world finds the instance: IPv4,
// else IPv6; empty: none.
func (i Instance) PublicAddress() string { return orText(i.PublicIP, i.IPv6) }

// letInAt says who may reach SSH in a region, as CIDRs: those of the plan, or
// the VPC's own addresses where instances are private and nothing else is said.
func (p *Plan) letInAt(r RegionPlan) []string {
	if p.SSHFrom == FromVPC {
		return r.Blocks
	}
	if p.SSHFrom6 == "" {
		return []string{p.SSHFrom}
	}
	if p.SSHFrom == "" {
		return []string{p.SSHFrom6}
	}
	return []string{p.SSHFrom, p.SSHFrom6}
}

// LetIn says who may reach SSH, for a person to read.
func (p *Plan) LetIn() string {
	var parts []string
	for _, s := range []string{p.SSHFrom, p.SSHFrom6} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " and ")
}

// networkChecks completes a region's preflight with what only the whole knows of
// its network: by which way one gets in, and whether its addresses suffice (R30).
func networkChecks(s Spec, found Survey, launch int) []Check {
	var out []Check
	if s.Network.Private {
		c := Check{What: "jump host", State: CheckOK, Detail: "instances have no public address and are reached through " + s.SSH.Jump}
		if s.SSH.Jump == "" {
			c.State, c.Detail = CheckWarn, "no instance has a public address, and no jump host is configured: only who is inside the network reaches them"
			c.Hint = "set ssh.jump to a host in the VPC, or have a VPN or ProxyJump in your ssh config lead there"
		}
		out = append(out, c)
	}
	if found.Room >= 0 && found.VPC != "" && launch > 0 {
		c := Check{What: "free addresses", State: CheckOK, Detail: fmt.Sprintf("%d in the chosen subnets", found.Room)}
		if found.Room < launch {
			c.State = CheckWarn
			c.Detail = fmt.Sprintf("the chosen subnets have %d left, and %s are to be launched: the rest will find no room", found.Room, plural(launch, "instance"))
			c.Hint = "name larger subnets, or give the region a smaller share"
		}
		out = append(out, c)
	}
	return out
}
