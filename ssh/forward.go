package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"spot-tui/fleet"
)

const (
	// longestAgain keeps a forwarding whose host is being restarted from being
	// long behind it, and one whose host is gone from being a burden.
	longestAgain = 15 * time.Second
	// forwardPatience bounds how long a connection waits for the way to the host;
	// programs give up on their own before long.
	forwardPatience = 30 * time.Second
)

// Forward listens at f.Local, on 127.0.0.1 where it names no host, and carries
// each connection on to f.Remote as t sees it. It returns when ctx ends, with
// nil, or when going on makes no sense: the host can't be reached at first, it
// shows a changed key, or the address here is taken. Nothing is left running.
//
// Where the connection to the host breaks, what goes through it is cut, and it
// is made again with growing pauses; connections that come meanwhile wait for
// it. A port that the host refuses ends only the connection that asked for it.
func (c *Client) Forward(ctx context.Context, t fleet.Target, f fleet.Forward) error {
	const op = "forward a port of"
	w := &forwarding{c: c, t: t, f: f, op: op}
	l, err := w.listen(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(c.ctx, func() { stop(errClosed) })()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	cn, err := c.reach(ctx, op, t)
	if err != nil {
		return w.ended(ctx, err)
	}
	if f.Listening != nil {
		f.Listening(l.Addr().String())
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer stop(nil)
	all.Go(func() { w.keep(ctx, cn, stop) })
	for {
		near, err := l.Accept()
		if err != nil {
			if ctx.Err() == nil {
				if passingAccept(err) && pause(ctx, firstPause) == nil {
					continue
				}
				stop(&fleet.Error{Op: op, Resource: string(t.Instance), Kind: fleet.KindInternal, Err: fmt.Errorf("take a connection at %s: %w", l.Addr(), err)})
			}
			return w.ended(ctx, context.Cause(ctx))
		}
		all.Go(func() { w.carry(ctx, near) })
	}
}

// passingAccept says whether an error of Accept can pass: too many open files.
func passingAccept(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED)
}

// forwarding is one Forward that runs.
type forwarding struct {
	c  *Client
	t  fleet.Target
	f  fleet.Forward
	op string

	mu      sync.Mutex
	refused bool // the last connection was, and it was said
}

func (w *forwarding) listen(ctx context.Context) (net.Listener, error) {
	bad := func(kind fleet.Kind, err error, hint string) (net.Listener, error) {
		return nil, &fleet.Error{Op: w.op, Resource: string(w.t.Instance), Kind: kind, Err: err, Hint: hint}
	}
	if _, port, err := net.SplitHostPort(w.f.Remote); err != nil || !isPort(port) {
		return bad(fleet.KindInvalid, fmt.Errorf("%q is no host:port", fleet.Clean(w.f.Remote)), "write it as 80 or localhost:80")
	}
	host, port, err := net.SplitHostPort(w.f.Local)
	if err != nil {
		return bad(fleet.KindInvalid, fmt.Errorf("%q is no host:port to listen at", fleet.Clean(w.f.Local)), "write it as 8080 or 127.0.0.1:8080")
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := w.c.opts.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return bad(fleet.KindConflict, fmt.Errorf("port %s of %s is taken by another program", port, host), "name another local port, or 0 for any free one")
	case err != nil:
		return bad(fleet.KindInvalid, fmt.Errorf("it can't be listened at %s: %w", net.JoinHostPort(host, port), err), "name an address of this machine, and a port above 1023")
	}
	return l, nil
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535
}

// ended is what Forward gives when it is over: nil where the caller ended it.
func (w *forwarding) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		if err = context.Cause(ctx); errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
	}
	return fail(w.op, w.t, err)
}

func (w *forwarding) notice(text string) {
	if w.f.Notice != nil {
		w.f.Notice(text)
	}
}

// keep makes the connection to the host again whenever it breaks, and says both.
func (w *forwarding) keep(ctx context.Context, cn *conn, stop context.CancelCauseFunc) {
	for {
		select {
		case <-cn.dead:
		case <-ctx.Done():
			return
		}
		if ctx.Err() != nil {
			return
		}
		w.notice("the connection to the host broke (" + cn.reason().Error() + "); it is made again")
		fresh, err := w.again(ctx)
		if err != nil {
			stop(err)
			return
		}
		w.notice("the connection to the host is there again")
		cn = fresh
	}
}

// again connects with growing pauses until it works or can't work any more.
func (w *forwarding) again(ctx context.Context) (*conn, error) {
	for next := firstPause; ; next = min(2*next, longestAgain) {
		cn, err := w.c.reach(ctx, w.op, w.t)
		if err == nil {
			return cn, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		switch fleet.KindOf(err) {
		case fleet.KindConflict, fleet.KindGone, fleet.KindInvalid:
			return nil, err
		default:
			w.notice("it is not reached yet: " + inWords(err))
		}
		if pause(ctx, next) != nil {
			return nil, context.Cause(ctx)
		}
	}
}
