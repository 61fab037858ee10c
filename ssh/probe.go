package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
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

// greeting reads what sshd says first, and keeps it for the login.
func (p *probe) greeting(ctx context.Context) fleet.Check {
	const what = "sshd"
	// The protocol allows other lines before the version, and asks for an end of
	// the version line within 255 bytes (RFC 4253, 4.2).
	const most = 8 << 10
	stop := context.AfterFunc(ctx, func() { p.wire.Close() })
	defer stop()
	var got []byte
	one := make([]byte, 1) // what follows the line belongs to the login
	for len(got) < most {
		n, err := p.wire.Read(one)
		got = append(got, one[:n]...)
		line := got[bytes.LastIndexByte(bytes.TrimSuffix(got, []byte("\n")), '\n')+1:]
		if bytes.HasSuffix(got, []byte("\n")) && bytes.HasPrefix(line, []byte("SSH-")) {
			p.wire = &replayed{Conn: p.wire, first: got}
			return found(what, "%s", strings.TrimSpace(fleet.Clean(string(line))))
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return failed(what, fmt.Sprintf("port %d is open, but nothing greets there in time", p.t.Port), "the machine is overloaded or still boots; another program may listen at that port")
		case err != nil && len(got) == 0:
			return failed(what, fmt.Sprintf("port %d was closed before sshd said anything", p.t.Port), "it is still starting, or has too many logins at once (MaxStartups); try again in a moment")
		case err != nil:
			return notSSH(got, p.t.Port)
		}
	}
	return notSSH(got, p.t.Port)
}

func notSSH(got []byte, port int) fleet.Check {
	const enough = 80
	text := strings.Join(strings.Fields(fleet.Clean(string(got[:min(len(got), enough)]))), " ")
	return failed("sshd", fmt.Sprintf("what listens at port %d is no SSH server; it says %q", port, text), "check ssh.port")
}

// replayed is a connection of which the first bytes have been read.
type replayed struct {
	net.Conn
	first []byte
}

func (r *replayed) Read(b []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(b, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return r.Conn.Read(b)
}

// login checks the host's key and logs in; it adds the check of the key itself.
func (p *probe) login(ctx context.Context) fleet.Check {
	const what = "login"
	a := &attempt{look: true}
	cn, err := p.c.shake(ctx, &wire{Conn: p.wire}, instance(p.t), a)
	if a.hostKey != nil {
		check := p.hostKey(a)
		if check.State == fleet.CheckFail {
			return check
		}
		p.checks = append(p.checks, check)
	}
	tried := strings.Join(a.keys, ", ")
	if err == nil {
		p.conn = cn
		p.ends = append(p.ends, func() { cn.shut(errEnded) })
		return found(what, "%s may log in with %s", p.t.User, tried)
	}
	e := &fleet.Error{}
	if !errors.As(fail("", p.t, err), &e) {
		return failed(what, fleet.Clean(err.Error()), "")
	}
	detail := e.Err.Error()
	if tried != "" {
		detail += " (tried " + tried + ")"
	}
	return failed(what, detail, orElse(e.Hint, "try again in a moment; its console says whether the boot is over"))
}

// hostKey says how the key that the host showed is known.
func (p *probe) hostKey(a *attempt) fleet.Check {
	const what = "host key"
	var changed *changedKeyError
	print := xssh.FingerprintSHA256(a.hostKey)
	switch {
	case errors.As(a.hostErr, &changed):
		e := changedKey("", p.t, changed)
		return failed(what, e.Err.Error(), e.Hint)
	case a.hostErr != nil:
		return failed(what, a.hostErr.Error(), "check the file "+p.c.opts.KnownHostsFile)
	case p.c.Verified(p.t.Instance):
		return found(what, "%s, which was verified", print)
	case p.c.hosts.pinned(string(p.t.Instance)):
		return found(what, "%s, as pinned", print)
	}
	return found(what, "%s, which is new: it will be pinned at the first login", print)
}

// session runs a command, since a login alone may be all that is allowed.
func (p *probe) session(ctx context.Context) fleet.Check {
	const what = "session"
	const hint = "look at ForceCommand and command= in its sshd_config and authorized_keys, and at the login shell's start files"
	s, give, err := p.conn.session(ctx, p.c)
	if err != nil {
		return failed(what, "the host opens no session: "+fleet.Clean(err.Error()), "look at its sshd_config (MaxSessions) and its log")
	}
	var out beginning
	st, err := (&running{Session: s, c: p.c, conn: p.conn, give: give}).run(ctx, fleet.Command{Line: "true", Stdout: &out, Stderr: &out})
	said := strings.Join(strings.Fields(fleet.Clean(out.String())), " ")
	switch {
	case err != nil && late(err):
		return failed(what, "`true` did not end in time; it said: "+orElse(said, "nothing"), hint)
	case err != nil:
		return failed(what, fleet.Clean(err.Error()), hint)
	case !st.OK():
		return failed(what, fmt.Sprintf("`true` ended with %d, so something else runs in its place; it said: %s", st.Code, orElse(said, "nothing")), loginHint(said, hint))
	case said != "":
		return fleet.Check{What: what, State: fleet.CheckWarn, Detail: "commands work, but `true` prints: " + said, Hint: hint}
	}
	return found(what, "commands work")
}

// loginHint reads EC2's usual answer to a login as root.
func loginHint(said, instead string) string {
	_, rest, ok := strings.Cut(said, `Please login as the user "`)
	name, _, closed := strings.Cut(rest, `"`)
	if ok && closed && plainWord(name) {
		return "set ssh.user = \"" + name + "\" in the config, or leave it out"
	}
	return instead
}

// beginning keeps the first bytes of what is written to it.
type beginning struct{ bytes.Buffer }

func (b *beginning) Write(p []byte) (int, error) {
	const most = 1000
	b.Buffer.Write(p[:min(len(p), max(0, most-b.Len()))])
	return len(p), nil
}
