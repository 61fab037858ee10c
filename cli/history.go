package cli

import (
	"context"
	"log/slog"
	"sync"

	"spot-tui/fleet"
	"spot-tui/state"
)

// recorder writes an engine's events into the store, so that `events` shows
// later, and from another process, what happened; and every log line into the
// log file.
type recorder struct {
	engine *fleet.Engine
	store  *state.Store // nil where there is none
	log    *slog.Logger
	cursor fleet.Cursor
	kept   []fleet.Event // from before AWS said which account this is
	told   bool
	end    context.CancelFunc
	done   sync.WaitGroup
}

// record starts to write what an engine tells. The caller stops it after the
// engine was closed.
func (s *session) record(e *fleet.Engine) (stop func()) {
	ctx, end := context.WithCancel(context.Background())
	r := &recorder{engine: e, store: s.history, log: s.log, end: end}
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

// take writes what a batch brings. The history is good to have: that it can't be
// written is said once, and stops nothing.
func (r *recorder) take(b fleet.Batch) {
	r.cursor = b.Cursor
	for _, l := range b.Logs {
		r.log.Log(context.Background(), slogLevel(l.Level), l.Text, "region", l.Region, "instance", l.Instance)
	}
	if b.LogsLost > 0 {
		r.log.Warn("log lines came faster than they could be written", "lost", b.LogsLost)
	}
	if r.store == nil {
		return
	}
	r.kept = append(r.kept, b.Events...)
	account := b.Summary.Identity.Account
	if account == "" || len(r.kept) == 0 {
		return
	}
	// A command that was interrupted must still keep what it did.
	err := r.store.AppendEvents(context.Background(), account, b.Summary.Fleet, r.kept)
	if err != nil && !r.told {
		r.told = true
		r.log.Warn("events can't be saved", "error", err)
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

func slogLevel(l fleet.Level) slog.Level {
	switch l {
	case fleet.LevelDebug:
		return slog.LevelDebug
	case fleet.LevelWarn:
		return slog.LevelWarn
	case fleet.LevelError:
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}
