package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

var (
	errClosed    = errors.New("the ssh client is closed")
	errForgotten = errors.New("the instance is gone")
	// errDistrusted ends connections to a host whose key is not the instance's.
	errDistrusted = errors.New("its host key is not the instance's own")
	errSilent     = errors.New("the host stopped answering")
	errEnded      = errors.New("the host closed the connection")
	errLate       = errors.New("no answer in time")
	errNoKey      = errors.New("no private key is configured")
)

// reachError says in plain words why an instance could not be reached.
type reachError struct {
	kind  fleet.Kind
	words string
	hint  string
	final bool // trying again can't help
	err   error
}

func (e *reachError) Error() string { return e.words }
func (e *reachError) Unwrap() error { return e.err }

// fail makes the port's error out of whatever went wrong with t.
func fail(op string, t fleet.Target, err error) error {
	if err == nil {
		return nil
	}
	var ready *fleet.Error
	if errors.As(err, &ready) {
		return err
	}
	e := &fleet.Error{Op: op, Resource: string(t.Instance), Kind: fleet.KindOf(err), Err: err}
	var r *reachError
	switch {
	case errors.As(err, &r):
		e.Kind, e.Hint = r.kind, r.hint
	case errors.Is(err, errUnknown):
		e.Kind, e.Hint = fleet.KindUnknown, "look on the host whether it ran before running it again"
	case errors.Is(err, context.Canceled):
		e.Kind, e.Err = fleet.KindCanceled, fmt.Errorf("stopped: %w", err)
	case errors.Is(err, errClosed):
		e.Kind = fleet.KindCanceled
	case errors.Is(err, errForgotten):
		e.Kind = fleet.KindGone
	case errors.Is(err, errDistrusted):
		e.Kind = fleet.KindConflict
	case errors.Is(err, errSilent), errors.Is(err, errEnded):
		e.Kind = fleet.KindNetwork
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errLate):
		e.Kind, e.Err = fleet.KindTimeout, fmt.Errorf("stopped: no result in time: %w", err)
	}
	return e
}

// changedKey is the refusal of a host whose key is not the pinned one.
func changedKey(op string, t fleet.Target, e *changedKeyError) *fleet.Error {
	out := &fleet.Error{Op: op, Resource: string(t.Instance), Kind: fleet.KindConflict}
	switch e.why {
	case keyNotTrusted:
		out.Err = fmt.Errorf("the host showed the key %s, but %s is known to have %s; this is another machine, somebody in between, or the host made itself new keys: %w", e.now, e.name, e.old, errKeyChanged)
		out.Hint = "nothing was sent; look at the instance's console, or terminate it and launch another"
		return out
	case keyRevoked:
		out.Err = fmt.Errorf("the host showed the key %s again, which was found not to be that of %s: %w", e.now, e.name, errKeyChanged)
		out.Hint = "nothing was sent; terminate it and launch another, or, " + unrevokeHint(e.file, e.name)
		return out
	case keyNotPinned:
	}
	out.Err = fmt.Errorf("the host key of %s changed: pinned %s, now %s; this is another machine, somebody in between, or the host made itself new keys: %w",
		e.name, e.old, e.now, errKeyChanged)
	out.Hint = fmt.Sprintf("nothing was sent; if you know why it changed, remove it with: ssh-keygen -f %s -R %s", fleet.Quote(e.file), fleet.Quote(e.name))
	return out
}

// errKeyChanged ends changedKey's sentence with what was done about it.
var errKeyChanged = errors.New("refused")

// unreachable tells why a network connection to port failed.
func unreachable(err error, port int) *reachError {
	var refused *xssh.OpenChannelError // the jump host's answer
	var errno syscall.Errno
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused):
		return &reachError{kind: fleet.KindNetwork, words: "the jump host can't reach it: " + fleet.Clean(refused.Message), err: err}
	case errors.As(err, &errno) && connectionRefused(errno):
		return &reachError{kind: fleet.KindNetwork, words: fmt.Sprintf("port %d is closed: sshd is not up yet", port), err: err}
	case errors.As(err, &errno) && noRoute(errno):
		return &reachError{kind: fleet.KindNetwork, words: "there is no route to it from here (network down, no public address, or wrong address)", err: err}
	case errors.As(err, &dns):
		return &reachError{kind: fleet.KindNetwork, words: fmt.Sprintf("the name %s is not known", dns.Name), err: err}
	case late(err):
		return &reachError{kind: fleet.KindTimeout, words: fmt.Sprintf("no answer on port %d (security group, route or still booting)", port), err: err}
	}
	return &reachError{kind: fleet.KindNetwork, words: "no connection: " + err.Error(), err: err}
}

func late(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// Windows' own numbers (winsock2.h): package syscall's names are made up there.
const (
	wsaConnectionRefused = syscall.Errno(10061)
	wsaNetUnreachable    = syscall.Errno(10051)
	wsaHostUnreachable   = syscall.Errno(10065)
)

func connectionRefused(e syscall.Errno) bool {
	return e == syscall.ECONNREFUSED || runtime.GOOS == "windows" && e == wsaConnectionRefused
}

func noRoute(e syscall.Errno) bool {
	return e == syscall.EHOSTUNREACH || e == syscall.ENETUNREACH || e == syscall.EADDRNOTAVAIL ||
		runtime.GOOS == "windows" && (e == wsaNetUnreachable || e == wsaHostUnreachable)
}
