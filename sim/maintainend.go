package sim

import (
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// fleetFor is how long a deleted fleet and its history are shown: two days after
// its instances are terminated (SDK EventInformation: deleted).
const fleetFor = 48 * time.Hour

// expire is the fleet's ValidUntil: it launches nothing any more, and ends its
// members where the request says so (SDK TerminateInstancesWithExpiration).
func (m *maintained) expire(at time.Time) {
	if m.over() {
		return
	}
	m.note(at, "fleet-change", "expired", "", "")
	m.delete(at, wire.Bool(m.tree, false, "TerminateInstancesWithExpiration"))
}

// delete ends the fleet: deleted_terminating with its members, or deleted_running
// without them (SDK DeleteFleets).
func (m *maintained) delete(at time.Time, members bool) {
	state := "deleted_running"
	if members {
		state = "deleted_terminating"
	}
	m.tree["FleetState"] = state
	m.note(at, "fleet-change", state, "", "")
	if members {
		for _, id := range slices.Clone(m.members) { // each end takes one out
			if m.alive(id) {
				m.r.instances[id].end(at, "Client.UserInitiatedShutdown", "User initiated shutdown")
			}
		}
	}
	m.settleEnd(at)
}

// settleEnd makes a deleted fleet's state deleted when its last member has ended.
func (m *maintained) settleEnd(at time.Time) {
	if s := wire.Str(m.tree, "FleetState"); s != "deleted_running" && s != "deleted_terminating" {
		return
	}
	for _, id := range m.members {
		if m.alive(id) {
			return
		}
	}
	m.tree["FleetState"] = "deleted"
	m.note(at, "fleet-change", "deleted", "", "")
	m.r.over(m.thing, at, fleetFor)
}

// modifyFleet changes a fleet's target and its policy. The fleet is in the state
// modifying until that is processed (SDK ModifyFleet).
func modifyFleet(c *call) (wire.Map, error) {
	id, err := c.need("FleetId")
	if err != nil {
		return nil, err
	}
	t, err := c.r.find(kindFleet, id)
	if err != nil {
		return nil, err
	}
	m := c.r.maintained[id]
	policy := c.str("ExcessCapacityTerminationPolicy")
	want := wire.Sub(c.in, "TargetCapacitySpecification")
	switch {
	case m == nil:
		return nil, wire.Errorf("UnsupportedOperation", "Only a fleet of type maintain can be modified, not one of type %s.", wire.Str(t.tree, "Type"))
	case m.over():
		return nil, wire.Errorf("InvalidParameterValue", "The fleet %s is in the state %s and can't be modified.", id, wire.Str(t.tree, "FleetState"))
	case wire.Str(t.tree, "FleetState") != "active":
		return nil, wire.Errorf("IncorrectState", "The fleet %s is in the state %s.", id, wire.Str(t.tree, "FleetState"))
	case c.in["LaunchTemplateConfigs"] != nil:
		return nil, wire.Errorf("UnsupportedOperation", "This simulated cloud changes a fleet's target and its policy only.")
	case want == nil && policy == "":
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter TargetCapacitySpecification")
	case policy != "" && policy != "termination" && policy != "no-termination":
		return nil, wire.Errorf("InvalidParameterValue", "Invalid value '%s' for ExcessCapacityTerminationPolicy.", policy)
	}
	target := m.target
	if want != nil {
		if target = wire.Int(want, "TotalTargetCapacity"); target < 0 || target > mostTarget {
			return nil, wire.Errorf("InvalidTargetCapacitySpecification", "TotalTargetCapacity must be between 0 and %d, not %d", mostTarget, target)
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	now := time.Now()
	t.tree["FleetState"] = "modifying"
	m.note(now, "fleet-change", "modify_in_progress", "", "")
	c.r.planAt(now.Add(c.r.between(modifyLow, modifyHigh)), func(at time.Time) { m.modified(at, target, policy) })
	return wire.Map{"Return": true}, nil
}

func (m *maintained) modified(at time.Time, target int, policy string) {
	if m.over() {
		return
	}
	m.target = target
	spec := wire.Clone(wire.Sub(m.tree, "TargetCapacitySpecification"))
	spec["TotalTargetCapacity"] = target
	m.tree["TargetCapacitySpecification"] = spec
	if policy != "" {
		m.keep = policy == "no-termination"
		m.tree["ExcessCapacityTerminationPolicy"] = policy
	}
	m.tree["FleetState"] = "active"
	m.note(at, "fleet-change", "modify_succeeded", "", "")
	m.evaluate(at)
}
