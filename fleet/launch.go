package fleet

import (
	"context"
	"fmt"
	"sync"
)

// Launch implements Face: it starts the plan and returns at once.
func (e *Engine) Launch(p Plan) (OpID, error) {
	if err := e.guard("launch", true); err != nil {
		return "", err
	}
	if p.Hash == "" || p.Hash != p.hash() {
		return "", &Error{Op: "launch", Kind: KindInternal, Err: errText("the plan is not the one that was shown"), Hint: "plan again"}
	}
	if p.Account != e.account() {
		return "", &Error{Op: "launch", Kind: KindConflict, Err: fmt.Errorf("the plan is for account %s, but this is %s", p.Account, e.account()), Hint: "plan again"}
	}
	if e.spec.SSH.PublicKey == "" && e.spec.Provision.Enabled {
		return "", &Error{Op: "launch", Kind: KindInvalid, Err: errText("there is no SSH key, so nobody could ever log in"), Hint: "name one in ssh.private_key, or set provision.enabled = false"}
	}
	if p.Launch == 0 && p.Guard.Refused != "" {
		return "", &Error{Op: p.Guard.Refused, Kind: KindGuard, said: true}
	}
	free, err := e.costReserve(p.Guard.adds(p))
	if err != nil {
		return "", err
	}
	e.mu.Lock()
	gone, busy := e.destroying, e.launching
	if !gone && !busy {
		e.launching = true
		e.requests.Add(1)
	}
	e.mu.Unlock()
	if busy || gone {
		free()
	}
	if busy && !gone {
		return "", &Error{Op: "launch", Kind: KindConflict, Err: errText("another launch is on its way"), Hint: "wait until EC2 has answered, then plan again"}
	}
	if gone {
		return "", &Error{Op: "launch", Kind: KindConflict, Err: errText("the fleet is being destroyed"), Hint: "wait for the receipt, then launch again"}
	}
	id := e.newOp(OpLaunch, fmt.Sprintf("launch %d in %s", p.Launch, plural(p.parts(), "region")), p.Launch)
	e.group.run(string(id), func() { e.launch(id, p, free) })
	return id, nil
}

// parts counts the regions that launch something.
func (p *Plan) parts() int {
	n := 0
	for _, r := range p.Regions {
		if r.Launch > 0 && r.Problem == nil {
			n++
		}
	}
	return n
}

// launch does a plan: claim, then every region side by side, then watch until
// each instance is ready or has failed.
func (e *Engine) launch(op OpID, p Plan, free func()) {
	l := newLaunching(e, op, p)
	requested := l.request()
	free() // what was launched counts by itself from here on
	if requested {
		l.watch()
	}
}

// request does the part of a launch that makes things in AWS. A destroy waits
// for its end before it begins, so that nothing arrives behind its back.
func (l *launching) request() bool {
	e, op, p := l.e, l.op, l.plan
	defer func() {
		e.mu.Lock()
		e.launching = false
		e.mu.Unlock()
		e.requests.Done()
	}()
	for _, pr := range p.Problems {
		l.fail(pr)
	}
	release, err := e.lease("launch")
	if err == nil {
		defer release()
		err = e.unchanged(p)
	}
	if err != nil {
		l.fail(err)
		e.endOp(op, &l.errs, "nothing was launched: "+err.Error())
		return false
	}
	e.feed.op(op, func(o *Operation) { o.Detail = "claiming the fleet's name" })
	if _, err = e.claim(e.ctx, p); err != nil {
		l.fail(err)
		e.endOp(op, &l.errs, "nothing was launched: "+err.Error())
		return false
	}
	open, err := e.openLaunches(e.ctx)
	if err != nil {
		l.fail(err)
		e.endOp(op, &l.errs, "nothing was launched: "+err.Error())
		return false
	}
	if !l.lowerFirst(e.ctx) {
		e.endOp(op, &l.errs, "nothing was launched")
		return false
	}
	e.feed.op(op, func(o *Operation) { o.Detail = "asking EC2 for instances" })
	var wg sync.WaitGroup
	for _, r := range p.Regions {
		w := e.worker(r.Region)
		wg.Add(1)
		e.group.run("launch "+string(r.Region), func() {
			defer wg.Done()
			w.launch(e.ctx, l, r, open[r.Region])
		})
	}
	wg.Wait()
	if !p.byAWS() { // AWS goes on by itself
		l.moveOn(e.ctx)
	}
	return true
}

// unchanged refuses a plan that was made before another launch of this fleet
// began: it counted without what that one made.
func (e *Engine) unchanged(p Plan) error {
	begun, err := e.opts.Store.Recent(e.ctx, e.account(), e.spec.Name, p.At)
	if err != nil {
		return &Error{Op: "read the journal", Kind: KindInternal, Err: err, Hint: "launching is not safe without it"}
	}
	for _, i := range begun {
		if i.Kind == IntentLaunch || i.Kind == IntentKeeper {
			return &Error{Op: "launch", Resource: string(e.spec.Name), Kind: KindConflict, Err: errText("the fleet was launched into since the plan was made"), Hint: "plan again"}
		}
	}
	return nil
}

// launch is one region's part: what a crash left open, then its share.
func (w *worker) launch(ctx context.Context, l *launching, p RegionPlan, open []openLaunch) {
	if err := w.do(ctx, func() { w.busy++; w.adoptAll = true; w.retryFailed(); w.book.seed(p.Pools) }); err != nil {
		return
	}
	defer w.post(func() { w.busy--; w.pollNow() })
	a := l.in(w.region)
	for _, q := range open { // the identical request first: it says what a crash left behind
		w.resend(ctx, l, a, q)
	}
	if p.Problem != nil {
		return
	}
	if done, err := w.handled(ctx, l, p); err != nil || done {
		if err != nil {
			l.fail(AsError("have AWS keep the region", w.region, err))
		}
		return
	}
	if p.Launch == 0 {
		if p.Have > 0 && p.VPC != "" { // whoever runs create because nothing answers has often moved
			if _, err := w.letIn(ctx, l.plan, p); err != nil {
				l.fail(AsError("let this machine's address in", w.region, err))
			}
		}
		return
	}
	n, err := w.missing(ctx, l, a)
	if err != nil {
		l.fail(AsError("launch instances", w.region, err))
		return
	}
	base := min(n, p.OnDemand)
	if base > 0 {
		w.get(ctx, l, a, want{n: base, onDemand: true, own: true, why: "on-demand base share"})
	}
	if n > base {
		w.get(ctx, l, a, want{n: n - base, own: true, why: asPlanned})
	}
}

// missing counts once more just before the launch: another machine may have
// added instances since the plan. Fewer than planned may be launched, never more.
func (w *worker) missing(ctx context.Context, l *launching, a *asking) (int, error) {
	if err := w.ask(ctx); err != nil {
		return 0, err
	}
	have := 0
	if err := w.do(ctx, func() { have = w.countFor(nil) }); err != nil {
		return 0, err
	}
	p := a.plan
	if more := have - p.Have; more > 0 {
		l.found(a, more)
		w.say(LevelInfo, "", "%d that the plan did not count are there already", more)
	}
	return min(a.missing, max(0, p.Want-have)), nil
}

// retryFailed lets a confirmed create take up what failed before.
func (w *worker) retryFailed() {
	for _, o := range w.instances {
		if o.Stage == StageFailed && o.State == StateRunning {
			o.stop = nil
			w.stage(o, StageRunning, "")
			w.publish(o)
		}
	}
}
