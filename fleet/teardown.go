package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// destroyFleet marks the record, empties every enabled region side by side,
// deletes the record last, scans everything once more and writes the receipt.
func (e *Engine) destroyFleet(op OpID, q DestroyRequest) {
	ctx, started := e.ctx, time.Now()
	t := &tally{e: e, op: op, anyOwner: q.AnyOwner, left: map[Region][]Resource{}, ids: map[string]bool{}}
	e.feed.op(op, func(o *Operation) { o.Detail = "waiting for the answers that are on their way" })
	e.requests.Wait()
	release, err := e.lease("destroy")
	if KindOf(err) == KindConflict {
		t.fail(err)
		e.endOp(op, &t.errs, "nothing was destroyed: "+err.Error())
		return
	}
	if err != nil { // destroying is never blocked by a broken store
		e.feed.log(LevelWarn, "", "", err.Error())
	} else {
		defer release()
	}
	rec, found := e.findRecord(ctx)
	if found && !q.AnyOwner {
		if err := e.checkRecord("destroy", rec); err != nil {
			t.fail(err)
			e.endOp(op, &t.errs, "nothing was destroyed: "+err.Error())
			return
		}
	}
	regions := e.allRegions(ctx, t)
	if err := e.foreign(ctx, regions, q); err != nil {
		t.fail(err)
		e.endOp(op, &t.errs, "nothing was destroyed: "+err.Error())
		return
	}
	t.past = e.pastOf(ctx, rec, found)
	intent := Intent{ID: "destroy-" + randomID(12), Account: e.account(), Fleet: e.spec.Name, Kind: IntentDestroy, At: started, Request: t.past.request()}
	if err := e.opts.Store.Begin(ctx, intent); err != nil {
		// Destroying is never blocked by a broken store: what is left is found by tag.
		e.feed.log(LevelWarn, "", "", "the destroy can't be journaled: "+err.Error())
	}
	if found {
		rec.Phase = PhaseDestroying
		if err := e.worker(rec.Home).cloud.UpdateRecord(ctx, rec); err != nil {
			t.fail(err)
		} else {
			e.note(rec)
		}
	}
	open, err := e.openLaunches(ctx)
	if err != nil {
		e.feed.log(LevelWarn, "", "", err.Error())
	}
	lately, err := e.madeLately(ctx)
	if err != nil {
		e.feed.log(LevelWarn, "", "", err.Error())
	}
	e.everyRegion(regions, func(w *worker) { w.empty(ctx, t, open[w.region], lately[w.region]) })
	if ctx.Err() != nil {
		return // interrupted: the record says destroying, the next destroy takes it up
	}
	if len(t.left) == 0 && len(t.failed) == 0 {
		e.everyRegion(regions, func(w *worker) { w.removeRecord(ctx, t, lately[w.region]) })
	}
	r := e.receipt(ctx, regions, t, started)
	e.finishDestroy(op, intent, t, r)
}

// allRegions lists every enabled region; those of the spec where AWS won't say.
func (e *Engine) allRegions(ctx context.Context, t *tally) []Region {
	regions, err := e.enabledRegions(ctx)
	if err != nil {
		t.fail(err)
	}
	return regions
}

// enabledRegions lists every enabled region and those of the spec; only the
// latter, with the error, where AWS won't say.
func (e *Engine) enabledRegions(ctx context.Context) ([]Region, error) {
	regions, err := e.opts.Account.Regions(ctx)
	if err != nil {
		for _, r := range e.spec.Regions {
			regions = append(regions, r.Name)
		}
		return regions, fmt.Errorf("the enabled regions can't be listed, so only the fleet's own are scanned: %w", err)
	}
	for _, r := range e.spec.Regions { // a region that was disabled meanwhile must show as unproven
		if !slices.Contains(regions, r.Name) {
			regions = append(regions, r.Name)
		}
	}
	slices.Sort(regions)
	return regions, nil
}

// foreign refuses a fleet of which anything carries another owner's name. The
// record alone can't tell: it may lie in a region that our config does not name.
func (e *Engine) foreign(ctx context.Context, regions []Region, q DestroyRequest) error {
	var mu sync.Mutex
	var refused error
	var locked []string
	e.everyRegion(regions, func(w *worker) {
		all, err := w.cloud.Leftovers(ctx, e.spec.Name)
		if err != nil && all == nil {
			return // nothing is removed there without another scan that answers, which looks again
		}
		mu.Lock()
		defer mu.Unlock()
		if err := e.allOurs(all, q.AnyOwner); err != nil {
			refused = err
		}
		locked = append(locked, lockedAmong(all)...)
	})
	if refused == nil && !q.IncludeLocked {
		refused = lockedError("destroy", locked)
	}
	return refused
}

