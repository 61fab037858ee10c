package sim

import (
	"fmt"
	"net/netip"
	"slices"

	"spot-tui/sim/wire"
)

// addRouteTable makes a table that knows the VPC's own addresses.
func (r *region) addRouteTable(vpc *thing) *thing {
	t := r.add(kindRoutes, "RouteTableId", wire.Map{
		"VpcId": vpc.id, "OwnerId": Account, "PropagatingVgws": wire.List{}, "Associations": wire.List{},
		"Routes": wire.List{
			wire.Map{"DestinationCidrBlock": vpc.tree["CidrBlock"], "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"},
		},
	})
	t.showTags()
	if six := sixOf(vpc); six.IsValid() {
		t.tree["Routes"] = append(t.tree["Routes"].(wire.List), localSix(six))
	}
	return t
}

// association ties a table to a subnet, or makes it the main one.
func (r *region) association(t *thing, subnet string) wire.Map {
	a := wire.Map{
		"Main": subnet == "", "RouteTableId": t.id, "RouteTableAssociationId": "rtbassoc-0" + fmt.Sprintf("%016x", r.rng.Uint64()),
		"AssociationState": wire.Map{"State": "associated"},
	}
	if subnet != "" {
		a["SubnetId"] = subnet
	}
	return a
}

func isMain(t *thing) bool {
	return slices.ContainsFunc(wire.Maps(t.tree, "Associations"), func(a wire.Map) bool { return wire.Bool(a, false, "Main") })
}

func createRouteTable(c *call) (wire.Map, error) {
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindRoutes)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	t := c.r.addRouteTable(vpc)
	t.label(tags[kindRoutes])
	return wire.Map{"RouteTable": t.tree, "ClientToken": c.str("ClientToken")}, nil
}

func (c *call) routeTable() (*thing, error) {
	id, err := c.need("RouteTableId")
	if err != nil {
		return nil, err
	}
	return c.r.find(kindRoutes, id)
}

// destination reads where a route goes, of IPv4 or IPv6.
func (c *call) destination() (string, error) {
	text, six := c.str("DestinationIpv6CidrBlock"), true
	if text == "" {
		var err error
		if text, err = c.need("DestinationCidrBlock"); err != nil {
			return "", err
		}
		six = false
	}
	block, bad := netip.ParsePrefix(text)
	if bad != nil || block.Addr().Is6() != six {
		return "", wire.Errorf("InvalidParameterValue", "The destination CIDR block %s is not valid.", text)
	}
	return block.Masked().String(), nil
}

