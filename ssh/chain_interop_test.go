//go:build interop && unix

package ssh

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// Two jump hosts, the second with a key of its own, named in the person's ssh
// config; plain ssh goes the same way by the login line and by the config text.
func TestInteropJumpChain(t *testing.T) {
	d, outer, inner := startSSHD(t), startSSHD(t), startSSHD(t)
	for _, s := range []*sshd{d, outer, inner} {
		s.up(t)
	}
	outer.allow(t, must(PublicKey(d.key)))
	own := inner.keygen(t, "-t", "ecdsa", "-N", "")
	config := filepath.Join(t.TempDir(), "config")
	write(t, config, fmt.Sprintf(`
Host i-0*
  ProxyJump inner
Host inner
  HostName 127.0.0.1
  Port %d
  IdentityFile "%s"
  ProxyJump outer
Host outer
  HostName 127.0.0.1
  Port %d
Host inner outer
  User %s
`, inner.port, own, outer.port, d.user), 0o600)
	c := d.with(t, Options{PrivateKeyFile: d.key, UserConfig: config})
	d.works(t, c)
	for _, s := range []*sshd{outer, inner} {
		if log := read(t, filepath.Join(s.dir, "log")); strings.Count(log, "Accepted publickey") != 1 {
			t.Errorf("not one login on each jump host:\n%s", log)
		}
	}
	at := d.target("i-0real")
	file := filepath.Join(t.TempDir(), "fleet.conf")
	write(t, file, c.ConfigText([]fleet.Target{at}), 0o600)
	for name, line := range map[string]string{
		"login line":  strings.Replace(c.LoginLine(at), "ssh -i", "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes -i", 1),
		"config text": "ssh -F " + fleet.Quote(file) + " -o BatchMode=yes -o StrictHostKeyChecking=yes i-0real",
	} {
		out, err := exec.Command("sh", "-c", line+" 'echo it works'").CombinedOutput()
		if err != nil || string(out) != "it works\n" {
			t.Errorf("%s: %s\n%v %q", name, line, err, out)
		}
	}
}

func TestInteropConfigText(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `a "b" c`)
	key, hosts := filepath.Join(dir, "key"), filepath.Join(dir, "known hosts")
	must(GenerateKey(key))
	c := must(New(Options{PrivateKeyFile: key, KnownHostsFile: hosts, Jump: "a@192.0.2.8,b@192.0.2.9:2200"}))
	defer c.Close()
	file := filepath.Join(t.TempDir(), "fleet.conf")
	write(t, file, c.ConfigText([]fleet.Target{
		{Instance: "i-0a", Host: "192.0.2.1", User: "ubuntu", Port: 2222}, {Instance: "i-0b", Host: "2001:db8::1", User: "ec2-user"},
	}), 0o600)
	for id, want := range map[string][]string{
		"i-0a": {"hostname 192.0.2.1", "user ubuntu", "port 2222", "hostkeyalias i-0a"},
		"i-0b": {"hostname 2001:db8::1", "user ec2-user", "port 22", "hostkeyalias i-0b"},
	} {
		var errs bytes.Buffer
		cmd := exec.Command("ssh", "-G", "-F", file, id)
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("ssh -G: %v %s", err, errs.String())
		}
		for _, w := range append(want, "identityfile "+key, "identitiesonly yes", "userknownhostsfile "+hosts, "proxycommand ssh -i ") {
			if !strings.Contains("\n"+string(out), "\n"+w) {
				t.Errorf("%s: %q is missing in\n%s", id, w, out)
			}
		}
	}
}

// Our reading of an ssh config is OpenSSH's.
func TestInteropUserConfig(t *testing.T) {
	path := configIn(t, bastions+"Include more/*\n", "more/a", "Host i-1*\n ProxyJump x@y:5\n HostName %h.z\n", "more/b", "Match host i-2*,!i-22 user ubuntu\nPort 99\nProxyJump q\n")
	// Relative includes of a file given by -F are relative to ~/.ssh there.
	text := strings.Replace(read(t, path), "Include more", "Include "+filepath.Dir(path)+"/more", 1)
	text = strings.Replace(text, `Match exec "touch /tmp/never" originalhost i-0f*`, "Match originalhost nothing", 1)
	write(t, path, text, 0o600)
	u, odd := newUserConfig(path)
	if len(odd) != 0 {
		t.Error(odd)
	}
	for _, name := range []string{"bastion", "inner", "i-0abc", "i-0b", "i-0d", "i-0e", "10.1.2.4", "10.1.2.3", "i-11", "i-21", "i-22", "other"} {
		out, err := exec.Command("ssh", "-G", "-F", path, name).CombinedOutput()
		if err != nil {
			t.Fatalf("ssh -G: %v %s", err, out)
		}
		said := map[string]string{}
		for line := range strings.Lines(string(out)) {
			k, v, _ := strings.Cut(strings.TrimSpace(line), " ")
			if _, ok := said[k]; !ok {
				said[k] = v
			}
		}
		got := u.lookup(name, "")
		for what, pair := range map[string][2]string{
			"hostname":  {orElse(got.hostName, name), said["hostname"]},
			"user":      {got.user, said["user"]},
			"port":      {orElse(got.port, "22"), said["port"]},
			"proxyjump": {strings.Replace(got.proxyJump, "none", "", 1), said["proxyjump"]},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s: we read %q, ssh %q", name, what, pair[0], pair[1])
			}
		}
	}
}
