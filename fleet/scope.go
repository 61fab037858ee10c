package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// allRegions lists every enabled region; those of the spec where AWS won't say.
func (e *Engine) allRegions(ctx context.Context, t *tally) []Region {
	regions, err := e.enabledRegions(ctx)
	if err != nil {
		t.fail(err)
	}
	return regions
}

// enabledRegions lists every enabled region and those of the spec; only the
// latter, with the error, where AWS won't say.
func (e *Engine) enabledRegions(ctx context.Context) ([]Region, error) {
	regions, err := e.opts.Account.Regions(ctx)
	if err != nil {
		for _, r := range e.spec.Regions {
			regions = append(regions, r.Name)
		}
		return regions, fmt.Errorf("the enabled regions can't be listed, so only the fleet's own are scanned: %w", err)
	}
	for _, r := range e.spec.Regions { // a region that was disabled meanwhile must show as unproven
		if !slices.Contains(regions, r.Name) {
			regions = append(regions, r.Name)
		}
	}
	slices.Sort(regions)
	return regions, nil
}

// foreign refuses a fleet of which anything carries another owner's name. The
// record alone can't tell: it may lie in a region that our config does not name.
func (e *Engine) foreign(ctx context.Context, regions []Region, q DestroyRequest) error {
	var mu sync.Mutex
	var refused error
	var locked []string
	e.everyRegion(regions, func(w *worker) {
		all, err := w.cloud.Leftovers(ctx, e.spec.Name)
		if err != nil && all == nil {
			return // nothing is removed there without another scan that answers, which looks again
		}
		mu.Lock()
		defer mu.Unlock()
		if err := e.allOurs(all, q.AnyOwner); err != nil {
			refused = err
		}
		locked = append(locked, lockedAmong(all)...)
	})
	if refused == nil && !q.IncludeLocked {
		refused = lockedError("destroy", locked)
	}
	return refused
}

// allOurs refuses a list that has something of another owner in it.
func (e *Engine) allOurs(all []Resource, anyOwner bool) error {
	if anyOwner || e.opts.AnyOwner {
		return nil
	}
	e.mu.Lock()
	me := e.identity.Name
	e.mu.Unlock()
	for _, r := range all {
		if r.Owner != "" && r.Owner != me {
			return e.notOurs(r)
		}
	}
	return nil
}

func (e *Engine) notOurs(r Resource) error {
	return &Error{Op: "destroy", Resource: string(e.spec.Name), Region: r.Region, Kind: KindGuard, Err: fmt.Errorf("%s %s belongs to %s", r.Kind, r.ID, r.Owner), Hint: "say --any-owner if you are sure"}
}

func (e *Engine) everyRegion(regions []Region, f func(*worker)) {
	var wg sync.WaitGroup
	for _, r := range regions {
		w := e.worker(r)
		wg.Add(1)
		e.group.run("scan "+string(r), func() { defer wg.Done(); f(w) })
	}
	wg.Wait()
}
