package cli

import (
	"context"
	"sync"

	"spot-tui/fleet"
	"spot-tui/state"
)

// recorder writes an engine's events into the store, so that `events` shows
// later, and from another process, what happened.
type recorder struct {
	engine *fleet.Engine
	store  *state.Store
	warn   func(error)
	cursor fleet.Cursor
	kept   []fleet.Event // from before AWS said which account this is
	told   bool
	end    context.CancelFunc
	done   sync.WaitGroup
}

// record starts to write the events of an engine. The caller stops it after the
// engine was closed; without a store there is nothing to do.
func (s *session) record(e *fleet.Engine) (stop func()) {
	if s.history == nil {
		return func() {}
	}
	ctx, end := context.WithCancel(context.Background())
	r := &recorder{engine: e, store: s.history, end: end, warn: func(err error) { s.log.Warn("events can't be saved", "error", err) }}
	r.done.Go(func() { r.run(ctx) })
	return r.stop
}

func (r *recorder) run(ctx context.Context) {
	for {
		b, err := r.engine.Next(ctx, r.cursor)
		if err != nil {
			return
		}
		r.take(b)
	}
}

// take writes a batch's events. The history is good to have: that it can't be
// written is said once, and stops nothing.
func (r *recorder) take(b fleet.Batch) {
	r.cursor = b.Cursor
	r.kept = append(r.kept, b.Events...)
	account := b.Summary.Identity.Account
	if account == "" || len(r.kept) == 0 {
		return
	}
	// A command that was interrupted must still keep what it did.
	err := r.store.AppendEvents(context.Background(), account, b.Summary.Fleet, r.kept)
	if err != nil && !r.told {
		r.told = true
		r.warn(err)
	}
	r.kept = nil
}

// stop writes what is left and ends.
func (r *recorder) stop() {
	r.end()
	r.done.Wait()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if b, err := r.engine.Next(over, r.cursor); err == nil { // gives what is there, and never waits
		r.take(b)
	}
}
