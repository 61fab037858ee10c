package sim

import (
	"fmt"
	"time"

	"spot-tui/sim/wire"
)

// noticeLength is how long before the end a spot interruption is announced
// (aws-facts §4.3), before Scale.
const noticeLength = 2 * time.Minute

// run is pending → running: the public address appears, the system boots.
func (i *instance) run(at time.Time) {
	i.setState("running")
	if i.public.IsValid() {
		association := wire.Map{"IpOwnerId": "amazon", "PublicDnsName": i.publicDNS(), "PublicIp": i.public.String()}
		i.tree["PublicIpAddress"], i.tree["PublicDnsName"] = i.public.String(), i.publicDNS()
		for _, n := range append(wire.Maps(i.tree, "NetworkInterfaces"), i.nic.tree) {
			n["Association"] = wire.Clone(association)
			for _, a := range wire.Maps(n, "PrivateIpAddresses") {
				a["Association"] = wire.Clone(association)
			}
		}
	}
	i.booted = at
	i.r.plan(i, at.Add(i.r.between(8*time.Second, 20*time.Second)), i.openSSH)
}

// end starts shutting-down, for a reason that describe shows.
func (i *instance) end(at time.Time, code, message string) {
	if s := i.state(); s == "shutting-down" || s == "terminated" {
		return
	}
	i.gen++
	i.closeHost()
	if i.state() != "stopped" {
		i.r.billed = append(i.r.billed, i.charge(at, code == "Server.SpotInstanceTermination"))
	}
	i.setState("shutting-down")
	i.tree["StateReason"] = wire.Map{"Code": code, "Message": code + ": " + message}
	if code == "Client.UserInitiatedShutdown" {
		i.tree["StateTransitionReason"] = fmt.Sprintf("User initiated (%s GMT)", at.UTC().Format("2006-01-02 15:04:05"))
	}
	if i.request != nil && wire.Str(i.request.tree, "State") != "cancelled" {
		i.request.tree["State"] = "closed"
		switch code {
		case "Server.SpotInstanceTermination":
			i.setRequest("instance-terminated-no-capacity", "Your instance was terminated because there is no longer enough Spot capacity available.", at)
		default:
			i.setRequest("instance-terminated-by-user", "Your instance was terminated by the user.", at)
		}
	}
	if i.request != nil {
		i.r.over(i.request, at, requestFor)
	}
	i.r.plan(i, at.Add(i.r.between(5*time.Second, 15*time.Second)), i.terminate)
	if m := i.r.maintainedOf(i); m != nil {
		m.lost(i, at)
	}
}

// terminate is shutting-down → terminated: what the instance held is released.
func (i *instance) terminate(at time.Time) {
	i.setState("terminated")
	i.giveBack()
	for n, d := range i.spec.disks {
		v := i.volumes[n]
		if d.keep {
			v.tree["State"], v.tree["Attachments"] = "available", wire.List{}
			v.lone = at
		} else {
			i.r.shelves[kindVolume].remove(v.id)
		}
	}
	if i.spec.keepNIC {
		i.nic.tree["Status"] = "available"
		delete(i.nic.tree, "Attachment")
		i.dropAddress()
		i.r.unmapFrom(i.nic)
	} else {
		i.dropNIC(at)
	}
	for _, member := range []string{"PublicIpAddress", "PrivateIpAddress", "Ipv6Address", "SubnetId", "VpcId"} {
		delete(i.tree, member)
	}
	i.tree["PublicDnsName"], i.tree["PrivateDnsName"] = "", ""
	i.tree["NetworkInterfaces"], i.tree["BlockDeviceMappings"] = wire.List{}, wire.List{}
	i.tree["SecurityGroups"] = wire.List{}
	i.r.over(i.thing, at, terminatedFor)
}

// giveBack returns the instance's capacity to its pool, once.
func (i *instance) giveBack() {
	if i.spec.spot && !i.returned {
		i.returned = true
		i.r.take(i.spec.pool(), -1)
	}
}

// dropAddress takes the public address from the instance's interface.
func (i *instance) dropAddress() {
	for _, n := range append(wire.Maps(i.tree, "NetworkInterfaces"), i.nic.tree) {
		delete(n, "Association")
		for _, a := range wire.Maps(n, "PrivateIpAddresses") {
			delete(a, "Association")
		}
	}
}

// halt is a shutdown from inside. A spot instance of a one-time request can't
// stop, so it ends whatever its shutdown behaviour says.
func (i *instance) halt() {
	i.r.mu.Lock()
	defer i.r.mu.Unlock()
	i.r.settle()
	if i.state() != "running" || i.r.closed {
		return
	}
	now := time.Now()
	defer func() { i.r.settle() }()
	if i.spec.spot || i.spec.shutdown == "terminate" {
		i.end(now, "Client.InstanceInitiatedShutdown", "Instance initiated shutdown")
		return
	}
	i.gen++
	i.closeHost()
	i.r.billed = append(i.r.billed, i.charge(now, false))
	i.setState("stopping")
	i.tree["StateReason"] = wire.Map{"Code": "Client.InstanceInitiatedShutdown", "Message": "Client.InstanceInitiatedShutdown: Instance initiated shutdown"}
	i.r.plan(i, now.Add(i.r.between(5*time.Second, 15*time.Second)), func(time.Time) {
		i.setState("stopped")
		delete(i.tree, "PublicIpAddress")
		i.tree["PublicDnsName"] = ""
		i.dropAddress()
	})
}

// interrupt is what EC2 does when it wants its capacity back: the request's
// status flips, IMDS announces the end, and after the notice it comes.
func (i *instance) interrupt(now time.Time) error {
	if i.request == nil {
		return fmt.Errorf("%s is not a spot instance", i.id)
	}
	if s := i.state(); s != "running" && s != "pending" {
		return fmt.Errorf("%s is %s: only a running instance can be interrupted", i.id, s)
	}
	end := now.Add(i.r.w.scaled(noticeLength))
	i.notice.Store(&end)
	i.setRequest("instance-terminated-no-capacity", "Your instance is being terminated because there is no longer enough Spot capacity available.", now)
	if m := i.r.maintainedOf(i); m != nil { // the recommendation comes with the notice at the latest (aws-facts §4.4)
		m.atRisk(i.id, now)
	}
	i.r.plan(i, end, func(at time.Time) { i.end(at, "Server.SpotInstanceTermination", "Spot instance termination") })
	return nil
}
