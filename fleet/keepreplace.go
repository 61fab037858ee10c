package fleet

import "slices"

// keptElsewhere refuses a replacement where AWS keeps the fleet: the substitute would
// stand beside AWS's keeper, whose target falls with the instance that is ended, so
// that one less would be kept from then on.
func (e *Engine) keptElsewhere() error {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	kept := e.spec.Keep == KeepAWS || e.keptBy() == KeepAWS ||
		slices.ContainsFunc(e.feed.instances, func(i *Instance) bool { return i.Keeper != "" && !i.Stage.Leaving() })
	if !kept {
		return nil
	}
	return &Error{Op: "replace", Kind: KindGuard, Err: errText("AWS keeps this fleet, and a substitute would not be kept"), Hint: "destroy the instance; the next `spot-tui create` has AWS launch another one"}
}
