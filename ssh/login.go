package ssh

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"spot-tui/fleet"
)

// LoginLine is a command for a POSIX shell that logs in to t with OpenSSH, by
// our key and our pinned host keys; what is pinned there holds for us too.
//
// A jump host is written as a ProxyCommand, not as -J: options on ssh's command
// line don't reach a -J host, which would be logged in to with the person's own
// key and checked against their own known_hosts.
func (c *Client) LoginLine(t fleet.Target) string {
	port := t.Port
	if port == 0 {
		port = 22
	}
	args := append([]string{"ssh"}, c.loginOptions(c.opts.KnownHostsFile, nil)...)
	args = append(args, "-o", "HostKeyAlias="+string(t.Instance))
	if way := c.shownWay(t); len(way.hops) > 0 {
		args = append(args, "-o", "ProxyCommand="+c.proxyCommand(way))
	}
	args = append(args, "-p", strconv.Itoa(port), t.User+"@"+t.Host)
	return fleet.QuoteAll(args)
}

// shownWay is the way that a person's own ssh takes. Where the chain can't be
// used, it shows none: to connect tells why.
func (c *Client) shownWay(t fleet.Target) route {
	if len(c.loginJump.hops) > 0 {
		return c.loginJump
	}
	way, err := c.way(t)
	if err != nil {
		return route{}
	}
	return way
}

func (c *Client) loginOptions(hosts string, keys []string) []string {
	var o []string
	for _, k := range keys {
		o = append(o, "-i", percent(absolute(k)))
	}
	if c.keyNamed() {
		// IdentitiesOnly: an agent full of other keys would use up the host's tries.
		o = append(o, "-i", percent(absolute(c.opts.PrivateKeyFile)), "-o", "IdentitiesOnly=yes")
	}
	return append(o, "-o", "UserKnownHostsFile="+fileOption(hosts))
}

// proxyCommand is what ssh runs, by a shell, to get to the instance. ssh puts
// in host and port for %h and %p, so every other % is doubled once more, and
// those of a jump host before the last once more than that.
func (c *Client) proxyCommand(way route) string {
	j, hosts, args := way.last(), c.opts.KnownHostsFile, []string{"ssh"}
	if j.loopback {
		hosts = os.DevNull
	}
	args = append(args, c.loginOptions(hosts, j.keys)...)
	if j.loopback {
		args = append(args, "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR")
	}
	if before := way.before(); len(before.hops) > 0 {
		args = append(args, "-o", "ProxyCommand="+c.proxyCommand(before))
	}
	args = append(args, "-p", j.port, j.user+"@"+j.host)
	return percent(fleet.QuoteAll(args)) + " -W '[%h]:%p'"
}

// fileOption writes a path as the value of an option that names files, which is
// a list divided by spaces, with quotes and % tokens.
func fileOption(path string) string {
	path = percent(filepath.ToSlash(absolute(path)))
	if strings.ContainsAny(path, " \t'\"\\#") {
		path = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path) + `"`
	}
	return path
}

// percent protects % from ssh, which reads it as the start of a token.
func percent(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// absolute lets the line work from any folder.
func absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return path
}
