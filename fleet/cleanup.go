package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// CleanupRequest asks for a cleanup that was confirmed.
type CleanupRequest struct {
	Items []Leftover // frozen when the dialog opened: these and no others
}

// Cleanup implements Cleaner.
func (e *Engine) Cleanup(q CleanupRequest) (OpID, error) {
	const op = "clean up"
	if e.account() == "" {
		return "", &Error{Op: op, Kind: KindAuth, Err: errText("AWS has not said yet who we are"), Hint: "wait until the header shows the account"}
	}
	if err := e.guard(op, true); err != nil {
		return "", err
	}
	if len(q.Items) == 0 {
		return "", &Error{Op: op, Kind: KindInvalid, Err: errText("nothing is named"), Hint: "mark what is to go"}
	}
	for _, l := range q.Items {
		if l.Refused != "" {
			return "", &Error{Op: op, Resource: l.String(), Region: l.Region, Kind: KindGuard, Err: errText(l.Refused)}
		}
	}
	id := e.newOp(OpCleanup, "clean up "+plural(len(q.Items), "leftover"), len(q.Items))
	e.group.run(string(id), func() { e.cleanup(id, slices.Clone(q.Items)) })
	return id, nil
}

// cleanup scans again, leaves out what is not as it was shown, removes the rest
// region by region side by side, and proves by a last scan what is left of it.
func (e *Engine) cleanup(op OpID, asked []Leftover) {
	ctx, started := e.ctx, time.Now()
	t := &tally{e: e, op: op, left: map[Region][]Resource{}, ids: map[string]bool{}}
	end := func(text string) { e.endOp(op, &t.errs, text) }
	e.feed.op(op, func(o *Operation) { o.Detail = "looking at every region again" })
	id, err := e.Identity(ctx)
	if err != nil {
		t.fail(err)
		end("nothing was deleted: " + err.Error())
		return
	}
	old := slices.ContainsFunc(asked, func(l Leftover) bool { return l.Maker == MadeByPredecessor })
	rep, err := e.scanAll(ctx, id, old)
	if err != nil {
		t.fail(err)
		end("nothing was deleted: " + err.Error())
		return
	}
	todo := asFrozen(asked, rep, t)
	todo, release := e.leaseAll(todo, t)
	defer release()
	by := map[Region][]Resource{}
	for _, l := range todo {
		by[l.Region] = append(by[l.Region], l.Resource)
	}
	t.expect(len(todo))
	var wg sync.WaitGroup
	for r, rs := range by {
		w := e.worker(r)
		wg.Add(1)
		e.group.run("clean up "+string(r), func() { defer wg.Done(); w.sweep(ctx, t, rs) })
	}
	wg.Wait()
	if ctx.Err() != nil {
		return
	}
	r := e.cleaned(ctx, t, todo, started)
	e.feed.op(op, func(o *Operation) { o.Receipt = &r })
	n := 0
	for _, k := range r.Removed {
		n += k
	}
	text := fmt.Sprintf("%s deleted", plural(n, "leftover"))
	if r.Left > 0 {
		text += fmt.Sprintf(", %d not", r.Left)
	}
	if refused := len(asked) - len(todo); refused > 0 {
		text += fmt.Sprintf(", %d left alone", refused)
	}
	end(text)
}

// asFrozen gives of what was confirmed what a fresh scan shows as it was then.
// What is gone needs nothing; what has changed is refused (R5, R7).
func asFrozen(asked []Leftover, now LeftoverReport, t *tally) []Leftover {
	shown := map[string]Leftover{}
	for _, l := range now.Items {
		shown[l.Key()] = l
	}
	var todo []Leftover
	for _, a := range asked {
		refuse := func(why string) {
			t.fail(&Error{Op: "clean up", Resource: a.String(), Region: a.Region, Kind: KindGuard, Err: errText(why), Hint: "scan again, and look at it"})
		}
		switch l, ok := shown[a.Key()]; {
		case !ok && slices.Contains(now.RegionsFailed, a.Region):
			refuse("its region could not be scanned again")
		case !ok: // gone, or without its tag: nothing of ours
			t.e.feed.log(LevelInfo, a.Region, "", a.String()+" is not there any more, or does not carry its tag any more")
		case l.Refused != "":
			refuse(l.Refused)
		case l.Kind != a.Kind || l.Claim != a.Claim || l.Owner != a.Owner:
			refuse("it is not as it was when it was confirmed")
		default:
			todo = append(todo, l)
		}
	}
	return todo
}

// leaseAll takes the right to change each fleet that is concerned. What another
// process is at is left alone.
func (e *Engine) leaseAll(todo []Leftover, t *tally) (mine []Leftover, release func()) {
	var names []Name
	for _, l := range todo {
		if l.Fleet != "" && !slices.Contains(names, l.Fleet) {
			names = append(names, l.Fleet)
		}
	}
	account := e.account()
	var held []Name
	busy := map[Name]bool{}
	for _, n := range names {
		by, ok, err := e.opts.Store.Lease(e.ctx, account, n, teardownLimit+leaseTime)
		switch {
		case err != nil: // as in a destroy: a broken store does not keep anything in AWS
			e.feed.log(LevelWarn, "", "", err.Error())
		case !ok:
			busy[n] = true
			t.fail(&Error{Op: "clean up", Resource: string(n), Kind: KindConflict, Err: errText(by + " is launching or destroying this fleet"), Hint: "wait until it is done, then try again"})
		default:
			held = append(held, n)
		}
	}
	mine = slices.DeleteFunc(todo, func(l Leftover) bool { return busy[l.Fleet] })
	return mine, func() {
		for _, n := range held {
			_ = e.opts.Store.Release(context.WithoutCancel(e.ctx), account, n) // it ends by itself
		}
	}
}

