package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// teardownLimit is how long a region's teardown may take before it gives up and
// says what blocks it: a security group can lag its instances by minutes
// (aws-facts §6.3: 10–15 min).
const teardownLimit = 15 * time.Minute

// Destroy implements Face: it starts a confirmed destroy and returns at once.
func (e *Engine) Destroy(q DestroyRequest) (OpID, error) {
	if e.account() == "" { // first: which account it is decides what the guard says
		return "", &Error{Op: "destroy", Kind: KindAuth, Err: errText("AWS has not said yet who we are"), Hint: "wait until the header shows the account"}
	}
	if err := e.guard("destroy", true); err != nil {
		return "", err
	}
	if q.Scope != ScopeFleet {
		if len(q.Instances) == 0 {
			return "", &Error{Op: "destroy", Kind: KindInvalid, Err: errText("no instance is named")}
		}
		id := e.newOp(OpDestroy, "destroy "+plural(len(q.Instances), "instance"), len(q.Instances))
		e.group.run(string(id), func() { e.destroySome(id, q) })
		return id, nil
	}
	e.mu.Lock()
	again := e.destroying
	e.destroying = true
	e.mu.Unlock()
	if again {
		return "", &Error{Op: "destroy", Kind: KindConflict, Err: errText("the fleet is being destroyed already"), Hint: "its progress is above the log"}
	}
	id := e.newOp(OpDestroy, "destroy fleet "+string(e.spec.Name), 0)
	e.group.run(string(id), func() {
		defer func() { e.mu.Lock(); e.destroying = false; e.mu.Unlock() }()
		e.destroyFleet(id, q)
	})
	return id, nil
}

// destroySome ends the listed instances, region by region, side by side, and
// says so only when a describe has shown it (R11).
func (e *Engine) destroySome(op OpID, q DestroyRequest) {
	by, unknown := e.byRegion(q.Instances)
	t := &tally{e: e, op: op}
	for _, id := range unknown {
		t.fail(&Error{Op: "destroy", Resource: string(id), Kind: KindGone, Err: errText("no such instance in this fleet")})
	}
	rec, ok := e.findRecord(e.ctx)
	if ok && !q.AnyOwner {
		if err := e.checkRecord("destroy", rec); err != nil {
			t.fail(err)
			e.endOp(op, &t.errs, "nothing was destroyed: "+err.Error())
			return
		}
	}
	if err := e.allOurs(e.asResources(q.Instances), q.AnyOwner); err != nil {
		t.fail(err)
		e.endOp(op, &t.errs, "nothing was destroyed: "+err.Error())
		return
	}
	if err := e.unlocked("destroy", by); err != nil {
		t.fail(err)
		e.endOp(op, &t.errs, "nothing was destroyed: "+err.Error())
		return
	}
	if ok && q.Target != nil && rec.Target != *q.Target {
		e.lowerTarget(rec, rec.Target-*q.Target, t)
	}
	if ok && q.Target == nil { // destroying lowers the target: nobody may heal or top up what a person ended
		e.lowerTarget(rec, len(q.Instances)-len(unknown), t)
	}
	e.eachRegion(by, func(w *worker, ids []InstanceID) {
		err := e.journaled(e.ctx, IntentDestroy, w.region, "", ids, func(ctx context.Context) (any, error) {
			return nil, w.end(ctx, ids, t)
		})
		if err != nil {
			t.fail(err)
		}
	})
	text := plural(t.done, "instance") + " gone"
	if n := len(q.Instances) - t.done; n > 0 {
		text += fmt.Sprintf(", %d not", n)
	}
	e.endOp(op, &t.errs, text)
}

func (e *Engine) lowerTarget(rec Record, n int, t *tally) {
	rec.Target = max(0, rec.Target-n)
	err := e.journaled(e.ctx, IntentRecord, rec.Home, "", rec, func(ctx context.Context) (any, error) {
		return nil, e.worker(rec.Home).cloud.UpdateRecord(ctx, rec)
	})
	if err != nil {
		t.fail(err)
		return
	}
	e.note(rec)
}

// asResources gives known instances with their owners.
func (e *Engine) asResources(ids []InstanceID) []Resource {
	rs := make([]Resource, 0, len(ids))
	for _, id := range ids {
		if i, ok := e.instance(id); ok {
			rs = append(rs, Resource{Kind: KindOfInstance, ID: string(id), Region: i.Region, Owner: i.Owner})
		}
	}
	return rs
}

