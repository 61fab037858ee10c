//go:build unix

package ssh

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"spot-tui/fleet"
)

// startAgent serves an ssh agent on a socket and counts its connections.
func startAgent(t *testing.T) (ring agent.Agent, socket string, calls *atomic.Int64) {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // t.TempDir's names are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); os.RemoveAll(dir) })
	ring, calls = agent.NewKeyring(), &atomic.Int64{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			go func() { _ = agent.ServeAgent(ring, c); c.Close() }()
		}
	}()
	return ring, socket, calls
}

// addKey gives a key file's private half to an agent.
func addKey(t *testing.T, ring agent.Agent, path string, passphrase string) {
	t.Helper()
	key, err := xssh.ParseRawPrivateKey([]byte(read(t, path)))
	if passphrase != "" {
		key, err = xssh.ParseRawPrivateKeyWithPassphrase([]byte(read(t, path)), []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
}

// An agent that holds an encrypted key signs, and nobody is asked.
func TestAgentSigns(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"ed25519", "ecdsa", "rsa"} {
		path, public := keyFile(t, typ, true)
		write(t, path+".pub", keyLine(public)+"\n", 0o644)
		ring, socket, _ := startAgent(t)
		addKey(t, ring, path, secret)
		for _, named := range []string{path, path + ".pub"} {
			v := newServer(nil, echoLine)
			v.login = public
			p := &person{}
			c := must(New(Options{PrivateKeyFile: named, KnownHostsFile: filepath.Join(t.TempDir(), "k"), Dial: v.dial, AgentSocket: socket, Passphrase: p.ask}))
			if err := c.Unlock(t.Context()); err != nil {
				t.Error(typ, err)
			}
			if kind, text := runOn(t, c); kind != "" || len(p.asked) != 0 {
				t.Errorf("%s, %s: %s, asked %v", typ, named, text, p.asked)
			}
			c.Close()
			v.cut()
		}
	}
}

func TestAgentsThatAreOfNoUse(t *testing.T) {
	t.Parallel()
	locked, _ := keyFile(t, "ed25519", true)
	other, _ := keyFile(t, "ed25519", false)
	for name, start := range map[string]func(t *testing.T) string{
		"gone":             func(t *testing.T) string { return filepath.Join(t.TempDir(), "nothing") },
		"with another key": func(t *testing.T) string { ring, s, _ := startAgent(t); addKey(t, ring, other, ""); return s },
		"with nothing":     func(t *testing.T) string { _, s, _ := startAgent(t); return s },
		"locked by a word": func(t *testing.T) string {
			ring, s, _ := startAgent(t)
			addKey(t, ring, locked, secret)
			_ = ring.Lock([]byte("x"))
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &person{answers: []string{secret}}
			c := must(New(Options{PrivateKeyFile: locked, KnownHostsFile: filepath.Join(t.TempDir(), "k"), AgentSocket: start(t), Passphrase: p.ask}))
			defer c.Close()
			if err := c.Unlock(t.Context()); err != nil || len(p.asked) != 1 {
				t.Errorf("asked %v, %v", p.asked, err)
			}
		})
	}
}

// A key of our own signs where the agent that held it lost it.
func TestAgentThatLosesTheKey(t *testing.T) {
	t.Parallel()
	for name, encrypted := range map[string]bool{"file in clear": false, "file encrypted": true} {
		path, public := keyFile(t, "rsa", encrypted)
		ring, socket, _ := startAgent(t)
		addKey(t, ring, path, map[bool]string{true: secret}[encrypted])
		v := newServer(nil, echoLine)
		v.login = public
		c := must(New(Options{PrivateKeyFile: path, KnownHostsFile: filepath.Join(t.TempDir(), "k"), Dial: v.dial, AgentSocket: socket}))
		if err := c.Unlock(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = ring.RemoveAll()
		kind, text := runOn(t, c)
		if !encrypted && kind != "" || encrypted && (kind != fleet.KindDenied || !strings.Contains(text, "did not sign")) {
			t.Errorf("%s: %s %s", name, kind, text)
		}
		c.Close()
		v.cut()
	}
}

func TestHundredLoginsAskTheAgentOnce(t *testing.T) {
	t.Parallel()
	path, _ := keyFile(t, "ed25519", false)
	_, socket, calls := startAgent(t)
	c := must(New(Options{PrivateKeyFile: path, KnownHostsFile: filepath.Join(t.TempDir(), "k"), AgentSocket: socket}))
	defer c.Close()
	for range 100 {
		if _, err := c.signers(peer{}); err != nil {
			t.Fatal(err)
		}
	}
	if calls.Load() > 2 { // a second one where the test takes longer than the memory
		t.Errorf("%d questions", calls.Load())
	}
}
