package sim

import (
	"fmt"
	"time"

	"spot-tui/sim/wire"
)

// rebalance is EC2's early sign that an instance is at risk (aws-facts §4.4): a
// fleet with capacity rebalancing launches its replacement, and with
// launch-before-terminate ends the old one after its delay
// (SDK FleetSpotCapacityRebalanceRequest).
func (i *instance) rebalance(now time.Time) error {
	if i.request == nil {
		return fmt.Errorf("%s is not a spot instance", i.id)
	}
	if s := i.state(); s != "running" && s != "pending" {
		return fmt.Errorf("%s is %s: only a running instance can be at risk", i.id, s)
	}
	if m := i.r.maintainedOf(i); m != nil {
		m.atRisk(i.id, now)
	}
	return nil
}

// atRisk takes a member out of what counts, so that a replacement is launched.
func (m *maintained) atRisk(id string, now time.Time) {
	if _, known := m.leaving[id]; known || m.over() || m.strategy() == "" {
		return
	}
	m.leaving[id] = time.Time{}
	m.later(now, noticeLow, noticeHigh)
}

func (m *maintained) strategy() string {
	return wire.Str(m.tree, "SpotOptions", "MaintenanceStrategies", "CapacityRebalance", "ReplacementStrategy")
}

// retire plans the end of members whose replacements have just been launched.
func (m *maintained) retire(at time.Time, launched int) {
	if m.strategy() != "launch-before-terminate" {
		return
	}
	delay := time.Duration(wire.Int(m.tree, "SpotOptions", "MaintenanceStrategies", "CapacityRebalance", "TerminationDelay")) * time.Second
	for _, id := range m.members {
		end, leaves := m.leaving[id]
		if launched == 0 || !leaves || !end.IsZero() || !m.alive(id) {
			continue
		}
		launched--
		when := at.Add(m.r.w.scaled(delay))
		m.leaving[id] = when
		m.r.plan(m.r.instances[id], when, func(at time.Time) {
			m.r.instances[id].end(at, "Client.UserInitiatedShutdown", "User initiated shutdown")
		})
	}
}

// checkRebalance refuses a strategy that EC2 refuses.
func checkRebalance(in wire.Map) error {
	r := wire.Sub(wire.Sub(wire.Sub(in, "SpotOptions"), "MaintenanceStrategies"), "CapacityRebalance")
	if r == nil {
		return nil
	}
	_, delayed := r["TerminationDelay"]
	delay := wire.Int(r, "TerminationDelay")
	switch wire.Str(r, "ReplacementStrategy") {
	case "launch":
		if delayed {
			return wire.Errorf("InvalidParameterCombination", "TerminationDelay is not valid with the replacement strategy launch.")
		}
	case "launch-before-terminate":
		if delay < 120 || delay > 7200 {
			return wire.Errorf("InvalidParameterValue", "TerminationDelay must be between 120 and 7200 seconds, not %d", delay)
		}
	default:
		return wire.Errorf("InvalidParameterValue", "Invalid value '%s' for ReplacementStrategy.", wire.Str(r, "ReplacementStrategy"))
	}
	return nil
}

// rebalanceFault gives one instance EC2's rebalance recommendation.
func rebalanceFault(w *World, f Fault) error {
	for _, r := range w.regions {
		r.mu.Lock()
		r.settle()
		i := r.instances[f.Instance]
		var err error
		if i != nil {
			err = i.rebalance(time.Now())
			r.settle()
		}
		r.mu.Unlock()
		if i != nil {
			return err
		}
	}
	return fmt.Errorf("the simulated cloud has no instance %q", f.Instance)
}
