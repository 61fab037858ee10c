package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// Fault is one fault to inject. Empty fields match everything.
type Fault struct {
	Fault    string `json:"fault" toml:"fault"`                 // a name of FaultNames
	Region   string `json:"region,omitempty" toml:"region"`     // where
	Op       string `json:"op,omitempty" toml:"op"`             // of which API call
	Nth      int    `json:"nth,omitempty" toml:"nth"`           // hold, lost-answer: which matching call from now on; 0 is 1
	N        int    `json:"n,omitempty" toml:"n"`               // throttle, error-5xx: for how many calls, ssh-…: for how many connections or commands; 0 is until cleared
	DelayMS  int    `json:"delay_ms,omitempty" toml:"delay_ms"` // slow-region: by how much, 0 is 3000; lag: 0 is 60000; clock-skew: 0 is 3600000; ssh-cut: after the command began
	Type     string `json:"type,omitempty" toml:"type"`         // no-capacity: of which instance type
	Zone     string `json:"zone,omitempty" toml:"zone"`         // no-capacity: in which zone
	Capacity int    `json:"capacity,omitempty" toml:"capacity"` // no-capacity: how many instances can still be had; mixed-answer: how many are launched; quota: the limit in vCPUs
	Code     string `json:"code,omitempty" toml:"code"`         // mixed-answer: the error's code; empty is RequestLimitExceeded; quota: which, "L-34B43A08"
	Percent  int    `json:"percent,omitempty" toml:"percent"`   // price: of what it would be
	Instance string `json:"instance,omitempty" toml:"instance"` // interrupt, rebalance: which; "any" is the oldest running ones, N of them; ssh-…: which, empty is every one
	Match    string `json:"match,omitempty" toml:"match"`       // ssh-cut: a part of the command's line
	// OnDemand makes no-capacity take on-demand capacity away, not spot.
	OnDemand bool `json:"on_demand,omitempty" toml:"on_demand"`
	// AfterBytes of the command's input are read before ssh-cut cuts it; 0: none.
	AfterBytes int64 `json:"after_bytes,omitempty" toml:"after_bytes"`
	Hold       bool  `json:"hold,omitempty" toml:"hold"` // ssh-cut: nothing answers until the faults are cleared
}

// armed is a fault that waits for its calls. World.mu guards it.
type armed struct {
	Fault
	seen int // matching calls so far
	done bool
}

// faultKind is what a fault does, at the points where a call passes. All may be
// nil.
type faultKind struct {
	help string
	// at is done when the fault is posted, in place of arming it.
	at func(w *World, f Fault) error
	// before decides on a call before its effect. It runs with World.mu held.
	before func(a *armed, c *call) fate
	// after decides on a call's answer after its effect. It runs with World.mu held.
	after func(a *armed, c *call) fate
}

// fate is what becomes of a call.
type fate struct {
	err   error         // the answer
	delay time.Duration // wait so long first
	never bool          // no answer until the caller gives up
	held  bool          // no answer until released
}

// faultKinds has one entry per fault.
func faultKinds() map[string]faultKind {
	kinds := sshFaultKinds()
	maps.Copy(kinds, map[string]faultKind{
		"hold":         {help: "hold the answer of the nth matching call after its effect, until released", after: nth(fate{held: true})},
		"hold-before":  {help: "hold the nth matching call before its effect, until released; a caller that goes away takes it along", before: nth(fate{held: true})},
		"slow-release": {help: "network interfaces outlive their terminated instances by delay_ms, and hold what they hold"},
		"lost-answer":  {help: "cut the connection of the nth matching call after its effect", after: nth(fate{err: errCut})},
		"no-capacity":  {help: "pools of a region (type, zone) have only so much spot capacity left, or on_demand"},
		"dead-region":  {help: "a region takes calls and never answers; nothing happens there", before: func(*armed, *call) fate { return fate{never: true} }},
		"slow-region": {help: "a region answers late by delay_ms", before: func(a *armed, _ *call) fate {
			return fate{delay: a.delay(3 * time.Second)}
		}},
		"lag":                 {help: "describes show what was made only after delay_ms, other calls know it after a tenth of that, at most 5 s"},
		"mixed-answer":        {help: "n CreateFleet calls launch only capacity instances and answer with an error of a code beside them"},
		"opt-out":             {help: "a region is not enabled for the account: it refuses all credentials", before: func(_ *armed, c *call) fate { return fate{err: notEnabled(c)} }},
		"clock-skew":          {help: "AWS's clock is delay_ms ahead of the caller's: signatures older than 5 minutes are refused", before: skewed},
		"deny":                {help: "the caller is not allowed the calls: UnauthorizedOperation, in a dry run too (aws-facts §1.8)", before: func(_ *armed, c *call) fate { return fate{err: denied(c)} }},
		"throttle":            {help: "n calls are refused with RequestLimitExceeded", before: counted(throttled)},
		"error-5xx":           {help: "n calls fail with InternalError", before: counted(internal)},
		"expired-credentials": {help: "calls are refused: the credentials have expired", before: func(_ *armed, c *call) fate { return fate{err: expired(c)} }},
		"rebalance":           {help: "EC2 recommends to replace an instance: a fleet with capacity rebalancing does so", at: rebalanceFault},
		"quota":               {help: "a vCPU limit (code; empty: Standard spot) of a region becomes capacity, at once and until it is set again", at: setQuota},
		"price":               {help: "the spot prices of a region (type, zone) are percent of what they would be, from now on", at: setPrice},
		"interrupt":           {help: "EC2 takes an instance back: status, IMDS notice, then its end", at: interruptFault},
		"clear":               {help: "drop all faults and release what is held", at: func(w *World, _ Fault) error { w.ClearFaults(); return nil }},
	})
	return kinds
}

