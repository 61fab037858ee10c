package fleet

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Forward implements Face.
func (e *Engine) Forward(q ForwardRequest) (*Forwarding, error) {
	const op = "forward a port of"
	if err := e.guard(op, false); err != nil {
		return nil, err
	}
	bad := func(text string) (*Forwarding, error) {
		return nil, &Error{Op: op, Resource: string(q.Instance), Kind: KindInvalid, Err: errText(text), Hint: "write 8080:80, or 127.0.0.1:8080:localhost:80"}
	}
	local, ok := hostPort(q.Local, "127.0.0.1", 0)
	if !ok {
		return bad("the local port " + strconv.Quote(q.Local) + " can't be read")
	}
	remote, ok := hostPort(q.Remote, "localhost", 1)
	if !ok {
		return bad("the remote port " + strconv.Quote(q.Remote) + " can't be read")
	}
	if _, ok := e.instance(q.Instance); !ok {
		return nil, &Error{Op: op, Resource: string(q.Instance), Kind: KindGone, Err: errText("no such instance in this fleet"), Hint: "`spot-tui list` shows the ids"}
	}
	ctx, cancel := context.WithCancel(e.ctx)
	id := e.newOp(OpForward, fmt.Sprintf("forward %s of %s", remote, q.Instance), 0)
	f := NewForwarding(ForwardState{Op: id, Instance: q.Instance, Local: local, Remote: remote, Notice: "connecting"}, cancel)
	e.group.run(string(id), func() {
		defer cancel()
		err := e.forward(ctx, f, q.Instance, local, remote)
		if ctx.Err() != nil {
			err = nil // it was closed
		}
		f.Record(func(s *ForwardState) { s.Ended, s.Err = true, err })
		var errs failures
		text := "forwarding ended"
		if err != nil {
			errs.add(AsError("forward", "", err))
			text += ": " + err.Error()
		}
		e.endOp(id, &errs, text)
	})
	return f, nil
}

func (e *Engine) forward(ctx context.Context, f *Forwarding, id InstanceID, local, remote string) error {
	reaching, done := context.WithTimeout(ctx, defaultConnect)
	t, err := e.target(reaching, id)
	done()
	if err != nil {
		return err
	}
	return e.opts.Shell.Forward(ctx, t, Forward{
		Local: local, Remote: remote,
		Listening: func(addr string) {
			e.feed.log(LevelOK, "", id, fmt.Sprintf("%s is forwarded to %s", addr, remote))
			f.Record(func(s *ForwardState) { s.Local, s.Notice = addr, "" })
		},
		Notice: func(text string) {
			e.feed.log(LevelWarn, "", id, "forward of "+remote+": "+text)
			f.Record(func(s *ForwardState) { s.Notice = Clean(time.Now().Format("15:04:05 ") + text) })
		},
	})
}

// hostPort reads "80" or "host:80" with a port from least to 65535.
func hostPort(s, host string, least int) (string, bool) {
	port := s
	if h, p, err := net.SplitHostPort(s); err == nil {
		if h != "" {
			host = h
		}
		port = p
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < least || n > 65535 {
		return "", false
	}
	return net.JoinHostPort(host, strconv.Itoa(n)), true
}
