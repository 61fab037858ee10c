package fleet

import (
	"context"
	"fmt"
	"time"
)

// handOverPatience is how long a hand-over, or the first launch, may go without
// anything that comes of it: a setup with its steps takes some of them.
const handOverPatience = 20 * time.Minute

// taking is a hand-over on its way, as of the last look.
type taking struct {
	members int // live instances of the keeper's
	ready   int
	failed  int
	others  []InstanceID // what is still to be taken over
	locked  int          // what stays as it is: somebody has locked it
}

// handOver raises the keeper's target as others leave, and ends these as soon as
// replacements are ready; without others it waits until AWS has launched. It ends
// when nothing is left to do, when nothing comes of it for long, or with a destroy.
func (w *worker) handOver(ctx context.Context, l *launching, p RegionPlan, k keeping) error {
	id := k.id
	surplus, free, err := w.surplusAllowed(ctx, p, id)
	if err != nil {
		return err
	}
	defer free()
	began := time.Now()
	target, progress, last := k.target, began, taking{}
	for {
		now, err := w.taken(ctx, id)
		if err != nil {
			return err
		}
		if now.members != last.members || now.ready != last.ready || len(now.others) != len(last.others) {
			progress, last = time.Now(), now
		}
		want := max(0, min(p.Want-now.locked, p.Want-now.locked-len(now.others)+surplus))
		if want != target {
			k.young = k.young && time.Since(began) < visibleWithin
			if err := w.retargetYoung(ctx, k, KeeperChange{ID: id, Target: want, Want: p.Want}); err != nil {
				return err
			}
			target = want
		}
		if len(now.others) == 0 && now.members >= p.Want-now.locked {
			if now.locked > 0 {
				w.say(LevelInfo, "", "%s locked, and not taken over by AWS", plural(now.locked, "instance"))
			}
			return nil
		}
		if n := min(len(now.others), now.ready+now.locked+len(now.others)-p.Want); n > 0 {
			if err := w.giveUpOld(ctx, l, now.others[:n]); err != nil {
				return err
			}
			continue
		}
		if time.Since(progress) > handOverPatience {
			return w.stuck(ctx, p, id, now)
		}
		if err := w.stopped(); err != nil {
			return err
		}
		if !sleep(ctx, w.e.opts.Poll.Fast) {
			return ctx.Err()
		}
	}
}

// retargetYoung is retarget for a keeper that EC2 may hide for a while.
func (w *worker) retargetYoung(ctx context.Context, k keeping, c KeeperChange) error {
	for began := time.Now(); ; {
		err := w.retarget(ctx, c)
		hidden := KindOf(err) == KindGone && k.young && time.Since(began) < visibleWithin
		if !hidden || w.stopped() != nil || !sleep(ctx, w.e.opts.Poll.Fast) {
			return err
		}
	}
}

// surplusAllowed says how many more than the target may run during a hand-over, and
// reserves the money for them (R28). It is what the plan says, or more where a
// launch that was cut off turned out to have made what the plan did not know of:
// without any surplus nothing would ever be taken over.
func (w *worker) surplusAllowed(ctx context.Context, p RegionPlan, id KeeperID) (n int, free func(), err error) {
	now, err := w.taken(ctx, id)
	if err != nil {
		return 0, nil, err
	}
	n = max(p.Keep.Surplus, surplusOf(len(now.others)))
	if n == 0 {
		return 0, func() {}, nil
	}
	if n > p.Keep.Surplus {
		w.say(LevelInfo, "", "a launch that was cut off has made more than the plan knew: up to %d more run while AWS takes over", n)
	}
	more := p.High
	more.USD = float64(n) * (p.High.USD + ipv4Hour + float64(p.rootGiB(w.e.spec))*gp3GiBHour)
	free, err = w.e.costReserve(more)
	return n, free, err
}

// taken looks how far it is.
func (w *worker) taken(ctx context.Context, id KeeperID) (t taking, err error) {
	err = w.do(ctx, func() {
		for _, other := range w.others(id) {
			if w.instances[other].Locked {
				t.locked++
			} else {
				t.others = append(t.others, other)
			}
		}
		for _, o := range w.instances {
			if o.Keeper != id || o.Stage.Leaving() {
				continue
			}
			t.members++
			switch o.Stage {
			case StageReady:
				t.ready++
			case StageFailed:
				t.failed++
			default:
			}
		}
	})
	return t, err
}

// giveUpOld ends instances that have been replaced.
func (w *worker) giveUpOld(ctx context.Context, l *launching, ids []InstanceID) error {
	for _, id := range ids {
		w.say(LevelInfo, id, "its replacement is ready: AWS has taken over, and this one ends")
	}
	t := &tally{e: w.e, op: l.op, stays: true}
	return w.e.journaled(ctx, IntentDestroy, w.region, "", ids, func(ctx context.Context) (any, error) {
		return nil, w.end(ctx, ids, t)
	})
}

// stuck says why a hand-over, or the first launch, does not go on.
func (w *worker) stuck(ctx context.Context, p RegionPlan, id KeeperID, t taking) error {
	e := &Error{
		Op: fmt.Sprintf("have AWS keep %s", plural(p.Want, "instance")), Region: w.region, Resource: string(id), Kind: KindCapacity,
		Hint: "AWS goes on trying; add instance types or regions to the config and run create again",
	}
	why := w.shortWhy(ctx, id)
	switch {
	case t.failed > 0:
		e.Kind, e.Hint = KindConflict, "see why in their rows; what is old stays until then"
		e.Err = fmt.Errorf("%s of AWS's failed, %s not taken over", plural(t.failed, "instance"), plural(len(t.others), "instance"))
	case t.members < p.Want && why != "":
		e.Err = fmt.Errorf("%d of %d missing%s", p.Want-t.members-len(t.others), p.Want, why)
	default:
		e.Err = fmt.Errorf("nothing came within %s: AWS has launched %d of %d, %d ready, %s not taken over", handOverPatience, t.members, p.Want, t.ready, plural(len(t.others), "instance"))
	}
	return e
}

// shortWhy is what the keeper's history last said of why it can't launch, after a
// colon; empty where it says nothing.
func (w *worker) shortWhy(ctx context.Context, id KeeperID) string {
	why := ""
	es, err := w.cloud.KeeperHistory(ctx, id, time.Now().Add(-handOverPatience))
	if err != nil {
		return "" // it is only the reason
	}
	for _, h := range es {
		if h.Kind == KeeperShort {
			why = ": " + h.Text
		}
	}
	return why
}
