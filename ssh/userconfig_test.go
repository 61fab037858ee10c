package ssh

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// configIn writes ssh config files; the first one's path is given.
func configIn(t *testing.T, main string, more ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i+1 < len(more); i += 2 {
		write(t, filepath.Join(dir, more[i]), more[i+1], 0o600)
	}
	path := filepath.Join(dir, "config")
	write(t, path, main, 0o600)
	return path
}

const bastions = `
# what a person may have
Host bastion
    HostName=10.9.8.7
	User "jumper"
  Port = 2200
  IdentityFile ~/keys/%h
  IdentityFile "/a b/key" # and a comment
Host inner
  HostName %h.example.com
  ProxyJump bastion
Host i-0a*  10.1.?.* !10.1.2.3
  ProxyJump bastion
Host i-0b*
  ProxyJump outer,inner
Host outer
  User out
Host i-0c*
  ProxyCommand nc -X connect %h %p
Host i-0d*
  ProxyJump none
Match originalhost i-0e* user ubuntu
  ProxyJump me@by.match
Match exec "touch /tmp/never" originalhost i-0f*
  ProxyJump me@never
Host round
  ProxyJump square
Host square
  ProxyJump round
Host i-09*
  ProxyJump round
Host *
  User everybody
`

func TestUserConfigLookup(t *testing.T) {
	t.Parallel()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	u, odd := newUserConfig(configIn(t, bastions))
	if len(odd) != 0 {
		t.Error(odd)
	}
	for name, want := range map[string]hostConfig{
		"bastion":   {hostName: "10.9.8.7", user: "jumper", port: "2200", identity: []string{home + "/keys/10.9.8.7", "/a b/key"}},
		"inner":     {hostName: "inner.example.com", user: "everybody", proxyJump: "bastion"},
		"i-0abc":    {user: "everybody", proxyJump: "bastion"},
		"10.1.2.4":  {user: "everybody", proxyJump: "bastion"},
		"10.1.2.3":  {user: "everybody"},
		"10.1.22.4": {user: "everybody"},
		"i-0d":      {user: "everybody", proxyJump: "none"},
		"i-0e":      {user: "everybody", proxyJump: "me@by.match"},
		"i-0c":      {user: "everybody", unrun: []string{"the ProxyCommand that your ssh config has for i-0c is not run; use ProxyJump there, or set ssh.jump"}},
	} {
		got := u.lookup(name, "ubuntu")
		if name != "i-0c" { // every name comes by the Match exec; that is looked at below
			got.unrun = nil
		} else {
			got.unrun = got.unrun[:1]
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
	if got := u.lookup("i-0e", "root"); got.proxyJump != "" {
		t.Errorf("for another user: %+v", got)
	}
	if got := u.lookup("i-0f", "ubuntu"); got.proxyJump != "" || len(got.unrun) != 1 || !strings.Contains(got.unrun[0], "Match exec") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat("/tmp/never"); err == nil {
		t.Error("a command of the ssh config was run")
	}
}

func TestInclude(t *testing.T) {
	t.Parallel()
	path := configIn(t, "Host i-1*\nInclude conf.d/* missing\nPort 1\nHost *\nUser last\n",
		"conf.d/a", "HostName first\nHost i-12\nUser included\n", "conf.d/b", "HostName second\nHost *\nIdentityFile /k\n")
	u, odd := newUserConfig(path)
	if len(odd) != 0 {
		t.Error(odd)
	}
	for name, want := range map[string]hostConfig{
		"i-11": {hostName: "first", user: "last", port: "1", identity: []string{"/k"}},
		"i-12": {hostName: "first", user: "included", port: "1", identity: []string{"/k"}},
		"i-2":  {user: "last"},
	} {
		if got := u.lookup(name, ""); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestOddConfigFilesAreSaidAndBounded(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		main string
		more []string
		want string
	}{
		"itself":        {"Include config\nInclude config\n", nil, "include one another"},
		"many":          {"Include d/*\n", manyFiles(300), "too many files"},
		"open quote":    {"Host \"x\n", nil, "config:1 is left out: a quote"},
		"a folder":      {"Include d\n", []string{"d/x", ""}, "it is not a file"},
		"too long":      {strings.Repeat("#", maxConfigBytes+1), nil, "too long"},
		"not a pattern": {"Include [\n", nil, "no pattern"},
	} {
		_, odd := newUserConfig(configIn(t, tc.main, tc.more...))
		if len(odd) == 0 || len(odd) > 20 || !strings.Contains(strings.Join(odd, "\n"), tc.want) {
			t.Errorf("%s: %q", name, odd)
		}
	}
	if u, odd := newUserConfig(filepath.Join(t.TempDir(), "none")); len(odd) != 0 || u.lookup("x", "").said() {
		t.Error("a missing config says something:", odd)
	}
}

func manyFiles(n int) (files []string) {
	for i := range n {
		files = append(files, fmt.Sprintf("d/%d", i), "")
	}
	return files
}

func TestTheWayToAnInstance(t *testing.T) {
	t.Parallel()
	path := configIn(t, bastions)
	for _, tc := range []struct {
		jump, id, host string
		want           string
	}{
		{"", "i-0abc", "192.0.2.1", "jumper@10.9.8.7:2200,"},
		{"", "i-1", "10.1.2.4", "jumper@10.9.8.7:2200,"},
		{"", "i-1", "192.0.2.1", ""},
		{"", "i-0b", "192.0.2.1", "out@outer:22,everybody@inner.example.com:22,"},
		{"", "i-0d", "10.1.2.4", ""}, // "none" for its id
		{"none", "i-0abc", "10.1.2.4", ""},
		{"bastion", "i-0d", "192.0.2.1", "jumper@10.9.8.7:2200,"},
		{"inner", "i-0d", "192.0.2.1", "jumper@10.9.8.7:2200,everybody@inner.example.com:22,"},
		{"x@outer, inner:99", "i-0d", "192.0.2.1", "x@outer:22,everybody@inner.example.com:99,"},
		{"ssh://a@b:1", "i-0d", "192.0.2.1", "a@b:1,"},
	} {
		c, err := New(Options{KnownHostsFile: path + ".k", UserConfig: path, Jump: tc.jump})
		if err != nil {
			t.Errorf("%+v: %v", tc, err)
			continue
		}
		way, err := c.way(fleet.Target{Instance: fleet.InstanceID(tc.id), Host: tc.host, User: "ubuntu"})
		if err != nil || way.name() != tc.want {
			t.Errorf("%+v: %q %v", tc, way.name(), err)
		}
		c.Close()
	}
	if _, err := New(Options{KnownHostsFile: path + ".k", UserConfig: path, Jump: "round"}); fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "reached through itself") {
		t.Error(err)
	}
	c := must(New(Options{KnownHostsFile: path + ".k", UserConfig: path}))
	defer c.Close()
	if err := c.Wait(t.Context(), fleet.Target{Instance: "i-09", Host: "192.0.2.1", User: "u"}, nil); fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "reached through itself") {
		t.Error(err)
	}
}

func TestMatchPattern(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"?", "", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*.example.com", "a.example.com", true},
		{"*.example.com", "a.example.org", false},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{strings.Repeat("*a", 200) + "*b", strings.Repeat("a", 5000), false},
	} {
		if got := matchPattern(tc.pattern, tc.s); got != tc.want {
			t.Errorf("%.20q against %.20q: %v", tc.pattern, tc.s, got)
		}
	}
}

func TestDirectives(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]directive{
		"":                         {},
		"  # x":                    {},
		"Host":                     {keyword: "host"},
		"HOST a b":                 {keyword: "host", args: []string{"a", "b"}},
		"Host=a":                   {keyword: "host", args: []string{"a"}},
		"\tHost =\ta \r\n":         {keyword: "host", args: []string{"a"}},
		`Host "a b" 'c d' e\ f`:    {keyword: "host", args: []string{"a b", "c d", "e f"}},
		`Host a#b #c`:              {keyword: "host", args: []string{"a#b"}},
		`IdentityFile "a\"b" "" x`: {keyword: "identityfile", args: []string{`a"b`, "", "x"}},
	} {
		d, ok := parseDirective(line)
		if !ok || d.keyword != want.keyword || !slices.Equal(d.args, want.args) {
			t.Errorf("%q: %+v %v", line, d, ok)
		}
	}
	if _, ok := parseDirective(`Host "a`); ok {
		t.Error("an open quote was not seen")
	}
}
