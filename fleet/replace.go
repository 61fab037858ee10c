package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// IntentReplace is of one instance: a substitute first, then its end. It stays
// open until both are done, so that a crash in between is taken up.
const IntentReplace IntentKind = "replace"

const (
	// replaceAtOnce bounds the surplus: so many instances run twice at a time.
	replaceAtOnce = 5
	// replaceTries is how many substitutes are tried where AWS takes them away.
	replaceTries = 3
	// worthMoving is the share of the price that a move must save: less is within
	// what prices wander in a day (aws-facts §5.3).
	worthMoving = 0.1
)

// ReplaceRequest names instances to replace.
type ReplaceRequest struct {
	Instances []InstanceID // empty with Cheaper: every one that is worth moving
	Cheaper   bool         // only into pools that cost less by a tenth or more
}

// ReplacePlan is what a replacement does. The value that is shown is the value
// that Replace executes; its ids are frozen.
type ReplacePlan struct {
	Fleet   Name   `json:"fleet"`
	Account string `json:"account"`
	Swaps   []Swap `json:"swaps"`
	Surplus int    `json:"surplus"` // instances that run beside those they replace, at most
	Extra   Price  `json:"extra"`   // what the surplus costs per hour at most, disks and addresses included
	Saves   Price  `json:"saves"`   // per hour, for a move; disks and addresses stay as they are
	base    Plan
}

// Swap is one instance that is replaced.
type Swap struct {
	Old   Instance `json:"old"`
	Pools []Pool   `json:"pools"` // for the substitute; EC2 chooses among them
	Saves Price    `json:"saves"`
}

// PlanReplace implements Face.
func (e *Engine) PlanReplace(ctx context.Context, q ReplaceRequest) (ReplacePlan, error) {
	if err := e.keptElsewhere(); err != nil {
		return ReplacePlan{}, err
	}
	base, err := e.Plan(ctx, PlanRequest{})
	if err != nil {
		return ReplacePlan{}, err
	}
	p := ReplacePlan{Fleet: e.spec.Name, Account: base.Account, base: base, Saves: Price{Known: true, AsOf: base.At}}
	for _, i := range e.known() {
		switch {
		case len(q.Instances) > 0 && !slices.Contains(q.Instances, i.ID), i.Stage.Leaving():
		case len(q.Instances) == 0 && (!q.Cheaper || i.Locked || i.Stage != StageReady):
		default:
			s := Swap{Old: i, Pools: e.substitutes(i, base.part(i.Region), q.Cheaper)}
			if len(s.Pools) == 0 && q.Cheaper {
				continue
			}
			if low := lowest(s.Pools); q.Cheaper {
				s.Saves = Price{USD: i.Price.USD - low.USD, Known: true, AsOf: low.AsOf}
				p.Saves.USD += s.Saves.USD
			}
			p.Swaps = append(p.Swaps, s)
		}
	}
	p.Surplus = min(replaceAtOnce, len(p.Swaps))
	p.Extra = p.extra(e.spec)
	return p, nil
}

// substitutes are the pools that may stand in for an instance: not its own.
func (e *Engine) substitutes(i Instance, r RegionPlan, cheaper bool) []Pool {
	pools, _ := e.open(i.Region, r.Pools, false)
	return slices.DeleteFunc(pools, func(p Pool) bool {
		own := p.Type == i.Type && p.Zone == i.Zone && !i.OnDemand
		dear := !p.Price.Known || !i.Price.Known || p.Price.USD > i.Price.USD*(1-worthMoving)
		return own || cheaper && dear
	})
}

func lowest(pools []Pool) Price {
	var low Price
	for _, p := range pools {
		if p.Price.Known && (!low.Known || p.Price.USD < low.USD) {
			low = p.Price
		}
	}
	return low
}

// extra is what the surplus costs at most.
func (p ReplacePlan) extra(spec Spec) Price {
	sum := Price{Known: true, AsOf: p.base.At}
	most := 0.0
	for _, s := range p.Swaps {
		for _, pool := range s.Pools {
			if !pool.Price.Known {
				sum.Known, sum.Reason = false, pool.Price.Reason
			}
			most = max(most, pool.Price.USD+ipv4Hour+float64(p.base.part(s.Old.Region).rootGiB(spec))*gp3GiBHour)
		}
	}
	sum.USD = most * float64(p.Surplus)
	return sum
}

// Replace implements Face.
func (e *Engine) Replace(p ReplacePlan) (OpID, error) {
	const op = "replace"
	if err := e.guard(op, true); err != nil {
		return "", err
	}
	if p.Account != e.account() || p.Fleet != e.spec.Name || len(p.Swaps) == 0 {
		return "", &Error{Op: op, Kind: KindInvalid, Err: errText("there is nothing to replace"), Hint: "plan again"}
	}
	if err := e.keptElsewhere(); err != nil { // AWS may have taken over since the plan
		return "", err
	}
	free, err := e.costReserve(p.Extra)
	if err != nil {
		return "", err
	}
	id := e.newOp(OpReplace, "replace "+plural(len(p.Swaps), "instance"), len(p.Swaps))
	e.group.run(string(id), func() { defer free(); e.replaceAll(id, p) })
	return id, nil
}

