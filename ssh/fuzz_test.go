package ssh

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh/knownhosts"

	"spot-tui/fleet"
)

// Whatever stands in a known_hosts file: each line says a pin, nothing or an
// error; a pin that is written and read again is the same; and forgetting a host
// takes exactly what is about it.
func FuzzKnownHosts(f *testing.F) {
	key, other := keyLine(signer(1).PublicKey()), keyLine(signer(2).PublicKey())
	for _, s := range []string{
		"", "# note", "i-1 " + key, "i-1,i-2 " + key + " comment", "i-2 " + key + "\ni-1 " + other + " verified:after-login\n", "@revoked i-1 " + key + "\ni-1 " + other,
		"@cert-authority i-1 " + key, knownhosts.HashHostname("i-1") + " " + key + "\n", "|1||", "i-1 ssh-ed25519 AAAA", ecdsaLine, ",# " + key, "i-1,@revoked " + key, "i-1 " + key + "\r\n\x00\n i-1\t" + other,
	} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		checkLines(t, text)
		path := filepath.Join(dir, "known_hosts")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		k := newKnownHosts(path, slog.New(slog.DiscardHandler))
		before := linesOf(text)
		if err := k.forget("i-1"); err != nil {
			t.Fatal(err)
		}
		after := linesOf(read(t, path))
		for _, line := range after {
			if p, ok, _ := parsePin(line); ok && p.of("i-1") {
				t.Errorf("left: %q", line)
			}
		}
		// What is not about it stays as it was, in its order; of a line about
		// several the others stay.
		var want []string
		for _, line := range before {
			if p, ok, _ := parsePin(line); ok && p.of("i-1") {
				if line = p.without("i-1"); line == "" {
					continue
				}
				line = strings.TrimSuffix(line, "\n")
			}
			want = append(want, line)
		}
		if !slices.Equal(after, want) {
			t.Errorf("%q became %q, want %q", before, after, want)
		}
		if ok, err := k.verified("i-1"); ok || err != nil {
			t.Errorf("a host that was forgotten is verified (%v)", err)
		}
	})
}

// linesOf gives the whole lines of a text, and the rest, if any.
func linesOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

func checkLines(t *testing.T, text string) {
	t.Helper()
	for _, line := range linesOf(text) {
		p, ok, err := parsePin(line)
		if ok && err != nil {
			t.Errorf("both a pin and an error: %q", line)
		}
		if !ok {
			continue
		}
		q, ok, err := parsePin(p.String())
		if !ok || err != nil || q.String() != p.String() || q.of("i-1") != p.of("i-1") || q.revoked != p.revoked {
			t.Errorf("%q became %+v, and then %+v (%v)", line, p, q, err)
		}
	}
}

// Whatever stands in ssh config files that include one another: reading and
// asking ends, says no more than it may, and a jump host that comes of it can
// stand in a command line.
func FuzzUserConfig(f *testing.F) {
	f.Add(bastions, "Host *\nUser x\n", "i-0abc")
	f.Add("Include *\nInclude b\n", "Include a b\nInclude *\nHost a\nProxyJump b\n", "a")
	f.Add("Host a\nProxyJump b,c\nHost b\nProxyJump a\n", "", "a")
	f.Add("Match !host a,b user=root exec \"x\" final all\nHostName %h%%\nIdentityFile ~/%d%r\\ \"", "match", "\x1b[31m")
	f.Add("Host * !"+strings.Repeat("*a", 50)+"\nPort=0x\nProxyJump ssh://u@[::1]:22, ,@:\n", "", strings.Repeat("a", 200))
	f.Fuzz(func(t *testing.T, a, b, name string) {
		reads := 0
		r := &configReader{
			dir: "/h/.ssh", home: "/h",
			read: func(path string) ([]byte, error) {
				reads++
				switch filepath.Base(path) {
				case "a":
					return []byte(a), nil
				case "b":
					return []byte(b), nil
				}
				return nil, fs.ErrNotExist
			},
			glob: func(pattern string) ([]string, error) {
				var all []string
				for _, n := range []string{"a", "b"} {
					ok, err := filepath.Match(filepath.Base(pattern), n)
					if err != nil {
						return nil, err
					}
					if ok {
						all = append(all, "/h/.ssh/"+n)
					}
				}
				return all, nil
			},
		}
		u := &userConfig{lines: r.file("/h/.ssh/a", 0), home: "/h", login: "me"}
		if reads > maxConfigFiles || len(r.odd) > 20 {
			t.Fatalf("%d files were read, %d sentences", reads, len(r.odd))
		}
		said := u.lookup(name, "ubuntu")
		route, err := u.chain(said.proxyJump, []string{name}, false)
		if err != nil && len(route.hops) > 0 {
			t.Error("both a way and an error")
		}
		checkRoute(t, route)
	})
}

func checkRoute(t *testing.T, r route) {
	t.Helper()
	if len(r.hops) > maxHops {
		t.Errorf("%d hops", len(r.hops))
	}
	for _, h := range r.hops {
		if fleet.Quote(h.user) != h.user && strings.Contains(h.user, "'") || strings.ContainsAny(h.user+h.host+h.port, " \t\n\r\x00\x1b'\"$`;|&<>%") || h.host[0] == '-' || h.user[0] == '-' || !isPort(h.port) {
			t.Errorf("it can't stand in a command line: %+v", h)
		}
	}
}

// Whatever is written for a jump host, it is refused, or can stand in a command
// line, and reads the same when it is written out.
func FuzzJump(f *testing.F) {
	for _, s := range []string{"u@h", "u@h:22", "u@[::1]:2", "ssh://u@h:22,v@i", "u@h,", "none", "-oProxyCommand=x@h", "u@|1|x", "@", "u@h@i", "h", "u@a:b:c", "u@\u202eh"} {
		f.Add(s)
	}
	u := &userConfig{login: "me"}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := u.jumps(text)
		if err != nil {
			if s := err.Error(); strings.ContainsAny(s, "\x1b\n\r") {
				t.Errorf("the error would act on a terminal: %q", s)
			}
			return
		}
		checkRoute(t, r)
		again, err := u.jumps(strings.TrimSuffix(r.name(), ","))
		if err != nil || again.name() != r.name() {
			t.Errorf("%q became %q (%v)", r.name(), again.name(), err)
		}
	})
}
