package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// swap launches a substitute, waits until it is ready, and ends the old instance.
// What was begun before a crash is found by its open intent, whose id is begun.
func (e *Engine) swap(op OpID, base Plan, s Swap, t *tally, begun string) error {
	if begun == "" {
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		begun = string(IntentReplace) + "-" + randomID(12)
		in := Intent{ID: begun, Account: e.account(), Fleet: e.spec.Name, Region: s.Old.Region, Kind: IntentReplace, Request: body, At: time.Now()}
		if err := e.opts.Store.Begin(e.ctx, in); err != nil {
			return &Error{Op: "journal the replacement", Region: s.Old.Region, Kind: KindInternal, Err: err, Hint: "nothing was done in AWS; free the state folder and try again"}
		}
	}
	err := e.swapSteadily(s, func() error {
		if s.Keeper != "" {
			return e.worker(s.Old.Region).swapKept(e.ctx, keptSwap{Swap: s, op: op, id: begun}, t)
		}
		return e.swapBegun(op, base, s, t)
	})
	if e.ctx.Err() != nil || unanswered(err) {
		return err // it stays open, and goes on when spot-tui does, or when it is asked for again
	}
	if endErr := e.opts.Store.End(e.ctx, begun, nil, err); endErr != nil {
		e.feed.log(LevelWarn, s.Old.Region, s.Old.ID, "the journal could not note the end of a replacement: "+endErr.Error())
	}
	return err
}

// A replacement goes on where a call got no answer, and tries for so long: until then
// the old instance and its substitute may both be there.
const (
	swapPause    = 15 * time.Second
	swapPatience = 10 * time.Minute
)

// swapSteadily does a replacement, and goes on with it while calls get no answer.
func (e *Engine) swapSteadily(s Swap, do func() error) error {
	for began := time.Now(); ; {
		err := do()
		if !unanswered(err) || time.Since(began) > swapPatience {
			return err
		}
		e.feed.log(LevelInfo, s.Old.Region, s.Old.ID, fmt.Sprintf("its replacement goes on in %s: %s", swapPause, err))
		if !sleep(e.ctx, swapPause) {
			return err
		}
	}
}

// swapBegun does what is left to do of a replacement.
func (e *Engine) swapBegun(op OpID, base Plan, s Swap, t *tally) error {
	w := e.worker(s.Old.Region)
	refused := func(text string) error {
		return &Error{Op: "replace", Resource: string(s.Old.ID), Region: s.Old.Region, Kind: KindCapacity, Err: errText(text), Hint: "it stays as it is; try again later, or name more instance types"}
	}
	for range replaceTries {
		if !e.lives(s.Old.ID) { // a substitute that has been launched counts in its place
			return &Error{Op: "replace", Resource: string(s.Old.ID), Region: s.Old.Region, Kind: KindGone, Err: errText("it has ended by itself meanwhile"), Hint: "`spot-tui create` launches what is missing"}
		}
		id, err := w.substitute(e.ctx, op, base, s)
		if err != nil {
			return err
		}
		switch stage, reason := e.settled(id); {
		case stage == StageReady:
			return e.journaled(e.ctx, IntentDestroy, w.region, "", []InstanceID{s.Old.ID}, func(ctx context.Context) (any, error) {
				return nil, w.end(ctx, []InstanceID{s.Old.ID}, t)
			})
		case e.ctx.Err() != nil:
			return e.ctx.Err()
		case stage == StageFailed: // the next would fail too, and this one costs
			if err := w.end(e.ctx, []InstanceID{id}, &tally{e: e, op: op, stays: true}); err != nil {
				t.fail(err)
			}
			return refused("its substitute " + string(id) + " was not set up (" + reason + ") and is gone again")
		}
	}
	return refused("AWS took its substitutes away again")
}

// settled waits until an instance is ready, has failed or leaves.
func (e *Engine) settled(id InstanceID) (Stage, string) {
	var c Cursor
	for {
		if i, ok := e.instance(id); ok && (i.Stage.Settled() || i.Stage.Leaving()) {
			return i.Stage, i.Reason
		}
		b, err := e.Next(e.ctx, c)
		if err != nil {
			return StageGone, err.Error()
		}
		c = b.Cursor
	}
}

