//go:build interop && unix

package ssh

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// keygen makes a key with ssh-keygen and lets it log in.
func (d *sshd) keygen(t *testing.T, args ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a key")
	out, err := exec.Command("ssh-keygen", append([]string{"-q", "-f", path, "-C", "me@home"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen: %v %s", err, out)
	}
	d.allow(t, read(t, path+".pub"))
	return path
}

func (d *sshd) allow(t *testing.T, line string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(d.dir, "authorized_keys"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.TrimSpace(line) + "\n"); err != nil {
		t.Fatal(err)
	}
}

func (d *sshd) with(t *testing.T, o Options) *Client {
	t.Helper()
	if o.KnownHostsFile == "" {
		o.KnownHostsFile = filepath.Join(d.dir, "our known_hosts")
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// works wants one command to run.
func (d *sshd) works(t *testing.T, c *Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := c.Wait(ctx, d.target("i-0real"), nil); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if st, err := c.Run(ctx, d.target("i-0real"), fleet.Command{Line: "echo hello", Stdout: &out}); err != nil || !st.OK() || out.String() != "hello\n" {
		t.Errorf("%+v %v %q", st, err, out.String())
	}
}

func TestInteropKeys(t *testing.T) {
	d := startSSHD(t)
	d.up(t)
	for name, args := range map[string][]string{
		"ed25519":             {"-t", "ed25519", "-N", ""},
		"ed25519, encrypted":  {"-t", "ed25519", "-N", secret},
		"ecdsa":               {"-t", "ecdsa", "-b", "256", "-N", ""},
		"ecdsa, encrypted":    {"-t", "ecdsa", "-b", "521", "-N", secret},
		"rsa":                 {"-t", "rsa", "-b", "2048", "-N", ""},
		"rsa, encrypted":      {"-t", "rsa", "-b", "3072", "-N", secret},
		"rsa, PEM":            {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""},
		"rsa, PEM, encrypted": {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", secret},
	} {
		t.Run(name, func(t *testing.T) {
			path := d.keygen(t, args...)
			p := &person{answers: []string{"wrong", secret}}
			c := d.with(t, Options{PrivateKeyFile: path, Passphrase: p.ask})
			if err := c.Unlock(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.works(t, c)
			if want := map[bool]int{true: 2}[strings.Contains(name, "encrypted")]; len(p.asked) != want {
				t.Errorf("asked %d times, want %d", len(p.asked), want)
			}
			public := strings.TrimSuffix(strings.TrimSpace(read(t, path+".pub")), " me@home")
			if line, err := PublicKey(path); err != nil || line != public {
				t.Errorf("%q %v, want %q", line, err, public)
			}
		})
	}
}

// The person's agent holds an encrypted key: it signs, and nobody is asked.
func TestInteropAgent(t *testing.T) {
	d := startSSHD(t)
	d.up(t)
	dir, err := os.MkdirTemp("", "agent") // t.TempDir's names are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = agent.Process.Kill()
		_ = agent.Wait()
		os.RemoveAll(dir)
	})
	for _, typ := range []string{"ed25519", "ecdsa", "rsa"} {
		path := d.keygen(t, "-t", typ, "-N", "")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		for {
			add := exec.CommandContext(ctx, "ssh-add", "-q", path)
			add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
			out, err := add.CombinedOutput()
			if err == nil {
				break
			}
			if pause(ctx, 20*time.Millisecond) != nil {
				t.Fatalf("ssh-add: %v %s", err, out)
			}
		}
		cancel()
		if out, err := exec.Command("ssh-keygen", "-q", "-p", "-f", path, "-P", "", "-N", secret).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen -p: %v %s", err, out)
		}
		for _, named := range []string{path, path + ".pub"} {
			p := &person{}
			c := d.with(t, Options{PrivateKeyFile: named, AgentSocket: socket, Passphrase: p.ask})
			if err := c.Unlock(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.works(t, c)
			if len(p.asked) != 0 {
				t.Errorf("%s: asked %v", typ, p.asked)
			}
		}
	}
}

func TestInteropProbe(t *testing.T) {
	d := startSSHD(t)
	d.up(t)
	c := d.with(t, Options{PrivateKeyFile: d.key})
	cs := c.Probe(t.Context(), d.target("i-0real"))
	if text := told(cs); len(cs) != 6 || !strings.Contains(text, "SSH-2.0-OpenSSH_") || !strings.Contains(text, "which is new") || cs[5].State != fleet.CheckOK {
		t.Error(text)
	}
	if _, err := os.Stat(c.opts.KnownHostsFile); err == nil {
		t.Error("a look pinned the key")
	}
	write(t, filepath.Join(d.dir, "authorized_keys"), fmt.Sprintf("command=\"echo 'Please login as the user \\\"ubuntu\\\" rather than the user \\\"root\\\".'; exit 142\" %s\n", must(PublicKey(d.key))), 0o600)
	if text := told(c.Probe(t.Context(), d.target("i-0real"))); !strings.Contains(text, `set ssh.user = "ubuntu"`) {
		t.Error(text)
	}
	write(t, filepath.Join(d.dir, "authorized_keys"), "", 0o600)
	if text := told(c.Probe(t.Context(), d.target("i-0real"))); !strings.Contains(text, "key refused for user "+d.user+" (tried ssh-ed25519 SHA256:") {
		t.Error(text)
	}
	d.end()
	if text := told(c.Probe(t.Context(), d.target("i-0real"))); !strings.Contains(text, fmt.Sprintf("TCP fail: port %d refuses connections", d.port)) {
		t.Error(text)
	}
}
