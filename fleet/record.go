package fleet

import (
	"cmp"
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

// claim makes or updates the fleet record for a plan. With the first region
// down the next one serves as home, so that one dead region can't stop a fleet.
func (e *Engine) claim(ctx context.Context, p Plan) (Record, error) {
	want := Record{Fleet: e.spec.Name, Home: p.Home, Owner: p.Owner, Target: p.Target, EndsAt: p.EndsAt, Phase: PhaseActive, ConfigHash: e.spec.ConfigHash, CreatedAt: time.Now()}
	var down []Region
	for _, r := range p.Regions {
		if k := KindOf(asErr(r.Problem)); k == KindTimeout || k == KindNetwork {
			down = append(down, r.Region)
		}
	}
	have, ok := e.findRecord(ctx, down...)
	if !ok {
		var err error
		for _, home := range e.homes(p) {
			want.Home = home
			err = e.journaled(ctx, IntentRecord, home, "", want, func(ctx context.Context) (any, error) {
				return nil, e.worker(home).cloud.CreateRecord(ctx, want, e.tags(want.EndsAt, ""))
			})
			if k := KindOf(err); k != KindTimeout && k != KindNetwork && k != KindAuth {
				break
			}
		}
		if KindOf(err) != KindConflict {
			if err == nil {
				e.note(want)
			}
			return want, err
		}
		if have, err = e.taken(ctx, want); err != nil {
			return want, err
		}
	}
	if err := e.checkRecord("launch", have); err != nil {
		return have, err
	}
	if ok && !p.Recorded { // hidden when the plan was made, or made since
		if ours, err := e.madeBefore(ctx, IntentRecord, have.Home); err != nil || ours.IsZero() {
			return have, cmp.Or(err, error(&Error{
				Op: "claim the fleet", Resource: string(e.spec.Name), Region: have.Home, Kind: KindConflict,
				Err: errText("another machine has just made it"), Hint: "plan again",
			}))
		}
	}
	if have.Phase == PhaseDestroying {
		return have, &Error{Op: "launch", Resource: string(have.Fleet), Region: have.Home, Kind: KindConflict, Err: errText("the fleet is being destroyed"), Hint: "finish it with `spot-tui destroy`, then launch again"}
	}
	want.Home, want.Owner = have.Home, have.Owner
	if have.Target == want.Target && have.EndsAt.Equal(want.EndsAt) && have.ConfigHash == want.ConfigHash {
		return have, nil
	}
	err := e.journaled(ctx, IntentRecord, want.Home, "", want, func(ctx context.Context) (any, error) {
		return nil, e.worker(want.Home).cloud.UpdateRecord(ctx, want)
	})
	if err == nil {
		e.note(want)
	}
	return want, err
}

// taken reads the record that was there when we claimed the fleet. One that an
// earlier try of ours made is waited for, since EC2 may hide it for minutes. Any
// other was made since the plan, which counted without what belongs to it.
func (e *Engine) taken(ctx context.Context, want Record) (Record, error) {
	ours, err := e.madeBefore(ctx, IntentRecord, want.Home)
	if err != nil {
		return want, err
	}
	for pause := time.Second; ; pause = min(2*pause, 15*time.Second) {
		have, err := e.worker(want.Home).cloud.ReadRecord(ctx, e.spec.Name)
		have.Home = want.Home
		switch {
		case err != nil && KindOf(err) != KindGone:
			return want, err
		case err == nil && !ours.IsZero():
			return have, nil
		case ours.IsZero() || time.Since(ours) > visibleWithin || !sleep(ctx, pause):
			return want, &Error{
				Op: "claim the fleet", Resource: string(e.spec.Name), Region: want.Home, Kind: KindConflict,
				Err: errText("another machine has just made it"), Hint: "plan again",
			}
		}
	}
}

// madeBefore says when this machine last tried to make something, successfully
// or with an unknown end; zero where it did not within the time in which EC2 may
// hide it.
func (e *Engine) madeBefore(ctx context.Context, kind IntentKind, r Region) (time.Time, error) {
	last, err := e.begunBefore(ctx, kind, r)
	if err != nil {
		return last, err
	}
	done, err := e.opts.Store.Recent(ctx, e.account(), e.spec.Name, time.Now().Add(-visibleWithin))
	if err != nil {
		return last, &Error{Op: "read the journal", Region: r, Kind: KindInternal, Err: err, Hint: "launching is not safe without it"}
	}
	for _, i := range done {
		if i.Kind == kind && i.Region == r && i.Failure == "" && i.At.After(last) {
			last = i.At
		}
	}
	return last, nil
}

// asErr keeps a nil *Error from becoming an error that is not nil.
func asErr(e *Error) error {
	if e == nil {
		return nil
	}
	return e
}

// homes lists the regions that can hold the record, the preferred one first.
func (e *Engine) homes(p Plan) []Region {
	hs := []Region{p.Home}
	for _, r := range p.Regions {
		if r.Region != p.Home && r.Problem == nil {
			hs = append(hs, r.Region)
		}
	}
	return hs
}

// note puts a record that we wrote into the header without another read.
func (e *Engine) note(r Record) {
	w := e.worker(r.Home)
	w.post(func() { w.recordAt = time.Now(); w.noteRecord(&r) })
}

// steadily does something again after 2 and 4 s where AWS failed in a way that
// passes. What is journaled may be done again: it carries a token or a name.
func steadily(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
	for wait := 2 * time.Second; ; wait *= 2 {
		v, err := do(ctx)
		if k := KindOf(err); k != KindInternal && k != KindThrottle || wait > 4*time.Second || !sleep(ctx, wait) {
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
	if k := KindOf(err); k == KindTimeout || k == KindNetwork || k == KindUnknown || k == KindInternal {
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