func (e *Engine) replaceAll(op OpID, p ReplacePlan) {
	t := &tally{e: e, op: op}
	ids := make([]InstanceID, len(p.Swaps))
	for i, s := range p.Swaps {
		ids[i] = s.Old.ID
	}
	refuse := func(err error) {
		t.fail(err)
		e.endOp(op, &t.errs, "nothing was replaced: "+err.Error())
	}
	by, _ := e.byRegion(ids)
	if err := e.unlocked("replace", by); err != nil {
		refuse(err)
		return
	}
	if err := e.allOurs(e.asResources(ids), false); err != nil {
		refuse(err)
		return
	}
	release, err := e.lease("replace")
	if err != nil {
		refuse(err)
		return
	}
	defer release()
	slots := make(chan struct{}, replaceAtOnce)
	var wg sync.WaitGroup
	for _, s := range p.Swaps {
		wg.Add(1)
		e.group.run("replace "+string(s.Old.ID), func() {
			defer wg.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := e.swap(op, p.base, s, t, ""); err != nil && e.ctx.Err() == nil {
				t.fail(err)
			}
		})
	}
	wg.Wait()
	e.endOp(op, &t.errs, fmt.Sprintf("%d of %s replaced", t.done, plural(len(p.Swaps), "instance")))
}

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
	err := e.swapBegun(op, base, s, t)
	if e.ctx.Err() != nil {
		return err // it stays open, and goes on when spot-tui does
	}
	if endErr := e.opts.Store.End(e.ctx, begun, nil, err); endErr != nil {
		e.feed.log(LevelWarn, s.Old.Region, s.Old.ID, "the journal could not note the end of a replacement: "+endErr.Error())
	}
	return err
}

func (e *Engine) swapBegun(op OpID, base Plan, s Swap, t *tally) error {
	w := e.worker(s.Old.Region)
	refused := func(text string) error {
		return &Error{Op: "replace", Resource: string(s.Old.ID), Region: s.Old.Region, Kind: KindCapacity, Err: errText(text), Hint: "it stays as it is; try again later, or name more instance types"}
	}
	for attempt := 1; attempt <= replaceTries; attempt++ {
		id, err := w.substitute(e.ctx, op, base, s, attempt)
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
			if err := w.end(e.ctx, []InstanceID{id}, &tally{e: e, op: op}); err != nil {
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
func (w *worker) substitute(ctx context.Context, op OpID, base Plan, s Swap, attempt int) (InstanceID, error) {
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
	q, err := w.substituteRequest(ctx, base, s, attempt)
	if err != nil {
		return "", err
	}
	res, err := w.send(ctx, l, q)
	if err != nil {
		return "", err
	}
	n := want{n: 1, why: ParseOrigin(q.Tags[TagOrigin]).Why}
	l.report(q, n, res)
	if len(res.Instances) == 0 {
		w.learn(l.at[0], q, res.Errors)
		return "", w.short(q, res, 1)
	}
	return res.Instances[0].ID, nil
}

// substituteRequest composes the request, or takes the very one that was cut off.
func (w *worker) substituteRequest(ctx context.Context, base Plan, s Swap, attempt int) (LaunchRequest, error) {
	sum := sha256.Sum256([]byte(fmt.Sprint(w.e.spec.Name, "/", s.Old.ID, "/", attempt)))
	token := "spot-tui-r-" + hex.EncodeToString(sum[:20])
	open, err := w.e.openLaunches(ctx)
	if err != nil {
		return LaunchRequest{}, err
	}
	for _, o := range open[w.region] {
		if o.Token == token {
			return o.LaunchRequest, nil
		}
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
	q.Pools, q.Token = poolsToAsk(pools), token
	return q, nil
}

// replacesLive says whether an instance stands beside the one that it replaces: it
// is surplus that was declared, and does not count for the target.
func (e *Engine) replacesLive(i *Instance) bool {
	if i.Origin.Replaces == "" {
		return false
	}
	old, ok := e.instance(i.Origin.Replaces)
	return ok && !old.Stage.Leaving()
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
	t := &tally{e: e, op: op}
	for _, in := range open {
		var s Swap
		if err := json.Unmarshal(in.Request, &s); err != nil {
			t.fail(&Error{Op: "read the journal", Resource: in.ID, Kind: KindInternal, Err: err})
			continue
		}
		if old, ok := e.instance(s.Old.ID); !ok || old.Stage.Leaving() { // done but for its end
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
