package fleet

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// loweredFor is a change of a keeper for instances that are about to be ended. Its
// numbers are absolute: done again, it changes nothing.
type loweredFor struct {
	KeeperChange
	For  []InstanceID `json:"for"`
	Swap string       `json:"swap,omitempty"` // the replacement that ends them
}

// lower takes instances that are about to be ended off the keeper's target, so that
// AWS does not launch them again, and off the region's share, unless t says that
// this stays. It comes back when EC2 works by the new target; after an error nothing
// may be ended.
func (w *worker) lower(ctx context.Context, ids []InstanceID, t *tally) error {
	if known := false; w.do(ctx, func() { known = w.maybeKept() }) != nil || !known {
		return ctx.Err()
	}
	release, err := w.holdTargets(ctx)
	if err != nil {
		return err
	}
	defer release()
	ks, err := w.cloud.Keepers(ctx, w.e.spec.Name)
	if err != nil {
		return err
	}
	if len(ks) == 0 {
		return nil
	}
	done, err := w.loweredBefore(ctx)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id InstanceID) bool { return slices.Contains(done, id) })
	for i, k := range ks {
		members, others := 0, 0
		if err := w.do(ctx, func() {
			for _, id := range ids {
				switch o := w.instances[id]; {
				case o == nil || o.Stage == StageGone:
				case o.Keeper == k.ID:
					members++
				case i == 0: // the first keeper is the one that would take over
					others++
				}
			}
		}); err != nil {
			return err
		}
		c := loweredFor{KeeperChange{ID: k.ID, Target: max(0, k.Target-members), Want: max(0, k.Want-members-others)}, ids, t.swap}
		if t.stays {
			c.Want = k.Want
		}
		if c.Target == k.Target && c.Want == k.Want {
			continue
		}
		if err := w.retargetFor(ctx, c); err != nil && KindOf(err) != KindGone {
			return err
		}
	}
	w.post(w.keepersNow)
	return nil
}

// holdTargets waits until nobody else of this process changes a target here: between
// the look at one and its change it must stay.
func (w *worker) holdTargets(ctx context.Context) (release func(), err error) {
	select {
	case w.targets <- struct{}{}:
		return func() { <-w.targets }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *worker) retargetFor(ctx context.Context, c loweredFor) error {
	return w.e.journaled(ctx, IntentKeep, w.region, "", c, func(ctx context.Context) (any, error) {
		return nil, w.cloud.ModifyKeeper(ctx, w.e.spec.Name, c.KeeperChange)
	})
}

// loweredWithin is how long an end that was cut off is remembered as taken off its
// keeper's target.
const loweredWithin = 48 * time.Hour

// loweredBefore lists the instances that were taken off a target already, by a
// destroy that was cut off before it ended them. A change whose answer never came
// is made again first.
func (w *worker) loweredBefore(ctx context.Context) ([]InstanceID, error) {
	unreadable := func(err error) error {
		return &Error{Op: "read the journal", Region: w.region, Kind: KindInternal, Err: err, Hint: "ending an instance that AWS keeps is not safe without it"}
	}
	open, err := w.e.opts.Store.Open(ctx, w.e.account(), w.e.spec.Name)
	if err != nil {
		return nil, unreadable(err)
	}
	recent, err := w.e.opts.Store.Recent(ctx, w.e.account(), w.e.spec.Name, time.Now().Add(-loweredWithin))
	if err != nil {
		return nil, unreadable(err)
	}
	var done []InstanceID
	for _, i := range recent {
		var c struct {
			loweredFor
			Raised, Back, Release string
		}
		if i.Kind != IntentKeep || i.Region != w.region || i.Failure != "" || json.Unmarshal(i.Request, &c) != nil {
			continue
		}
		if len(c.For) == 0 && c.Raised == "" && c.Back == "" && c.Release == "" {
			done = nil // a create has set the target by what it counted, these among it
		}
		done = append(done, c.For...)
	}
	for _, i := range open {
		var c loweredFor
		if i.Kind != IntentKeep || i.Region != w.region || json.Unmarshal(i.Request, &c) != nil || len(c.For) == 0 {
			continue
		}
		if err := w.retargetFor(ctx, c); err != nil && KindOf(err) != KindGone {
			return nil, err
		}
		done = append(done, c.For...)
	}
	return done, nil
}
