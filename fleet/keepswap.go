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

// standsIn waits until something that AWS launched since can stand in, and says
// whether the old one is to be ended. Neither that nor an error means that all was
// done already.
func (w *worker) standsIn(ctx context.Context, s keptSwap, had []InstanceID) (ends bool, err error) {
	refused := func(kind Kind, hint, text string, args ...any) (bool, error) {
		return false, &Error{Op: "replace", Resource: string(s.Old.ID), Region: w.region, Kind: kind, Err: fmt.Errorf(text, args...), Hint: hint}
	}
	moved, last := time.Now(), InstanceID("")
	for {
		d, err := w.swapDone(ctx, s.id)
		if err != nil {
			return false, err
		}
		var in Instance
		left := false
		if err := w.do(ctx, func() {
			old, known := w.instances[s.Old.ID]
			left = !known || old.State != StateRunning && old.State != StatePending // its stage may be ours: "destroy was asked for"
			in = w.claimFor(s, had)
		}); err != nil {
			return false, err
		}
		if in.ID != last {
			moved, last = time.Now(), in.ID
		}
		switch {
		case left && d.lowered:
			return false, nil
		case left:
			return refused(KindConflict, "AWS holds the target without it", "it ended by itself before a substitute was ready")
		case d.back != nil:
			return refused(KindCapacity, "it stays as it is; try again later", "its replacement was given up")
		case d.lowered: // its end was cut off
			return true, nil
		case in.Stage == StageReady:
			w.say(LevelInfo, s.Old.ID, "its substitute %s is ready: this one ends", in.ID)
			return true, nil
		case in.Stage == StageFailed:
			return refused(KindConflict, "it stays as it is; see the log for why", "its substitute %s was not set up (%s)", in.ID, in.Reason)
		case time.Since(moved) > handOverPatience:
			return refused(KindCapacity, "it stays as it is; try again later, or name more instance types", "AWS has launched no substitute within %s%s", handOverPatience, w.shortWhy(ctx, s.Keeper))
		}
		if err := w.stopped(); err != nil {
			return false, err
		}
		if !sleep(ctx, w.e.opts.Poll.Fast) {
			return false, ctx.Err()
		}
	}
}

// claimFor chooses what stands in: the one that was chosen before, as long as it
// lives, or the furthest of those that came since and stand in for nothing else.
// The worker calls it.
func (w *worker) claimFor(s keptSwap, had []InstanceID) Instance {
	var best *owned
	for id, o := range w.instances {
		by, taken := w.swaps[id]
		switch {
		case o.Keeper != s.Keeper || o.Stage.Leaving() || slices.Contains(had, id) || taken && by != s.id:
		case taken:
			return *o.Instance
		case best == nil || o.Stage == StageReady && best.Stage != StageReady || o.Stage == best.Stage && o.ID < best.ID:
			best = o
		}
	}
	if best == nil {
		return Instance{}
	}
	w.swaps[best.ID] = s.id
	return *best.Instance
}

// giveBack lowers the target again, once, and ends what is then above it and came
// for this replacement.
func (w *worker) giveBack(ctx context.Context, s keptSwap, had []InstanceID) error {
	if err := w.lowerBack(ctx, s); err != nil {
		return err
	}
	return w.endExcess(ctx, s, had, func(by string) bool { return by == "" || by == s.id })
}

// endExcess ends one that came since and may go, where AWS has more than its target:
// it lowers no target by ending anything itself, and has launched one for the old
// instance too where that was at risk.
func (w *worker) endExcess(ctx context.Context, s keptSwap, had []InstanceID, may func(by string) bool) error {
	if err := w.ask(ctx); err != nil {
		return err
	}
	k, err := w.keeperNow(ctx, s)
	if KindOf(err) == KindGone {
		return nil
	}
	if err != nil {
		return err
	}
	var in Instance
	if err := w.do(ctx, func() {
		n := 0
		for id, o := range w.instances {
			if o.Keeper != k.ID || o.Stage.Leaving() {
				continue
			}
			n++
			if !slices.Contains(had, id) && may(w.swaps[id]) && (in.ID == "" || o.Stage < in.Stage) {
				in = *o.Instance
			}
		}
		if n <= k.Target {
			in = Instance{}
		}
	}); err != nil || in.ID == "" {
		return err
	}
	w.say(LevelInfo, in.ID, "AWS has launched it beside what it is to keep: it ends")
	// That it is off the target already is noted before its end.
	if err := w.retargetFor(ctx, loweredFor{KeeperChange{ID: k.ID, Target: k.Target, Want: k.Want}, []InstanceID{in.ID}, s.id}); err != nil {
		return err
	}
	return w.e.journaled(ctx, IntentDestroy, w.region, "", []InstanceID{in.ID}, func(ctx context.Context) (any, error) {
		return nil, w.end(ctx, []InstanceID{in.ID}, &tally{e: w.e, op: s.op, stays: true})
	})
}

func (w *worker) lowerBack(ctx context.Context, s keptSwap) error {
	release, err := w.holdTargets(ctx)
	if err != nil {
		return err
	}
	defer release()
	d, err := w.swapDone(ctx, s.id)
	if err != nil || d.lowered || d.back != nil && !d.open {
		return err
	}
	k, err := w.keeperNow(ctx, s)
	if KindOf(err) == KindGone {
		return nil
	}
	if err != nil {
		return err
	}
	b := givenBack{KeeperChange{ID: k.ID, Target: max(0, k.Target-1), Want: k.Want}, s.id}
	switch {
	case d.raised == nil || d.back == nil && d.open && k.Target != d.raised.Target:
		return nil // it never rose
	case d.back != nil && (k.Target == d.back.Target || k.Target == d.back.Target+1):
		b = *d.back
	}
	return w.retargetSwap(ctx, b.KeeperChange, b)
}
