package ssh

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

func fingerprintOf(s xssh.Signer) string { return xssh.FingerprintSHA256(s.PublicKey()) }

func hostsIn(t *testing.T, content string) (*knownHosts, *bytes.Buffer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sub", "known_hosts")
	if content != "" {
		write(t, path, content, 0o600)
	}
	var log bytes.Buffer
	return newKnownHosts(path, slog.New(slog.NewTextHandler(&log, nil))), &log
}

func TestFirstKeyIsPinned(t *testing.T) {
	t.Parallel()
	a, b := signer(1).PublicKey(), signer(2).PublicKey()
	k, _ := hostsIn(t, "")
	for range 2 {
		if err := k.check(t.Context(), "i-1", a); err != nil {
			t.Fatal(err)
		}
	}
	var changed *changedKeyError
	if err := k.check(t.Context(), "i-1", b); !errors.As(err, &changed) || changed.old != xssh.FingerprintSHA256(a) || changed.now != xssh.FingerprintSHA256(b) {
		t.Errorf("%v", err)
	}
	if err := k.check(t.Context(), "i-11", b); err != nil {
		t.Errorf("another instance: %v", err)
	}
	if got, want := read(t, k.path), "i-1 "+keyLine(a)+"\ni-11 "+keyLine(b)+"\n"; got != want {
		t.Errorf("%q", got)
	}
	for _, p := range []string{k.path, k.path + ".lock"} {
		if fi, err := os.Stat(p); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", p, fi.Mode(), err)
		}
	}
	// The file is what OpenSSH's own format means.
	check := must(knownhosts.New(k.path))
	if err := check("i-1:22", must2("192.0.2.1:22"), a); err != nil {
		t.Error(err)
	}
}

func TestUnreadableLinesVouchForNobody(t *testing.T) {
	t.Parallel()
	good := keyLine(signer(1).PublicKey())
	for name, line := range map[string]string{
		"short": "i-1 ssh-ed25519", "not base64": "i-1 ssh-ed25519 !!!", "cut": "i-1 " + good[:len(good)-8],
		"wrong type": strings.Replace("i-1 "+good, "ssh-ed25519", "ssh-rsa", 1), "pattern": "i-* " + good, "negated": "!i-1 " + good,
		"marker": "@cert-authority i-1 " + good, "binary": "\x00\xff i-1", "no name": ", " + good,
	} {
		k, log := hostsIn(t, "# a comment\n\n"+line+"\n")
		if len(k.algorithms("i-1")) == 0 || len(k.pins.of("i-1")) != 0 || !strings.Contains(log.String(), "is ignored") {
			t.Errorf("%s: %v, log %q", name, k.pins.of("i-1"), log)
		}
		if err := k.check(t.Context(), "i-1", signer(2).PublicKey()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPinsThatOthersWrote(t *testing.T) {
	t.Parallel()
	a, b := signer(1).PublicKey(), signer(2).PublicKey()
	for name, content := range map[string]string{
		"hashed by ssh":      knownhosts.HashHostname("i-1") + " " + keyLine(a) + "\n",
		"without an end":     "i-1 " + keyLine(a),
		"several names":      "i-0,i-1 " + keyLine(a) + " a comment\n",
		"carriage return":    "i-1 " + keyLine(a) + "\r\n",
		"the first one wins": "i-1 " + keyLine(a) + "\ni-1 " + keyLine(b) + "\n",
	} {
		k, _ := hostsIn(t, content)
		if err := k.check(t.Context(), "i-1", a); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var changed *changedKeyError
		if err := k.check(t.Context(), "i-1", b); !errors.As(err, &changed) {
			t.Errorf("%s: another key was accepted: %v", name, err)
		}
		if err := k.forget("i-1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := k.check(t.Context(), "i-1", b); err != nil {
			t.Errorf("%s: after forget: %v", name, err)
		}
	}
}

func TestForgetKeepsTheRest(t *testing.T) {
	t.Parallel()
	key := keyLine(signer(1).PublicKey())
	k, _ := hostsIn(t, "# note\ni-1 "+key+"\nnonsense\ni-2 "+key+"\ni-1 "+key+"\n")
	if err := k.forget("i-1"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, k.path); got != "# note\nnonsense\ni-2 "+key+"\n" {
		t.Errorf("%q", got)
	}
	before := must(os.Stat(k.path))
	if err := k.forget("i-1"); err != nil || !os.SameFile(before, must(os.Stat(k.path))) {
		t.Errorf("nothing to forget, and it was rewritten (%v)", err)
	}
}

func TestAlgorithmsPutThePinnedTypeFirst(t *testing.T) {
	t.Parallel()
	k, _ := hostsIn(t, "i-1 "+ecdsaLine+"\n")
	if a := k.algorithms("i-1"); a[0] != xssh.KeyAlgoECDSA256 || len(a) != 6 {
		t.Error(a)
	}
	if a := k.algorithms("i-2"); a[0] != xssh.KeyAlgoED25519 || len(a) != 6 {
		t.Error(a)
	}
}

// Two processes (two stores on one file) pin and forget at the same time: no
// pin is lost, and none is changed.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	k1, _ := hostsIn(t, "")
	k2 := newKnownHosts(k1.path, slog.New(slog.DiscardHandler))
	var all sync.WaitGroup
	var mu sync.Mutex
	won := map[string]int{}
	for i, k := range []*knownHosts{k1, k2} {
		all.Go(func() {
			for n := range 50 {
				name := "i-" + strings.Repeat("x", n+1)
				if err := k.check(context.Background(), name, signer(byte(10+i)).PublicKey()); err == nil {
					mu.Lock()
					won[name]++
					mu.Unlock()
				}
				if i == 0 {
					_ = k.check(context.Background(), "gone", signer(3).PublicKey())
					if err := k.forget("gone"); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	for name, n := range won {
		if n != 1 {
			t.Errorf("%s: %d of 2 different keys were accepted", name, n)
		}
	}
	if n := strings.Count(read(t, k1.path), "\n"); len(won) != 50 || n < 50 {
		t.Errorf("%d names, %d lines", len(won), n)
	}
}
