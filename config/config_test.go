package config

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the generated docs")

const good = `image = "al2023"
[fleet]
name = "f"
[capacity]
instance_types = ["t3.micro", "m7g.large"]
[[region]]
name = "us-west-2"
weight = 3
[[region]]
name = "eu-west-1"
[ssh]
private_key = "key"
`

func TestAFileBecomesASpec(t *testing.T) {
	t.Parallel()
	f, err := Parse("config.toml", []byte(good), "/conf")
	if err != nil {
		t.Fatal(err)
	}
	s := f.Spec()
	if s.Name != "f" || s.Target != 2 || s.MaxLifetime != 8*time.Hour || s.Image != "al2023" || len(s.Types) != 2 ||
		s.Regions[0].Weight != 3 || s.Regions[1].Weight != 1 || s.Regions[0].Count != -1 ||
		s.SSH.PrivateKey != filepath.Join("/conf", "key") || !s.Provision.Enabled || s.Network.SSHFrom != "auto" || s.SSH.Port != 22 {
		t.Errorf("%+v", s)
	}
}

// Every mistake at once, by line, each with what to do.
func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	t.Parallel()
	text := `image = "ubuntu-24.40"
colour = 1
[fleet]
name = "Bad Name"
taget = 3
max_lifetime = "8 hours"
[capacity]
instance_types = ["t3.medium", "t3"]
[[region]]
name = "us-wets-2"
weight = 1
count = 2
[[region]]
name = "eu-west-1"
weight = "many"
[ssh]
private_key = "$NO_SUCH_VARIABLE_HERE/key"
port = 99999
[provision]
files = [{ source = "/no/such/file", traget = "x" }]
`
	_, err := Parse("c.toml", []byte(text), "/")
	var es Errors
	if !errors.As(err, &es) {
		t.Fatal(err)
	}
	got := es.Error()
	for _, want := range []string{
		`c.toml:1: image: "ubuntu-24.40" is no image; did you mean "ubuntu-24.04"?`,
		"c.toml:2: colour: there is no such key",
		"c.toml:4: fleet.name:",
		`c.toml:5: fleet.taget: there is no such key; did you mean "target"?`,
		"c.toml:6: fleet.max_lifetime:",
		`c.toml:8: capacity.instance_types: "t3" is no instance type`,
		`c.toml:10: region[0].name: there is no region "us-wets-2"; did you mean "us-west-2"?`,
		"c.toml:12: region[0].count: weight and count contradict",
		`c.toml:15: region[1].weight: must be a whole number, not "many"`,
		"c.toml:17: ssh.private_key: the environment has no variable NO_SUCH_VARIABLE_HERE",
		"c.toml:18: ssh.port: 99999 is not between 1 and 65535",
		"c.toml:20: provision.files[0].target: is missing",
		`c.toml:20: provision.files[0].traget: there is no such key; did you mean "target"?`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in:\n%s", want, got)
		}
	}
	last := 0
	for _, e := range es {
		if e.Line < last {
			t.Errorf("not in the order of lines:\n%s", got)
		}
		last = e.Line
	}
}

func TestSingleMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ old, now, want string }{
		{`name = "f"`, "", "fleet.name: is missing"},
		{`name = "f"`, "name = \"f\"\ntarget = 0", "fleet.target: 0 is not between"},
		{`name = "f"`, "name = \"f\"\nmax_lifetime = \"5m\"", "not between"},
		{`instance_types = ["t3.micro", "m7g.large"]`, "instance_types = []", "at least one type"},
		{`instance_types = ["t3.micro", "m7g.large"]`, "instance_types = [1]", "must be a list of strings"},
		{"weight = 3", "count = 3", "give every region one"},
		{`name = "eu-west-1"`, `name = "us-west-2"`, "stands twice"},
		{`private_key = "key"`, "", "ssh.private_key: is missing"},
		{`image = "al2023"`, "image = ", "mend the syntax"},
		{`image = "al2023"`, "[tags]\n\"aws:x\" = \"1\"", "reserved"},
		{`image = "al2023"`, "[network]\nssh_from = \"here\"", "no CIDR"},
		{`image = "al2023"`, "[ui]\ntheme = \"drak\"", `did you mean "dark"`},
		{`image = "al2023"`, "fleet = 3", ""},
	} {
		_, err := Parse("c.toml", []byte(strings.Replace(good, tt.old, tt.now, 1)), "/")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s → %s: want %q, got %v", tt.old, tt.now, tt.want, err)
		}
	}
}

