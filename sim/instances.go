package sim

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"spot-tui/sim/wire"
)

// maxIDs is how many instances TerminateInstances takes (aws-facts §1.7).
const maxIDs = 1000

func runInstances(c *call) (wire.Map, error) {
	low, high := wire.Int(c.in, "MinCount"), wire.Int(c.in, "MaxCount")
	if low < 1 || high < low {
		return nil, wire.Errorf("InvalidParameterValue", "Value (%d) for parameter minCount and (%d) for maxCount are invalid: 1 ≤ minCount ≤ maxCount.", low, high)
	}
	data, templated, err := c.runData()
	if err != nil {
		return nil, err
	}
	s, err := c.r.specFor(data, wire.Str(data, "InstanceType"), wire.Str(data, "Placement", "AvailabilityZone"), wire.Str(data, "SubnetId"))
	if err != nil {
		return nil, err
	}
	if kind := wire.Str(data, "InstanceMarketOptions", "SpotOptions", "SpotInstanceType"); s.spot && kind == "persistent" {
		return nil, wire.Errorf("UnsupportedOperation", "This simulated cloud serves one-time spot requests only.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	n := min(high, c.r.room(s))
	if n < low {
		return nil, c.r.refusal(s, low)
	}
	if c.allowed("RunInstances", n) < n {
		return nil, tooMany()
	}
	s.token = c.str("ClientToken")
	if templated != "" {
		s.own = []tag{{"aws:ec2launchtemplate:id", templated}, {"aws:ec2launchtemplate:version", "1"}}
	}
	launched := c.r.launch(s, n)
	return reservationTree(launched), nil
}

// runData lays what RunInstances says over its launch template, if it has one.
func (c *call) runData() (wire.Map, string, error) {
	data, templated := wire.Map{}, ""
	if spec := wire.Sub(c.in, "LaunchTemplate"); spec != nil {
		t, err := c.r.templateOf(spec)
		if err != nil {
			return nil, "", err
		}
		if v := wire.Str(spec, "Version"); v != "" {
			if err := checkVersion(v); err != nil {
				return nil, "", err
			}
		}
		data, templated = wire.Clone(c.r.templates[t.id].data), t.id
	}
	for member, v := range c.in {
		data[member] = v
	}
	if wire.Str(data, "InstanceType") == "" {
		data["InstanceType"] = "m5.large" // near enough to EC2's default, m1.small, which is gone
	}
	return data, templated, nil
}

func reservationTree(of []*instance) wire.Map {
	list := make(wire.List, len(of))
	for i, inst := range of {
		list[i] = inst.tree
	}
	return wire.Map{"ReservationId": of[0].reservation, "OwnerId": Account, "Groups": wire.List{}, "Instances": list}
}

// repeatRun answers a repeated client token: the same instances as they are
// now, or EC2's refusal where they have ended (aws-facts §1.6).
func repeatRun(c *call, first wire.Map) (wire.Map, error) {
	var again []*instance
	for _, i := range wire.Maps(first, "Instances") {
		inst := c.r.instances[wire.Str(i, "InstanceId")]
		if inst == nil || inst.state() == "terminated" || inst.state() == "shutting-down" {
			return nil, wire.Errorf("IdempotentInstanceTerminated", "The client token belongs to an instance that has been terminated.")
		}
		again = append(again, inst)
	}
	return reservationTree(again), nil
}

func describeInstances(c *call) (wire.Map, error) {
	l := listing{
		kind: kindInstance, ids: "InstanceIds", low: 5, high: 1000,
		filters: instanceFilters(), rows: c.instanceRows,
	}
	l.filters["reservation-id"] = "ReservationId"
	rows, next, err := l.page(c)
	if err != nil {
		return nil, err
	}
	list := wire.List{}
	var open wire.Map
	for _, r := range rows {
		i := c.r.instances[r.id]
		if open == nil || open["ReservationId"] != i.reservation {
			open = wire.Map{"ReservationId": i.reservation, "OwnerId": Account, "Groups": wire.List{}, "Instances": wire.List{}}
			list = append(list, open)
		}
		open["Instances"] = append(open["Instances"].(wire.List), r.tree)
	}
	out := wire.Map{"Reservations": list}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// instanceRows lists instances; malformed ids are refused first.
func (c *call) instanceRows(*call) ([]row, error) {
	for _, id := range c.list("InstanceIds") {
		if !strings.HasPrefix(id, "i-") {
			return nil, wire.Errorf("InvalidInstanceID.Malformed", "Invalid id: \"%s\"", id)
		}
	}
	var rows []row
	for _, t := range c.r.shown(kindInstance) {
		rows = append(rows, row{seq: t.seq, id: t.id, tree: t.tree})
	}
	return rows, nil
}

func statusRows(c *call) ([]row, error) {
	all := wire.Bool(c.in, false, "IncludeAllInstances")
	var rows []row
	for _, t := range c.r.shown(kindInstance) {
		i := c.r.instances[t.id]
		if i.state() != "running" && !all {
			continue
		}
		status := "not-applicable"
		if i.state() == "running" {
			status = "initializing"
			if i.host != nil {
				status = "ok"
			}
		}
		details := wire.List{}
		if status != "not-applicable" {
			details = wire.List{wire.Map{"Name": "reachability", "Status": map[string]string{"ok": "passed", "initializing": "initializing"}[status]}}
		}
		rows = append(rows, row{seq: t.seq, id: t.id, tree: wire.Map{
			"InstanceId": t.id, "AvailabilityZone": i.spec.zone, "InstanceState": i.tree["State"], "Events": wire.List{},
			"InstanceStatus": wire.Map{"Status": status, "Details": details}, "SystemStatus": wire.Map{"Status": status, "Details": wire.Clone(details)},
		}})
	}
	return rows, nil
}

// terminateInstances ends all of the named instances, or none if one is unknown,
// and those of other zones if one is protected.
func terminateInstances(c *call) (wire.Map, error) {
	ids := c.list("InstanceIds")
	if len(ids) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter InstanceId")
	}
	if len(ids) > maxIDs {
		return nil, wire.Errorf("RequestResourceCountExceeded", "At most %d instances can be terminated in one call", maxIDs)
	}
	for _, id := range ids {
		if !strings.HasPrefix(id, "i-") {
			return nil, wire.Errorf("InvalidInstanceID.Malformed", "Invalid id: \"%s\"", id)
		}
		if _, err := c.r.find(kindInstance, id); err != nil {
			return nil, err
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	if c.allowed("TerminateInstances", len(ids)) < len(ids) {
		return nil, tooMany()
	}
	spared, refused := c.spared(ids)
	now, list := time.Now(), wire.List{}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		i := c.r.instances[id]
		if spared[id] {
			continue
		}
		before := i.tree["State"]
		i.end(now, "Client.UserInitiatedShutdown", "User initiated shutdown")
		list = append(list, wire.Map{"InstanceId": id, "PreviousState": before, "CurrentState": i.tree["State"]})
	}
	if refused != nil {
		return nil, refused
	}
	return wire.Map{"TerminatingInstances": list}, nil
}

func cancelSpotRequests(c *call) (wire.Map, error) {
	ids := c.list("SpotInstanceRequestIds")
	if len(ids) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter SpotInstanceRequestId")
	}
	var found []*thing
	for _, id := range ids {
		t, err := c.r.find(kindSpot, id)
		if err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	now, list := time.Now(), wire.List{}
	for _, t := range found {
		if wire.Str(t.tree, "State") == "active" { // its instance runs on
			t.tree["State"] = "cancelled"
			t.tree["Status"] = wire.Map{
				"Code": "request-canceled-and-instance-running", "UpdateTime": now,
				"Message": "Your Spot request is canceled, but your instance is still running.",
			}
			t.gone = now // it no longer counts, but is shown while its instance runs
		}
		list = append(list, wire.Map{"SpotInstanceRequestId": t.id, "State": t.tree["State"]})
	}
	return wire.Map{"CancelledSpotInstanceRequests": list}, nil
}

func deleteVolume(c *call) (wire.Map, error) {
	return c.deleteFree(kindVolume, "VolumeId", "State", "VolumeInUse")
}

func deleteInterface(c *call) (wire.Map, error) {
	return c.deleteFree(kindInterface, "NetworkInterfaceId", "Status", "InvalidNetworkInterface.InUse")
}

// deleteFree deletes what nothing is attached to.
func (c *call) deleteFree(k kind, idMember, stateMember, busy string) (wire.Map, error) {
	id, err := c.need(idMember)
	if err != nil {
		return nil, err
	}
	t, err := c.r.find(k, id)
	if err != nil {
		return nil, err
	}
	if wire.Str(t.tree, stateMember) != "available" {
		return nil, wire.Errorf(busy, "%s is in use by %s", id, strings.Join(collect(
			collect(nil, t.tree, []string{"Attachments", "InstanceId"}), t.tree, []string{"Attachment", "InstanceId"}), ", "))
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.leave(t, time.Now())
	c.r.shelves[k].remove(id)
	return nil, nil
}

func consoleOutput(c *call) (wire.Map, error) {
	id, err := c.need("InstanceId")
	if err != nil {
		return nil, err
	}
	if _, err := c.r.find(kindInstance, id); err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	out := wire.Map{"InstanceId": id, "Timestamp": time.Now()}
	if text := c.r.instances[id].console; text != "" {
		out["Output"] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return out, nil
}
