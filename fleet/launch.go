package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"
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
	e.mu.Lock()
	gone := e.destroying
	if !gone {
		e.requests.Add(1)
	}
	e.mu.Unlock()
	if gone {
		return "", &Error{Op: "launch", Kind: KindConflict, Err: errText("the fleet is being destroyed"), Hint: "wait for the receipt, then launch again"}
	}
	id := e.newOp(OpLaunch, fmt.Sprintf("launch %d in %s", p.Launch, plural(p.parts(), "region")), p.Launch)
	e.group.run(string(id), func() { e.launch(id, p) })
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
func (e *Engine) launch(op OpID, p Plan) {
	l := &launching{e: e, op: op, plan: p}
	if l.request() {
		l.watch()
	}
}

// request does the part of a launch that makes things in AWS. A destroy waits
// for its end before it begins, so that nothing arrives behind its back.
func (l *launching) request() bool {
	e, op, p := l.e, l.op, l.plan
	defer e.requests.Done()
	for _, pr := range p.Problems {
		l.fail(pr)
	}
	e.feed.op(op, func(o *Operation) { o.Detail = "claiming the fleet's name" })
	if _, err := e.claim(e.ctx, p); err != nil {
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
	return true
}

// launching is what one launch operation gathers, from all regions.
type launching struct {
	e    *Engine
	op   OpID
	plan Plan

	errs failures
	mu   sync.Mutex
	ids  map[InstanceID]bool
}

func (l *launching) fail(err error) { l.e.fail(l.op, &l.errs, err) }

func (l *launching) add(ids []Launched) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ids == nil {
		l.ids = map[InstanceID]bool{}
	}
	for _, i := range ids {
		l.ids[i.ID] = true
	}
}

