package sim

import (
	"fmt"
	"time"

	"spot-tui/sim/wire"
)

func allocateAddress(c *call) (wire.Map, error) {
	if d := c.str("Domain"); d != "" && d != "vpc" {
		return nil, wire.Errorf("InvalidParameterValue", "Invalid value '%s' for domain. Expected: 'vpc'", d)
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindAddress)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	a := c.r.add(kindAddress, "AllocationId", wire.Map{
		"PublicIp": c.w.nextPublic().String(), "Domain": "vpc", "PublicIpv4Pool": "amazon", "NetworkBorderGroup": c.r.info.name,
	})
	a.label(tags[kindAddress])
	a.lone = a.made // also while an instance has it: in place of that one's own
	return wire.Map{"AllocationId": a.id, "PublicIp": a.tree["PublicIp"], "Domain": "vpc", "PublicIpv4Pool": "amazon", "NetworkBorderGroup": c.r.info.name}, nil
}

// associateAddress maps an address to an instance's interface or to a named one.
// What was mapped there is unmapped, but stays allocated (SDK AssociateAddress).
func associateAddress(c *call) (wire.Map, error) {
	id, err := c.need("AllocationId")
	if err != nil {
		return nil, err
	}
	a, err := c.r.find(kindAddress, id)
	if err != nil {
		return nil, err
	}
	nic, err := c.target()
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.unmap(a)
	for _, other := range c.r.shelves[kindAddress].order {
		if wire.Str(other.tree, "NetworkInterfaceId") == nic.id {
			c.r.unmap(other)
		}
	}
	tie := "eipassoc-0" + fmt.Sprintf("%016x", c.r.rng.Uint64())
	a.tree["AssociationId"], a.tree["NetworkInterfaceId"], a.tree["NetworkInterfaceOwnerId"] = tie, nic.id, Account
	a.tree["PrivateIpAddress"] = nic.tree["PrivateIpAddress"]
	if on := wire.Str(nic.tree, "Attachment", "InstanceId"); on != "" {
		a.tree["InstanceId"] = on
		c.r.instances[on].tree["PublicIpAddress"] = a.tree["PublicIp"]
	}
	nic.tree["Association"] = wire.Map{"IpOwnerId": Account, "PublicIp": a.tree["PublicIp"], "AllocationId": a.id, "AssociationId": tie}
	return wire.Map{"AssociationId": tie}, nil
}

// target finds the interface that an address is to be mapped to.
func (c *call) target() (*thing, error) {
	if id := c.str("NetworkInterfaceId"); id != "" {
		return c.r.find(kindInterface, id)
	}
	id, err := c.need("InstanceId")
	if err != nil {
		return nil, err
	}
	if _, err := c.r.find(kindInstance, id); err != nil {
		return nil, err
	}
	i := c.r.instances[id]
	if s := i.state(); s != "running" && s != "pending" && s != "stopped" {
		return nil, wire.Errorf("InvalidInstanceID", "The instance '%s' is not in a valid state for this operation.", id)
	}
	return i.nic, nil
}

func disassociateAddress(c *call) (wire.Map, error) {
	id, err := c.need("AssociationId")
	if err != nil {
		return nil, err
	}
	var found *thing
	for _, a := range c.r.shelves[kindAddress].order {
		if wire.Str(a.tree, "AssociationId") == id {
			found = a
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, wire.Errorf("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
	}
	c.r.unmap(found)
	return nil, nil
}

// releaseAddress gives an address back. One of an own VPC that is still mapped is
// refused (SDK ReleaseAddress: InvalidIPAddress.InUse).
func releaseAddress(c *call) (wire.Map, error) {
	id, err := c.need("AllocationId")
	if err != nil {
		return nil, err
	}
	a, err := c.r.find(kindAddress, id)
	if err != nil {
		return nil, err
	}
	if nic := c.r.shelves[kindInterface].byID[wire.Str(a.tree, "NetworkInterfaceId")]; nic != nil {
		vpc := c.r.shelves[kindVPC].byID[wire.Str(nic.tree, "VpcId")]
		if vpc == nil || !wire.Bool(vpc.tree, false, "IsDefault") {
			return nil, wire.Errorf("InvalidIPAddress.InUse", "Address %s is in use.", wire.Str(a.tree, "PublicIp"))
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.unmap(a)
	c.r.leave(a, time.Now())
	c.r.shelves[kindAddress].remove(a.id)
	return nil, nil
}

// unmap takes an address off its interface. The instance has none then.
func (r *region) unmap(a *thing) {
	if nic := r.shelves[kindInterface].byID[wire.Str(a.tree, "NetworkInterfaceId")]; nic != nil {
		delete(nic.tree, "Association")
	}
	if i := r.instances[wire.Str(a.tree, "InstanceId")]; i != nil {
		delete(i.tree, "PublicIpAddress")
	}
	for _, member := range []string{"AssociationId", "NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress", "InstanceId"} {
		delete(a.tree, member)
	}
}

// unmapFrom takes whatever address an interface has off it: it stays allocated,
// and billed, after its instance (aws-facts §9).
func (r *region) unmapFrom(nic *thing) {
	for _, a := range r.shelves[kindAddress].order {
		if wire.Str(a.tree, "NetworkInterfaceId") == nic.id {
			r.unmap(a)
		}
	}
}
