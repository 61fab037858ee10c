package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"spot-tui/fleet"
)

func (r *reader) ssh() fleet.SSHSpec {
	t := r.d.table("ssh")
	s := fleet.SSHSpec{
		User: t.text("user", ""), Jump: t.text("jump", ""),
		HostKeys: fleet.HostKeyMode(t.oneOf("host_keys", string(fleet.HostKeysPin), string(fleet.HostKeysConsole), string(fleet.HostKeysInject))),
		Connect:  t.duration("connect_timeout", 10*time.Second, time.Second, 5*time.Minute),
	}
	s.Port, _ = t.number("port", 22, 1, 65535)
	s.Parallel, _ = t.number("parallel", 64, 1, 1000)
	if k, ok := t.need("private_key", "name a private key file, `spot-tui setup --defaults` finds or makes one"); ok {
		s.PrivateKey = r.loginKey("ssh.private_key", k)
	}
	if s.User != "" && !userRule.MatchString(s.User) {
		r.d.bad("ssh.user", "%s is no login name; leave it out for the image's own", quote(s.User))
	}
	if s.Jump != "" && !isRoute(s.Jump) {
		r.d.bad("ssh.jump", "%s is no jump host; write it like user@host or user@host:22, several with commas, or name a host of your ssh config", quote(s.Jump))
	}
	return s
}

// loginKey gives the path of the key: a private key, or the public half of one
// that an agent holds.
func (r *reader) loginKey(key, path string) string {
	if !strings.HasSuffix(path, ".pub") {
		return r.privateKey(key, path)
	}
	return r.source(key, path)
}

// isRoute says whether a text is a jump host, or several divided by commas.
func isRoute(s string) bool {
	for _, h := range strings.Split(s, ",") {
		if !isJump(strings.TrimSpace(h)) {
			return false
		}
	}
	return true
}

// isJump says whether a text is [user@]host[:port]; an IPv6 address stands in
// brackets. A host without a user is a name of the person's ssh config.
func isJump(s string) bool {
	user, rest, ok := strings.Cut(s, "@")
	if !ok {
		rest = s
	} else if !userRule.MatchString(user) {
		return false
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port, err = net.SplitHostPort(rest + ":22")
	}
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil || n < 1 || n > 65535 {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return hostRule.MatchString(host)
}