// launch is one region's part.
func (w *worker) launch(ctx context.Context, l *launching, p RegionPlan, open []openLaunch) {
	if err := w.do(ctx, func() { w.busy++; w.adoptAll = true; w.retryFailed() }); err != nil {
		return
	}
	defer w.post(func() { w.busy--; w.pollNow() })
	for _, q := range open { // the identical request first: it says what a crash left behind
		if err := w.request(ctx, l, q.LaunchRequest); err != nil {
			l.fail(err)
		}
	}
	if p.Problem != nil || p.Launch == 0 {
		return
	}
	q, err := w.prepare(ctx, l.plan, p)
	if err == nil {
		err = w.request(ctx, l, q)
	}
	if err != nil {
		l.fail(AsError("launch instances", w.region, err))
	}
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

// prepare makes what a launch needs in the region and composes the request.
func (w *worker) prepare(ctx context.Context, p Plan, r RegionPlan) (LaunchRequest, error) {
	e := w.e
	if err := w.stopped(); err != nil {
		return LaunchRequest{}, err
	}
	launch := LaunchID("l-" + randomID(10))
	g := GroupRequest{Fleet: p.Fleet, VPC: r.VPC, SSHFrom: p.SSHFrom, Port: sshPort(e.spec), Tags: e.tags(time.Time{}, "")}
	var group GroupID
	err := e.journaled(ctx, IntentGroup, w.region, "", g, func(ctx context.Context) (any, error) {
		var err error
		group, err = w.cloud.EnsureGroup(ctx, g)
		return group, err
	})
	if err != nil {
		return LaunchRequest{}, err
	}
	t := TemplateRequest{Fleet: p.Fleet, Group: group, PublicKey: e.spec.SSH.PublicKey, EndsAt: p.EndsAt, Tags: e.tags(p.EndsAt, "")}
	for _, im := range r.Images {
		t.RootDevice, t.RootGiB = im.RootDevice, max(t.RootGiB, e.spec.RootGiB, im.RootGiB)
	}
	var name TemplateName
	err = e.journaled(ctx, IntentTemplate, w.region, "", t, func(ctx context.Context) (any, error) {
		var err error
		name, err = w.cloud.EnsureTemplate(ctx, t)
		return name, err
	})
	if err != nil {
		return LaunchRequest{}, err
	}
	q := LaunchRequest{Fleet: p.Fleet, Launch: launch, Region: w.region, Count: r.Launch, Template: name, Pools: poolsToAsk(r.Pools), Tags: e.tags(p.EndsAt, launch)}
	q.Token = token(q)
	return q, nil
}

// maxPools bounds the overrides of one call: Karpenter truncates to 60 types
// (aws-facts §1.2); more only makes the request large.
const maxPools = 120

func poolsToAsk(pools []Pool) []Pool {
	if len(pools) > maxPools {
		pools = pools[:maxPools]
	}
	out := make([]Pool, len(pools))
	for i, p := range pools {
		p.Price = Price{} // not part of the request: it must be the same when it is sent again
		out[i] = p
	}
	return out
}

// token is a hash of the whole request: another request can't reuse it
// (aws-facts §1.6), and it fits EC2's 64 characters.
func token(q LaunchRequest) string {
	q.Token = ""
	b, err := json.Marshal(q)
	if err != nil {
		return "spot-tui-" + randomID(32) // only strings and numbers: can't happen
	}
	sum := sha256.Sum256(b)
	return "spot-tui-" + hex.EncodeToString(sum[:20])
}

// request journals and sends one launch request, and takes in what came of it.
func (w *worker) request(ctx context.Context, l *launching, q LaunchRequest) error {
	if err := w.stopped(); err != nil {
		return err
	}
	var res LaunchResult
	err := w.e.journaled(ctx, IntentLaunch, w.region, q.Token, q, func(ctx context.Context) (any, error) {
		var err error
		if res, err = w.cloud.Launch(ctx, q); err != nil {
			return nil, err
		}
		// Known instances are saved before the intent ends: a crash between the
		// two must not lose what a describe may hide for minutes.
		return res.Instances, w.launched(ctx, q, res)
	})
	if err != nil {
		return err
	}
	l.add(res.Instances)
	w.e.feed.event(LevelInfo, Event{Kind: EventLaunched, Region: w.region, Op: l.op, Text: fmt.Sprintf("launched %d of %d", len(res.Instances), q.Count)})
	if short := q.Count - len(res.Instances); short > 0 {
		return w.short(q, res, short)
	}
	return nil
}

// stopped refuses to make anything more once a destroy was confirmed.
func (w *worker) stopped() error {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	if !w.e.destroying {
		return nil
	}
	return &Error{Op: "launch instances", Region: w.region, Kind: KindCanceled, Err: errText("the fleet is being destroyed")}
}

// short says why a launch came short, in one sentence.
func (w *worker) short(q LaunchRequest, res LaunchResult, short int) error {
	e := &Error{
		Op: fmt.Sprintf("launch %s", plural(q.Count, "instance")), Region: w.region, Kind: KindCapacity,
		Hint: "add instance types or regions to the config, or run create again later",
	}
	codes := map[string]int{}
	for _, pe := range res.Errors {
		codes[pe.Code]++
		if pe.Kind != KindCapacity && e.Kind == KindCapacity {
			e.Kind, e.Hint = pe.Kind, orText(pe.Hint, e.Hint)
		}
	}
	why := "EC2 gave no reason"
	for c, n := range codes {
		why = fmt.Sprintf("%s in %s", c, plural(n, "pool"))
		if len(codes) > 1 {
			why += " and others"
		}
		if c != "" {
			break
		}
	}
	e.Err = fmt.Errorf("%d of %d missing: %s", short, q.Count, why)
	return e
}

// launched takes in new instances before any describe shows them, and saves them.
func (w *worker) launched(ctx context.Context, q LaunchRequest, res LaunchResult) error {
	now := time.Now()
	ends, _ := time.Parse(time.RFC3339, q.Tags[TagEnd]) // empty: no end
	var fresh []Instance
	err := w.do(ctx, func() {
		for _, i := range res.Instances {
			if o, ok := w.instances[i.ID]; ok {
				o.mine = true
				continue
			}
			o := &owned{mine: true, known: now, Instance: Instance{
				ID: i.ID, Region: w.region, Zone: i.Zone, Type: i.Type, State: StatePending, Stage: StageRequested,
				Launch: q.Launch, LaunchedAt: now, EndsAt: ends, StageSince: now, User: w.user,
				Owner: q.Tags[TagOwner], Price: w.prices.of(i.Type, i.Zone),
			}}
			w.instances[i.ID] = o
			w.publish(o)
			fresh = append(fresh, o.Instance)
		}
		w.pollNow()
	})
	if err != nil {
		return err
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := w.e.opts.Store.SaveInstances(ctx, w.e.account(), q.Fleet, fresh); err != nil {
		w.say(LevelWarn, "", "the new instances can't be saved: %s", err)
	}
	return nil
}

// watch follows the launched instances until none moves any more, then ends
// the operation.
func (l *launching) watch() {
	total := len(l.ids)
	var c Cursor
	settled := map[InstanceID]Stage{}
	for {
		b, err := l.e.Next(l.e.ctx, c)
		if err != nil {
			return
		}
		c = b.Cursor
		for _, i := range b.Instances {
			switch {
			case l.ids[i.ID], !i.Stage.Leaving() && l.follows(i):
				settled[i.ID] = i.Stage
			default:
				delete(settled, i.ID) // not ours, and leaving: nothing to wait for
			}
		}
		ready, failed, moving := 0, 0, 0
		for _, s := range settled {
			switch s {
			case StageReady:
				ready++
			case StageFailed, StageGone:
				failed++
			default:
				moving++
			}
		}
		l.e.feed.opIfChanged(l.op, ready+failed, max(total, len(settled)), fmt.Sprintf("%d ready, %d on the way", ready, moving))
		if moving == 0 && len(settled) >= total {
			text := fmt.Sprintf("%s ready", plural(ready, "instance"))
			if failed > 0 {
				text += fmt.Sprintf(", %d failed", failed)
			}
			l.e.endOp(l.op, &l.errs, text)
			return
		}
	}
}

// follows says whether an instance belongs to what this operation waits for:
// its own, and whatever a confirmed create takes up again.
func (l *launching) follows(i Instance) bool {
	for _, r := range l.plan.Regions {
		if r.Region == i.Region {
			return true
		}
	}
	return false
}