// sweep removes a region's part in the order of removal, and waits for what hangs
// on it, within the time of a teardown.
func (w *worker) sweep(ctx context.Context, t *tally, rs []Resource) {
	limit, cancel := context.WithTimeout(ctx, teardownLimit)
	defer cancel()
	c := newClearing(t, nil, nil)
	left := slices.Clone(rs)
	slices.SortStableFunc(left, func(a, b Resource) int { return a.Kind.rank() - b.Kind.rank() })
	for {
		left = w.sweepOnce(limit, c, left)
		if len(left) == 0 {
			return
		}
		if c.hopeless(left) || c.allStuck(left) || !sleep(limit, w.e.opts.Poll.Settle) {
			c.tell(w, left)
			left = w.named(left)
			t.mu.Lock()
			t.left[w.region] = left
			t.mu.Unlock()
			t.fail(stillThere("clean up", w.region, left))
			return
		}
	}
}

// sweepOnce tries each once and gives what is left. An instance is left until a
// scan does not show it any more (R11).
func (w *worker) sweepOnce(ctx context.Context, c *clearing, rs []Resource) []Resource {
	var left, ended []Resource
	for _, r := range rs {
		end := w.e.journalRemoval(ctx, r)
		err := w.cloud.Sweep(ctx, r)
		end(err)
		c.refused(r.ID, err)
		switch {
		case err == nil && r.Kind == KindOfInstance:
			ended = append(ended, r)
		case err == nil:
			c.t.removedOne(r)
			w.say(LevelInfo, "", "deleted %s", r)
		default:
			if KindOf(err) != KindConflict {
				w.say(LevelWarn, "", "%s", err)
			} else if c.late(r.ID) {
				w.sayWhatHolds(ctx, c, r)
			}
			r.State = err.Error()
			left = append(left, r)
		}
	}
	return append(w.going(ctx, c, ended), left...)
}

// going gives those of the ended instances that a scan still shows.
func (w *worker) going(ctx context.Context, c *clearing, ended []Resource) []Resource {
	var left []Resource
	shown := map[Maker]map[string]bool{}
	for _, r := range ended {
		by := MadeBySpotTUI
		if r.Fleet == "" {
			by = MadeByPredecessor
		}
		if shown[by] == nil {
			rs, err := w.cloud.Strays(ctx, by)
			if err != nil && rs == nil {
				return ended
			}
			shown[by] = map[string]bool{}
			for _, s := range rs {
				shown[by][s.ID] = true
			}
		}
		if shown[by][r.ID] {
			left = append(left, r)
			continue
		}
		c.t.removedOne(r)
		w.say(LevelInfo, "", "instance %s is terminated", r.ID)
	}
	return left
}

// allStuck says whether no waiting helps any of what is left.
func (c *clearing) allStuck(left []Resource) bool {
	return !slices.ContainsFunc(left, func(r Resource) bool { return c.stuck[r.ID] == nil })
}

// cleaned is the receipt of a cleanup: what of the targets a last scan still shows.
func (e *Engine) cleaned(ctx context.Context, t *tally, todo []Leftover, started time.Time) Receipt {
	r := Receipt{
		Account: e.account(), Removed: map[ResourceKind]int{}, Leftovers: []Resource{}, RegionsScanned: []Region{}, RegionsFailed: []Region{},
		StartedAt: started, CostNote: "a cleanup does not know what its fleets have cost",
	}
	var regions []Region
	for _, l := range todo {
		if !slices.Contains(regions, l.Region) {
			regions = append(regions, l.Region)
		}
	}
	var mu sync.Mutex
	e.everyRegion(regions, func(w *worker) {
		still, err := w.still(ctx, todo)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			r.RegionsFailed = append(r.RegionsFailed, w.region)
			t.unproven(w.region, err)
			return
		}
		r.RegionsScanned = append(r.RegionsScanned, w.region)
		r.Leftovers = append(r.Leftovers, still...)
	})
	r.because(t.left)
	slices.Sort(r.RegionsScanned)
	slices.Sort(r.RegionsFailed)
	t.into(&r)
	r.Left, r.FinishedAt = len(r.Leftovers), time.Now()
	e.writeReceipt(&r)
	return r
}

// still gives those of the targets that a scan of this region shows.
func (w *worker) still(ctx context.Context, todo []Leftover) ([]Resource, error) {
	var out []Resource
	for _, by := range []Maker{MadeBySpotTUI, MadeByPredecessor} {
		mine := slices.DeleteFunc(slices.Clone(todo), func(l Leftover) bool { return l.Region != w.region || l.Maker != by })
		if len(mine) == 0 {
			continue
		}
		rs, err := w.cloud.Strays(ctx, by)
		if err != nil && rs == nil {
			return nil, err
		}
		for _, r := range w.valued(ctx, rs) {
			if slices.ContainsFunc(mine, func(l Leftover) bool { return l.ID == r.ID }) {
				out = append(out, r)
			}
		}
	}
	return out, nil
}
