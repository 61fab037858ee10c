package ssh

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// errUnknown is the end of a command whose result nobody knows.
var errUnknown = errors.New("result unknown: connection lost after the command was started")

// Run runs a command by the login shell, streams what it prints and gives its
// exit status; a status other than 0 is no error. A command that a signal ended
// has Code 128 + the signal's number. Stdout and Stderr are never written to at
// the same time, nor after Run has returned. Started is called before any of
// Stdin is sent, and not at all where the host never took the command.
//
// When ctx ends, the command is sent SIGTERM and the session closed. A write
// error of Stdout or Stderr ends the command too, and is the error. Where the
// connection breaks after the command was sent, the error is KindUnknown.
func (c *Client) Run(ctx context.Context, t fleet.Target, cmd fleet.Command) (fleet.ExitStatus, error) {
	const op = "run a command on"
	s, err := c.openSession(ctx, op, t)
	if err != nil {
		return fleet.ExitStatus{}, err
	}
	st, err := s.run(ctx, cmd)
	return st, fail(op, t, err)
}

// running is an open session and the connection it belongs to.
type running struct {
	*xssh.Session
	c    *Client
	conn *conn
	give func()
}

// openSession opens a session on t's connection. Where that turns out to be
// broken, one fresh connection is tried: nothing has been asked of the host yet.
func (c *Client) openSession(ctx context.Context, op string, t fleet.Target) (*running, error) {
	var last error
	for range 2 {
		cn, err := c.reach(ctx, op, t)
		if err != nil {
			return nil, err
		}
		s, give, err := cn.session(ctx, c)
		if err == nil {
			return &running{Session: s, c: c, conn: cn, give: give}, nil
		}
		var declined *xssh.OpenChannelError
		switch {
		case errors.As(err, &declined):
			return nil, fail(op, t, &reachError{kind: fleet.KindDenied, words: "the host opens no session (" + strings.TrimSpace(declined.Reason.String()+" "+fleet.Clean(declined.Message)) + ")", err: err})
		case ctx.Err() != nil:
			return nil, fail(op, t, ctx.Err())
		case errors.Is(err, errClosed), errors.Is(err, errForgotten), errors.Is(err, errDistrusted):
			return nil, fail(op, t, err)
		}
		last = &reachError{kind: fleet.KindNetwork, words: "the connection broke before the command was sent", err: err}
	}
	return nil, fail(op, t, last)
}

// run starts the command and waits for its end. The session is over afterwards.
func (r *running) run(ctx context.Context, cmd fleet.Command) (fleet.ExitStatus, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := &gate{stop: stop}
	defer out.shut()
	r.Stdout, r.Stderr = out.to(cmd.Stdout), out.to(cmd.Stderr)
	var stdin io.WriteCloser
	if cmd.Stdin != nil {
		var err error
		if stdin, err = r.StdinPipe(); err != nil {
			r.end()
			return fleet.ExitStatus{}, err
		}
	}
	return r.await(ctx, func() error { return r.Start(cmd.Line) }, func() {
		if cmd.Started != nil {
			cmd.Started()
		}
		if stdin != nil {
			// Not waited for: a Read of any reader can't be interrupted.
			go feed(stdin, cmd.Stdin, stop)
		}
	})
}

// feed copies stdin to the command. An error of the reader ends the command: it
// must not take half its input for the whole.
func feed(to io.WriteCloser, from io.Reader, stop context.CancelCauseFunc) {
	src := &source{r: from}
	_, _ = io.Copy(to, src) // that the command stopped reading is its own affair
	if src.err != nil {
		stop(&inputError{src.err})
		return
	}
	_ = to.Close() // fails only where the session is over
}

// source tells a reader's own error from one of the other side.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// inputError is an error of what a command was to read.
type inputError struct{ err error }

func (e *inputError) Error() string { return "read its input: " + e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// await starts something on the session and waits for its end or ctx's.
func (r *running) await(ctx context.Context, start func() error, started func()) (fleet.ExitStatus, error) {
	accepted, ended := make(chan error, 1), make(chan error, 1)
	if !r.c.spawn(func() {
		defer r.give()
		err := start()
		accepted <- err
		if err == nil {
			ended <- r.Wait()
		}
		r.Close()
	}) {
		r.end()
		return fleet.ExitStatus{}, errClosed
	}
	select {
	case err := <-accepted:
		if err != nil {
			return fleet.ExitStatus{}, r.notStarted(err)
		}
	case <-ctx.Done():
		r.kill()
		return fleet.ExitStatus{}, context.Cause(ctx)
	}
	started()
	select {
	case err := <-ended:
		st, err := status(err)
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx) // such as a write error, which made the host's side fail
		}
		return st, err
	case <-ctx.Done():
		r.kill()
		return fleet.ExitStatus{}, context.Cause(ctx)
	}
}

// end gives up a session on which nothing was started.
func (r *running) end() {
	r.give()
	r.c.spawn(func() { r.Close() })
}

// kill ends what runs: SIGTERM first, for the host may let a program live on
// whose session has been closed. It does not wait: the network may be dead.
func (r *running) kill() {
	r.c.spawn(func() {
		_ = r.Signal(xssh.SIGTERM) // fails only where the session is over
		r.Close()
	})
}

// notStarted says what it means that the request for a command failed.
func (r *running) notStarted(err error) error {
	if errors.Is(err, io.EOF) || r.conn.isDead() || r.conn.wire.broken.Load() {
		return errUnknown // it may have been lost on the way there or back
	}
	return &reachError{kind: fleet.KindDenied, words: "the host refused to run it", err: err}
}

// status reads what x/crypto gives at the end of a session.
func status(err error) (fleet.ExitStatus, error) {
	var exit *xssh.ExitError
	switch {
	case err == nil:
		return fleet.ExitStatus{}, nil
	case errors.As(err, &exit):
		return fleet.ExitStatus{Code: exit.ExitStatus(), Signal: exit.Signal()}, nil
	}
	return fleet.ExitStatus{}, errUnknown
}

// gate lets what a command prints through to the caller's writers, one write
// at a time, until it is shut. After a write error it takes and drops the rest.
type gate struct {
	mu     sync.Mutex
	closed bool
	stop   context.CancelCauseFunc
}

func (g *gate) to(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return gateWriter{g, w}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

type gateWriter struct {
	g *gate
	w io.Writer
}

func (w gateWriter) Write(p []byte) (int, error) {
	w.g.mu.Lock()
	defer w.g.mu.Unlock()
	if w.g.closed {
		return len(p), nil
	}
	if _, err := w.w.Write(p); err != nil {
		w.g.closed = true
		w.g.stop(&outputError{err})
	}
	return len(p), nil
}

// outputError is an error of where a command's output was to go.
type outputError struct{ err error }

func (e *outputError) Error() string { return "write what it printed: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }
