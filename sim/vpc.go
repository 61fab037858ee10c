package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"spot-tui/sim/wire"
)

// Default quotas of a region's network (aws-facts §6.2).
const (
	maxVPCs     = 5
	maxGateways = 5
	maxSubnets  = 200
)

// vpcSwitches are the attributes of a VPC that describe doesn't show, as EC2
// sets them in a VPC that a person makes.
func vpcSwitches() map[string]bool {
	return map[string]bool{"EnableDnsSupport": true, "EnableDnsHostnames": false, "EnableNetworkAddressUsageMetrics": false}
}

// defaultVPC gives the region's default VPC, or nil where it has been deleted.
func (r *region) defaultVPC() *thing {
	for _, v := range r.shelves[kindVPC].order {
		if wire.Bool(v.tree, false, "IsDefault") {
			return v
		}
	}
	return nil
}

// errNoDefault is EC2's answer to who names no network where there is no default.
func errNoDefault() error {
	return wire.Errorf("VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
}

func createVPC(c *call) (wire.Map, error) {
	text, err := c.need("CidrBlock")
	if err != nil {
		return nil, err
	}
	block, bad := netip.ParsePrefix(text)
	if bad != nil || !block.Addr().Is4() {
		return nil, wire.Errorf("InvalidParameterValue", "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", text)
	}
	if block.Bits() < 16 || block.Bits() > 28 {
		return nil, wire.Errorf("InvalidVpc.Range", "The CIDR '%s' is invalid.", text)
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindVPC)
	if err != nil {
		return nil, err
	}
	if len(c.r.shelves[kindVPC].order) >= maxVPCs {
		return nil, wire.Errorf("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	vpc := c.r.addVPC(block.Masked(), false)
	if wire.Bool(c.in, false, "AmazonProvidedIpv6CidrBlock") {
		c.r.giveSix(vpc)
	}
	vpc.label(tags[kindVPC])
	shown := wire.Clone(vpc.tree)
	shown["State"] = "pending"
	return wire.Map{"Vpc": shown}, nil
}

// addVPC makes a VPC with what EC2 puts into each: a main route table that knows
// the VPC's own addresses only, and a default group that admits itself.
func (r *region) addVPC(block netip.Prefix, isDefault bool) *thing {
	vpc := r.add(kindVPC, "VpcId", wire.Map{
		"CidrBlock": block.String(), "IsDefault": isDefault, "State": "available", "OwnerId": Account,
		"InstanceTenancy": "default", "DhcpOptionsId": "dopt-0" + fmt.Sprintf("%016x", r.rng.Uint64()),
		"CidrBlockAssociationSet": wire.List{wire.Map{
			"AssociationId": "vpc-cidr-assoc-0" + fmt.Sprintf("%016x", r.rng.Uint64()), "CidrBlock": block.String(),
			"CidrBlockState": wire.Map{"State": "associated"},
		}},
	})
	vpc.showTags()
	r.switches[vpc.id] = vpcSwitches()
	routes := r.addRouteTable(vpc)
	routes.tree["Associations"] = wire.List{r.association(routes, "")}
	group := r.addGroup("default", "default VPC security group", vpc.id)
	group.tree["IpPermissions"] = permissionsOf([]rule{{protocol: "-1", from: -1, to: -1, source: group.id, list: "UserIdGroupPairs", member: "GroupId"}})
	return vpc
}

// vpc finds the VPC that a request names.
func (c *call) vpc() (*thing, error) {
	id, err := c.need("VpcId")
	if err != nil {
		return nil, err
	}
	return c.r.find(kindVPC, id)
}

// deleteVPC takes the default group and the main route table along; anything
// else in the VPC holds it (aws-facts §6.3).
func deleteVPC(c *call) (wire.Map, error) {
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	if c.r.vpcUsed(vpc) {
		return nil, wire.Errorf("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", vpc.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	for _, k := range []kind{kindGroup, kindRoutes} {
		for _, t := range slices.Clone(c.r.shelves[k].order) {
			if wire.Str(t.tree, "VpcId") == vpc.id {
				c.r.shelves[k].remove(t.id)
			}
		}
	}
	c.r.shelves[kindVPC].remove(vpc.id)
	delete(c.r.switches, vpc.id)
	return wire.Map{}, nil
}

func (r *region) vpcUsed(vpc *thing) bool {
	inside := func(k kind, counts func(*thing) bool) bool {
		return slices.ContainsFunc(r.shelves[k].order, func(t *thing) bool {
			return wire.Str(t.tree, "VpcId") == vpc.id && counts(t)
		})
	}
	any := func(*thing) bool { return true }
	return inside(kindSubnet, any) || inside(kindInterface, any) || r.gatewayOf(vpc.id) != nil || r.usedIn(vpc.id) ||
		inside(kindGroup, func(g *thing) bool { return wire.Str(g.tree, "GroupName") != "default" }) ||
		inside(kindRoutes, func(t *thing) bool { return !isMain(t) })
}

// one gives the only member of a request that sets an attribute: EC2 takes one
// attribute per call (aws-facts §6.1).
func (c *call) one(members ...string) (string, bool, error) {
	var found []string
	for _, m := range members {
		if c.in[m] != nil {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return "", false, wire.Errorf("MissingParameter", "The request must contain one of %s", strings.Join(members, ", "))
	case 1:
		return found[0], wire.Bool(c.in, false, found[0], "Value"), nil
	}
	return "", false, wire.Errorf("InvalidParameterCombination", "Fields for multiple attribute types specified: %s", strings.Join(found, ", "))
}

func modifyVPC(c *call) (wire.Map, error) {
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	name, on, err := c.one("EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics")
	if err != nil {
		return nil, err
	}
	c.r.switches[vpc.id][name] = on
	return wire.Map{}, nil
}

func describeVPCAttribute(c *call) (wire.Map, error) {
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	asked, err := c.need("Attribute")
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	for name, on := range c.r.switches[vpc.id] {
		if strings.EqualFold(name, asked) {
			return wire.Map{"VpcId": vpc.id, name: wire.Map{"Value": on}}, nil
		}
	}
	return nil, wire.Errorf("InvalidParameterValue", "Value (%s) for parameter attribute is invalid. Unknown attribute.", asked)
}

// createDefaultVPC brings back the default network of a region that lost it.
func createDefaultVPC(c *call) (wire.Map, error) {
	if vpc := c.r.defaultVPC(); vpc != nil {
		return nil, wire.Errorf("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	return wire.Map{"Vpc": c.r.furnishNetwork().tree}, nil
}
