package ssh

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
	"spot-tui/sim/memnet"
)

// told is checks as lines.
func told(cs []fleet.Check) string {
	var b strings.Builder
	for _, c := range cs {
		fmt.Fprintf(&b, "%s %s: %s | %s\n", c.What, c.State, c.Detail, c.Hint)
	}
	return b.String()
}

// says is a dial to something that says a text and closes, or waits.
func says(text string, wait bool) DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := memnet.Pipe(nil, nil)
		go func() {
			defer far.Close()
			_, _ = io.WriteString(far, text)
			if wait {
				_, _ = io.Copy(io.Discard, far)
			}
		}()
		return near, nil
	}
}

// fails is a dial that ends with an error, or with ctx where there is none.
func fails(err error) DialFunc {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		if err == nil {
			<-ctx.Done()
			err := ctx.Err()
			return nil, err
		}
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", err)}
	}
}

func TestProbeOfAHostThatWorks(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(*served) uint32 { return 0 })
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		print := fingerprintOf(v.host)
		for _, want := range []string{print + ", which is new", print + ", as pinned", print + ", which was verified"} {
			cs := c.Probe(t.Context(), target)
			var names []string
			for _, k := range cs {
				names = append(names, k.What)
				if k.State != fleet.CheckOK {
					t.Error(told(cs))
				}
			}
			if strings.Join(names, ",") != "address,TCP,sshd,host key,login,session" || !strings.Contains(told(cs), want) {
				t.Errorf("%q is missing:\n%s", want, told(cs))
			}
			if !strings.Contains(told(cs), "sshd ok: SSH-2.0-") || !strings.Contains(told(cs), "ubuntu may log in with ssh-ed25519 SHA256:") {
				t.Error(told(cs))
			}
			if _, err := os.Stat(c.opts.KnownHostsFile); strings.Contains(want, "new") && err == nil {
				t.Error("a look pinned the key")
			}
			switch { // for the next round
			case strings.Contains(want, "new"):
				if err := c.Wait(t.Context(), target, nil); err != nil {
					t.Fatal(err)
				}
			case strings.Contains(want, "pinned"):
				if err := c.Trust(target.Instance, []string{print}); err != nil {
					t.Fatal(err)
				}
			}
		}
		synctest.Wait()
		if n := len(c.links); n != 1 {
			t.Errorf("%d connections are kept", n)
		}
	})
}

