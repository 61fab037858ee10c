package ssh

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"spot-tui/fleet"
)

const (
	firstPause = 500 * time.Millisecond
	// longestPause keeps the wait short after sshd comes up; a try is one
	// packet for a host that isn't there.
	longestPause = 2 * time.Second
)

// Wait connects and logs in again and again until it works or ctx ends, and
// tells progress in plain words why each try failed. It stops at once where
// trying again can't help: a changed host key (KindConflict), no key.
//
// The connection stays open for what comes next.
func (c *Client) Wait(ctx context.Context, t fleet.Target, progress func(lastError string)) error {
	const op = "wait for ssh on"
	var last error
	for next := firstPause; ; next = min(2*next, longestPause) {
		_, err := c.reach(ctx, op, t)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return gaveUp(op, t, ctx.Err(), last)
		}
		var r *reachError
		switch kind := fleet.KindOf(err); {
		case kind == fleet.KindConflict, kind == fleet.KindGone, kind == fleet.KindInvalid, c.ctx.Err() != nil, errors.As(err, &r) && r.final:
			return err
		}
		last = err
		if progress != nil {
			progress(inWords(err))
		}
		// Jitter: hundreds of instances come up at the same moment.
		jittered := next/2 + time.Duration(rand.Int64N(int64(next))) //nolint:gosec // it spreads load, it hides nothing
		if pause(ctx, jittered) != nil {
			return gaveUp(op, t, ctx.Err(), last)
		}
	}
}

// inWords is the reason alone, without the verb and the instance.
func inWords(err error) string {
	var r *reachError
	if errors.As(err, &r) {
		return r.words
	}
	return err.Error()
}

// gaveUp says why the wait ended, and the last reason why it had to be waited.
func gaveUp(op string, t fleet.Target, ended, last error) error {
	why := "stopped"
	if errors.Is(ended, context.DeadlineExceeded) {
		why = "no login in time"
	}
	e := &fleet.Error{Op: op, Resource: string(t.Instance), Kind: fleet.KindOf(ended)}
	var r *reachError
	if errors.As(last, &r) {
		e.Err, e.Hint = fmt.Errorf("%s, last: %s: %w", why, r.words, ended), r.hint
	} else {
		e.Err = fmt.Errorf("%s: %w", why, ended)
	}
	return e
}
