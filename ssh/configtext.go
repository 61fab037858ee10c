package ssh

import (
	"fmt"
	"strings"

	"spot-tui/fleet"
)

// ConfigText is an ssh_config text for OpenSSH with a Host entry per target, in
// their order, so that plain `ssh i-0abc…` logs in by our key and our pinned
// host keys. A target without an address, or whose address or login could not
// stand in such a file, has none.
func (c *Client) ConfigText(ts []fleet.Target) string {
	var b strings.Builder
	b.WriteString("# Made by `spot-tui ssh-config`: make it again when the fleet has changed.\n")
	for _, t := range ts {
		if !plainWord(string(t.Instance)) || !plainWord(t.Host) || !plainWord(t.User) {
			continue
		}
		c.entry(&b, t)
	}
	return b.String()
}

func (c *Client) entry(b *strings.Builder, t fleet.Target) {
	port := t.Port
	if port == 0 {
		port = 22
	}
	fmt.Fprintf(b, "\nHost %s\n  HostName %s\n  User %s\n  Port %d\n", t.Instance, t.Host, t.User, port)
	if c.keyNamed() {
		// IdentitiesOnly: an agent full of other keys would use up the host's tries.
		fmt.Fprintf(b, "  IdentityFile %s\n  IdentitiesOnly yes\n", fileOption(c.opts.PrivateKeyFile))
	}
	fmt.Fprintf(b, "  UserKnownHostsFile %s\n  HostKeyAlias %s\n", fileOption(c.opts.KnownHostsFile), t.Instance)
	if way := c.shownWay(t); len(way.hops) > 0 {
		// ssh takes the rest of the line as it is.
		fmt.Fprintf(b, "  ProxyCommand %s\n", c.proxyCommand(way))
	}
}

// keyNamed says whether there is a key file that plain ssh can use too.
func (c *Client) keyNamed() bool { return c.opts.PrivateKeyFile != "" && len(c.opts.PrivateKey) == 0 }
