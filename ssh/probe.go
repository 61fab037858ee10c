package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// Probe tries once to log in to t, on a connection of its own, and says how far
// it came: "address", "TCP", "sshd", "host key", "login" and "session", each with
// what was found and what to do. It ends with the first that fails. It pins no
// host key and runs nothing but `true`.
func (c *Client) Probe(ctx context.Context, t fleet.Target) []fleet.Check {
	if t.Port == 0 {
		t.Port = 22
	}
	p := &probe{c: c, t: t}
	defer p.end()
	for _, step := range []func(context.Context) fleet.Check{p.address, p.tcp, p.greeting, p.login, p.session} {
		limited, cancel := context.WithTimeout(ctx, c.opts.ConnectTimeout)
		check := step(limited)
		cancel()
		p.checks = append(p.checks, check)
		if check.State == fleet.CheckFail {
			break
		}
	}
	return p.checks
}

// probe is one Probe that runs.
type probe struct {
	c      *Client
	t      fleet.Target
	way    route
	wire   net.Conn
	conn   *conn
	ends   []func()
	checks []fleet.Check
}

func (p *probe) end() {
	for i := len(p.ends) - 1; i >= 0; i-- {
		p.ends[i]()
	}
}

func found(what, format string, args ...any) fleet.Check {
	return fleet.Check{What: what, State: fleet.CheckOK, Detail: fmt.Sprintf(format, args...)}
}

func failed(what, detail, hint string) fleet.Check {
	return fleet.Check{What: what, State: fleet.CheckFail, Detail: detail, Hint: hint}
}

// address says where the instance would be reached, and by which way.
func (p *probe) address(context.Context) fleet.Check {
	const what = "address"
	switch {
	case p.t.Host == "":
		return failed(what, "it has no address that can be reached from here", "wait until it runs; where it has only a private address, set ssh.jump to a host that reaches it")
	case p.t.User == "" || p.t.Instance == "":
		return failed(what, "it is not known as whom to log in", "set ssh.user in the config")
	}
	var err error
	if p.way, err = p.c.way(p.t); err != nil {
		return failed(what, err.Error(), "mend the jump host in the config or in your ssh config")
	}
	check := found(what, "%s", net.JoinHostPort(p.t.Host, strconv.Itoa(p.t.Port)))
	for i, h := range p.way.hops {
		check.Detail += map[bool]string{true: " by way of ", false: " and "}[i == 0] + h.peer().addr
	}
	if len(p.way.unrun) > 0 {
		check.State, check.Hint = fleet.CheckWarn, p.way.unrun[0]
	}
	return check
}

// tcp opens a network connection, and says what it means in EC2 that it can't.
func (p *probe) tcp(ctx context.Context) fleet.Check {
	const what = "TCP"
	began := time.Now()
	nc, err := p.open(ctx, instance(p.t).addr, p.way)
	if err == nil {
		p.wire = nc
		p.ends = append(p.ends, func() { nc.Close() })
		return found(what, "port %d answers after %s", p.t.Port, time.Since(began).Round(time.Millisecond))
	}
	return tcpFailure(err, p.t.Port, p.c.opts.ConnectTimeout)
}

func tcpFailure(err error, port int, limit time.Duration) fleet.Check {
	const what = "TCP"
	var known *reachError
	var changed *changedKeyError
	var refused *xssh.OpenChannelError
	var errno syscall.Errno
	switch {
	case errors.As(err, &known):
		return failed(what, known.words, orElse(known.hint, "the way to the instance ends at the jump host: log in to that first"))
	case errors.As(err, &changed):
		e := changedKey("", fleet.Target{}, changed)
		return failed(what, "the jump host is not who it was: "+e.Err.Error(), e.Hint)
	case errors.As(err, &refused):
		return failed(what, "the jump host can't reach it: "+fleet.Clean(refused.Message), "its security group must allow the jump host's private address")
	case errors.As(err, &errno) && connectionRefused(errno):
		return failed(what, fmt.Sprintf("port %d refuses connections: the machine is up and lets us through, and no sshd listens there", port),
			"wait for the boot to end, look at its console, and check ssh.port")
	case errors.As(err, &errno) && noRoute(errno):
		return failed(what, "there is no route to it from here", "check your own network; an instance without a public address needs ssh.jump")
	case late(err):
		return failed(what, fmt.Sprintf("no answer on port %d within %s: something drops the packets, or the machine is not up", port, limit),
			"in EC2 that is a security group or network ACL that does not allow your address (has it changed?), a subnet without a route to an internet gateway, or a boot that is not over")
	}
	return failed(what, "no connection: "+fleet.Clean(err.Error()), "check your own network")
}

func orElse(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// open makes a network connection without pinning a jump host's key: by the
// pooled connection to it, or by one that ends with the probe.
func (p *probe) open(ctx context.Context, addr string, way route) (net.Conn, error) {
	if len(way.hops) == 0 {
		return p.c.opts.Dial(ctx, "tcp", addr)
	}
	via := p.c.pooled(linkKey{via: way.name()})
	if via == nil {
		hop := way.last().peer()
		nc, err := p.open(ctx, hop.addr, way.before())
		if err != nil {
			return nil, viaJump(way.last(), unreachableHop(err, hop.port()))
		}
		if via, err = p.c.shake(ctx, &wire{Conn: nc}, hop, &attempt{look: true}); err != nil {
			return nil, viaJump(way.last(), err)
		}
		p.ends = append(p.ends, func() { via.shut(errEnded) })
	}
	return via.client.DialContext(ctx, "tcp", addr)
}

// unreachableHop puts an error of dialing a jump host into words.
func unreachableHop(err error, port int) error {
	var known *reachError
	if errors.As(err, &known) {
		return err
	}
	return unreachable(err, port)
}
