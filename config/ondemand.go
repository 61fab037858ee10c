package config

import "spot-tui/fleet"

// onDemand reads when on-demand instances stand in for spot ones.
func (r *reader) onDemand(target int) fleet.CapacitySpec {
	t := r.d.table("capacity")
	var c fleet.CapacitySpec
	if m := t.oneOf("on_demand", string(fleet.OnDemandNever), string(fleet.OnDemandFallback)); m != string(fleet.OnDemandNever) {
		c.OnDemand = fleet.OnDemandMode(m)
	}
	c.OnDemandBase, _ = t.number("on_demand_base", 0, 0, MaxTarget)
	if c.OnDemandBase > target {
		r.d.bad(t.key("on_demand_base"), "is %d, more than the %d that the fleet should have; use 0 to %d", c.OnDemandBase, target, target)
	}
	return c
}
