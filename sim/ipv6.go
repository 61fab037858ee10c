package sim

import (
	"fmt"
	"net/netip"
	"slices"

	"spot-tui/sim/wire"
)

// sixOf gives the first IPv6 block of a VPC or subnet; the zero Prefix: it has none.
func sixOf(t *thing) netip.Prefix {
	for _, a := range wire.Maps(t.tree, "Ipv6CidrBlockAssociationSet") {
		if p, err := netip.ParsePrefix(wire.Str(a, "Ipv6CidrBlock")); err == nil {
			return p
		}
	}
	return netip.Prefix{}
}

// giveSix gives a VPC a /56 of the block for documentation (RFC 3849), as EC2
// gives one of Amazon's own.
func (r *region) giveSix(vpc *thing) {
	r.w.mu.Lock()
	r.w.sixes++
	n := r.w.sixes
	r.w.mu.Unlock()
	block := netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(n >> 8), byte(n)}), 56)
	vpc.tree["Ipv6CidrBlockAssociationSet"] = wire.List{wire.Map{
		"AssociationId": "vpc-cidr-assoc-0" + fmt.Sprintf("%016x", r.rng.Uint64()), "Ipv6CidrBlock": block.String(), "Ipv6Pool": "Amazon",
		"NetworkBorderGroup": r.info.name, "Ipv6CidrBlockState": wire.Map{"State": "associated"},
	}}
	for _, t := range r.shelves[kindRoutes].order {
		if wire.Str(t.tree, "VpcId") == vpc.id {
			t.tree["Routes"] = append(wire.ListOf(wire.Maps(t.tree, "Routes")), localSix(block))
		}
	}
}

