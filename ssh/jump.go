package ssh

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// jumpHost is a bastion through which instances are reached.
type jumpHost struct {
	user     string
	host     string
	port     string
	loopback bool // its key is not pinned: it is a simulated one, new at each start
}

// parseJump reads user@host[:port]; the port is 22 if none is given. It gives
// nil for an empty text.
func parseJump(s string) (*jumpHost, error) {
	if s == "" {
		return nil, nil
	}
	bad := func(why string) error {
		return invalid("use the jump host", s, errors.New(why), "write it as user@host or user@host:port")
	}
	user, rest, ok := strings.Cut(s, "@")
	if !ok || user == "" {
		return nil, bad("it names no user")
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port = strings.Trim(rest, "[]"), "22"
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return nil, bad("its address can't be read")
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return nil, bad("its port is not a number from 1 to 65535")
	}
	if host == "" || strings.HasPrefix(host, "-") || strings.HasPrefix(user, "-") || strings.ContainsAny(user+host, " \t\r\n'\"\\$`;&|<>()%@") {
		return nil, bad("its user or address can't be read")
	}
	ip := net.ParseIP(host)
	return &jumpHost{user: user, host: host, port: port, loopback: host == "localhost" || ip != nil && ip.IsLoopback()}, nil
}

// peer is how the jump host is dialed. Its name in known_hosts is what OpenSSH
// would write there.
func (j *jumpHost) peer() peer {
	p := peer{addr: net.JoinHostPort(j.host, j.port), user: j.user}
	switch {
	case j.loopback:
	case j.port == "22":
		p.alias = j.host
	default:
		p.alias = "[" + j.host + "]:" + j.port
	}
	return p
}

// open makes the network connection to an instance, through the jump host if
// there is one.
func (c *Client) open(ctx context.Context, addr string) (net.Conn, error) {
	if c.jump == nil {
		return c.opts.Dial(ctx, "tcp", addr)
	}
	var last error
	for range 2 { // a pooled connection to the jump host may be dead without our knowing
		via, err := c.connect(ctx, linkKey{jump: true})
		if err != nil {
			return nil, c.viaJump(err)
		}
		nc, err := via.client.DialContext(ctx, "tcp", addr)
		if err == nil {
			return nc, nil
		}
		last = err
		var refused *xssh.OpenChannelError
		if errors.As(err, &refused) || ctx.Err() != nil {
			break
		}
		via.shut(errEnded)
	}
	return nil, last
}

// viaJump says that it was the jump host that could not be reached.
func (c *Client) viaJump(err error) error {
	prefix := "jump host " + c.jump.peer().addr + ": "
	var r *reachError
	switch {
	case errors.As(err, &r):
		worse := *r
		worse.words = prefix + r.words
		return &worse
	case errors.Is(err, context.DeadlineExceeded):
		return &reachError{kind: fleet.KindTimeout, words: prefix + "no login in time", err: err}
	}
	return err
}
