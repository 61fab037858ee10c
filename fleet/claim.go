package fleet

import (
	"context"
	"time"
)

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
		made, err := e.makeRecord(ctx, p, &want)
		if made || err != nil {
			return want, err
		}
		if have, err = e.taken(ctx, want); err != nil {
			return want, err
		}
	}
	if err := e.mayUse(ctx, p, have); err != nil {
		return have, err
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

// makeRecord makes the record in the first home that answers. Neither made nor an
// error means that the name is taken.
func (e *Engine) makeRecord(ctx context.Context, p Plan, want *Record) (made bool, err error) {
	for _, home := range e.homes(p) {
		want.Home = home
		err = e.journaled(ctx, IntentRecord, home, "", want, func(ctx context.Context) (any, error) {
			return nil, e.worker(home).cloud.CreateRecord(ctx, *want, e.tags(want.EndsAt, ""))
		})
		if k := KindOf(err); k != KindTimeout && k != KindNetwork && k != KindAuth {
			break
		}
	}
	switch {
	case err == nil:
		e.note(*want)
		return true, nil
	case KindOf(err) == KindConflict:
		return false, nil
	}
	return false, err
}

// mayUse refuses to launch into a fleet whose record says no.
func (e *Engine) mayUse(ctx context.Context, p Plan, have Record) error {
	if err := e.checkRecord("launch", have); err != nil {
		return err
	}
	if !p.Recorded && have.CreatedAt.After(p.At.Add(-visibleWithin)) { // hidden when the plan was made, or made since
		ours, err := e.madeBefore(ctx, IntentRecord, have.Home)
		if err != nil {
			return err
		}
		if ours.IsZero() {
			return e.madeElsewhere(have.Home)
		}
	}
	if have.Phase == PhaseDestroying {
		return &Error{Op: "launch", Resource: string(have.Fleet), Region: have.Home, Kind: KindConflict, Err: errText("the fleet is being destroyed"), Hint: "finish it with `spot-tui destroy`, then launch again"}
	}
	return nil
}

// madeElsewhere is the refusal of a plan that counted without another machine's launch.
func (e *Engine) madeElsewhere(home Region) error {
	return &Error{
		Op: "claim the fleet", Resource: string(e.spec.Name), Region: home, Kind: KindConflict,
		Err: errText("another machine has just made it"), Hint: "plan again",
	}
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
			return want, e.madeElsewhere(want.Home)
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