// allOurs refuses a list that has something of another owner in it.
func (e *Engine) allOurs(all []Resource, anyOwner bool) error {
	if anyOwner || e.opts.AnyOwner {
		return nil
	}
	e.mu.Lock()
	me := e.identity.Name
	e.mu.Unlock()
	for _, r := range all {
		if r.Owner != "" && r.Owner != me {
			return e.notOurs(r)
		}
	}
	return nil
}

func (e *Engine) notOurs(r Resource) error {
	return &Error{Op: "destroy", Resource: string(e.spec.Name), Region: r.Region, Kind: KindGuard, Err: fmt.Errorf("%s %s belongs to %s", r.Kind, r.ID, r.Owner), Hint: "say --any-owner if you are sure"}
}

func (e *Engine) everyRegion(regions []Region, f func(*worker)) {
	var wg sync.WaitGroup
	for _, r := range regions {
		w := e.worker(r)
		wg.Add(1)
		e.group.run("scan "+string(r), func() { defer wg.Done(); f(w) })
	}
	wg.Wait()
}

// empty loops by tag until the region holds nothing of the fleet but its
// record, so that it also catches what appears late. What blocks it at the
// deadline is named.
func (w *worker) empty(ctx context.Context, t *tally, open []openLaunch, lately []made) {
	limit, cancel := context.WithTimeout(ctx, teardownLimit)
	defer cancel()
	if w.do(ctx, func() { w.busy++; w.leaveAll() }) != nil {
		return
	}
	defer w.post(func() { w.busy--; w.pollNow() })
	failures := 0
	c := newClearing(t, open, slices.DeleteFunc(slices.Clone(lately), func(m made) bool { return m.Kind == KindOfRecord })) // it goes last
	for {
		left, err := w.pass(limit, c)
		switch {
		case err == nil && len(left) == 0:
			return
		case KindOf(err) == KindGuard, KindOf(err) == KindAuth: // waiting for a login has its own patience
			t.giveUp(w.region, left, err)
			return
		case err != nil:
			failures++
		default:
			failures = 0
		}
		if failures >= 3 || c.hopeless(left) || !sleep(limit, w.e.opts.Poll.Settle) {
			c.tell(w, left)
			t.giveUp(w.region, w.named(left), err)
			return
		}
	}
}

// leaveAll stops provisioning of everything in the region.
func (w *worker) leaveAll() {
	var ids []InstanceID
	for id, o := range w.instances {
		if o.Stage != StageGone {
			ids = append(ids, id)
		}
	}
	w.leaving(ids)
}

// pass removes what can be removed now, in the order of Leftovers, and gives
// what is left. Instances that we know of count as left until a describe shows
// them terminated, also while EC2 hides them.
func (w *worker) pass(ctx context.Context, c *clearing) ([]Resource, error) {
	found, err := w.cloud.Leftovers(ctx, w.e.spec.Name)
	if err != nil && found == nil {
		return nil, err
	}
	if err := w.e.allOurs(found, c.t.anyOwner); err != nil {
		return nil, err
	}
	var first, left []Resource
	var ids []InstanceID
	for _, r := range found {
		switch r.Kind {
		case KindOfRecord: // last of all, when every region is empty
		case KindOfKeeper: // first of all: while it stands, it launches again what is terminated
			first = append(first, r)
		case KindOfInstance:
			left = append(left, r)
			if r.State != string(StateShuttingDown) {
				ids = append(ids, InstanceID(r.ID))
			}
		default:
			left = append(left, r)
		}
	}
	c.t.expect(len(first) + len(left))
	first, ended, stands := w.endKeepers(ctx, c, first)
	if stands { // it would launch again what is terminated
		return append(first, left...), nil
	}
	w.terminate(ctx, c, ids)
	if err := w.ask(ctx); err != nil {
		return append(first, left...), err
	}
	hidden, err := w.hidden(ctx, c.t, found, c.open)
	if err != nil {
		return append(first, left...), err
	}
	c.lately = unseen(c.lately, found)
	for _, m := range c.lately {
		hidden = append(hidden, m.Resource)
	}
	hidden = append(hidden, ended...) // what they launched last, only another scan shows
	if c.awaits(left) {
		return slices.Concat(first, left, hidden), nil // what hangs on instances can't go before them
	}
	return slices.Concat(first, w.remove(ctx, c, left), hidden), nil
}