func TestCountsMakeTheTarget(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("weight = 3", "count = 3", `name = "eu-west-1"`, "name = \"eu-west-1\"\ncount = 2").Replace(good)
	f, err := Parse("c", []byte(text), "/")
	if err != nil || f.Spec().Target != 5 {
		t.Fatal(f, err)
	}
	_, err = Parse("c", []byte(strings.Replace(text, `name = "f"`, "name = \"f\"\ntarget = 4", 1)), "/")
	if err == nil || !strings.Contains(err.Error(), "add up to 5") {
		t.Error(err)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`name = "f"`, "name = \"f\"\nmax_lifetime = \"none\"", `"eu-west-1"`, `"eu-atlantis-9"`).Replace(good)
	f, err := Parse("c", []byte(text+"[network]\nssh_from = \"0.0.0.0/0\"\n"), "/")
	if err != nil || len(f.Warnings()) != 3 || f.Spec().MaxLifetime != 0 {
		t.Fatal(f, err)
	}
}

func TestTheHashIsOfTheMeaning(t *testing.T) {
	t.Parallel()
	a, err := Parse("c", []byte(good), "/")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse("other", []byte("# a comment\n"+strings.Replace(good, "name = \"us-west-2\"\nweight = 3", "weight = 3\nname = \"us-west-2\"", 1)), "/")
	if err != nil || a.Spec().ConfigHash != b.Spec().ConfigHash {
		t.Error("order and comments must not change the hash")
	}
	c, err := Parse("c", []byte(strings.Replace(good, "weight = 3", "weight = 4", 1)), "/")
	if err != nil || a.Spec().ConfigHash == c.Spec().ConfigHash {
		t.Error("another meaning must have another hash")
	}
}

func TestWriteDefaultsIsValidAndNeverOverwrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.toml")
	d := Defaults{Name: NewName("Ann-Marie Q.", bytes.NewReader(make([]byte, 5))), PrivateKey: "/k"}
	if !nameRule.MatchString(d.Name) {
		t.Errorf("%q", d.Name)
	}
	if err := WriteDefaults(path, d); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil || f.Spec().Target != 3 || len(f.Warnings()) != 0 {
		t.Fatal(f, err)
	}
	if err := WriteDefaults(path, d); err == nil {
		t.Error("an existing file must never be written over")
	}
}

func TestTheExampleIsValidAndShowsEveryKey(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	b, err := os.ReadFile(filepath.Join("..", "config.toml.example"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse("config.toml.example", b, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys() {
		name := k.name[strings.LastIndex(k.name, ".")+1:]
		if name == "tags" {
			name = "[tags]"
		}
		if !regexp.MustCompile(`(?m)^(# )?` + regexp.QuoteMeta(name) + `\b|^\[tags\]`).Match(b) {
			t.Errorf("the example does not show %s", k.name)
		}
	}
}

func TestFindSaysWhereItLooked(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := Find("", func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "setup --defaults") {
		t.Error(err)
	}
	if p, err := Find("x", func(string) string { return "y" }); p != "x" || err != nil {
		t.Error(p, err)
	}
	if p, err := Find("", func(string) string { return "y" }); p != "y" || err != nil {
		t.Error(p, err)
	}
}

// docs/configuration.md is made from the table of keys.
func TestDocsAreOfTheKeys(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Configuration\n\nOne TOML file says what a fleet should be. [config.toml.example](../config.toml.example) shows every key.\nEvery mistake is told at once, with its line. This page is made from the program's own table of keys.\n\n| key | value | default | meaning |\n|---|---|---|---|\n")
	for _, k := range keys() {
		b.WriteString("| `" + k.name + "` | " + kindWords[k.kind] + " | " + k.def + " | " + k.meaning + " |\n")
	}
	path := filepath.Join("..", "docs", "configuration.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != b.String() {
		t.Errorf("docs/configuration.md is not what the table of keys says; go test ./config -update remakes it (%v)", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("[[region]]\nname=1")
	f.Add("region = 3\nfleet = []\ntags = [1]")
	f.Add("[provision]\nfiles = [1, {source=2}]")
	f.Fuzz(func(t *testing.T, s string) {
		file, err := Parse("c", []byte(s), "/nowhere")
		if (file == nil) == (err == nil) {
			t.Fatal("a file or an error")
		}
	})
}
