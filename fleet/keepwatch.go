package fleet

import (
	"context"
	"time"
)

// keepersEvery is how often a region that AWS keeps is asked for its keeper: the
// instances themselves are seen by each describe.
const keepersEvery = 30 * time.Second

// needKeepers asks for the region's keepers, where there can be any. The worker
// calls it after each describe.
func (w *worker) needKeepers() {
	if w.askingKeepers || time.Since(w.keepersAt) < keepersEvery || !w.maybeKept() {
		return
	}
	w.keepersNow()
}

// maybeKept says whether AWS may be keeping this region.
func (w *worker) maybeKept() bool {
	if w.e.spec.Keep == KeepAWS && !w.guest || len(w.keepers) > 0 {
		return true
	}
	for _, o := range w.instances {
		if o.Keeper != "" && o.Stage != StageGone {
			return true
		}
	}
	return false
}

func (w *worker) keepersNow() {
	if w.askingKeepers {
		return
	}
	w.askingKeepers = true
	w.call("keepers", func(ctx context.Context) {
		ks, err := w.cloud.Keepers(ctx, w.e.spec.Name)
		ks = w.whyShort(ctx, ks)
		w.post(func() {
			w.askingKeepers, w.keepersAt = false, time.Now()
			if err != nil {
				if ctx.Err() == nil {
					w.say(LevelDebug, "", "%s", err) // the region's health tells, where it is that
				}
				return
			}
			w.noteKeepers(ks)
			w.tellShort()
			if len(ks) == 0 {
				w.tellQuiet() // no history is left to read
			}
			w.catchUp()
			w.raise()
		})
	})
}

// noteKeepers publishes who keeps the region.
func (w *worker) noteKeepers(ks []KeeperState) {
	w.keepers, w.keepersAt = ks, time.Now()
	w.e.feed.region(w.region, func(s *RegionStatus) { s.Keepers = ks })
	w.e.feed.head(func(s *Summary) { s.Keep = w.e.keptBy() })
}

// keptBy says who keeps the fleet: AWS, where any region has a keeper. The caller
// holds the feed's lock.
func (e *Engine) keptBy() KeepMode {
	for _, r := range e.feed.regions {
		if len(r.Keepers) > 0 {
			return KeepAWS
		}
	}
	return KeepOwn
}

// raise lets the keeper's target rise as what it did not launch leaves, up to the
// region's share: a hand-over that was cut off goes on so, for as long as anybody
// of the fleet's owner watches.
func (w *worker) raise() {
	if w.busy > 0 || w.raising || len(w.keepers) != 1 || !w.mayRaise() {
		return
	}
	k := w.keepers[0]
	target := k.Want - len(w.others(k.ID))
	if target <= k.Target || k.Target >= k.Want {
		return
	}
	w.raising = true
	w.call("raise", func(ctx context.Context) {
		defer w.post(func() { w.raising = false })
		w.e.mu.Lock()
		if w.e.destroying {
			w.e.mu.Unlock()
			return
		}
		w.e.requests.Add(1) // a destroy waits for its end
		w.e.mu.Unlock()
		defer w.e.requests.Done()
		release, err := w.e.lease("let AWS take over")
		if err != nil {
			return // another process is at it
		}
		defer release()
		if err := w.retarget(ctx, KeeperChange{ID: k.ID, Target: target, Want: k.Want}); err != nil {
			if ctx.Err() == nil {
				w.say(LevelWarn, "", "%s", err)
			}
			return
		}
		w.say(LevelInfo, "", "AWS takes over what has left: %s, target %d", k.ID, target)
		w.post(w.keepersNow)
	})
}

// mayRaise says whether it is ours to let the keeper take over.
func (w *worker) mayRaise() bool {
	e := w.e
	if !e.opts.Provision || e.opts.ReadOnly || e.guard("let AWS take over", true) != nil {
		return false
	}
	e.feed.mu.Lock()
	rec, me := e.feed.summary.Record, e.feed.summary.Identity.Name
	e.feed.mu.Unlock()
	return rec.Fleet != "" && rec.Phase == PhaseActive && (rec.Owner == me || e.opts.AnyOwner)
}