// endKeepers ends the EC2 Fleets that keep the region. It gives those that EC2
// still shows, those that it has ended now, and whether one still launches.
func (w *worker) endKeepers(ctx context.Context, c *clearing, keepers []Resource) (left, ended []Resource, stands bool) {
	left = w.remove(ctx, c, keepers)
	for _, k := range keepers {
		if !slices.ContainsFunc(left, func(r Resource) bool { return r.ID == k.ID }) {
			ended = append(ended, k)
			w.post(w.keepersNow)
		} else if !strings.HasPrefix(k.State, "deleted") { // one that has ended only waits for its last instances
			stands = true
		}
	}
	return left, ended, stands
}

// terminate asks for the end of instances. Each is journaled before it is asked
// for the first time.
func (w *worker) terminate(ctx context.Context, c *clearing, ids []InstanceID) {
	if len(ids) == 0 {
		return
	}
	end := c.journal(ctx, w, ids)
	var failed error
	for id, err := range w.cloud.Terminate(ctx, w.e.spec.Name, ids) {
		c.refused(string(id), err)
		if err != nil {
			failed = err
			w.say(LevelWarn, id, "%s", err)
		}
	}
	end(failed)
}

// hidden lists instances that we know to exist although the scan did not show
// them, and launches whose result nobody knows and that EC2 may still hide.
// It also counts those that have gone since the last pass.
func (w *worker) hidden(ctx context.Context, t *tally, found []Resource, open []openLaunch) ([]Resource, error) {
	shown := map[string]bool{}
	for _, r := range found {
		shown[r.ID] = true
	}
	var rs []Resource
	var gone []Resource
	err := w.do(ctx, func() {
		seen := map[LaunchID]bool{}
		for id, o := range w.instances {
			seen[o.Launch] = true
			if o.Stage == StageGone {
				if !o.counted {
					o.counted = true
					gone = append(gone, Resource{Kind: KindOfInstance, ID: string(id)})
				}
			} else if !shown[string(id)] {
				rs = append(rs, Resource{Kind: KindOfInstance, ID: string(id), Region: w.region, State: string(o.State)})
			}
		}
		for _, q := range open {
			if !seen[q.Launch] && time.Since(q.at) < visibleWithin {
				rs = append(rs, Resource{Kind: KindOfInstance, ID: string(q.Launch), Region: w.region, State: "a launch that was cut off; waiting until EC2 would show it"})
			}
		}
	})
	for _, r := range gone {
		t.removedOne(r)
	}
	return rs, err
}

// remove deletes what is not an instance, in order; what something still
// depends on stays for the next pass.
func (w *worker) remove(ctx context.Context, c *clearing, rs []Resource) []Resource {
	var left []Resource
	for _, r := range rs {
		if r.Kind == KindOfInstance { // one that can't be ended: what does not hang on it goes
			r.State = c.why(r)
			left = append(left, r)
			continue
		}
		end := w.e.journalRemoval(ctx, r)
		err := w.cloud.Remove(ctx, w.e.spec.Name, r)
		end(err)
		c.refused(r.ID, err)
		if err == nil {
			c.t.removedOne(r)
			w.say(LevelInfo, "", "removed %s %s", r.Kind, r.ID)
			continue
		}
		if KindOf(err) != KindConflict {
			w.say(LevelWarn, "", "%s", err)
		} else if c.late(r.ID) {
			w.sayWhatHolds(ctx, c, r)
		}
		r.State = err.Error()
		left = append(left, r)
	}
	return left
}

// removeRecord deletes the fleet record, and waits for one that was made a
// moment ago until EC2 shows it.
func (w *worker) removeRecord(ctx context.Context, t *tally, lately []made) {
	lately = slices.DeleteFunc(slices.Clone(lately), func(m made) bool { return m.Kind != KindOfRecord })
	for {
		found, err := w.cloud.Leftovers(ctx, w.e.spec.Name)
		if err != nil && found == nil {
			return // the final scan says so
		}
		w.removeRecords(ctx, t, found)
		if lately = unseen(lately, found); len(lately) == 0 || !sleep(ctx, w.e.opts.Poll.Settle) {
			return
		}
	}
}