// substitute gives the instance that stands in for another: the one that is there
// already, or a new one, whose token is a hash of fleet, instance and attempt, so
// that two machines can't launch two (R17).
func (w *worker) substitute(ctx context.Context, op OpID, base Plan, s Swap) (InstanceID, error) {
	for _, i := range w.e.known() {
		if i.Origin.Replaces == s.Old.ID && !i.Stage.Leaving() {
			return i.ID, w.do(ctx, func() { // a crash forgot whose it is to set up
				if o, ok := w.instances[i.ID]; ok {
					o.mine = true
				}
			})
		}
	}
	w.e.mu.Lock()
	gone := w.e.destroying
	if !gone {
		w.e.requests.Add(1)
	}
	w.e.mu.Unlock()
	if gone {
		return "", w.stopped()
	}
	defer w.e.requests.Done()
	l := newLaunching(w.e, op, Plan{Regions: []RegionPlan{{Region: w.region, Launch: 1}}})
	q, err := w.substituteRequest(ctx, base, s)
	if err != nil {
		return "", err
	}
	landed := w.e.promised.fly(q.Token) // its money is reserved here, before the call
	defer landed()
	free, err := w.e.costReserve(Price{USD: q.HourEach, Known: q.HourEach > 0, Reason: "a price of its pools is not known"})
	if err != nil {
		return "", err
	}
	defer free()
	res, err := w.send(ctx, l, q)
	if err != nil {
		w.learn(l.at[0], q, []*Error{AsError("launch instances", w.region, err)})
		return "", err
	}
	n := want{n: 1, why: ParseOrigin(q.Tags[TagOrigin]).Why}
	l.report(q, n, res)
	w.learn(l.at[0], q, res.Errors) // what came has errors beside it where EC2 tried another pool first
	if len(res.Instances) == 0 {
		return "", w.short(q, res, 1)
	}
	return res.Instances[0].ID, nil
}

// substituteRequest composes the request, or takes the very one that was cut off.
func (w *worker) substituteRequest(ctx context.Context, base Plan, s Swap) (LaunchRequest, error) {
	token, attempt, before, err := w.e.substituteToken(ctx, s.Old)
	if err != nil {
		return LaunchRequest{}, err
	}
	if before != nil {
		return *before, nil
	}
	if w.e.kept() { // since it was begun
		return LaunchRequest{}, &Error{Op: "replace", Resource: string(s.Old.ID), Region: w.region, Kind: KindGuard, Err: errText("AWS keeps this fleet by now"), Hint: "it stays until `spot-tui create` hands it over"}
	}
	pools, benched := w.e.open(w.region, s.Pools, false)
	if len(pools) == 0 {
		return LaunchRequest{}, benchedOnly(w.region, 1, benched)
	}
	a := &asking{region: w.region, plan: base.part(w.region)}
	q, err := w.prepare(ctx, base, a, want{n: 1, why: "asked for"}, attempt)
	if err != nil {
		return q, err
	}
	q.Tags[TagOrigin] = Origin{Attempt: attempt, Why: "asked for", Replaces: s.Old.ID}.tag()
	for i := range pools { // a subnet may have been made only now
		for _, p := range a.plan.Pools {
			if p.Type == pools[i].Type && p.Zone == pools[i].Zone {
				pools[i].Subnet = p.Subnet
			}
		}
	}
	q.Pools, q.Token, q.HourEach = poolsToAsk(pools), token, base.part(w.region).hourEach(w.e.spec, pools)
	return q, nil
}

// replacesLive says whether an instance stands beside the one that it replaces: it
// is surplus that was declared, and does not count for the target.
func (e *Engine) replacesLive(i *Instance) bool {
	if i.Origin.Replaces == "" {
		return false
	}
	return e.lives(i.Origin.Replaces)
}

// resumeReplacing takes up the replacements that a crash cut off.
func (e *Engine) resumeReplacing() {
	id, err := e.Identity(e.ctx)
	if err != nil {
		return
	}
	open, err := e.opts.Store.Open(e.ctx, id.Account, e.spec.Name)
	if err != nil {
		return // launching says so
	}
	open = slices.DeleteFunc(open, func(i Intent) bool { return i.Kind != IntentReplace })
	if len(open) == 0 {
		return
	}
	base, err := e.Plan(e.ctx, PlanRequest{})
	if err != nil {
		return
	}
	op := e.newOp(OpReplace, "take up the replacement of "+plural(len(open), "instance"), len(open))
	t := &tally{e: e, op: op, stays: true}
	for _, in := range open {
		var s Swap
		if err := json.Unmarshal(in.Request, &s); err != nil {
			t.fail(&Error{Op: "read the journal", Resource: in.ID, Kind: KindInternal, Err: err})
			continue
		}
		if old, ok := e.instance(s.Old.ID); s.Keeper == "" && (!ok || old.Stage.Leaving()) { // done but for its end
			_ = e.opts.Store.End(e.ctx, in.ID, nil, nil)
			continue
		}
		if err := e.swap(op, base, s, t, in.ID); err != nil && e.ctx.Err() == nil {
			t.fail(err)
		}
	}
	if e.ctx.Err() == nil {
		e.endOp(op, &t.errs, fmt.Sprintf("%d of %s replaced", t.done, plural(len(open), "instance")))
	}
}