// byRegion sorts ids by the region whose worker owns them.
func (e *Engine) byRegion(ids []InstanceID) (map[Region][]InstanceID, []InstanceID) {
	by := map[Region][]InstanceID{}
	var unknown []InstanceID
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	for _, id := range ids {
		if n, ok := e.feed.at[id]; ok {
			r := e.feed.instances[n].Region
			by[r] = append(by[r], id)
		} else {
			unknown = append(unknown, id)
		}
	}
	return by, unknown
}

func (e *Engine) eachRegion(by map[Region][]InstanceID, f func(*worker, []InstanceID)) {
	var wg sync.WaitGroup
	for r, ids := range by {
		w := e.worker(r)
		wg.Add(1)
		e.group.run("destroy in "+string(r), func() { defer wg.Done(); f(w, ids) })
	}
	wg.Wait()
}

// end terminates instances of this region and waits until a describe shows
// each of them terminated.
func (w *worker) end(ctx context.Context, ids []InstanceID, t *tally) error {
	ctx, cancel := context.WithTimeout(ctx, teardownLimit)
	defer cancel()
	if err := w.do(ctx, func() { w.busy++; w.leaving(ids) }); err != nil {
		return err
	}
	defer w.post(func() { w.busy--; w.stay(ids); w.pollNow() })
	if err := w.lower(ctx, ids, t); err != nil {
		return err // AWS would launch it again
	}
	waiting := slices.Clone(ids)
	for {
		var ask []InstanceID
		err := w.do(ctx, func() {
			waiting = slices.DeleteFunc(waiting, func(id InstanceID) bool {
				o, ok := w.instances[id]
				return !ok || o.Stage == StageGone
			})
			for _, id := range waiting {
				if s := w.instances[id].State; s != StateShuttingDown {
					ask = append(ask, id)
				}
			}
		})
		if err == nil && len(waiting) == 0 {
			t.count(KindOfInstance, len(ids))
			return nil
		}
		if len(ask) > 0 {
			for id, err := range w.cloud.Terminate(ctx, w.e.spec.Name, ask) {
				if KindOf(err) == KindGuard && !w.fresh(ctx, id) {
					return err
				}
				if err != nil {
					w.say(LevelWarn, id, "%s", err)
				}
			}
		}
		if !sleep(ctx, w.e.opts.Poll.Settle) {
			return &Error{Op: "destroy", Region: w.region, Kind: KindTimeout, Err: fmt.Errorf("%s still not terminated, %s first", plural(len(waiting), "instance"), waiting[0]), Hint: "run destroy again; it takes up where this stopped"}
		}
		_ = w.ask(ctx) // a failed describe shows in the region's health; the deadline rules
	}
}

// fresh says whether EC2 may still hide an instance that we launched: that it
// is not shown with the fleet's tag then proves nothing.
func (w *worker) fresh(ctx context.Context, id InstanceID) bool {
	young := false
	_ = w.do(ctx, func() { // without an answer it is not fresh, and the refusal stands
		o, ok := w.instances[id]
		young = ok && o.seen.IsZero() && time.Since(o.known) < visibleWithin
	})
	return young
}

// leaving stops what goes on with instances that are about to end.
func (w *worker) leaving(ids []InstanceID) {
	for _, id := range ids {
		if o, ok := w.instances[id]; ok {
			w.stopProvisioning(o)
			if !o.Stage.Leaving() {
				o.was = o.Stage
				w.stage(o, StageShuttingDown, "destroy was asked for")
				w.publish(o)
			}
		}
	}
}

// stay takes back that instances are leaving where the destroy has given up and EC2
// still shows them running: they cost, and count for the target.
func (w *worker) stay(ids []InstanceID) {
	for _, id := range ids {
		o, ok := w.instances[id]
		if !ok || o.Stage != StageShuttingDown || o.State != StateRunning && o.State != StatePending {
			continue
		}
		const why = "a destroy did not come through: run it again"
		if o.was.Moving() && w.e.spec.Provision.Enabled {
			w.stage(o, StageFailed, "its setup was stopped, and "+why)
		} else {
			w.stage(o, o.was, why)
		}
		w.publish(o)
	}
}