func TestProbeSaysWhereItEnds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dial   DialFunc
		run    func(*served) uint32
		o      Options
		to     *fleet.Target
		before func(t *testing.T, v *server, c *Client)
		last   string
		want   []string
	}{
		"no address":     {to: &fleet.Target{Instance: "i-1", User: "u"}, last: "address", want: []string{"no address that can be reached", "ssh.jump"}},
		"refused":        {dial: fails(syscall.ECONNREFUSED), last: "TCP", want: []string{"port 22 refuses", "boot"}},
		"no answer":      {dial: fails(nil), last: "TCP", want: []string{"no answer on port 22 within 10s", "security group", "internet gateway"}},
		"no route":       {dial: fails(syscall.ENETUNREACH), last: "TCP", want: []string{"no route to it"}},
		"says nothing":   {dial: says("", false), last: "sshd", want: []string{"closed before sshd said anything"}},
		"only waits":     {dial: says("", true), last: "sshd", want: []string{"nothing greets there in time"}},
		"a web server":   {dial: says("HTTP/1.1 400 \x1b[31mBad\r\n\r\n", false), last: "sshd", want: []string{`says "HTTP/1.1 400 Bad"`, "ssh.port"}},
		"talks for ever": {dial: says(strings.Repeat("x", 20_000), true), last: "sshd", want: []string{"no SSH server"}},
		"changed key": {last: "host key", want: []string{"changed", "ssh-keygen -f"}, before: func(t *testing.T, v *server, c *Client) {
			if err := c.Wait(t.Context(), target, nil); err != nil {
				t.Fatal(err)
			}
			v.host = signer(2)
		}},
		"not the trusted key": {last: "host key", want: []string{"is known to have", "console"}, before: func(t *testing.T, _ *server, c *Client) {
			if err := c.Trust(target.Instance, []string{fingerprintOf(signer(2))}); err != nil {
				t.Fatal(err)
			}
		}},
		"wrong user": {last: "login", want: []string{"key refused for user ubuntu (tried ssh-ed25519 SHA256:", "launched with this key"}, before: func(_ *testing.T, v *server, _ *Client) { v.login = signer(9).PublicKey() }},
		"forced command": {last: "session", want: []string{`ended with 142, so something else runs`, `set ssh.user = "ubuntu"`}, run: func(s *served) uint32 {
			_, _ = io.WriteString(s, "Please login as the user \"ubuntu\" rather than the user \"root\".\n")
			return 142
		}},
		"a chatty shell": {last: "session", want: []string{"session warn", "prints: Welcome!"}, run: func(s *served) uint32 {
			_, _ = io.WriteString(s, "\x1b[1mWelcome!\n")
			return 0
		}},
		"hangs":     {last: "session", want: []string{"did not end in time"}, run: func(s *served) uint32 { <-s.gone; return silent }},
		"no way":    {o: Options{UserConfig: configIn(t, "Host i-*\nProxyJump x\nHost x\nProxyJump x\n")}, last: "address", want: []string{"reached through itself"}},
		"not run":   {o: Options{UserConfig: configIn(t, "Host i-*\nProxyCommand nc %h\n")}, dial: fails(syscall.ECONNREFUSED), last: "TCP", want: []string{"address warn", "ProxyCommand"}},
		"dead jump": {o: Options{Jump: "u@192.0.2.9"}, dial: fails(syscall.ECONNREFUSED), last: "TCP", want: []string{"by way of 192.0.2.9:22", "jump host 192.0.2.9:22: port 22 is closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := tc.run
			if run == nil {
				run = func(*served) uint32 { return 0 }
			}
			v := newServer(nil, run)
			tc.o.Dial = tc.dial
			bubble(t, v, tc.o, func(t *testing.T, c *Client) {
				if tc.before != nil {
					tc.before(t, v, c)
				}
				to := target
				if tc.to != nil {
					to = *tc.to
				}
				cs := c.Probe(t.Context(), to)
				text := told(cs)
				if cs[len(cs)-1].What != tc.last || strings.Contains(text, "\x1b") {
					t.Errorf("it ends with %s:\n%s", cs[len(cs)-1].What, text)
				}
				for _, want := range tc.want {
					if !strings.Contains(text, want) {
						t.Errorf("%q is missing:\n%s", want, text)
					}
				}
				for i, k := range cs {
					if k.State == fleet.CheckFail && (i != len(cs)-1 || k.Hint == "") {
						t.Errorf("a failure in the middle, or without a hint:\n%s", text)
					}
				}
			})
		})
	}
}

// A look through a jump host does not pin that one's key either.
func TestProbeThroughAJumpHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newServer(nil, func(*served) uint32 { return 0 })
		s, key := loginKey(t)
		v.login = s.PublicKey()
		j := &jumpServer{to: v}
		hosts := t.TempDir() + "/k"
		c := must(New(Options{PrivateKeyFile: key, KnownHostsFile: hosts, Jump: "u@192.0.2.9", Dial: j.dial}))
		defer v.cut()
		defer c.Close()
		for range 2 {
			cs := c.Probe(t.Context(), target)
			if len(cs) != 6 || cs[5].State != fleet.CheckOK || !strings.Contains(told(cs), "by way of 192.0.2.9:22") {
				t.Error(told(cs))
			}
		}
		if _, err := os.Stat(hosts); err == nil {
			t.Errorf("pinned: %s", read(t, hosts))
		}
	})
}
