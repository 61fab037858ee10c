package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"
)

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
