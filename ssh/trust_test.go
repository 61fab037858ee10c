package ssh

import (
	"strings"
	"testing"
	"testing/synctest"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// runOn runs one command and gives the kind of its error and its sentence.
func runOn(t *testing.T, c *Client) (fleet.Kind, string) {
	t.Helper()
	_, err := c.Run(t.Context(), target, fleet.Command{Line: "x"})
	if err == nil {
		return "", ""
	}
	return fleet.KindOf(err), err.Error()
}

func TestTrustBeforeTheFirstLogin(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		if c.Verified(target.Instance) {
			t.Error("verified before anything is known")
		}
		if err := c.Trust(target.Instance, []string{fingerprintOf(signer(2)), fingerprintOf(v.host)}); err != nil {
			t.Fatal(err)
		}
		if kind, text := runOn(t, c); kind != "" || !c.Verified(target.Instance) {
			t.Errorf("%s, verified %v", text, c.Verified(target.Instance))
		}
		if s := read(t, c.opts.KnownHostsFile); s != "i-0123 "+keyLine(v.host.PublicKey())+" verified:before-login\n" {
			t.Errorf("%q", s)
		}
		// Another process knows it from the file alone.
		other := must(New(Options{KnownHostsFile: c.opts.KnownHostsFile}))
		defer other.Close()
		if !other.Verified(target.Instance) || other.Verified("i-9") {
			t.Error("it does not survive the process")
		}
	})
}

func TestAHostThatIsNotTheTrustedOne(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		if err := c.Trust(target.Instance, []string{fingerprintOf(signer(2))}); err != nil {
			t.Fatal(err)
		}
		kind, text := runOn(t, c)
		for _, want := range []string{fingerprintOf(v.host), fingerprintOf(signer(2)), "refused; nothing was sent; "} {
			if kind != fleet.KindConflict || !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing: %s", kind, want, text)
			}
		}
		if len(v.ran) != 0 {
			t.Error("a command was sent to a foreign host")
		}
		v.host = signer(2)
		if kind, text := runOn(t, c); kind != "" {
			t.Errorf("the host itself: %s", text)
		}
	})
}

func TestTrustAfterTheLogin(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		if kind, text := runOn(t, c); kind != "" || c.Verified(target.Instance) {
			t.Fatal(text, "or verified by its own word")
		}
		for range 2 {
			if err := c.Trust(target.Instance, []string{fingerprintOf(v.host)}); err != nil {
				t.Fatal(err)
			}
		}
		if kind, text := runOn(t, c); kind != "" || !c.Verified(target.Instance) || v.dials.Load() != 1 {
			t.Errorf("%s, verified %v, %d connections", text, c.Verified(target.Instance), v.dials.Load())
		}
		line := "i-0123 " + keyLine(v.host.PublicKey())
		if s := read(t, c.opts.KnownHostsFile); s != line+"\n"+line+" verified:after-login\n" {
			t.Errorf("%q", s)
		}
	})
}

func TestTrustFindsOutAForeignHost(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 { <-s.gone; return silent })
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		ended := make(chan error)
		go func() {
			_, err := c.Run(t.Context(), target, fleet.Command{Line: "x"})
			ended <- err
		}()
		synctest.Wait()
		err := c.Trust(target.Instance, []string{fingerprintOf(signer(2))})
		for _, want := range []string{fingerprintOf(v.host), fingerprintOf(signer(2)), "terminate it", "@revoked i-0123"} {
			if fleet.KindOf(err) != fleet.KindConflict || !strings.Contains(err.Error(), want) {
				t.Errorf("%q is missing: %v", want, err)
			}
		}
		if err := <-ended; fleet.KindOf(err) != fleet.KindUnknown {
			t.Errorf("what ran on it: %v", err)
		}
		if kind, text := runOn(t, c); kind != fleet.KindConflict || c.Verified(target.Instance) {
			t.Errorf("it is still accepted: %s %s", kind, text)
		}
		// Another process, and plain ssh, refuse it by the file alone.
		other := must(New(Options{KnownHostsFile: c.opts.KnownHostsFile, PrivateKeyFile: c.opts.PrivateKeyFile, Dial: v.dial}))
		defer other.Close()
		if kind, text := runOn(t, other); kind != fleet.KindConflict || !strings.Contains(text, "found not to be that of i-0123") || !strings.Contains(text, "@revoked i-0123") {
			t.Errorf("%s %s", kind, text)
		}
		c.Forget(target.Instance)
		if s := read(t, c.opts.KnownHostsFile); s != "" {
			t.Errorf("left after forget: %q", s)
		}
	})
}

func TestFingerprintsThatAreNone(t *testing.T) {
	t.Parallel()
	c := must(New(Options{KnownHostsFile: t.TempDir() + "/k"}))
	defer c.Close()
	for _, bad := range [][]string{nil, {}, {"MD5:00:11"}, {"SHA256:"}, {fingerprintOf(signer(1)), ""}} {
		if err := c.Trust("i-1", bad); fleet.KindOf(err) != fleet.KindInvalid || c.Verified("i-1") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestNewHostKey(t *testing.T) {
	t.Parallel()
	c := must(New(Options{KnownHostsFile: t.TempDir() + "/k"}))
	defer c.Close()
	a, b := must(c.NewHostKey()), must(c.NewHostKey())
	if a.Fingerprint == b.Fingerprint {
		t.Error("two keys are the same")
	}
	s := must(xssh.ParsePrivateKey([]byte(a.Private)))
	if a.Fingerprint != fingerprintOf(s) || a.Public != keyLine(s.PublicKey()) || s.PublicKey().Type() != xssh.KeyAlgoED25519 || !strings.HasPrefix(a.Private, "-----BEGIN OPENSSH PRIVATE KEY-----\n") {
		t.Errorf("%+v", a.Public)
	}
}
