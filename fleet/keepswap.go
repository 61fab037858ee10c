package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// keptSwap is the replacement of one instance where AWS keeps the region: the EC2
// Fleet's target rises by one, and falls again when what it launched is ready and
// the old one goes, or when nothing comes of it. Each step is in the journal under
// the replacement's id, so that a crash in between neither raises nor lowers twice.
type keptSwap struct {
	Swap
	op OpID
	id string // of its intent
}

// raisedFor is the rise of a target for a replacement.
type raisedFor struct {
	KeeperChange
	Raised string       `json:"raised"` // the replacement's id
	Had    []InstanceID `json:"had"`    // members before: what is not among them came for it
}

// givenBack is the fall of a target after a replacement that came to nothing.
type givenBack struct {
	KeeperChange
	Back string `json:"back"` // the replacement's id
}

// swapDone is what the journal says was done for a replacement. open says that the
// last step's answer never came.
type swapDone struct {
	raised  *raisedFor
	back    *givenBack
	lowered bool
	open    bool
}

// swapLasts is how long a replacement that was cut off is looked for in the journal.
const swapLasts = 48 * time.Hour

// swapDone reads the journal.
func (w *worker) swapDone(ctx context.Context, id string) (d swapDone, err error) {
	open, err := w.e.opts.Store.Open(ctx, w.e.account(), w.e.spec.Name)
	if err == nil {
		var ended []Ended
		ended, err = w.e.opts.Store.Recent(ctx, w.e.account(), w.e.spec.Name, time.Now().Add(-swapLasts))
		for _, i := range ended {
			if i.Failure == "" {
				d.take(w.region, i.Intent, id, false)
			}
		}
	}
	if err != nil {
		return d, &Error{Op: "read the journal", Region: w.region, Kind: KindInternal, Err: err, Hint: "replacing what AWS keeps is not safe without it"}
	}
	for _, i := range open {
		d.take(w.region, i, id, true)
	}
	return d, nil
}

func (d *swapDone) take(r Region, i Intent, id string, open bool) {
	if i.Kind != IntentKeep || i.Region != r {
		return
	}
	var up raisedFor
	var back givenBack
	var low loweredFor
	switch {
	case json.Unmarshal(i.Request, &up) == nil && up.Raised == id:
		d.raised, d.open = &up, open
	case json.Unmarshal(i.Request, &back) == nil && back.Back == id:
		d.back, d.open = &back, open
	case json.Unmarshal(i.Request, &low) == nil && low.Swap == id:
		d.lowered, d.open = true, open
	}
}

// swapKept replaces one instance, or goes on with what a crash cut off.
func (w *worker) swapKept(ctx context.Context, s keptSwap, t *tally) error {
	had, err := w.raiseFor(ctx, s)
	if err != nil {
		return err
	}
	ends, err := w.standsIn(ctx, s, had)
	if ends {
		own := &tally{e: w.e, op: s.op, stays: true, swap: s.id}
		err = w.e.journaled(ctx, IntentDestroy, w.region, "", []InstanceID{s.Old.ID}, func(ctx context.Context) (any, error) {
			return nil, w.end(ctx, []InstanceID{s.Old.ID}, own)
		})
	}
	if err == nil {
		t.count(KindOfInstance, 1)
		if err := w.endExcess(ctx, s, had, func(by string) bool { return by == "" }); err != nil {
			w.say(LevelWarn, s.Old.ID, "whether AWS has launched more than it should keep is not known: %s", err)
		}
		return nil
	}
	if ctx.Err() != nil || unanswered(err) || w.stopped() != nil {
		return err // it goes on when spot-tui does; a destroy ends the EC2 Fleet
	}
	if backErr := w.giveBack(ctx, s, had); backErr != nil {
		w.say(LevelWarn, s.Old.ID, "AWS keeps one more than its share for this replacement, until the next create: %s", backErr)
	}
	return err
}

// keeperNow reads the keeper of a replacement.
func (w *worker) keeperNow(ctx context.Context, s keptSwap) (KeeperState, error) {
	ks, err := w.cloud.Keepers(ctx, w.e.spec.Name)
	if err != nil {
		return KeeperState{}, err
	}
	i := slices.IndexFunc(ks, func(k KeeperState) bool { return k.ID == s.Keeper })
	if i < 0 {
		return KeeperState{}, &Error{Op: "replace", Resource: string(s.Old.ID), Region: w.region, Kind: KindGone, Err: fmt.Errorf("%s, which keeps its region, has ended", s.Keeper), Hint: "run `spot-tui create`, then replace it"}
	}
	return ks[i], nil
}

// raiseFor raises the target by one, once, and says which members there were before.
func (w *worker) raiseFor(ctx context.Context, s keptSwap) (had []InstanceID, err error) {
	release, err := w.holdTargets(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	d, err := w.swapDone(ctx, s.id)
	if err != nil {
		return nil, err
	}
	if d.lowered || d.back != nil || d.raised != nil && !d.open {
		return d.raised.members(), nil
	}
	k, err := w.keeperNow(ctx, s)
	if err != nil {
		return nil, err
	}
	q := raisedFor{KeeperChange: KeeperChange{ID: k.ID, Target: k.Target + 1, Want: k.Want}, Raised: s.id}
	if d.raised != nil && (k.Target == d.raised.Target || k.Target == d.raised.Target-1) {
		q = *d.raised // the numbers are absolute: done again, they change nothing
	} else if err := w.do(ctx, func() {
		for id, o := range w.instances {
			if o.Keeper == k.ID && o.Stage != StageGone {
				q.Had = append(q.Had, id)
			}
		}
		slices.Sort(q.Had)
	}); err != nil {
		return nil, err
	}
	return q.Had, w.retargetSwap(ctx, q.KeeperChange, q)
}

func (r *raisedFor) members() []InstanceID {
	if r == nil {
		return nil
	}
	return r.Had
}

// retargetSwap changes a target for a replacement, journaled as what says why.
func (w *worker) retargetSwap(ctx context.Context, c KeeperChange, why any) error {
	err := w.e.journaled(ctx, IntentKeep, w.region, "", why, func(ctx context.Context) (any, error) {
		return nil, w.cloud.ModifyKeeper(ctx, w.e.spec.Name, c)
	})
	w.post(w.keepersNow)
	return err
}
