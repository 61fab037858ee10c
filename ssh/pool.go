package ssh

import (
	"context"
	"errors"
	"fmt"

	"spot-tui/fleet"
)

// linkKey is what a connection is to: an instance under an address and a login,
// or the last jump host of a route.
type linkKey struct {
	fleet.Target
	via string
}

// dialer makes the connection that a link is about.
type dialer func(ctx context.Context) (*conn, error)

// link is a connection that is being made, or has been.
type link struct {
	key   linkKey
	ready chan struct{} // closed when the dialing has ended
	stop  context.CancelCauseFunc
	conn  *conn // after ready; nil where err is not
	err   error

	waiting int // who waits for ready; guarded by Client.mu
}

// shut ends the dialing or the connection, soon; it does not wait.
func (l *link) shut(why error) { l.stop(why) }

// connect gives the connection to key: the open one, or the one that is being
// dialed, or a new one. The dialing is given up when nobody waits for it.
func (c *Client) connect(ctx context.Context, key linkKey, dial dialer) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := c.join(key, dial)
	if err != nil {
		return nil, err
	}
	defer c.leave(l)
	select {
	case <-l.ready:
		return l.conn, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join counts the caller among those who wait for a link, which it makes where
// there is none or where the last one is over.
func (c *Client) join(key linkKey, dial dialer) (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.links[key]
	if l != nil && l.over() {
		l = nil
	}
	if l == nil {
		ctx, cancel := context.WithCancelCause(c.ctx)
		l = &link{key: key, ready: make(chan struct{}), stop: cancel}
		if !c.spawnLocked(func() { c.dialLink(ctx, l, dial) }) {
			cancel(errClosed)
			return nil, errClosed
		}
		c.links[key] = l
	}
	l.waiting++
	return l, nil
}

// over says whether the link can't give a working connection any more.
func (l *link) over() bool {
	select {
	case <-l.ready:
		return l.err != nil || l.conn.isDead()
	default:
		return false
	}
}

func (c *Client) leave(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.waiting--
	select {
	case <-l.ready:
		return
	default:
	}
	if l.waiting == 0 {
		l.stop(context.Canceled)
		c.dropLocked(l)
	}
}

// dialLink makes the connection and, when it is over, takes it out of the pool.
func (c *Client) dialLink(ctx context.Context, l *link, dial dialer) {
	defer l.stop(nil)
	dialing, cancel := context.WithTimeout(ctx, c.opts.ConnectTimeout)
	l.conn, l.err = dial(dialing)
	cancel()
	close(l.ready)
	if l.err == nil {
		select {
		case <-l.conn.dead:
		case <-ctx.Done():
			l.conn.shut(context.Cause(ctx))
			<-l.conn.dead
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropLocked(l)
}

func (c *Client) dropLocked(l *link) {
	if c.links[l.key] == l {
		delete(c.links, l.key)
	}
}

// reach is connect for an instance, with the port's errors.
func (c *Client) reach(ctx context.Context, op string, t fleet.Target) (*conn, error) {
	if t.Instance == "" || t.Host == "" || t.User == "" {
		return nil, fail(op, t, &reachError{kind: fleet.KindInvalid, words: fmt.Sprintf("it has no address, login or id yet (%q, %q)", t.Host, t.User), final: true})
	}
	if t.Port == 0 {
		t.Port = 22
	}
	way, err := c.way(t)
	if err != nil {
		return nil, fail(op, t, err)
	}
	cn, err := c.connect(ctx, linkKey{Target: t}, func(ctx context.Context) (*conn, error) {
		return c.dial(ctx, instance(t), way)
	})
	var changed *changedKeyError
	switch {
	case err == nil:
		return cn, nil
	case ctx.Err() != nil:
		return nil, fail(op, t, ctx.Err())
	case errors.As(err, &changed):
		return nil, changedKey(op, t, changed)
	}
	return nil, fail(op, t, err)
}

// pooled gives the open connection to key, or nil.
func (c *Client) pooled(key linkKey) *conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.links[key]
	if l == nil {
		return nil
	}
	select {
	case <-l.ready:
		if !l.over() {
			return l.conn
		}
	default:
	}
	return nil
}
