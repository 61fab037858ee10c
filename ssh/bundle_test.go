//go:build unix

package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"spot-tui/fleet"
)

// noise is content that does not compress.
func noise(n int) string {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(7, 7))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func TestABundleIsPackedOnceForAllHosts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), strings.Repeat("text ", 300_000), 0o600)
	write(t, filepath.Join(dir, "b"), noise(1<<20), 0o600)
	b := &bundle{name: dir, tree: must(scan(dir, nil)), squeeze: func() bool { return true }, ready: make(chan struct{})}
	b.ctx, b.stop = context.WithCancel(t.Context())
	defer b.Close()
	var all sync.WaitGroup
	var first []byte
	var mu sync.Mutex
	for range 20 {
		all.Go(func() {
			var most atomic.Int64
			s, err := b.open(t.Context(), func(done int64) {
				if done < most.Load() {
					t.Error("progress goes back")
				}
				most.Store(done)
			})
			if err != nil {
				t.Error(err)
				return
			}
			got, err := io.ReadAll(s)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = got
			}
			if !bytes.Equal(got, first) || most.Load() > b.tree.bytes {
				t.Errorf("%d bytes, the first had %d", len(got), len(first))
			}
		})
	}
	all.Wait()
	// What is on disk now is of no interest any more: it was read once.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s, err := b.open(t.Context(), func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(s); err != nil || !bytes.Equal(got, first) {
		t.Errorf("a late host: %d bytes, %v", len(got), err)
	}
}

func TestABundleThatIsClosedEndsItsReaders(t *testing.T) {
	t.Parallel()
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := io.ReadAll(&spoolReader{s: s, ctx: ctx})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.end(errors.New("the disk is full"))
	if _, err := io.ReadAll(&spoolReader{s: s, ctx: t.Context()}); err == nil || err.Error() != "the disk is full" {
		t.Error(err)
	}
}

func TestOnlyWhatGetsSmallerIsCompressed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"text":            {map[string]string{"a": strings.Repeat("hello ", 10_000)}, true},
		"noise":           {map[string]string{"a": noise(200_000)}, false},
		"mostly noise":    {map[string]string{"a": noise(2_000_000), "b": strings.Repeat("x", 20_000)}, false},
		"mostly text":     {map[string]string{"a": noise(20_000), "b": strings.Repeat("hello ", 100_000)}, true},
		"nothing":         {nil, true},
		"an empty file":   {map[string]string{"a": ""}, true},
		"many tiny files": {map[string]string{"a": "1", "b": "2", "c": "3"}, false},
	} {
		dir := t.TempDir()
		for f, text := range tc.files {
			write(t, filepath.Join(dir, f), text, 0o600)
		}
		tree := must(scan(dir, nil))
		if got := tree.squeezes(); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
		tree.root.Close()
	}
}

func TestIgnoredFilesStayHere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, f := range []string{"keep", "a.log", "deep/b.log", "deep/keep", "node_modules/x/y", ".git/config", "secret.env", "docs/secret.env"} {
		write(t, filepath.Join(dir, f), f, 0o600)
	}
	write(t, filepath.Join(dir, ignoreFile), "# what stays\n*.log\r\nnode_modules/\n/secret.env\n!deep/b.log\n", 0o600)
	tree := must(scan(dir, []string{".git"}))
	defer tree.root.Close()
	var got []string
	for _, e := range tree.entries {
		if !e.info.IsDir() {
			got = append(got, e.name)
		}
	}
	if want := "deep/b.log deep/keep docs/secret.env keep"; strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// asRoot gives a host on which sudo does as it is told.
func asRoot(t *testing.T, home string) {
	t.Helper()
	write(t, filepath.Join(home, "bin", "sudo"), "#!/bin/sh\necho \"$@\" >> \"$HOME/sudo.log\"\nshift 2\nexec \"$@\"\n", 0o755)
	write(t, filepath.Join(home, "bin", "chown"), "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$HOME/chown.log\"\n", 0o755)
}