// FaultNames lists the faults that Inject knows, sorted.
func FaultNames() []string {
	var names []string
	for n := range faultKinds() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Inject arms a fault, or does it at once (interrupt, clear).
func (w *World) Inject(f Fault) error {
	k, ok := faultKinds()[f.Fault]
	if !ok {
		return fmt.Errorf("no fault is called %q; these are: %v", f.Fault, FaultNames())
	}
	if err := f.check(); err != nil {
		return err
	}
	if k.at != nil {
		if err := k.at(w, f); !errors.Is(err, errArm) {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &armed{Fault: f})
	return nil
}

// check refuses a fault that names what the simulated cloud does not have.
func (f Fault) check() error {
	if f.Region != "" && !slices.ContainsFunc(regionCatalog(), func(r regionInfo) bool { return r.name == f.Region }) {
		return fmt.Errorf("the simulated cloud has no region %q", f.Region)
	}
	if f.Op != "" && !slices.Contains(append(wire.Operations(), "GetCallerIdentity", "GetParameter", "GetParameters", "GetServiceQuota", "ListServiceQuotas", "GetAWSDefaultServiceQuota"), f.Op) {
		return fmt.Errorf("the simulated cloud has no operation %q", f.Op)
	}
	return nil
}

// ClearFaults drops all faults and releases all held answers.
func (w *World) ClearFaults() {
	w.mu.Lock()
	w.faults = nil
	w.mu.Unlock()
	w.Release(0)
}

// Disarm drops the faults of one name, and leaves what is held.
func (w *World) Disarm(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = slices.DeleteFunc(w.faults, func(a *armed) bool { return a.Fault.Fault == name })
}

// Interrupt takes a spot instance back, as EC2 does when it needs the capacity.
func (w *World) Interrupt(instanceID string) error {
	for _, r := range w.regions {
		r.mu.Lock()
		r.settle()
		i := r.instances[instanceID]
		if i == nil {
			r.mu.Unlock()
			continue
		}
		err := i.interrupt(time.Now())
		r.settle()
		r.mu.Unlock()
		return err
	}
	return fmt.Errorf("the simulated cloud has no instance %q", instanceID)
}

func interruptFault(w *World, f Fault) error {
	if f.Instance == anyInstance {
		return w.interruptAny(f)
	}
	return w.Interrupt(f.Instance)
}

// matches says whether a fault is about a call.
func (a *armed) matches(c *call) bool {
	return !a.done && (a.Region == "" || a.Region == c.req.Region) && (a.Op == "" || a.Op == c.op)
}

// nth gives a fate to the nth matching call, and to no other. Without an
// operation it counts the calls that change something.
func nth(what fate) func(a *armed, c *call) fate {
	return func(a *armed, c *call) fate {
		if c.isDry() || (a.Op == "" && !c.mutating) {
			return fate{}
		}
		a.seen++
		if a.seen < a.Nth {
			return fate{}
		}
		a.done = true
		return what
	}
}

// counted refuses n calls, or all where n is 0.
func counted(err func(c *call) error) func(a *armed, c *call) fate {
	return func(a *armed, c *call) fate {
		a.seen++
		a.done = a.N > 0 && a.seen >= a.N
		return fate{err: err(c)}
	}
}

// delay gives the fault's delay, or what it is by default.
func (a *armed) delay(otherwise time.Duration) time.Duration {
	if a.DelayMS == 0 {
		return otherwise
	}
	return time.Duration(a.DelayMS) * time.Millisecond
}

// faultsBefore lets the faults decide on a call before its effect.
func (w *World) faultsBefore(ctx context.Context, c *call) error {
	f := w.fateOf(c, func(k faultKind) func(*armed, *call) fate { return k.before })
	if f.never {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.ctx.Done():
			return errCut
		}
	}
	if f.held { // its caller may give it up: then it never reaches the cloud
		if err := w.hold(ctx, c, 0); err != nil {
			return err
		}
	}
	if err := w.pause(ctx, f.delay); err != nil && w.ctx.Err() != nil {
		return errCut
	}
	return f.err
}

// faultsAfter lets the faults decide on a call's answer. n is the call's number.
func (w *World) faultsAfter(ctx context.Context, c *call, n int) error {
	f := w.fateOf(c, func(k faultKind) func(*armed, *call) fate { return k.after })
	if f.held {
		return w.hold(ctx, c, n)
	}
	return f.err
}

// fateOf asks all armed faults; the worst is kept together.
func (w *World) fateOf(c *call, point func(faultKind) func(*armed, *call) fate) fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all fate
	for _, a := range w.faults {
		decide := point(w.kinds[a.Fault.Fault])
		if decide == nil || !a.matches(c) {
			continue
		}
		f := decide(a, c)
		all.delay += f.delay
		all.never = all.never || f.never
		all.held = all.held || f.held
		if all.err == nil {
			all.err = f.err
		}
	}
	w.faults = slices.DeleteFunc(w.faults, func(a *armed) bool { return a.done })
	return all
}
