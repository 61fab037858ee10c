package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Keys are told with their lines, beside everything else that is wrong.
func TestKeysOfActions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	write := func(keys string) {
		t.Helper()
		text := "[fleet]\nname = \"f\"\n[capacity]\ninstance_types = [\"t3.micro\"]\n[[region]]\nname = \"us-west-2\"\n[ssh]\nprivate_key = \"key\"\n[keys]\n" + keys
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	actions := Actions{Names: []string{"destroy", "details"}, Check: func(keys map[string][]string) map[string]string {
		bad := map[string]string{}
		for name, ks := range keys {
			if len(ks) > 0 && ks[0] == "bad" {
				bad[name] = "is bad"
			}
		}
		return bad
	}}
	write("details = [\"Enter\", \"x\"]\ndestroy = \"K\"\n")
	f, err := LoadFor(path, actions)
	if err != nil {
		t.Fatal(err)
	}
	if k := f.Keys(); len(k) != 2 || strings.Join(k["details"], " ") != "Enter x" || k["destroy"][0] != "K" {
		t.Errorf("%v", k)
	}
	write("detailz = \"x\"\ndestroy = \"bad\"\ndetails = 3\nelse = []\n[fleet2]\n")
	_, err = LoadFor(path, actions)
	var es Errors
	if !errors.As(err, &es) || len(es) != 5 {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{
		":10: keys.detailz: no action is called like that; did you mean \"details\"?",
		":11: keys.destroy: is bad",
		":12: keys.details: must be a key or a list of keys, not 3",
		":13: keys.else: no action is called like that; docs/keys.md lists them",
		":14: fleet2: there is no such key",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q:\n%v", want, err)
		}
	}
}