func TestUploadWithModeAndOwner(t *testing.T) {
	home, src := t.TempDir(), t.TempDir()
	asRoot(t, home)
	t.Setenv("PATH", filepath.Join(home, "bin")+":"+os.Getenv("PATH"))
	v := shellServer(t, home, untampered)
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()
	write(t, filepath.Join(src, "deep", "it's"), "x", 0o755)
	if _, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, src), Target: "~/t", Mode: 0o640, Owner: "www-data:adm"}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"t/deep": os.ModeDir | 0o750, "t/deep/it's": 0o640} {
		if fi, err := os.Stat(filepath.Join(home, name)); err != nil || fi.Mode() != want {
			t.Errorf("%s: %v %v, want %v", name, fi.Mode(), err, want)
		}
	}
	if got := read(t, filepath.Join(home, "chown.log")); got != "-h\nwww-data:adm\n--\n./deep\n./deep/it's\n" {
		t.Errorf("%q", got)
	}
	if _, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, filepath.Join(src, "deep/it's")), Target: "~/one", Mode: 0o600, Owner: "root"}); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(filepath.Join(home, "one")); err != nil || fi.Mode() != 0o600 {
		t.Errorf("%v %v", fi.Mode(), err)
	}
	if got := read(t, filepath.Join(home, "chown.log")); !strings.Contains(got, "\nroot\n./.spot-tui-") {
		t.Errorf("%q", got)
	}
}

func TestUploadOfWhatIsThereSendsNothing(t *testing.T) {
	t.Parallel()
	home, src := t.TempDir(), t.TempDir()
	var streams atomic.Int32
	v := shellServer(t, home, func(line string) {
		if strings.Contains(line, "tar -x") || strings.Contains(line, "gzip -dc > ") {
			streams.Add(1)
		}
	})
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()
	write(t, filepath.Join(src, "a"), "one", 0o600)
	write(t, filepath.Join(src, "b"), "two", 0o600)
	up := func(what, path, to string, want bool, mode os.FileMode) {
		t.Helper()
		before := streams.Load()
		r, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, path), Target: to, Mode: mode})
		if err != nil || r.Same != want || (streams.Load() == before) != want {
			t.Errorf("%s: %+v %v, %d streams", what, r, err, streams.Load()-before)
		}
	}
	one := filepath.Join(src, "a")
	for _, tc := range [][2]string{{src, "~/t"}, {one, "~/one"}, {one, "~/in/"}} {
		up("the first time", tc[0], tc[1], false, 0)
		up("again", tc[0], tc[1], true, 0)
	}
	write(t, filepath.Join(home, "t", "b"), "changed on the host", 0o600)
	write(t, filepath.Join(home, "one"), "changed", 0o600)
	up("changed there", src, "~/t", false, 0)
	up("changed there", one, "~/one", false, 0)
	if err := os.Remove(filepath.Join(home, "t", "a")); err != nil {
		t.Fatal(err)
	}
	up("gone there", src, "~/t", false, 0)
	up("another mode", src, "~/t", false, 0o644)
	write(t, filepath.Join(src, "a"), "changed here", 0o600)
	up("changed here", src, "~/t", false, 0o644)
	up("again", src, "~/t", true, 0o644)
}

func TestUploadOutOfMemory(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	v := shellServer(t, home, untampered)
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()
	for _, text := range []string{"id=i-1\n", ""} {
		b, err := c.Pack(fleet.Source{Text: []byte(text), Name: "node.conf"})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: b, Target: "~/etc/", Mode: 0o600}); err != nil || r.Files != 1 || r.Bytes != int64(len(text)) {
			t.Errorf("%+v %v", r, err)
		}
		if got := read(t, filepath.Join(home, "etc", "node.conf")); got != text {
			t.Errorf("%q", got)
		}
		if err := errors.Join(b.Close(), b.Close()); err != nil {
			t.Error(err)
		}
	}
}
