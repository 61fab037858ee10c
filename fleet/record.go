package fleet

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// readRecord reads the fleet record from this region; nil when it holds none.
func (w *worker) readRecord(ctx context.Context) (*Record, error) {
	r, err := w.cloud.ReadRecord(ctx, w.e.spec.Name)
	switch {
	case err == nil:
		r.Home = w.region
		return &r, nil
	case KindOf(err) == KindGone:
		return nil, nil
	}
	return nil, err
}

// noteRecord takes in what the region holds, and puts the fleet's record (the
// first in config order, should there be two) into the header.
func (w *worker) noteRecord(r *Record) {
	w.record = r
	w.e.feed.head(func(s *Summary) {
		switch {
		case r == nil && s.Record.Home == w.region:
			s.Record = Record{}
			s.EndsAt = time.Time{}
		case r != nil && (s.Record.Fleet == "" || s.Record.Home == w.region || w.e.before(w.region, s.Record.Home)):
			s.Record = *r
			s.EndsAt, s.Target = r.EndsAt, r.Target
		}
	})
}

// before says whether region a stands before b in the config.
func (e *Engine) before(a, b Region) bool {
	for _, r := range e.spec.Regions {
		if r.Name == a || r.Name == b {
			return r.Name == a && a != b
		}
	}
	return false
}

// findRecord asks every region of the spec for the record, but those in skip,
// which are known not to answer. A region that does not answer counts as holding
// none: its claim shows when it is back.
func (e *Engine) findRecord(ctx context.Context, skip ...Region) (Record, bool) {
	type answer struct {
		r  *Record
		at int
	}
	answers := make(chan answer, len(e.spec.Regions))
	asked := 0
	for i, r := range e.spec.Regions {
		if slices.Contains(skip, r.Name) {
			continue
		}
		asked++
		w := e.worker(r.Name)
		e.group.run("record "+string(r.Name), func() {
			rec, err := w.readRecord(ctx)
			if err == nil {
				w.post(func() { w.recordAt = time.Now(); w.noteRecord(rec) })
			}
			answers <- answer{rec, i}
		})
	}
	best := answer{at: len(e.spec.Regions)}
	for range asked {
		select {
		case a := <-answers:
			if a.r != nil && a.at < best.at {
				best = a
			}
		case <-ctx.Done():
			return Record{}, false
		}
	}
	if best.r == nil {
		return Record{}, false
	}
	return *best.r, true
}

// checkRecord refuses to change a fleet that is not ours to change.
func (e *Engine) checkRecord(op string, r Record) error {
	e.mu.Lock()
	me := e.identity.Name
	e.mu.Unlock()
	if r.Owner != "" && r.Owner != me && !e.opts.AnyOwner {
		return &Error{Op: op, Resource: string(r.Fleet), Region: r.Home, Kind: KindGuard, Err: errText("the fleet belongs to " + r.Owner), Hint: "say --any-owner if you are sure"}
	}
	return nil
}

// note puts a record that we wrote into the header without another read.
func (e *Engine) note(r Record) {
	w := e.worker(r.Home)
	w.post(func() { w.recordAt = time.Now(); w.noteRecord(&r) })
}

// steadily does something again after 2 and 4 s where AWS had an error of its
// own. What is journaled may be done again: it carries a token or a name.
// Throttling has been waited out below.
func steadily(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
	for wait := 2 * time.Second; ; wait *= 2 {
		v, err := do(ctx)
		if KindOf(err) != KindInternal || wait > 4*time.Second || !sleep(ctx, wait) {
			return v, err
		}
	}
}

// journaled writes the intent with its whole request, waits until it is on
// disk, does it, and writes what came of it (R8). Nothing is done if the
// journal can't be written: an untracked instance costs more than a refusal.
func (e *Engine) journaled(ctx context.Context, kind IntentKind, r Region, id string, request any, do func(context.Context) (any, error)) error {
	body, err := json.Marshal(request)
	if err != nil {
		return &Error{Op: "journal the " + string(kind), Region: r, Kind: KindInternal, Err: err}
	}
	if id == "" {
		id = string(kind) + "-" + randomID(12)
	}
	in := Intent{ID: id, Account: e.account(), Fleet: e.spec.Name, Region: r, Kind: kind, Request: body, At: time.Now()}
	if err := e.opts.Store.Begin(ctx, in); err != nil {
		return &Error{Op: "journal the " + string(kind), Region: r, Kind: KindInternal, Err: err, Hint: "nothing was done in AWS; free the state folder and try again"}
	}
	result, err := steadily(ctx, do)
	if err != nil && ctx.Err() != nil {
		return err // what came of it is not known: the intent stays open
	}
	if unanswered(err) {
		return err // no answer is no result: the intent stays open
	}
	out, mErr := json.Marshal(result)
	if mErr != nil {
		out = nil
	}
	if endErr := e.opts.Store.End(context.WithoutCancel(ctx), id, out, err); endErr != nil {
		e.feed.log(LevelWarn, r, "", "the journal could not note the end of a "+string(kind)+": "+endErr.Error())
	}
	if err == nil && kind != IntentLaunch { // what an earlier try left open is done now too
		e.endOlder(context.WithoutCancel(ctx), kind, r)
	}
	return err
}

// endOlder closes the intents of a kind that a crash or a lost answer left open:
// each of these kinds is about one thing, which stands now as it should.
func (e *Engine) endOlder(ctx context.Context, kind IntentKind, r Region) {
	open, err := e.opts.Store.Open(ctx, e.account(), e.spec.Name)
	if err != nil {
		return // the next try closes them
	}
	for _, i := range open {
		if i.Kind == kind && i.Region == r && kind != IntentDestroy {
			_ = e.opts.Store.End(ctx, i.ID, nil, nil) // as above
		}
	}
}

// begunBefore says when an earlier try of a kind began whose result nobody
// knows; zero where there is none.
func (e *Engine) begunBefore(ctx context.Context, kind IntentKind, r Region) (time.Time, error) {
	open, err := e.opts.Store.Open(ctx, e.account(), e.spec.Name)
	if err != nil {
		return time.Time{}, &Error{Op: "read the journal", Region: r, Kind: KindInternal, Err: err, Hint: "launching is not safe without it"}
	}
	var last time.Time
	for _, i := range open {
		if i.Kind == kind && i.Region == r && i.At.After(last) {
			last = i.At
		}
	}
	return last, nil
}