func (w *worker) removeRecords(ctx context.Context, t *tally, found []Resource) {
	for _, r := range found {
		if r.Kind == KindOfRecord && w.e.allOurs([]Resource{r}, t.anyOwner) == nil {
			end := w.e.journalRemoval(ctx, r)
			err := w.cloud.Remove(ctx, w.e.spec.Name, r)
			end(err)
			if err != nil {
				t.fail(err)
				continue
			}
			t.removedOne(r)
			w.post(func() { w.noteRecord(nil) })
		}
	}
}

func (t *tally) expect(more int) {
	t.mu.Lock()
	t.total = max(t.total, t.done+more)
	total := t.total
	t.mu.Unlock()
	t.e.feed.op(t.op, func(o *Operation) {
		o.Total = max(o.Total, total)
		o.Detail = "waiting for AWS to end and release them"
	})
}

// giveUp notes what a region still holds, or that it could not be asked.
func (t *tally) giveUp(r Region, left []Resource, err error) {
	t.mu.Lock()
	if len(left) > 0 {
		t.left[r] = left
	} else {
		t.failed = append(t.failed, r)
	}
	t.mu.Unlock()
	if err != nil {
		t.unproven(r, err)
		return
	}
	t.fail(stillThere("destroy", r, left))
}

// unproven says that a region could not be scanned. A login that is missing is
// missing everywhere: that is one sentence, not one per region.
func (t *tally) unproven(r Region, err error) {
	if KindOf(err) != KindAuth {
		err = fmt.Errorf("%s is not proven empty: %w", r, err)
	}
	t.fail(err)
}

// receipt scans every region once more: the proof is a scan, not our memory.
func (e *Engine) receipt(ctx context.Context, regions []Region, t *tally, started time.Time) Receipt {
	r := Receipt{Fleet: e.spec.Name, Account: e.account(), Removed: map[ResourceKind]int{}, Leftovers: []Resource{}, RegionsScanned: []Region{}, RegionsFailed: []Region{}, StartedAt: started}
	var mu sync.Mutex
	e.everyRegion(regions, func(w *worker) {
		left, err := w.cloud.Leftovers(ctx, e.spec.Name)
		left = w.valued(ctx, left)
		mu.Lock()
		defer mu.Unlock()
		r.Leftovers = append(r.Leftovers, left...)
		if err != nil {
			r.RegionsFailed = append(r.RegionsFailed, w.region)
			t.unproven(w.region, err)
			return
		}
		r.RegionsScanned = append(r.RegionsScanned, w.region)
	})
	for region, left := range t.left { // known to exist although the scan hides it
		if !slices.ContainsFunc(r.Leftovers, func(l Resource) bool { return l.Region == region }) {
			r.Leftovers = append(r.Leftovers, left...)
		}
	}
	r.because(t.left)
	slices.Sort(r.RegionsScanned)
	slices.Sort(r.RegionsFailed)
	t.into(&r)
	r.Left = len(r.Leftovers)
	r.FinishedAt = time.Now()
	e.lifetime(&r, t.past)
	e.receiptCost(ctx, &r)
	return r
}

// finishDestroy saves the receipt, closes the journal and ends the operation.
func (e *Engine) finishDestroy(op OpID, intent Intent, t *tally, r Receipt) {
	ctx := context.WithoutCancel(e.ctx)
	e.writeReceipt(&r)
	if err := e.opts.Store.SaveReceipt(ctx, r.Account, r); err != nil {
		e.feed.log(LevelWarn, "", "", "the receipt can't be saved: "+err.Error())
	}
	var left error
	if !r.Clean() {
		left = errText("something is left")
	} else if open, err := e.opts.Store.Open(ctx, r.Account, r.Fleet); err == nil { // a store that fails was reported above
		for _, i := range open {
			if i.ID != intent.ID {
				_ = e.opts.Store.End(ctx, i.ID, nil, errText("the fleet was destroyed"))
			}
		}
	}
	_ = e.opts.Store.End(ctx, intent.ID, nil, left)
	if left == nil {
		e.closeLife(ctx, r.FinishedAt)
	}
	e.feed.op(op, func(o *Operation) { o.Receipt = &r })
	text := fmt.Sprintf("fleet %s destroyed: 0 left in %s", r.Fleet, plural(len(r.RegionsScanned), "region"))
	if !r.Clean() {
		text = fmt.Sprintf("fleet %s: %d left", r.Fleet, r.Left)
		if n := len(r.RegionsFailed); n > 0 {
			text += fmt.Sprintf(", %s not scanned", plural(n, "region"))
		}
		text += "; run destroy again"
	}
	e.endOp(op, &t.errs, text)
}
