package sim

import (
	"fmt"
	"net/netip"
	"slices"

	"spot-tui/sim/wire"
)

// reserved is how many addresses of a subnet EC2 keeps: the first four and the last.
const reserved = 5

func createSubnet(c *call) (wire.Map, error) {
	vpc, err := c.vpc()
	if err != nil {
		return nil, err
	}
	six, err := c.subnetSix(vpc)
	if err != nil {
		return nil, err
	}
	native := wire.Bool(c.in, false, "Ipv6Native")
	var block netip.Prefix
	if !native {
		if block, err = c.subnetBlock(vpc); err != nil {
			return nil, err
		}
	}
	zone, err := c.zone()
	if err != nil {
		return nil, err
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindSubnet)
	if err != nil {
		return nil, err
	}
	if len(c.r.shelves[kindSubnet].order) >= maxSubnets*maxVPCs {
		return nil, wire.Errorf("SubnetLimitExceeded", "The maximum number of subnets has been reached.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	s := c.r.addSubnet(vpc, block, zone, false)
	c.r.setSix(s, six, native)
	s.label(tags[kindSubnet])
	return wire.Map{"Subnet": s.tree}, nil
}

// subnetBlock checks the address block that a subnet is to have.
func (c *call) subnetBlock(vpc *thing) (netip.Prefix, error) {
	text, err := c.need("CidrBlock")
	if err != nil {
		return netip.Prefix{}, err
	}
	block, bad := netip.ParsePrefix(text)
	whole, _ := netip.ParsePrefix(wire.Str(vpc.tree, "CidrBlock")) // was checked when the VPC was made
	switch {
	case bad != nil || !block.Addr().Is4() || block != block.Masked():
		return block, wire.Errorf("InvalidParameterValue", "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", text)
	case block.Bits() < whole.Bits() || block.Bits() > 28 || !whole.Contains(block.Addr()):
		return block, wire.Errorf("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	for _, s := range c.r.shelves[kindSubnet].order {
		other, _ := netip.ParsePrefix(wire.Str(s.tree, "CidrBlock"))
		if wire.Str(s.tree, "VpcId") == vpc.id && other.Overlaps(block) {
			return block, wire.Errorf("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
		}
	}
	return block, nil
}

// zone gives the number of the zone that a request names; the first if none.
func (c *call) zone() (int, error) {
	name, id := c.str("AvailabilityZone"), c.str("AvailabilityZoneId")
	for i, z := range c.r.zones() {
		if (name == "" || name == z) && (id == "" || id == c.r.zoneID(i)) {
			return i, nil
		}
	}
	return 0, wire.Errorf("InvalidParameterValue", "Value (%s%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the region's own zones.", name, id)
}

func (r *region) addSubnet(vpc *thing, block netip.Prefix, zone int, isDefault bool) *thing {
	s := r.add(kindSubnet, "SubnetId", wire.Map{
		"AvailabilityZone": r.zones()[zone], "AvailabilityZoneId": r.zoneID(zone),
		"CidrBlock": block.String(), "VpcId": vpc.id, "State": "available",
		"DefaultForAz": isDefault, "MapPublicIpOnLaunch": isDefault, "OwnerId": Account,
		"AvailableIpAddressCount": 1<<(32-block.Bits()) - reserved, "AssignIpv6AddressOnCreation": false,
		"Ipv6CidrBlockAssociationSet": wire.List{}, "EnableDns64": false, "Ipv6Native": false,
	})
	s.tree["SubnetArn"] = fmt.Sprintf("arn:aws:ec2:%s:%s:subnet/%s", r.info.name, Account, s.id)
	s.showTags()
	return s
}

func (c *call) subnet() (*thing, error) {
	id, err := c.need("SubnetId")
	if err != nil {
		return nil, err
	}
	return c.r.find(kindSubnet, id)
}

func modifySubnet(c *call) (wire.Map, error) {
	s, err := c.subnet()
	if err != nil {
		return nil, err
	}
	name, on, err := c.one("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "EnableDns64")
	if err != nil {
		return nil, err
	}
	s.tree[name] = on
	return wire.Map{}, nil
}

// deleteSubnet deletes an empty subnet; its route table association goes with it.
func deleteSubnet(c *call) (wire.Map, error) {
	s, err := c.subnet()
	if err != nil {
		return nil, err
	}
	for _, e := range c.r.shelves[kindInterface].order {
		if wire.Str(e.tree, "SubnetId") == s.id {
			return nil, wire.Errorf("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", s.id)
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	for _, t := range c.r.shelves[kindRoutes].order {
		t.tree["Associations"] = wire.ListOf(slices.DeleteFunc(wire.Maps(t.tree, "Associations"), func(a wire.Map) bool {
			return wire.Str(a, "SubnetId") == s.id
		}))
	}
	c.r.shelves[kindSubnet].remove(s.id)
	return wire.Map{}, nil
}

// nextPrivate gives a subnet's next address. EC2 keeps the first four and the last.
func (r *region) nextPrivate(subnet *thing) netip.Addr {
	p, err := netip.ParsePrefix(wire.Str(subnet.tree, "CidrBlock"))
	if err != nil {
		return netip.Addr{} // the blocks were checked when the subnets were made
	}
	n := 4 + r.hosts[subnet.id]%(1<<(32-p.Bits())-reserved)
	r.hosts[subnet.id]++
	subnet.tree["AvailableIpAddressCount"] = wire.Int(subnet.tree, "AvailableIpAddressCount") - 1
	return offset(p.Addr(), n)
}

// offset gives the address n after a.
func offset(a netip.Addr, n int) netip.Addr {
	b := a.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	v += uint32(n)
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}
