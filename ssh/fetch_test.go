//go:build unix

package ssh

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/fleet"
)

func TestFetchTreeAndFile(t *testing.T) {
	t.Parallel()
	src, want := bigTree(t, 500)
	home := t.TempDir()
	if err := os.Rename(src, filepath.Join(home, "it's")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, "a.log"), "one\n", 0o640)
	v := shellServer(t, home, untampered)
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()
	here := filepath.Join(t.TempDir(), "new", "folder")
	var last, total int64
	r, err := c.Fetch(t.Context(), target, fleet.Fetch{Source: "~/it's/", Target: here, Progress: func(done, of int64) {
		if done < last {
			t.Errorf("progress %d after %d", done, last)
		}
		last, total = done, of
	}})
	if err != nil || r.Files != 500+len(trickyNames()) || r.Path != filepath.Join(here, "it's") || last != r.Bytes || total != r.Bytes {
		t.Fatalf("%+v %v, progress %d of %d", r, err, last, total)
	}
	sameTree(t, r.Path, want)
	for _, text := range []string{"one\n", "one\ntwo\n"} { // the second time in place of the first
		write(t, filepath.Join(home, "a.log"), text, 0o640)
		r, err := c.Fetch(t.Context(), target, fleet.Fetch{Source: "a.log", Target: here})
		if err != nil || r.Files != 1 || r.Bytes != int64(len(text)) || read(t, r.Path) != text {
			t.Errorf("%+v %v", r, err)
		}
	}
	left, err := os.ReadDir(here)
	if err != nil || len(left) != 2 {
		t.Errorf("%v %v", left, err)
	}
	for _, tc := range [][2]string{{"~/nowhere", "there is no"}, {"", "no target is named"}} {
		if _, err := c.Fetch(t.Context(), target, fleet.Fetch{Source: tc[0], Target: here}); err == nil || !strings.Contains(err.Error(), tc[1]) {
			t.Errorf("%q: %v", tc[0], err)
		}
	}
	if _, err := c.Fetch(t.Context(), target, fleet.Fetch{Source: "~/it's", Target: here, Most: 100}); fleet.KindOf(err) != fleet.KindGuard {
		t.Errorf("more than may be: %v", err)
	}
}

func TestFetchTellsDamageFromALogThatGrows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tamper func(home string, n int)
		want   string
	}{
		"grows": {tamper: func(home string, _ int) {
			f, err := os.OpenFile(filepath.Join(home, "log"), os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, _ = f.WriteString("more\n")
				f.Close()
			}
		}},
		"was another once": {want: "log is not here what it is on the host", tamper: func(home string, n int) {
			if n == 0 {
				_ = os.WriteFile(filepath.Join(home, "log"), []byte("what was never sent"), 0o600)
			}
		}},
	} {
		home, n := t.TempDir(), 0
		write(t, filepath.Join(home, "log"), "one\n", 0o600)
		v := shellServer(t, home, func(line string) {
			if strings.Contains(line, "sha256sum") {
				tc.tamper(home, n)
				n++
			}
		})
		c := dialed(t, v, Options{})
		_, err := c.Fetch(t.Context(), target, fleet.Fetch{Source: "log", Target: t.TempDir()})
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
		v.cut()
	}
}

// archive makes what a hostile host may send.
func archive(headers ...tar.Header) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = 4
		}
		if err := w.WriteHeader(&h); err != nil {
			panic(err)
		}
		if h.Typeflag == tar.TypeReg {
			_, _ = w.Write([]byte("evil"))
		}
	}
	_ = w.Close()
	_ = z.Close()
	return out.Bytes()
}

