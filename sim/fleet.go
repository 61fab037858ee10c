package sim

import (
	"cmp"
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// offer is one override of a fleet request: a pool and its place in the answer.
type offer struct {
	spot     bool
	spec     *launchSpec
	override wire.Map
	template wire.Map
	weight   int
	priority float64
	price    float64
	index    int
	failure  *wire.Error // why it can't be used at all
}

// mostTarget is the most that one fleet may be asked for (aws-facts §1.7).
const mostTarget = 10000

// fleetRequest is a CreateFleet call, checked.
type fleetRequest struct {
	offers   []offer
	target   int
	least    int
	spot     bool
	strategy string
	tags     map[kind][]wire.Map
}

func createFleet(c *call) (wire.Map, error) {
	switch t := c.str("Type"); t {
	case "instant":
		return createInstant(c)
	case "", "maintain": // the default (aws-facts §1.1)
		return createMaintained(c)
	default:
		return nil, wire.Errorf("UnsupportedOperation", "This simulated cloud serves fleets of type instant and maintain, not %q.", t)
	}
}

func createInstant(c *call) (wire.Map, error) {
	q, err := c.fleetRequest()
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	now := time.Now()
	fleet := c.r.add(kindFleet, "FleetId", wire.Map{
		"ActivityStatus": "fulfilled", "CreateTime": now, "FleetState": "active", "Type": "instant", "ClientToken": c.str("ClientToken"),
		"TargetCapacitySpecification":      wire.Fit("TargetCapacitySpecification", wire.Sub(c.in, "TargetCapacitySpecification")),
		"TerminateInstancesWithExpiration": false, "ReplaceUnhealthyInstances": false, "ExcessCapacityTerminationPolicy": "termination",
	})
	if q.spot {
		fleet.tree["SpotOptions"] = wire.Map{"AllocationStrategy": q.strategy, "InstanceInterruptionBehavior": "terminate"}
	} else {
		fleet.tree["OnDemandOptions"] = wire.Map{"AllocationStrategy": q.strategy}
	}
	fleet.label(q.tags[kindFleet])
	launched, errors := c.fill(q, fleet)
	got := 0.0
	var ids []string
	for _, l := range launched {
		for _, id := range wire.Strs(l, "InstanceIds") {
			ids = append(ids, id)
			got++
		}
	}
	c.r.fleets[fleet.id] = ids
	c.noteAsk(q, ids, errors)
	fleet.tree["FulfilledCapacity"], fleet.tree["FulfilledOnDemandCapacity"] = got, 0.0
	if !q.spot {
		fleet.tree["FulfilledOnDemandCapacity"] = got
	}
	fleet.tree["Instances"] = fitAll("DescribeFleetsInstances", launched)
	fleet.tree["Errors"] = fitAll("DescribeFleetError", errors)
	return wire.Map{"FleetId": fleet.id, "Instances": wire.ListOf(launched), "Errors": wire.ListOf(errors)}, nil
}

func fitAll(shape string, in []wire.Map) wire.List {
	out := make(wire.List, len(in))
	for i, m := range in {
		out[i] = wire.Fit(shape, m)
	}
	return out
}

// fleetRequest checks a CreateFleet call as far as EC2 does before it tries.
func (c *call) fleetRequest() (*fleetRequest, error) {
	want := wire.Sub(c.in, "TargetCapacitySpecification")
	q := &fleetRequest{
		target: wire.Int(want, "TotalTargetCapacity"), spot: wire.Str(want, "DefaultTargetCapacityType") == "spot",
		strategy: wire.Str(c.in, "SpotOptions", "AllocationStrategy"), least: wire.Int(c.in, "SpotOptions", "MinTargetCapacity"),
	}
	if q.strategy == "" {
		q.strategy = "lowest-price"
	}
	instant, least := c.str("Type") == "instant", 1
	taggable := []kind{kindFleet, kindInstance, kindVolume, kindInterface}
	if !instant { // it may begin with 0, and only the fleet itself is tagged (SDK FleetData, CreateFleetInput)
		least, taggable = 0, []kind{kindFleet}
		if err := checkRebalance(c.in); err != nil {
			return nil, err
		}
	}
	strategies := []string{"price-capacity-optimized", "capacity-optimized", "capacity-optimized-prioritized", "diversified", "lowest-price", "lowestPrice"}
	if !q.spot { // on-demand has strategies of its own (aws-facts §1.2)
		strategies = []string{"lowest-price", "prioritized"}
		q.strategy = cmp.Or(wire.Str(c.in, "OnDemandOptions", "AllocationStrategy"), "lowest-price")
		q.least = wire.Int(c.in, "OnDemandOptions", "MinTargetCapacity")
	}
	switch {
	case want == nil:
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter TargetCapacitySpecification")
	case q.target < least || q.target > mostTarget:
		return nil, wire.Errorf("InvalidTargetCapacitySpecification", "TotalTargetCapacity must be between %d and %d, not %d", least, mostTarget, q.target)
	case !slices.Contains(strategies, q.strategy):
		return nil, wire.Errorf("InvalidParameterValue", "Invalid value '%s' for AllocationStrategy.", q.strategy)
	case !slices.Contains([]string{"", "spot", "on-demand"}, wire.Str(want, "DefaultTargetCapacityType")):
		return nil, wire.Errorf("InvalidParameterValue", "Invalid value '%s' for DefaultTargetCapacityType.", wire.Str(want, "DefaultTargetCapacityType"))
	}
	var err error
	if q.tags, err = specified(wire.Maps(c.in, "TagSpecifications"), taggable...); err != nil {
		return nil, err
	}
	configs := wire.Maps(c.in, "LaunchTemplateConfigs")
	if len(configs) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter LaunchTemplateConfigs")
	}
	for _, config := range configs {
		if err := c.addOffers(q, config); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// addOffers turns one launch template with its overrides into offers.
func (c *call) addOffers(q *fleetRequest, config wire.Map) error {
	spec := wire.Sub(config, "LaunchTemplateSpecification")
	t, err := c.r.templateOf(spec)
	if err != nil {
		return err
	}
	version := wire.Str(spec, "Version")
	if version == "" {
		return wire.Errorf("MissingParameter", "The request must contain the parameter Version")
	}
	if err := checkVersion(version); err != nil {
		return err
	}
	shown := wire.Map{"LaunchTemplateId": t.id, "Version": "1"}
	overrides := wire.Maps(config, "Overrides")
	if len(overrides) == 0 {
		overrides = []wire.Map{{}}
	}
	for _, o := range overrides {
		if o["ImageId"] != nil && c.str("Type") != "instant" {
			return wire.Errorf("InvalidParameterCombination", "ImageId can be overridden in fleets of type instant only; name it in the launch template.") // SDK FleetLaunchTemplateOverridesRequest
		}
		if o["InstanceRequirements"] != nil {
			return wire.Errorf("UnsupportedOperation", "This simulated cloud takes InstanceType, not InstanceRequirements.")
		}
		for _, one := range c.places(o) {
			q.offers = append(q.offers, c.offer(q, t, shown, one, len(q.offers)))
		}
	}
	return nil
}

// places spreads an override that names no place over all zones.
func (c *call) places(o wire.Map) []wire.Map {
	if wire.Str(o, "SubnetId") != "" || wire.Str(o, "AvailabilityZone") != "" {
		return []wire.Map{o}
	}
	var out []wire.Map
	for i, z := range c.r.zones() {
		if id := wire.Str(o, "AvailabilityZoneId"); id != "" && id != c.r.zoneID(i) {
			continue
		}
		one := wire.Clone(o)
		one["AvailabilityZone"] = z
		out = append(out, one)
	}
	return out
}

func (c *call) offer(q *fleetRequest, t *thing, shown, o wire.Map, index int) offer {
	data := wire.Clone(c.r.templates[t.id].data)
	for _, member := range []string{"ImageId", "InstanceType", "KeyName"} {
		if o[member] != nil {
			data[member] = o[member]
		}
	}
	if q.spot {
		data["InstanceMarketOptions"] = wire.Map{"MarketType": "spot"}
	}
	off := offer{spot: q.spot, override: wire.Fit("FleetLaunchTemplateOverrides", o), template: shown, weight: 1, index: index}
	if w := wire.Int(o, "WeightedCapacity"); w > 0 {
		off.weight = w
	}
	off.priority, _ = o["Priority"].(float64)
	spec, err := c.r.specFor(data, wire.Str(data, "InstanceType"), wire.Str(o, "AvailabilityZone"), wire.Str(o, "SubnetId"))
	if _, api := codeOf(err); api != nil {
		off.failure = api
		return off
	}
	for k, tags := range q.tags { // what the call says wins over the template
		spec.tags[k] = append(slices.Clone(spec.tags[k]), tags...)
	}
	spec.templated = t.id
	off.spec = spec
	off.price = spec.typ.onDemand * c.r.info.factor
	if q.spot {
		off.price, _ = c.r.spotPrice(spec.typ, spec.zone, time.Now())
	}
	return off
}

// Fleets of each type that one DeleteFleets takes (SDK DeleteFleets).
const (
	mostInstant    = 25
	mostMaintained = 100
)

// deleteFleets ends fleets. An instant one always takes its instances along.
func deleteFleets(c *call) (wire.Map, error) {
	ids := c.list("FleetIds")
	if len(ids) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter FleetIds")
	}
	instant, others := 0, 0
	for _, id := range ids {
		if c.r.maintained[id] != nil {
			others++
		} else if c.r.shelves[kindFleet].byID[id] != nil {
			instant++
		}
	}
	members := wire.Bool(c.in, false, "TerminateInstances")
	switch {
	case instant > mostInstant:
		return nil, wire.Errorf("InvalidParameterValue", "At most %d instant fleets can be deleted in one call", mostInstant)
	case others > mostMaintained:
		return nil, wire.Errorf("InvalidParameterValue", "At most %d fleets can be deleted in one call", mostMaintained)
	case !members && instant > 0:
		return nil, wire.Errorf("InvalidParameterValue", "An instant fleet can't be deleted without terminating its instances.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	done, failed := wire.List{}, wire.List{}
	for _, id := range ids {
		was, is, err := c.deleteFleet(id, members)
		if err != nil {
			failed = append(failed, wire.Map{"FleetId": id, "Error": wire.Map{"Code": err.Code, "Message": err.Message}})
			continue
		}
		done = append(done, wire.Map{"FleetId": id, "CurrentFleetState": is, "PreviousFleetState": was})
	}
	return wire.Map{"SuccessfulFleetDeletions": done, "UnsuccessfulFleetDeletions": failed}, nil
}

// deleteFleet ends one fleet and gives its states before and after.
func (c *call) deleteFleet(id string, members bool) (was, is string, failure *wire.Error) {
	fleet, err := c.r.find(kindFleet, id)
	if err != nil {
		return "", "", wire.Errorf("fleetIdDoesNotExist", "The fleet ID '%s' does not exist", id)
	}
	now := time.Now()
	if m := c.r.maintained[id]; m != nil {
		was = wire.Str(m.tree, "FleetState")
		if was != "deleted" { // deleting it once more may still take its members
			m.delete(now, members)
		}
		return was, wire.Str(m.tree, "FleetState"), nil
	}
	for _, i := range c.r.fleets[id] {
		if inst := c.r.instances[i]; inst != nil {
			inst.end(now, "Client.UserInitiatedShutdown", "User initiated shutdown")
		}
	}
	c.r.shelves[kindFleet].remove(fleet.id)
	return "active", "deleted_terminating", nil
}
