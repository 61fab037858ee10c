package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"spot-tui/fleet"
)

// scan watches, and waits for the prices too.
func (s *session) scan(ctx context.Context) (*model, error) {
	m, err := s.watch(ctx)
	if err != nil {
		return nil, err
	}
	return m, s.prices(ctx, m)
}

// look watches; a filter may ask for prices, so it gets them.
func (s *session) look(ctx context.Context, f filterFlag) (*model, error) {
	if f.given {
		return s.scan(ctx)
	}
	return s.watch(ctx)
}

// watch waits until every region of the spec has answered or failed once.
func (s *session) watch(ctx context.Context) (*model, error) {
	s.engine.Start()
	if _, err := s.identity(ctx); err != nil {
		return nil, err
	}
	m := newModel()
	for !m.summary.Scanned {
		b, err := s.engine.Next(ctx, m.cursor)
		if err != nil {
			return nil, canceled(err)
		}
		m.take(b)
	}
	return m, nil
}

// priceWait is how long a verb waits for prices that are on their way: they are
// good to have, and nothing depends on them.
const priceWait = 3 * time.Second

// prices waits until each instance's price has been asked for.
func (s *session) prices(ctx context.Context, m *model) error {
	short, cancel := context.WithTimeout(ctx, priceWait)
	defer cancel()
	for slices.ContainsFunc(m.list(false), func(i fleet.Instance) bool { return !i.Price.Known && i.Price.Reason == fleet.PriceNotAsked }) {
		b, err := s.engine.Next(short, m.cursor)
		if ctx.Err() != nil {
			return canceled(ctx.Err())
		}
		if err != nil {
			return nil // the wait is over: the list says which prices are unknown
		}
		m.take(b)
	}
	return nil
}

// identity asks who we are, and gives up at the first answer that says no: a
// verb must not wait for a login that nobody does.
func (s *session) identity(ctx context.Context) (fleet.Identity, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		var c fleet.Cursor
		for {
			b, err := s.engine.Next(ctx, c)
			if err != nil {
				return
			}
			c = b.Cursor
			if p := b.Summary.Problem; p != "" {
				if _, err := s.acct.Identity(ctx); err != nil { // else it has passed, and the engine finds that too
					cancel(err)
					return
				}
			}
		}
	}()
	id, err := s.engine.Identity(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return id, cause
	}
	return id, err
}

// canceled names what stopped a wait.
func canceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return &fleet.Error{Op: "wait for AWS", Kind: fleet.KindCanceled, Err: errors.New("stopped by a signal"), Hint: "nothing more is done; what runs keeps running"}
	}
	return err
}
