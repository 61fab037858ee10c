package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// provision starts the pipeline for one instance, in a goroutine of its own that
// posts each step back. What was done before is not done again, unless the
// instance is to be set up from the start.
func (w *worker) provision(o *owned) {
	ctx, stop := context.WithCancelCause(w.e.ctx)
	o.stop, o.fail, o.going, o.anew = func() { stop(nil) }, stop, true, o.fresh
	w.stage(o, StageRunning, "")
	p := newProvisioner(w, o)
	o.fresh = false
	w.e.group.run("provision "+string(o.ID), func() {
		defer stop(nil)
		err := p.pipe(ctx)
		if cause := context.Cause(ctx); err != nil && errors.Is(cause, errHostKey) {
			err = cause
		} else if ctx.Err() != nil {
			w.post(func() { o.going = false })
			return // the instance leaves, or we do: what describes say rules
		}
		w.post(func() { o.going = false; w.provisioned(p.in.ID, err) })
	})
}

// provisioned ends the pipeline: ready, or failed with its reason.
func (w *worker) provisioned(id InstanceID, err error) {
	o, ok := w.instances[id]
	if !ok || o.Stage.Leaving() {
		return
	}
	if err != nil {
		w.failed(o, err)
		return
	}
	w.ready(o)
	w.publish(o)
}

// failed ends an instance's way up, or its readiness, with the reason.
func (w *worker) failed(o *owned, err error) {
	w.stage(o, StageFailed, err.Error())
	w.e.feed.event(LevelError, Event{Kind: EventFailed, Region: w.region, Instance: o.ID, Text: err.Error()})
	w.publish(o)
}

// ready ends an instance's way up. The mark for other machines comes first:
// who is told "ready" and looks from elsewhere must see the same.
func (w *worker) ready(o *owned) {
	if o.marked || w.e.opts.ReadOnly || (!o.mine && !w.adoptAll && !w.adopts(o)) {
		w.nowReady(o)
		return
	}
	o.marked = true
	w.toMark = append(w.toMark, o.ID)
	w.mark()
}

// mark puts the ready mark on all that wait for it, in one call, a moment after
// the first: hundreds that come up together make a few calls, not hundreds.
func (w *worker) mark() {
	if w.marking || len(w.toMark) == 0 {
		return
	}
	w.marking = true
	w.call("mark", func(ctx context.Context) {
		sleep(ctx, w.e.opts.Poll.Fast/4)
		var ids []InstanceID
		if w.do(ctx, func() { ids, w.toMark = w.toMark, nil }) != nil {
			return
		}
		err := w.cloud.Mark(ctx, w.e.spec.Name, ids, map[string]string{TagReady: time.Now().UTC().Format(time.RFC3339)})
		if err != nil && ctx.Err() == nil {
			w.say(LevelWarn, "", "%s ready, but other machines can't see it: %s", plural(len(ids), "instance"), err)
		}
		w.post(func() {
			w.marking = false
			for _, id := range ids {
				if o := w.instances[id]; o != nil && !o.Stage.Leaving() && o.Stage != StageReady {
					w.nowReady(o)
					w.publish(o)
				}
			}
			w.mark()
		})
	})
}

func (w *worker) nowReady(o *owned) {
	w.stage(o, StageReady, "")
	w.e.feed.event(LevelOK, Event{Kind: EventReady, Region: w.region, Instance: o.ID, Text: fmt.Sprintf("ready after %s", time.Since(o.LaunchedAt).Round(time.Second))})
}

func (w *worker) stopProvisioning(o *owned) {
	if o.stop != nil {
		o.stop()
		o.stop = nil
	}
}

func sshPort(s Spec) int {
	if s.SSH.Port != 0 {
		return s.SSH.Port
	}
	return 22
}

func orElse(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

func orText(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
