package ssh

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"spot-tui/fleet"
)

func TestGenerateKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "id_ed25519")
	line, err := GenerateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := PublicKey(path); err != nil || again != line || !strings.HasPrefix(line, "ssh-ed25519 AAAA") || strings.ContainsAny(line, "\r\n") {
		t.Errorf("%q, %q, %v", line, again, err)
	}
	if runtime.GOOS != "windows" {
		for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			if fi := must(os.Stat(p)); fi.Mode().Perm() != want {
				t.Errorf("%s: %s", p, fi.Mode())
			}
		}
	}
	before := read(t, path)
	if _, err := GenerateKey(path); fleet.KindOf(err) != fleet.KindConflict || read(t, path) != before {
		t.Errorf("a key must never be overwritten: %v", err)
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	line := must(GenerateKey(good))
	for name, tc := range map[string]struct {
		content string
		mode    os.FileMode
		want    []string
	}{
		"public half":        {line, 0o600, []string{"public half", "without .pub"}},
		"not a key":          {"hello", 0o600, []string{"not a private key"}},
		"readable by group":  {read(t, good), 0o640, []string{"mode 0640", "chmod 600 "}},
		"readable by others": {read(t, good), 0o604, []string{"mode 0604", "chmod 600 "}},
		"huge":               {strings.Repeat("x", 2<<20), 0o600, []string{"too long"}},
	} {
		path := filepath.Join(dir, name)
		write(t, path, tc.content, tc.mode)
		for _, try := range []func() error{
			func() error { _, err := New(Options{PrivateKeyFile: path, KnownHostsFile: "k"}); return err },
			func() error { _, err := PublicKey(path); return err },
		} {
			err := try()
			for _, want := range append(tc.want, path) {
				if fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q is missing: %v", name, want, err)
				}
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, path := range []string{"", dir, filepath.Join(dir, "missing")} {
		if _, err := PublicKey(path); fleet.KindOf(err) != fleet.KindInvalid {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestKeyGivenInMemory(t *testing.T) {
	t.Parallel()
	_, path := loginKey(t)
	c, err := New(Options{PrivateKey: []byte(read(t, path)), PrivateKeyFile: "/nowhere", KnownHostsFile: "k"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	locked, _ := keyFile(t, "ed25519", true)
	if _, err := New(Options{PrivateKey: []byte(read(t, locked)), KnownHostsFile: "k"}); fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("one that nobody could unlock: %v", err)
	}
	if got := keyLine(c.identity.public); got != must(PublicKey(path)) {
		t.Error(got)
	}
}

func TestJumpSpelling(t *testing.T) {
	t.Parallel()
	u, _ := newUserConfig("")
	for in, want := range map[string]peer{
		"spot@127.0.0.1:2222":   {addr: "127.0.0.1:2222", user: "spot"},
		"spot@localhost:2222":   {addr: "localhost:2222", user: "spot"},
		"spot@[::1]:2222":       {addr: "[::1]:2222", user: "spot"},
		"ec2-user@bastion":      {addr: "bastion:22", user: "ec2-user", alias: "bastion"},
		"ec2-user@bastion:2200": {addr: "bastion:2200", user: "ec2-user", alias: "[bastion]:2200"},
		"u@2001:db8::1":         {addr: "[2001:db8::1]:22", user: "u", alias: "2001:db8::1"},
	} {
		r, err := u.jumps(in)
		if err != nil || len(r.hops) != 1 || !reflect.DeepEqual(r.last().peer(), want) {
			t.Errorf("%s: %+v %v", in, r, err)
		}
	}
	for _, in := range []string{"host", "@host", "u@", "u@:22", "u@host:0", "u@host:99999", "u@host:x", "-oProxyCommand=x@host", "u@-x", "u@a b", "u@a;b", "u@h@i", "u@a:b:c"} {
		if j, err := u.jumps(in); fleet.KindOf(err) != fleet.KindInvalid {
			t.Errorf("%q: %+v %v", in, j, err)
		}
	}
}
