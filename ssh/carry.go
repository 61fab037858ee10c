package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// carry carries one connection on, until both sides have said all or ctx ends.
func (w *forwarding) carry(ctx context.Context, near net.Conn) {
	defer near.Close()
	far, err := w.open(ctx)
	if err != nil {
		w.say(ctx, err)
		return
	}
	defer far.Close()
	w.reached()
	defer context.AfterFunc(ctx, func() { near.Close(); far.Close() })()
	var both sync.WaitGroup
	both.Go(func() { pump(far, near) })
	pump(near, far)
	both.Wait()
}

// pump copies one direction and passes its end on, so that a program that says
// all and then listens is answered. Where the reader fails, both sides are cut.
func pump(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		to.Close()
		from.Close()
	}
}

// open asks the host for a connection to the remote address. A pooled connection
// may be dead without our knowing, so a broken one is tried once more, afresh.
func (w *forwarding) open(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, forwardPatience)
	defer cancel()
	for next := firstPause; ; next = min(2*next, longestPause) {
		cn, err := w.c.reach(ctx, w.op, w.t)
		if err == nil {
			var far net.Conn
			far, err = cn.client.DialContext(ctx, "tcp", w.f.Remote)
			var refused *xssh.OpenChannelError
			if err == nil || errors.As(err, &refused) || ctx.Err() != nil {
				return far, err
			}
			cn.shut(errEnded)
		}
		if pause(ctx, next) != nil {
			return nil, err
		}
	}
}

// say tells once that the host refuses the remote address, and again only after
// it has accepted one meanwhile: a browser tries it many times.
func (w *forwarding) say(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	told := w.refused
	w.refused = true
	w.mu.Unlock()
	if told {
		return
	}
	var refused *xssh.OpenChannelError
	if !errors.As(err, &refused) {
		w.notice("a connection was given up: " + inWords(err))
		return
	}
	why := fleet.Clean(refused.Message)
	if refused.Reason == xssh.Prohibited {
		why = "its sshd allows no forwarding (AllowTcpForwarding) or not this address: " + why
	}
	w.notice(fmt.Sprintf("the host does not connect to %s: %s", w.f.Remote, why))
}

func (w *forwarding) reached() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = false
}