func TestAnArchiveThatLeavesIsRefused(t *testing.T) {
	t.Parallel()
	file := func(name string) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o6777} }
	link := func(name, to string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
	}
	for name, tc := range map[string]struct {
		headers []tar.Header
		want    string
	}{
		"above":                 {[]tar.Header{file("x/../../evil")}, "leads out"},
		"absolute":              {[]tar.Header{file("/tmp/evil")}, "leads out"},
		"beside":                {[]tar.Header{file("y/evil")}, "is not below"},
		"like it":               {[]tar.Header{file("xy")}, "is not below"},
		"link out":              {[]tar.Header{link("x/l", "../../evil")}, "leads out"},
		"link to the root":      {[]tar.Header{link("x/l", "/etc")}, "leads out"},
		"over a link":           {[]tar.Header{file("x/f"), link("x/f", "g")}, "twice"},
		"twice":                 {[]tar.Header{file("x/f"), file("x/f")}, "twice"},
		"device":                {[]tar.Header{{Typeflag: tar.TypeChar, Name: "x/d"}}, "device"},
		"hard link to nothing":  {[]tar.Header{{Typeflag: tar.TypeLink, Name: "x/l", Linkname: "x/none"}}, "not in it"},
		"hard link out":         {[]tar.Header{{Typeflag: tar.TypeLink, Name: "x/l", Linkname: "/etc/passwd"}}, "leads out"},
		"a name with a newline": {[]tar.Header{file("x/a\nb")}, "can't be used"},
		"nothing":               {nil, "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			inner := filepath.Join(dir, "a", "b")
			if err := os.MkdirAll(inner, 0o700); err != nil {
				t.Fatal(err)
			}
			root := must(os.OpenRoot(inner))
			defer root.Close()
			_, err := unzip(bytes.NewReader(archive(tc.headers...)), &unpacker{root: root, top: "x", most: 1 << 20, tell: func(int64) {}})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
			onlyBelow(t, dir, inner)
		})
	}
}

// onlyBelow fails for anything in dir that is not below inner, or is no folder on
// the way there.
func onlyBelow(t testing.TB, dir, inner string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if err == nil && !strings.HasPrefix(inner+"/", p+"/") && !strings.HasPrefix(p, inner+"/") {
			t.Errorf("%s was written", p)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFetchedModesAreHarmless(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root := must(os.OpenRoot(dir))
	defer root.Close()
	in := archive(tar.Header{Typeflag: tar.TypeDir, Name: "x/", Mode: 0o000}, tar.Header{Typeflag: tar.TypeReg, Name: "x/f", Mode: 0o6755})
	if _, err := unzip(bytes.NewReader(in), &unpacker{root: root, top: "x", most: 1 << 20, tell: func(int64) {}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"x": fs.ModeDir | 0o700, "x/f": 0o755} {
		if fi, err := os.Stat(filepath.Join(dir, name)); err != nil || fi.Mode() != want {
			t.Errorf("%s: %v %v", name, fi.Mode(), err)
		}
	}
}

func TestAnArchiveThatIsCutIsNoFetch(t *testing.T) {
	t.Parallel()
	whole := archive(tar.Header{Typeflag: tar.TypeReg, Name: "x/f", Mode: 0o600})
	for n := range len(whole) - 1 {
		root := must(os.OpenRoot(t.TempDir()))
		if _, err := unzip(bytes.NewReader(whole[:n]), &unpacker{root: root, top: "x", most: 1 << 20, tell: func(int64) {}}); err == nil {
			t.Errorf("%d of %d bytes were taken for all", n, len(whole))
		}
		root.Close()
	}
}

func FuzzUnpack(f *testing.F) {
	for _, name := range []string{"x/f", "../f", "/f", "x/../../f", "x"} {
		f.Add(archive(tar.Header{Typeflag: tar.TypeReg, Name: name}), name)
		f.Add(archive(tar.Header{Typeflag: tar.TypeSymlink, Name: "x/l", Linkname: name}, tar.Header{Typeflag: tar.TypeReg, Name: "x/l/" + name}), name)
	}
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		dir := t.TempDir()
		inner := filepath.Join(dir, "a", "b")
		if err := os.MkdirAll(inner, 0o700); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(inner)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		const most = 1 << 16
		out, err := (&unpacker{root: root, top: "x", most: most, tell: func(int64) {}}).unpack(bytes.NewReader(raw))
		if err == nil && out.bytes > most {
			t.Errorf("%d bytes", out.bytes)
		}
		if z, err := gzip.NewReader(bytes.NewReader(raw)); err == nil {
			_, _ = (&unpacker{root: root, top: "x", most: most, tell: func(int64) {}}).unpack(io.LimitReader(z, 1<<20))
		}
		if p, err := remotePath(name); err == nil {
			word := p.word()
			if strings.ContainsAny(name, "\x00\n") || word == "" || strings.HasPrefix(word, "-") || strings.HasPrefix(word, "'-") {
				t.Errorf("%q became %s", name, word)
			}
		}
		onlyBelow(t, dir, inner)
	})
}
