package sim

import (
	"slices"

	"spot-tui/sim/wire"
)

func createGateway(c *call) (wire.Map, error) {
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindGateway)
	if err != nil {
		return nil, err
	}
	if len(c.r.shelves[kindGateway].order) >= maxGateways {
		return nil, wire.Errorf("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	g := c.r.add(kindGateway, "InternetGatewayId", wire.Map{"OwnerId": Account, "Attachments": wire.List{}})
	g.label(tags[kindGateway])
	return wire.Map{"InternetGateway": g.tree}, nil
}

func (c *call) gateway() (*thing, error) {
	id, err := c.need("InternetGatewayId")
	if err != nil {
		return nil, err
	}
	return c.r.find(kindGateway, id)
}

// gatewayOf gives the internet gateway of a VPC, or nil.
func (r *region) gatewayOf(vpc string) *thing {
	for _, g := range r.shelves[kindGateway].order {
		if vpc != "" && attachedTo(g) == vpc {
			return g
		}
	}
	return nil
}

// attachedTo gives the VPC of a gateway, or "".
func attachedTo(g *thing) string {
	for _, a := range wire.Maps(g.tree, "Attachments") {
		return wire.Str(a, "VpcId")
	}
	return ""
}

func attachGateway(c *call) (wire.Map, error) {
	g, err := c.gateway()
	if err != nil {
		return nil, err
	}
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	if attachedTo(g) != "" {
		return nil, wire.Errorf("Resource.AlreadyAssociated", "resource %s is already attached to network %s", g.id, attachedTo(g))
	}
	if c.r.gatewayOf(vpc.id) != nil {
		return nil, wire.Errorf("InvalidParameterValue", "Network %s already has an internet gateway attached", vpc.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	g.tree["Attachments"] = wire.List{wire.Map{"State": "available", "VpcId": vpc.id}}
	c.r.turn(g.id, "active")
	return wire.Map{}, nil
}

func detachGateway(c *call) (wire.Map, error) {
	g, err := c.gateway()
	if err != nil {
		return nil, err
	}
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	if attachedTo(g) != vpc.id {
		return nil, wire.Errorf("Gateway.NotAttached", "resource %s is not attached to network %s", g.id, vpc.id)
	}
	if slices.ContainsFunc(c.r.shelves[kindInterface].order, func(e *thing) bool {
		return wire.Str(e.tree, "VpcId") == vpc.id && e.tree["Association"] != nil
	}) {
		return nil, wire.Errorf("DependencyViolation", "Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", vpc.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	g.tree["Attachments"] = wire.List{}
	c.r.turn(g.id, "blackhole")
	return wire.Map{}, nil
}

func deleteGateway(c *call) (wire.Map, error) {
	g, err := c.gateway()
	if err != nil {
		return nil, err
	}
	if attachedTo(g) != "" {
		return nil, wire.Errorf("DependencyViolation", "The internetGateway '%s' has dependencies and cannot be deleted.", g.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.shelves[kindGateway].remove(g.id)
	return wire.Map{}, nil
}
