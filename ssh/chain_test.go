package ssh

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
)

func TestAChainOfJumpHosts(t *testing.T) {
	t.Parallel()
	path := configIn(t, "Host i-0*\nProxyJump a,b\nHost a b\nUser u\nHost a\nHostName 192.0.2.10\nHost b\nHostName 192.0.2.11\n")
	synctest.Test(t, func(t *testing.T) {
		v := newServer(nil, echoLine)
		s, key := loginKey(t)
		v.login = s.PublicKey()
		// The inner one is only reached through the outer one.
		inner := &jumpServer{to: v}
		outer := &jumpServer{to: &server{}, forward: inner.dial}
		c := must(New(Options{PrivateKeyFile: key, KnownHostsFile: t.TempDir() + "/k", UserConfig: path, Dial: outer.dial}))
		defer v.cut()
		defer c.Close()
		var all sync.WaitGroup
		for i := range 5 {
			to := target
			to.Instance += fleet.InstanceID(strings.Repeat("x", i))
			all.Go(func() {
				if _, err := c.Run(t.Context(), to, fleet.Command{Line: "x"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if outer.addr != "192.0.2.10:22" || outer.asked() != "192.0.2.11:22" || inner.asked() != "192.0.2.1:22" {
			t.Errorf("dialed %s, then %s, then %s", outer.addr, outer.asked(), inner.asked())
		}
		if outer.dials.Load() != 1 || inner.dials.Load() != 1 || v.dials.Load() != 5 {
			t.Errorf("%d, %d and %d connections for 5 instances", outer.dials.Load(), inner.dials.Load(), v.dials.Load())
		}
		hosts := read(t, c.opts.KnownHostsFile)
		for _, name := range []string{"192.0.2.10 ", "192.0.2.11 ", "i-0123 "} {
			if !strings.Contains(hosts, name) {
				t.Errorf("%s is not pinned: %s", name, hosts)
			}
		}
		line := words(t, c.LoginLine(target))
		i := slices.IndexFunc(line, func(w string) bool { return strings.HasPrefix(w, "ProxyCommand=") })
		if i < 0 {
			t.Fatalf("%q", line)
		}
		// What ssh makes of it: % tokens first, then a shell.
		first := words(t, strings.NewReplacer("%%", "%", "%h", "192.0.2.1", "%p", "22").Replace(strings.TrimPrefix(line[i], "ProxyCommand=")))
		j := slices.IndexFunc(first, func(w string) bool { return strings.HasPrefix(w, "ProxyCommand=") })
		if j < 0 || !slices.Equal(first[len(first)-3:], []string{"u@192.0.2.11", "-W", "[192.0.2.1]:22"}) {
			t.Fatalf("%q", first)
		}
		second := words(t, strings.NewReplacer("%%", "%", "%h", "192.0.2.11", "%p", "22").Replace(strings.TrimPrefix(first[j], "ProxyCommand=")))
		if !slices.Equal(second[len(second)-3:], []string{"u@192.0.2.10", "-W", "[192.0.2.11]:22"}) {
			t.Errorf("%q", second)
		}
	})
}

// What can't be run is told where it may be why the host is not reached.
func TestAProxyCommandIsNamedWhereItWouldApply(t *testing.T) {
	t.Parallel()
	path := configIn(t, "Host i-0*\nProxyCommand nc %h %p\n")
	v := newServer(nil, echoLine)
	v.refuse.Store(1 << 30)
	dial := func(ctx context.Context, n, a string) (net.Conn, error) { return v.dial(ctx, n, a) }
	bubble(t, v, Options{UserConfig: path, Dial: dial}, func(t *testing.T, c *Client) {
		_, err := c.Run(t.Context(), target, fleet.Command{Line: "x"})
		if fleet.KindOf(err) != fleet.KindNetwork || !strings.Contains(err.Error(), "the ProxyCommand that your ssh config has for i-0123 is not run") {
			t.Error(err)
		}
	})
}