func localSix(block netip.Prefix) wire.Map {
	return wire.Map{"DestinationIpv6CidrBlock": block.String(), "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
}

// subnetSix checks the IPv6 block that a subnet is to have; the zero Prefix: none.
func (c *call) subnetSix(vpc *thing) (netip.Prefix, error) {
	text := c.str("Ipv6CidrBlock")
	native := wire.Bool(c.in, false, "Ipv6Native")
	if text == "" {
		if native {
			return netip.Prefix{}, wire.Errorf("MissingParameter", "The request must contain the parameter ipv6CidrBlock")
		}
		return netip.Prefix{}, nil
	}
	block, bad := netip.ParsePrefix(text)
	whole := sixOf(vpc)
	if bad != nil || !block.Addr().Is6() || block.Bits() != 64 || block != block.Masked() || !whole.IsValid() || !whole.Contains(block.Addr()) {
		return block, wire.Errorf("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	for _, s := range c.r.shelves[kindSubnet].order {
		if other := sixOf(s); other.IsValid() && other.Overlaps(block) {
			return block, wire.Errorf("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
		}
	}
	return block, nil
}

// setSix puts an IPv6 block into a new subnet. One that is IPv6-only has no
// IPv4 addresses at all.
func (r *region) setSix(s *thing, block netip.Prefix, native bool) {
	if !block.IsValid() {
		return
	}
	s.tree["Ipv6CidrBlockAssociationSet"] = wire.List{wire.Map{
		"AssociationId": "subnet-cidr-assoc-0" + fmt.Sprintf("%016x", r.rng.Uint64()), "Ipv6CidrBlock": block.String(), "Ipv6CidrBlockState": wire.Map{"State": "associated"},
	}}
	if native {
		s.tree["Ipv6Native"], s.tree["AssignIpv6AddressOnCreation"], s.tree["AvailableIpAddressCount"] = true, true, 0
		delete(s.tree, "CidrBlock")
	}
}

// setAddresses says which addresses a launch gets of its subnet.
func (s *launchSpec) setAddresses(data wire.Map) error {
	native := wire.Bool(s.subnet.tree, false, "Ipv6Native")
	s.private = !native
	s.public = !native && wire.Bool(s.subnet.tree, false, "MapPublicIpOnLaunch")
	s.six = wire.Bool(s.subnet.tree, false, "AssignIpv6AddressOnCreation")
	if nics := wire.Maps(data, "NetworkInterfaces"); len(nics) > 0 {
		s.public = wire.Bool(nics[0], s.public, "AssociatePublicIpAddress")
		s.keepNIC = !wire.Bool(nics[0], true, "DeleteOnTermination")
		s.six = s.six || wire.Int(nics[0], "Ipv6AddressCount") > 0
	}
	if s.public && native {
		return wire.Errorf("InvalidParameterCombination", "Public IPv4 addresses can't be associated in the IPv6-only subnet '%s'.", s.subnet.id)
	}
	if s.six && !sixOf(s.subnet).IsValid() {
		return wire.Errorf("InvalidParameterValue", "The subnet '%s' has no IPv6 CIDR block to assign addresses from.", s.subnet.id)
	}
	return nil
}

// nextSix gives a subnet's next IPv6 address.
func (r *region) nextSix(subnet *thing) netip.Addr {
	r.sixHosts[subnet.id]++
	return after(sixOf(subnet).Addr(), 0xf+r.sixHosts[subnet.id])
}

// after gives the n-th IPv6 address of a /64.
func after(a netip.Addr, n int) netip.Addr {
	b := a.As16()
	b[12], b[13], b[14], b[15] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	return netip.AddrFrom16(b)
}

// showSix shows an instance's IPv6 address where EC2 does.
func (i *instance) showSix() {
	if !i.six.IsValid() {
		return
	}
	i.tree["Ipv6Address"] = i.six.String()
	for _, n := range append(wire.Maps(i.tree, "NetworkInterfaces"), i.nic.tree) {
		n["Ipv6Addresses"] = wire.List{wire.Map{"Ipv6Address": i.six.String(), "IsPrimaryIpv6": false}}
	}
	if i.private.IsValid() {
		return
	}
	delete(i.tree, "PrivateIpAddress")
	for _, n := range append(wire.Maps(i.tree, "NetworkInterfaces"), i.nic.tree) {
		delete(n, "PrivateIpAddress")
		n["PrivateIpAddresses"] = wire.List{}
	}
}

// text writes an address, and nothing where there is none.
func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// A gateway of another kind than the internet's, as far as route tables need it.

func createEgressGateway(c *call) (wire.Map, error) {
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindEgress)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	g := c.r.add(kindEgress, "EgressOnlyInternetGatewayId", wire.Map{"Attachments": wire.List{wire.Map{"State": "attached", "VpcId": vpc.id}}})
	g.label(tags[kindEgress])
	return wire.Map{"EgressOnlyInternetGateway": g.tree, "ClientToken": c.str("ClientToken")}, nil
}

func deleteEgressGateway(c *call) (wire.Map, error) {
	g, err := c.theOne(kindEgress, "EgressOnlyInternetGatewayId")
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.turn(g.id, "blackhole")
	c.r.shelves[kindEgress].remove(g.id)
	return wire.Map{"ReturnCode": true}, nil
}

func createNAT(c *call) (wire.Map, error) {
	s, err := c.subnet()
	if err != nil {
		return nil, err
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindNAT)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	g := c.r.add(kindNAT, "NatGatewayId", wire.Map{"SubnetId": s.id, "VpcId": s.tree["VpcId"], "State": "available", "ConnectivityType": "public"})
	g.label(tags[kindNAT])
	return wire.Map{"NatGateway": g.tree, "ClientToken": c.str("ClientToken")}, nil
}

// deleteNAT deletes a NAT gateway; routes through it lead nowhere then.
func deleteNAT(c *call) (wire.Map, error) {
	g, err := c.theOne(kindNAT, "NatGatewayId")
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.turn(g.id, "blackhole")
	c.r.shelves[kindNAT].remove(g.id)
	return wire.Map{"NatGatewayId": g.id}, nil
}

// theOne finds what a request names by a member.
func (c *call) theOne(k kind, member string) (*thing, error) {
	id, err := c.need(member)
	if err != nil {
		return nil, err
	}
	return c.r.find(k, id)
}

// routeVia finds where a new route is to lead: an internet gateway, an
// egress-only one, or a NAT gateway, all of the table's VPC.
func (c *call) routeVia(t *thing) (member, id string, err error) {
	for _, v := range []struct {
		member string
		kind   kind
	}{{"GatewayId", kindGateway}, {"EgressOnlyInternetGatewayId", kindEgress}, {"NatGatewayId", kindNAT}} {
		if c.str(v.member) == "" {
			continue
		}
		g, err := c.theOne(v.kind, v.member)
		if err != nil {
			return "", "", err
		}
		if in(g) != wire.Str(t.tree, "VpcId") {
			return "", "", wire.Errorf("InvalidParameterValue", "route table %s and network gateway %s belong to different networks", t.id, g.id)
		}
		return v.member, g.id, nil
	}
	_, err = c.need("GatewayId")
	return "", "", err
}

// in gives the VPC of a gateway of any kind.
func in(g *thing) string {
	if g.kind == kindNAT {
		return wire.Str(g.tree, "VpcId")
	}
	return attachedTo(g)
}

// via gives the id of what a route leads to.
func via(route wire.Map) string {
	for _, m := range []string{"GatewayId", "EgressOnlyInternetGatewayId", "NatGatewayId"} {
		if id := wire.Str(route, m); id != "" {
			return id
		}
	}
	return ""
}

// to gives a route's destination.
func to(route wire.Map) string {
	if s := wire.Str(route, "DestinationCidrBlock"); s != "" {
		return s
	}
	return wire.Str(route, "DestinationIpv6CidrBlock")
}

// usedIn says whether a VPC has an egress-only or NAT gateway, which hold it.
func (r *region) usedIn(vpc string) bool {
	return slices.ContainsFunc([]kind{kindEgress, kindNAT}, func(k kind) bool {
		return slices.ContainsFunc(r.shelves[k].order, func(g *thing) bool { return in(g) == vpc })
	})
}
