package fleet

import (
	"fmt"
	"slices"
)

// kept says whether AWS keeps the fleet, by the config or as EC2 shows it.
func (e *Engine) kept() bool {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	return e.spec.Keep == KeepAWS || e.keptBy() == KeepAWS ||
		slices.ContainsFunc(e.feed.instances, func(i *Instance) bool { return i.Keeper != "" && !i.Stage.Leaving() })
}

// mayReplace refuses what can't be done where AWS keeps the fleet. EC2 chooses the
// pool of what its fleet launches, by price and capacity, so nothing can be moved to
// another one; and a config that says otherwise would have us launch a substitute
// that nobody keeps.
func (e *Engine) mayReplace(cheaper bool) error {
	switch {
	case !e.kept():
		return nil
	case cheaper:
		return &Error{Op: "move", Kind: KindGuard, Err: errText("AWS keeps this fleet and chooses the pools, cheap ones with capacity first"), Hint: "`spot-tui replace ID` has it choose again; fewer instance_types and `spot-tui create` hand the fleet over to those"}
	case e.spec.Keep != KeepAWS:
		return &Error{Op: "replace", Kind: KindGuard, Err: errText("AWS keeps this fleet, but the config says keep = \"own\""), Hint: "run `spot-tui create` to take it back, or set keep = \"aws\""}
	}
	return nil
}

// keeperFor gives the EC2 Fleet that can replace an instance: the only one of its
// region, which has launched it and has its whole share.
func (e *Engine) keeperFor(i Instance) (KeeperID, error) {
	refused := func(text string) (KeeperID, error) {
		return "", &Error{Op: "replace", Resource: string(i.ID), Region: i.Region, Kind: KindGuard, Err: errText(text), Hint: "run `spot-tui create` first: it has AWS take over all of it"}
	}
	e.feed.mu.Lock()
	var ks []KeeperState
	for _, r := range e.feed.regions {
		if r.Region == i.Region {
			ks = r.Keepers
		}
	}
	e.feed.mu.Unlock()
	switch {
	case len(ks) == 0:
		return refused("no EC2 Fleet keeps its region yet")
	case len(ks) > 1:
		return refused(fmt.Sprintf("%d EC2 Fleets keep its region, one of them with old settings", len(ks)))
	case ks[0].ID != i.Keeper:
		return refused("it is not of the EC2 Fleet that keeps its region")
	case ks[0].Target < ks[0].Want:
		return refused("AWS has not taken over all of its region")
	}
	return ks[0].ID, nil
}

// swapOf says what stands in for an instance.
func (e *Engine) swapOf(i Instance, r RegionPlan, cheaper bool) (Swap, error) {
	if !e.kept() {
		return Swap{Old: i, Pools: e.substitutes(i, r, cheaper)}, nil
	}
	k, err := e.keeperFor(i)
	return Swap{Old: i, Pools: r.Pools, Keeper: k}, err
}

// keptAsPlanned refuses replacements that were planned under another keeper.
func (e *Engine) keptAsPlanned(swaps []Swap) error {
	if err := e.mayReplace(false); err != nil {
		return err
	}
	kept := e.kept()
	for _, s := range swaps {
		var now KeeperID
		if kept {
			var err error
			if now, err = e.keeperFor(s.Old); err != nil {
				return err
			}
		}
		if now != s.Keeper {
			return &Error{Op: "replace", Resource: string(s.Old.ID), Region: s.Old.Region, Kind: KindGuard, Err: errText("who keeps its region has changed since the plan"), Hint: "plan again"}
		}
	}
	return nil
}
