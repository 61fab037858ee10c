package fleet

import (
	"context"
	"fmt"
	"slices"
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
