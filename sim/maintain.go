package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// What a fleet of type maintain takes its time for, before Scale. EC2 documents
// no figures: the fleet is evaluated now and then, not at once.
const (
	startLow, startHigh   = 2 * time.Second, 6 * time.Second   // from the request to the first launch
	noticeLow, noticeHigh = 3 * time.Second, 10 * time.Second  // from a loss to its replacement
	modifyLow, modifyHigh = 1 * time.Second, 4 * time.Second   // a modification is processed
	againLow, againHigh   = 20 * time.Second, 40 * time.Second // after a launch that came short
	leastAgain            = time.Second                        // also in a world without latencies
)

// maintained is a fleet of type maintain: it launches until it has its target,
// and again whenever a member ends (SDK CreateFleetInput.Type).
type maintained struct {
	*thing
	r       *region
	asked   wire.Map // the request, from which each launch is worked out anew
	target  int
	keep    bool // the excess is not terminated: policy no-termination
	members []string
	// leaving are members that got a rebalance recommendation, with the time at
	// which the fleet ends them: zero until the replacement is launched, or for ever
	// with the strategy launch.
	leaving map[string]time.Time
	until   time.Time // ValidUntil; zero: none
	events  []fleetEvent
	waits   bool // an evaluation is on the agenda
}

// createMaintained answers CreateFleet for the type maintain: with an id only,
// since the launching comes after (SDK CreateFleetOutput.Instances: instant only).
func createMaintained(c *call) (wire.Map, error) {
	q, err := c.fleetRequest()
	if err != nil {
		return nil, err
	}
	until, err := c.validUntil()
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	now := time.Now()
	policy := c.str("ExcessCapacityTerminationPolicy")
	if policy == "" {
		policy = "termination"
	}
	options := wire.Fit("SpotOptions", wire.Sub(c.in, "SpotOptions"))
	options["AllocationStrategy"], options["InstanceInterruptionBehavior"] = q.strategy, "terminate"
	m := &maintained{r: c.r, asked: wire.Clone(c.in), target: q.target, keep: policy == "no-termination", until: until, leaving: map[string]time.Time{}}
	delete(m.asked, "ClientToken") // the fleet's, not that of its launches
	tree := wire.Map{
		"ActivityStatus": "pending_fulfillment", "CreateTime": now, "FleetState": "submitted", "Type": "maintain", "ClientToken": c.str("ClientToken"),
		"TargetCapacitySpecification":      wire.Fit("TargetCapacitySpecification", wire.Sub(c.in, "TargetCapacitySpecification")),
		"TerminateInstancesWithExpiration": wire.Bool(c.in, false, "TerminateInstancesWithExpiration"),
		"ReplaceUnhealthyInstances":        wire.Bool(c.in, false, "ReplaceUnhealthyInstances"),
		"ExcessCapacityTerminationPolicy":  policy, "SpotOptions": options, "FulfilledCapacity": 0.0, "FulfilledOnDemandCapacity": 0.0,
		"LaunchTemplateConfigs": fitAll("FleetLaunchTemplateConfig", wire.Maps(c.in, "LaunchTemplateConfigs")),
	}
	if !until.IsZero() {
		tree["ValidUntil"] = until
	}
	m.thing = c.r.add(kindFleet, "FleetId", tree)
	m.label(q.tags[kindFleet])
	c.r.maintained[m.id] = m
	m.note(now, "fleet-change", "submitted", "", "")
	m.later(now, startLow, startHigh)
	if !until.IsZero() {
		c.r.planAt(until, m.expire)
	}
	return wire.Map{"FleetId": m.id}, nil
}

// validUntil reads the fleet's end.
func (c *call) validUntil() (time.Time, error) {
	until, _ := c.in["ValidUntil"].(time.Time)
	if !until.IsZero() && !until.After(time.Now()) {
		return until, wire.Errorf("InvalidParameterValue", "ValidUntil must be in the future")
	}
	return until, nil
}

// later puts an evaluation on the agenda, unless one is there.
func (m *maintained) later(at time.Time, low, high time.Duration) {
	if m.waits || m.over() {
		return
	}
	m.waits = true
	m.r.planAt(at.Add(m.r.between(low, high)), func(at time.Time) { m.waits = false; m.evaluate(at) })
}

// over says whether the fleet launches nothing any more.
func (m *maintained) over() bool {
	switch wire.Str(m.tree, "FleetState") {
	case "submitted", "active", "modifying":
		return false
	}
	return true
}

