package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// jumpHost is a bastion on the way to instances.
type jumpHost struct {
	user     string
	host     string
	port     string
	loopback bool     // its key is not pinned: it is a simulated one, new at each start
	keys     []string // files of keys that the ssh config names for it; ours is tried after them
}

// route is the way to a host: the jump hosts, in the order in which they are
// logged in to. Empty: it is dialed directly.
type route struct {
	hops  []jumpHost
	unrun []string // what the ssh config says about the way and we don't run
}

// name tells routes apart.
func (r route) name() string {
	var b strings.Builder
	for _, h := range r.hops {
		b.WriteString(h.user + "@" + net.JoinHostPort(h.host, h.port) + ",")
	}
	return b.String()
}

// last is the jump host that reaches the instance itself; it must not be asked
// of an empty route.
func (r route) last() jumpHost { return r.hops[len(r.hops)-1] }

// before is the way to the last jump host.
func (r route) before() route { return route{hops: r.hops[:len(r.hops)-1], unrun: r.unrun} }

// maxHops bounds a chain of jump hosts: a config in which two hosts name each
// other has no end.
const maxHops = 8

// jumps reads jump hosts, divided by commas, as ssh's -J takes them: each is
// [user@]host[:port], where the host may be a name of the person's ssh config.
// An empty text is an empty route.
func (u *userConfig) jumps(s string) (route, error) {
	return u.chain(s, nil, true)
}

// chain reads jump hosts; seen are the names that led here. strict says that a
// host without a user must be known to the ssh config.
func (u *userConfig) chain(s string, seen []string, strict bool) (route, error) {
	var r route
	if s == "" || strings.EqualFold(s, "none") {
		return r, nil
	}
	for i, text := range strings.Split(s, ",") {
		text = strings.TrimPrefix(strings.TrimSpace(text), "ssh://")
		h, said, err := u.hop(text, strict)
		if err != nil {
			return route{}, err
		}
		r.unrun = append(r.unrun, said.unrun...)
		// What the config says about the way to a later one doesn't count: the way
		// to it is named here, by the one before.
		if i == 0 && said.proxyJump != "" {
			name := hostOf(text)
			if slices.Contains(seen, name) || len(seen) >= maxHops {
				return route{}, badJump(s, "in your ssh config it is reached through itself", "mend ProxyJump there")
			}
			before, err := u.chain(said.proxyJump, append(slices.Clone(seen), name), false)
			if err != nil {
				return route{}, err
			}
			r.hops = append(r.hops, before.hops...)
			r.unrun = append(before.unrun, r.unrun...)
		}
		r.hops = append(r.hops, h)
	}
	if len(r.hops) > maxHops {
		return route{}, badJump(s, fmt.Sprintf("it leads through more than %d hosts", maxHops), "shorten the chain")
	}
	return r, nil
}

func badJump(s, why, hint string) error {
	return invalid("use the jump host", fleet.Clean(s), errors.New(why), hint)
}

// hostOf is the host of [user@]host[:port].
func hostOf(text string) string {
	_, host, _ := splitHop(text)
	return host
}

func splitHop(text string) (login, host, port string) {
	login, rest, ok := strings.Cut(text, "@")
	if !ok {
		login, rest = "", text
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port = strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]"), ""
	}
	return login, host, port
}

// hop reads one jump host and what the ssh config says about it.
func (u *userConfig) hop(text string, strict bool) (jumpHost, hostConfig, error) {
	const write = "write it as user@host or user@host:port, or name a host of your ssh config"
	bad := func(why string) (jumpHost, hostConfig, error) {
		return jumpHost{}, hostConfig{}, badJump(text, why, write)
	}
	login, host, port := splitHop(text)
	if host == "" || strings.HasPrefix(text, "@") {
		return bad("it names no user or no host")
	}
	said := u.lookup(host, login)
	h := jumpHost{user: login, host: said.hostName, port: port, keys: said.identity}
	if h.user == "" {
		h.user = said.user
	}
	if h.user == "" && (said.said() || !strict) {
		h.user = u.login
	}
	if h.user == "" {
		return bad("it names no user, and your ssh config doesn't know it")
	}
	if h.host == "" {
		h.host = host
	}
	if h.port == "" {
		h.port = said.port
	}
	if h.port == "" {
		h.port = "22"
	}
	if strings.Contains(h.host, ":") && net.ParseIP(h.host) == nil {
		return bad("its address can't be read")
	}
	if n, err := strconv.Atoi(h.port); err != nil || n < 1 || n > 65535 {
		return bad("its port is not a number from 1 to 65535")
	}
	if !plainWord(h.host) || !plainWord(h.user) {
		return bad("its user or address can't be read")
	}
	ip := net.ParseIP(h.host)
	h.loopback = h.host == "localhost" || ip != nil && ip.IsLoopback()
	return h, said, nil
}

// plainWord says whether a user or host can stand in a command that a person
// pastes, and in a line of known_hosts.
func plainWord(s string) bool {
	return s != "" && s == fleet.Clean(s) && s[0] != '-' && s[0] != '|' && !strings.ContainsAny(s, " \t\r\n'\"\\$`;&|<>()[]{}/%@,*?!#")
}

// way is how an instance is reached: by the configured jump hosts, or by those
// that the ssh config has for its id or its address.
func (c *Client) way(t fleet.Target) (route, error) {
	if len(c.jump.hops) > 0 || strings.EqualFold(c.opts.Jump, "none") {
		return c.jump, nil
	}
	var unrun []string
	for _, name := range []string{string(t.Instance), t.Host} {
		said := c.user.lookup(name, t.User)
		unrun = append(unrun, said.unrun...)
		if said.proxyJump == "" {
			continue
		}
		r, err := c.user.chain(said.proxyJump, []string{name}, false)
		r.unrun = append(unrun, r.unrun...)
		return r, err
	}
	return route{unrun: unrun}, nil
}

// peer is how the jump host is dialed. Its name in known_hosts is what OpenSSH
// would write there.
func (j jumpHost) peer() peer {
	p := peer{addr: net.JoinHostPort(j.host, j.port), user: j.user, keys: j.keys}
	switch {
	case j.loopback:
	case j.port == "22":
		p.alias = j.host
	default:
		p.alias = "[" + j.host + "]:" + j.port
	}
	return p
}

// open makes the network connection to an address, through jump hosts if there
// are any.
func (c *Client) open(ctx context.Context, addr string, r route) (net.Conn, error) {
	if len(r.hops) == 0 {
		return c.opts.Dial(ctx, "tcp", addr)
	}
	var last error
	for range 2 { // a pooled connection to the jump host may be dead without our knowing
		via, err := c.connect(ctx, linkKey{via: r.name()}, func(ctx context.Context) (*conn, error) {
			return c.dial(ctx, r.last().peer(), r.before())
		})
		if err != nil {
			return nil, viaJump(r.last(), err)
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
func viaJump(j jumpHost, err error) error {
	prefix := "jump host " + j.peer().addr + ": "
	var r *reachError
	switch {
	case errors.As(err, &r):
		if strings.HasPrefix(r.words, "jump host ") { // one before it is to blame
			return err
		}
		worse := *r
		worse.words = prefix + r.words
		if r.kind == fleet.KindDenied {
			worse.hint = "name the key that it takes by IdentityFile in your ssh config"
		}
		return &worse
	case errors.Is(err, context.DeadlineExceeded):
		return &reachError{kind: fleet.KindTimeout, words: prefix + "no login in time", err: err}
	}
	return err
}