func createRoute(c *call) (wire.Map, error) {
	t, err := c.routeTable()
	if err != nil {
		return nil, err
	}
	where, err := c.destination()
	if err != nil {
		return nil, err
	}
	member, gateway, err := c.routeVia(t)
	if err != nil {
		return nil, err
	}
	routes := wire.Maps(t.tree, "Routes")
	if slices.ContainsFunc(routes, func(r wire.Map) bool { return to(r) == where }) {
		return nil, wire.Errorf("RouteAlreadyExists", "The route identified by %s already exists.", where)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	t.tree["Routes"] = wire.ListOf(append(routes, wire.Map{destinationMember(where): where, member: gateway, "Origin": "CreateRoute", "State": "active"}))
	return wire.Map{"Return": true}, nil
}

// destinationMember is the member that holds a block of its family.
func destinationMember(block string) string {
	if p, err := netip.ParsePrefix(block); err == nil && p.Addr().Is6() {
		return "DestinationIpv6CidrBlock"
	}
	return "DestinationCidrBlock"
}

func deleteRoute(c *call) (wire.Map, error) {
	t, err := c.routeTable()
	if err != nil {
		return nil, err
	}
	where, err := c.destination()
	if err != nil {
		return nil, err
	}
	routes := wire.Maps(t.tree, "Routes")
	i := slices.IndexFunc(routes, func(r wire.Map) bool { return to(r) == where })
	switch {
	case i < 0:
		return nil, wire.Errorf("InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", where, t.id)
	case wire.Str(routes[i], "GatewayId") == "local":
		return nil, wire.Errorf("InvalidParameterValue", "cannot remove local route %s in route table %s", where, t.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	t.tree["Routes"] = wire.ListOf(slices.Delete(routes, i, i+1))
	return wire.Map{}, nil
}

func associateRoutes(c *call) (wire.Map, error) {
	t, err := c.routeTable()
	if err != nil {
		return nil, err
	}
	s, err := c.subnet()
	if err != nil {
		return nil, err
	}
	if wire.Str(s.tree, "VpcId") != wire.Str(t.tree, "VpcId") {
		return nil, wire.Errorf("InvalidParameterValue", "Route table %s and subnet %s belong to different networks", t.id, s.id)
	}
	if c.r.ownTable(s) != nil {
		return nil, wire.Errorf("Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", t.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	a := c.r.association(t, s.id)
	t.tree["Associations"] = wire.ListOf(append(wire.Maps(t.tree, "Associations"), a))
	return wire.Map{"AssociationId": a["RouteTableAssociationId"], "AssociationState": a["AssociationState"]}, nil
}

func disassociateRoutes(c *call) (wire.Map, error) {
	id, err := c.need("AssociationId")
	if err != nil {
		return nil, err
	}
	for _, t := range c.r.shelves[kindRoutes].order {
		list := wire.Maps(t.tree, "Associations")
		i := slices.IndexFunc(list, func(a wire.Map) bool { return wire.Str(a, "RouteTableAssociationId") == id })
		if i < 0 {
			continue
		}
		if wire.Bool(list[i], false, "Main") {
			return nil, wire.Errorf("InvalidParameterValue", "cannot disassociate the main route table association %s", id)
		}
		if err := c.dryRun(); err != nil {
			return nil, err
		}
		t.tree["Associations"] = wire.ListOf(slices.Delete(list, i, i+1))
		return wire.Map{}, nil
	}
	return nil, wire.Errorf("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
}

func deleteRouteTable(c *call) (wire.Map, error) {
	t, err := c.routeTable()
	if err != nil {
		return nil, err
	}
	if len(wire.Maps(t.tree, "Associations")) > 0 {
		return nil, wire.Errorf("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", t.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.shelves[kindRoutes].remove(t.id)
	return wire.Map{}, nil
}

// turn sets the state of all routes through a gateway.
func (r *region) turn(gateway, state string) {
	for _, t := range r.shelves[kindRoutes].order {
		for _, route := range wire.Maps(t.tree, "Routes") {
			if via(route) == gateway {
				route["State"] = state
			}
		}
	}
}

// mainTable gives a VPC's main route table.
func (r *region) mainTable(vpc *thing) *thing {
	for _, t := range r.shelves[kindRoutes].order {
		if wire.Str(t.tree, "VpcId") == vpc.id && isMain(t) {
			return t
		}
	}
	return nil
}

// ownTable gives the route table that is tied to a subnet, or nil.
func (r *region) ownTable(subnet *thing) *thing {
	for _, t := range r.shelves[kindRoutes].order {
		for _, a := range wire.Maps(t.tree, "Associations") {
			if wire.Str(a, "SubnetId") == subnet.id {
				return t
			}
		}
	}
	return nil
}

// routed says whether a subnet's route table sends an address to an internet
// gateway that is attached to the VPC: without, no packet comes back.
func (r *region) routed(subnet *thing, far netip.Addr) bool {
	t := r.ownTable(subnet)
	if t == nil {
		vpc := r.shelves[kindVPC].byID[wire.Str(subnet.tree, "VpcId")]
		if vpc == nil {
			return false
		}
		if t = r.mainTable(vpc); t == nil {
			return false
		}
	}
	best, way := -1, ""
	for _, route := range wire.Maps(t.tree, "Routes") {
		p, err := netip.ParsePrefix(to(route))
		if err == nil && p.Contains(far) && p.Bits() > best {
			best, way = p.Bits(), via(route)
		}
	}
	g := r.shelves[kindGateway].byID[way]
	return g != nil && attachedTo(g) == wire.Str(subnet.tree, "VpcId")
}