// evaluate brings the fleet to its target: it launches what is missing, and ends
// the excess where its policy says so.
func (m *maintained) evaluate(at time.Time) {
	if m.over() {
		m.settleEnd(at)
		return
	}
	if wire.Str(m.tree, "FleetState") == "submitted" {
		m.tree["FleetState"] = "active"
		m.note(at, "fleet-change", "active", "", "")
	}
	missing := m.target - m.standing()
	launched := 0
	if missing > 0 {
		launched = m.launch(at, missing)
	}
	m.retire(at, launched)
	if missing < 0 && !m.keep {
		m.shed(at, -missing)
	}
	m.show()
	if launched < missing {
		m.waits = true
		wait := max(leastAgain, m.r.between(againLow, againHigh))
		m.r.planAt(at.Add(wait), func(at time.Time) { m.waits = false; m.evaluate(at) })
	}
}

// alive says whether a member exists and is not on its way out.
func (m *maintained) alive(id string) bool {
	i := m.r.instances[id]
	return i != nil && (i.state() == "pending" || i.state() == "running")
}

// standing counts the members that count for the target: one that is being
// replaced does not.
func (m *maintained) standing() int {
	n := 0
	for _, id := range m.members {
		if _, leaves := m.leaving[id]; m.alive(id) && !leaves {
			n++
		}
	}
	return n
}

// launch launches up to n, from the pools as they are now, and notes what came.
func (m *maintained) launch(at time.Time, n int) int {
	c := m.call()
	q, err := c.fleetRequest()
	if err != nil { // such as a template that was deleted
		m.note(at, "service-error", "spotFleetRequestConfigurationInvalid", "", err.Error())
		return 0
	}
	q.target = n
	launched, errors := c.fill(q, m.thing)
	got := 0
	for _, l := range launched {
		for _, id := range wire.Strs(l, "InstanceIds") {
			got++
			m.members = append(m.members, id)
			i := m.r.instances[id]
			m.note(at, "instance-change", "launched", id, fmt.Sprintf(`{"instanceType":"%s","image":"%s","productDescription":"Linux/UNIX","availabilityZone":"%s"}`, i.spec.typ.name, i.spec.image.id, i.spec.zone))
		}
	}
	if got < n {
		why := "there is no capacity"
		if len(errors) > 0 {
			why = wire.Str(errors[0], "ErrorCode") + ": " + wire.Str(errors[0], "ErrorMessage")
		}
		m.note(at, "service-error", "allLaunchSpecsTemporarilyBlacklisted", "", fmt.Sprintf("%d of %d could not be launched: %s", n-got, n, why))
	}
	return got
}

// call is the fleet's request as if it were made again.
func (m *maintained) call() *call {
	return &call{w: m.r.w, r: m.r, op: "CreateFleet", mutating: true, in: m.asked, req: &wire.Request{Service: "ec2", Region: m.r.info.name, Op: "CreateFleet"}}
}

// shed ends n members, those with the highest price first (SDK ModifyFleet), and
// says so in the history (SDK EventInformation: termination_notified).
func (m *maintained) shed(at time.Time, n int) {
	var alive []*instance
	for _, id := range m.members {
		if m.alive(id) {
			alive = append(alive, m.r.instances[id])
		}
	}
	price := func(i *instance) float64 { p, _ := m.r.spotPrice(i.spec.typ, i.spec.zone, at); return p }
	slices.SortStableFunc(alive, func(a, b *instance) int { return cmp.Compare(price(b), price(a)) })
	for _, i := range alive[:min(n, len(alive))] {
		m.note(at, "instance-change", "termination_notified", i.id, "")
		i.end(at, "Client.UserInitiatedShutdown", "User initiated shutdown")
	}
}

// lost is called when a member begins to end, whoever ended it: interruption,
// a person, the fleet itself.
func (m *maintained) lost(i *instance, at time.Time) {
	delete(m.leaving, i.id)
	m.members = slices.DeleteFunc(m.members, func(id string) bool { return id == i.id })
	m.note(at, "instance-change", "terminated", i.id, "")
	m.show()
	if m.over() {
		m.settleEnd(at)
		return
	}
	m.later(at, noticeLow, noticeHigh)
}

// show puts how much is fulfilled into what describe shows.
func (m *maintained) show() {
	n := 0
	for _, id := range m.members {
		if m.alive(id) {
			n++
		}
	}
	m.tree["FulfilledCapacity"] = float64(n)
	switch {
	case m.over():
	case n >= m.target:
		m.tree["ActivityStatus"] = "fulfilled"
	default:
		m.tree["ActivityStatus"] = "pending_fulfillment"
	}
}
