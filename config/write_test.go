package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the generated files")

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWriteDefaultsIsValidAndNeverOverwrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	key := filepath.Join(dir, `o"dd $HOME`, "ключ\\key")
	d := Defaults{Name: "f", PrivateKey: key}
	if err := WriteDefaults(path, d); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s := f.Spec()
	if s.Target != 3 || len(s.Regions) != 3 || s.Regions[0].Name != "us-west-2" || len(s.Types) < 4 || s.SSH.PrivateKey != key ||
		!s.Provision.Enabled || !s.Provision.CloudInit || len(f.Warnings()) != 0 {
		t.Errorf("%+v %v", s, f.Warnings())
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm()&^0o644 != 0 {
		t.Errorf("%v %v", i.Mode(), err)
	}
	before, _ := os.ReadFile(path)
	if err := WriteDefaults(path, Defaults{Name: "other", PrivateKey: "k"}); err == nil || !strings.Contains(err.Error(), "never overwritten") {
		t.Errorf("an existing file must never be written over: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the existing file was changed")
	}
}

func TestWriteDefaultsTakesWhatItIsGiven(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "c.toml")
	if err := WriteDefaults(path, Defaults{Name: "f", PrivateKey: "/k", Image: "al2023", Regions: []string{"eu-north-1"}, Types: []string{"m7g.large"}}); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if s := f.Spec(); s.Image != "al2023" || s.Target != 1 || s.Regions[0].Name != "eu-north-1" || len(s.Types) != 1 {
		t.Errorf("%+v", s)
	}
	for name, c := range map[string]struct {
		path string
		d    Defaults
	}{
		"not valid":      {filepath.Join(dir, "bad.toml"), Defaults{Name: "Not A Name", PrivateKey: "/k"}},
		"no key":         {filepath.Join(dir, "bad.toml"), Defaults{Name: "f"}},
		"no folder":      {filepath.Join(dir, "none", "bad.toml"), Defaults{Name: "f", PrivateKey: "/k"}},
		"a wrong region": {filepath.Join(dir, "bad.toml"), Defaults{Name: "f", PrivateKey: "/k", Regions: []string{"us-wets-2"}}},
	} {
		if err := WriteDefaults(c.path, c.d); err == nil {
			t.Errorf("%s: it must be refused", name)
		}
		if _, err := os.Stat(c.path); err == nil {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestNewName(t *testing.T) {
	t.Parallel()
	zeros := func() *bytes.Reader { return bytes.NewReader(make([]byte, 5)) }
	for user, want := range map[string]string{
		"ann":                                "ann-aaaaa",
		"Ann-Marie Q.":                       "ann-marie-q-aaaaa",
		`CORP\bob_7`:                         "bob-7-aaaaa",
		"123":                                "fleet-aaaaa",
		"Ölaf":                               "laf-aaaaa",
		"李":                                  "fleet-aaaaa",
		"":                                   "fleet-aaaaa",
		"a-name-that-is-far-too-long-for-it": "a-name-that-is-far-t-aaaaa",
		"a.name.that.is.far.-.-too":          "a-name-that-is-far-t-aaaaa",
	} {
		if got := NewName(user, zeros()); got != want || !nameRule.MatchString(got) {
			t.Errorf("%q: %q, want %q", user, got, want)
		}
	}
	if got := NewName("ann", bytes.NewReader(nil)); got != "ann" {
		t.Errorf("without randomness: %q", got)
	}
}

var commented = regexp.MustCompile(`(?m)^# ([a-z0-9_]+ = )`)

// The example is what setup writes, shows every key that the decoder knows, and
// what it has commented out is valid as well, and says the true default.
func TestTheExampleShowsEveryKey(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	b, err := os.ReadFile(filepath.Join("..", "config.toml.example"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app"), "x")
	write(t, filepath.Join(dir, "setup.sh"), "true")
	mustParse(t, string(b), dir)

	all := commented.ReplaceAllString(string(b), "$1")
	if all == string(b) {
		t.Fatal("nothing is commented out")
	}
	mustParse(t, regexp.MustCompile(`(?m)^(count|vpc|subnets) = .*$`).ReplaceAllString(all, ""), dir)

	d := parse("all", []byte(all))
	if len(d.errs) > 0 {
		t.Fatal(d.errs)
	}
	shown := map[string]bool{}
	for p := range d.places {
		shown[regexp.MustCompile(`\[[0-9]+\]`).ReplaceAllString(p, "")] = true
	}
	for _, k := range keys() {
		if k.path() != "image.name" && !shown[k.path()] { // the table form of image is for the docs only
			t.Errorf("the example does not show %s", k.path())
		}
	}
}

// A default that the table of keys, and so the docs, tell is what holds when
// the key is left out.
func TestDefaultsAreAsDocumented(t *testing.T) {
	t.Parallel()
	const least = "[fleet]\nname = \"f\"\n[capacity]\ninstance_types = [\"t3.micro\"]\n[[region]]\nname = \"us-west-2\"\n[ssh]\nprivate_key = \"key\"\n"
	bare := mustParse(t, least, "/")
	n := 0
	for _, k := range keys() {
		if k.wordy {
			continue
		}
		line, head := k.name+" = "+k.def+"\n", "["+k.table+"]\n"
		text := least + head + line
		switch {
		case k.table == "":
			text = line + least
		case k.table == "region":
			text = strings.Replace(least, "[[region]]\n", "[[region]]\n"+line, 1)
		case strings.Contains(least, head):
			text = strings.Replace(least, head, head+line, 1)
		}
		f := mustParse(t, text, "/")
		if f.Spec().ConfigHash != bare.Spec().ConfigHash || f.UI() != bare.UI() || f.AWS().Profile != bare.AWS().Profile || len(f.AWS().ProtectedAccounts) != 0 {
			t.Errorf("%s: the default is not %s", k.path(), k.def)
		}
		n++
	}
	if n < 10 {
		t.Errorf("only %d defaults are literal", n)
	}
}

// Both files are made from the code; -update (or go generate) remakes them.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		filepath.Join("..", "docs", "configuration.md"): page(),
		filepath.Join("..", "config.toml.example"):      text(Defaults{Name: "sensors", PrivateKey: "~/.ssh/id_ed25519"}),
	} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil || string(have) != want {
			t.Errorf("%s is not what the code says; go generate ./config remakes it (%v)", path, err)
		}
	}
}

func TestFindSaysWhereItLooked(t *testing.T) {
	t.Chdir(t.TempDir())
	home := t.TempDir()
	env := map[string]string{"XDG_CONFIG_HOME": home}
	getenv := func(k string) string { return env[k] }
	find := func(explicit, want string) {
		t.Helper()
		if p, err := Find(explicit, getenv); p != want || err != nil {
			t.Errorf("%q %v, want %q", p, err, want)
		}
	}
	personal := filepath.Join(home, "spot-tui", "config.toml")
	_, err := Find("", getenv)
	for _, word := range []string{"--config", "$SPOT_TUI_CONFIG", "./config.toml", personal, "setup --defaults"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not say %s", err, word)
		}
	}
	if err := os.MkdirAll(filepath.Dir(personal), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, personal, "")
	find("", personal)
	write(t, "config.toml", "")
	find("", "config.toml")
	env["SPOT_TUI_CONFIG"] = "y"
	find("", "y")
	find("x", "x")
}
