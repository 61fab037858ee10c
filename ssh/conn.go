package ssh

import (
	"context"
	"errors"
	"sync"
	"time"

	xssh "golang.org/x/crypto/ssh"
)

// maxMissed keepalives in a row end a connection: with the default interval a
// dead host is noticed within a minute, and a hiccup is survived.
const maxMissed = 3

// conn is a connection that is logged in.
type conn struct {
	client *xssh.Client
	wire   *wire
	slots  *slots
	dead   chan struct{} // closed when the connection is over

	mu  sync.Mutex
	why error // the first reason for the end
}

// adopt starts what a connection needs: its keepalive and the watch for its end.
func (c *Client) adopt(client *xssh.Client, w *wire) (*conn, error) {
	cn := &conn{client: client, wire: w, slots: newSlots(), dead: make(chan struct{})}
	// Two goroutines or none: after Close nothing may start.
	c.mu.Lock()
	ok := c.spawnLocked(cn.watch) && c.spawnLocked(func() { cn.keepAlive(c) })
	c.mu.Unlock()
	if !ok {
		client.Close()
		return nil, errClosed
	}
	return cn, nil
}

func (cn *conn) watch() {
	_ = cn.client.Wait() // that it is over counts; how is in why
	cn.note(errEnded)
	close(cn.dead)
}

func (cn *conn) note(why error) {
	cn.mu.Lock()
	defer cn.mu.Unlock()
	if cn.why == nil {
		cn.why = why
	}
}

func (cn *conn) reason() error {
	cn.mu.Lock()
	defer cn.mu.Unlock()
	return cn.why
}

// shut closes the network connection, which ends everything on it.
func (cn *conn) shut(why error) {
	cn.note(why)
	cn.wire.Close()
}

func (cn *conn) isDead() bool {
	cn.mu.Lock()
	defer cn.mu.Unlock()
	return cn.why != nil
}

// keepAlive asks the host for a sign of life at each interval, and ends the
// connection after maxMissed intervals in which nothing at all came. At most one
// question is open.
func (cn *conn) keepAlive(c *Client) {
	tick := time.NewTicker(c.opts.KeepAlive)
	defer tick.Stop()
	answered := make(chan struct{}, 1)
	asking, missed, heard := false, 0, cn.wire.got.Load()
	for {
		select {
		case <-cn.dead:
			return
		case <-answered:
			asking = false
			continue
		case <-tick.C:
		}
		now := cn.wire.got.Load()
		if now != heard || !asking {
			missed, heard = 0, now
		} else if missed++; missed >= maxMissed {
			c.log.Info("an ssh connection is given up", "to", cn.wire.RemoteAddr(), "why", errSilent)
			cn.shut(errSilent)
			return
		}
		if !asking {
			asking = c.spawn(func() {
				_, _, err := cn.client.SendRequest("keepalive@openssh.com", true, nil)
				if err == nil { // a "no" is an answer too; an error means that the connection is over
					answered <- struct{}{}
				}
			})
		}
	}
}

// session opens a session, after waiting for a free slot. give must be called
// once when the host has ended the session.
//
// The error is errLate or the connection's end where the connection is of no
// use any more, and an *xssh.OpenChannelError where the host declined.
func (cn *conn) session(ctx context.Context, c *Client) (s *xssh.Session, give func(), err error) {
	began := time.Now()
	for next := firstRetry; ; next = min(2*next, longestRetry) {
		if err := cn.slots.take(ctx, cn.dead); err != nil {
			if ctx.Err() == nil {
				err = cn.reason()
			}
			return nil, nil, err
		}
		s, left, err := cn.ask(ctx, c)
		if err == nil {
			cn.slots.opened()
			return s, cn.slots.ended, nil
		}
		if left {
			return nil, nil, err // the slot is given back when the answer comes
		}
		var declined *xssh.OpenChannelError
		if !errors.As(err, &declined) {
			cn.slots.unasked()
			cn.shut(errEnded)
			return nil, nil, err
		}
		alone := cn.slots.declined()
		if !passing(declined.Reason) || alone && time.Since(began) > declinePatience {
			return nil, nil, err
		}
		if err := pause(ctx, next); err != nil {
			return nil, nil, err
		}
	}
}

// OpenSSH counts a session until it comes round to clean up, after it has said
// that the session is over; and a host may allow fewer than we try. So "no" to a
// session means "later" as long as others are open, and for a moment longer.
const (
	firstRetry      = 10 * time.Millisecond
	longestRetry    = time.Second
	declinePatience = 3 * time.Second
)

// passing says whether a refusal can pass by waiting.
func passing(r xssh.RejectionReason) bool {
	return r == xssh.ConnectionFailed || r == xssh.ResourceShortage
}

// ask asks the host for a session, once. left says that nobody waits for the
// answer any more; the slot is given back when it comes.
func (cn *conn) ask(ctx context.Context, c *Client) (s *xssh.Session, left bool, err error) {
	type opened struct {
		s   *xssh.Session
		err error
	}
	answer, gone := make(chan opened), make(chan struct{})
	if !c.spawn(func() {
		s, err := cn.client.NewSession()
		select {
		case answer <- opened{s, err}:
		case <-gone:
			if s != nil {
				s.Close()
			}
			cn.slots.unasked()
		}
	}) {
		return nil, false, errClosed
	}
	limit := time.NewTimer(c.opts.ConnectTimeout)
	defer limit.Stop()
	select {
	case o := <-answer:
		return o.s, false, o.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-limit.C:
		cn.shut(errSilent)
		err = errLate
	}
	close(gone)
	return nil, true, err
}

// pause waits for d or the end of ctx, whose error it gives.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
