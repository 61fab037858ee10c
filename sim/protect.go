package sim

import (
	"fmt"
	"time"

	"spot-tui/sim/wire"
)

// modifyInstance changes an attribute of an instance: its protection against
// TerminateInstances, or what a shutdown from inside does.
func modifyInstance(c *call) (wire.Map, error) {
	id, err := c.need("InstanceId")
	if err != nil {
		return nil, err
	}
	if _, err := c.r.find(kindInstance, id); err != nil {
		return nil, err
	}
	i := c.r.instances[id]
	protect, asked := wire.Sub(c.in, "DisableApiTermination")["Value"].(bool)
	shutdown := wire.Str(c.in, "InstanceInitiatedShutdownBehavior", "Value")
	switch {
	case !asked && shutdown == "":
		return nil, wire.Errorf("UnsupportedOperation", "This simulated cloud changes DisableApiTermination and InstanceInitiatedShutdownBehavior only.")
	case i.spec.spot && asked && protect: // SDK ModifyInstanceAttribute: not for spot instances
		return nil, wire.Errorf("UnsupportedOperation", "You can't enable termination protection for Spot Instances.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	if asked {
		i.protected = protect
	}
	if shutdown != "" {
		i.spec.shutdown = shutdown
	}
	return nil, nil
}

// describeInstanceAttribute shows an attribute that DescribeInstances doesn't.
func describeInstanceAttribute(c *call) (wire.Map, error) {
	id, err := c.need("InstanceId")
	if err != nil {
		return nil, err
	}
	if _, err := c.r.find(kindInstance, id); err != nil {
		return nil, err
	}
	if a := c.str("Attribute"); a != "disableApiTermination" {
		return nil, wire.Errorf("UnsupportedOperation", "This simulated cloud shows disableApiTermination only, not %q.", a)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	return wire.Map{"InstanceId": id, "DisableApiTermination": wire.Map{"Value": c.r.instances[id].protected}}, nil
}

// spared gives the ids that a call must leave alone: a protected instance keeps
// all that stand beside it in its zone, while other zones go through, and the
// call fails (aws-facts §2.4).
func (c *call) spared(ids []string) (map[string]bool, error) {
	zones, first := map[string]bool{}, ""
	for _, id := range ids {
		if i := c.r.instances[id]; i.protected {
			zones[i.spec.zone] = true
			first = id
		}
	}
	if first == "" {
		return nil, nil
	}
	out := map[string]bool{}
	for _, id := range ids {
		if zones[c.r.instances[id].spec.zone] {
			out[id] = true
		}
	}
	return out, wire.Errorf("OperationNotPermitted",
		"The instance '%s' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.", first)
}

// releaseDelay is how long interfaces outlive their instances, as faults say.
func (w *World) releaseDelay(region string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var most time.Duration
	for _, a := range w.faults {
		if a.Fault.Fault == "slow-release" && (a.Region == "" || a.Region == region) {
			most = max(most, a.delay(time.Minute))
		}
	}
	return most
}

// dropNIC lets the instance's interface go, at once or, where a fault says so,
// later: until then it holds its subnet, its groups and its public address, which
// keeps the gateway (aws-facts §6.3).
func (i *instance) dropNIC(at time.Time) {
	i.r.unmapFrom(i.nic)
	gone := func(time.Time) {
		i.r.shelves[kindInterface].remove(i.nic.id)
		if i.private.IsValid() {
			i.spec.subnet.tree["AvailableIpAddressCount"] = wire.Int(i.spec.subnet.tree, "AvailableIpAddressCount") + 1
		}
	}
	if d := i.r.w.releaseDelay(i.r.info.name); d > 0 {
		i.r.plan(i, at.Add(d), gone)
		return
	}
	gone(at)
}

// createInterface makes an interface that nothing is attached to.
func createInterface(c *call) (wire.Map, error) {
	subnet, err := c.subnet()
	if err != nil {
		return nil, err
	}
	vpc := wire.Str(subnet.tree, "VpcId")
	groups := c.list("Groups")
	if len(groups) == 0 {
		groups = []string{c.r.groupNamed(vpc, "default").id} // each VPC has one
	}
	for _, id := range groups {
		if _, err := c.r.find(kindGroup, id); err != nil {
			return nil, err
		}
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindInterface)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	ip := c.r.nextPrivate(subnet)
	n := c.r.add(kindInterface, "NetworkInterfaceId", wire.Map{
		"AvailabilityZone": subnet.tree["AvailabilityZone"], "Description": c.str("Description"), "Groups": c.r.groupRefs(groups),
		"InterfaceType": "interface", "OwnerId": Account, "PrivateIpAddress": ip.String(),
		"MacAddress":         fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", c.r.rng.IntN(256), c.r.rng.IntN(256), c.r.rng.IntN(256), c.r.rng.IntN(256), c.r.rng.IntN(256)),
		"PrivateIpAddresses": wire.List{wire.Map{"Primary": true, "PrivateIpAddress": ip.String()}},
		"RequesterManaged":   false, "SourceDestCheck": true, "Status": "available", "SubnetId": subnet.id, "VpcId": vpc,
	})
	n.label(tags[kindInterface])
	return wire.Map{"NetworkInterface": n.tree}, nil
}
