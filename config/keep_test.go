package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// What AWS can't do while nobody watches is told with its line and why, and keeps
// no one from watching or destroying.
func TestWhatAKeptFleetCantDo(t *testing.T) {
	t.Parallel()
	dir := withKey(t)
	for name, text := range map[string]string{
		"short.sh": "echo hello\n", "long.sh": "#!/bin/sh\n" + noise(t, 40<<10), "repeated.sh": strings.Repeat("echo the same line again and again\n", 2000),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, tail string
		want       []string
	}{
		{"a setup and packages", "[provision]\nsetup = \"short.sh\"\npackages = [\"jq\"]\n", nil},
		{"a long setup that can be compressed", "[provision]\nsetup = \"repeated.sh\"\n", nil},
		{"a setup that is too long", "[provision]\nsetup = \"long.sh\"\n", []string{"c.toml:15: provision.setup: with fleet.keep = \"aws\" it goes through user data, but what is to be done at the first boot has "}},
		{"uploads", "[provision]\nfiles = [{ source = \"short.sh\", target = \"x\" }]\n", []string{"c.toml:15: provision.files[0]: with fleet.keep = \"aws\" nobody is there to upload it"}},
		{"a secret", "host_keys = \"console\"\n[provision]\nfiles = [{ source = \"short.sh\", target = \"x\", secret = true }]\n", []string{"c.toml:16: provision.files[0]: with fleet.keep = \"aws\" nobody is there to hand a secret over"}},
		{"an injected key", "host_keys = \"inject\"\n", []string{"c.toml:14: ssh.host_keys: with fleet.keep = \"aws\" one key would be in the user data"}},
		{"uploads that are never used", "[provision]\nenabled = false\nfiles = [{ source = \"short.sh\", target = \"x\" }]\n", nil},
	} {
		text := swap(t, `name = "f"`, "name = \"f\"\nkeep = \"aws\"") + tt.tail
		f, err := Parse("c.toml", []byte(text), dir)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if f.Spec().Keep != fleet.KeepAWS {
			t.Errorf("%s: keep = %q", tt.name, f.Spec().Keep)
		}
		got := f.LaunchProblems()
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, got, tt.want)
			continue
		}
		for i, w := range tt.want {
			if !strings.HasPrefix(got[i].Error(), w) {
				t.Errorf("%s: %s, want %s", tt.name, got[i].Error(), w)
			}
		}
		own, err := Parse("c.toml", []byte(strings.Replace(text, `"aws"`, `"own"`, 1)), dir)
		if err != nil || len(own.LaunchProblems()) != 0 {
			t.Errorf("%s, kept by ourselves: %v, %v", tt.name, err, own.LaunchProblems())
		}
	}
}

// noise is text that can't be compressed much.
func noise(t *testing.T, n int) string {
	t.Helper()
	f, err := os.Open("/dev/urandom")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, n)
	if _, err := f.Read(b); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] = '!' + b[i]%90
	}
	return string(b)
}

// The default has one meaning, however it is written.
func TestKeepOwnIsTheDefault(t *testing.T) {
	t.Parallel()
	bare, err := Parse("c.toml", []byte(swap(t)), withKey(t))
	if err != nil {
		t.Fatal(err)
	}
	said, err := Parse("c.toml", []byte(swap(t, `name = "f"`, "name = \"f\"\nkeep = \"own\"")), withKey(t))
	if err != nil || said.Spec().ConfigHash != bare.Spec().ConfigHash || bare.Spec().Keep != "" {
		t.Errorf("%v: %q %q", err, bare.Spec().Keep, said.Spec().Keep)
	}
}
