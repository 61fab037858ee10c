//go:build unix

package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSourcesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		make func(dir string) error
		want string
	}{
		"link to above":           {func(d string) error { return os.Symlink("../x", filepath.Join(d, "l")) }, "points out of the folder, to ../x"},
		"link to the root":        {func(d string) error { return os.Symlink("/etc/passwd", filepath.Join(d, "l")) }, "points out of the folder, to /etc/passwd"},
		"link to itself absolute": {func(d string) error { return os.Symlink(filepath.Join(d, "x"), filepath.Join(d, "l")) }, "points out"},
		"deep link to above":      {func(d string) error { return os.Symlink("../../../x", filepath.Join(d, "a/b/l")) }, "points out"},
		"out by way of a link": {func(d string) error {
			// a/b/up is the root, so a/b/up/../x is outside, though it reads as a/b/x.
			return errors.Join(os.Symlink("../..", filepath.Join(d, "a/b/up")), os.Symlink("a/b/up/../x", filepath.Join(d, "l")))
		}, "points out"},
		"loop": {func(d string) error { return os.Symlink("l", filepath.Join(d, "l")) }, "points out"},
		"socket": {func(d string) error {
			l, err := net.Listen("unix", filepath.Join(d, "s"))
			if err == nil {
				l.(*net.UnixListener).SetUnlinkOnClose(false)
				err = l.Close()
			}
			return err
		}, "/s is a socket"},
		"pipe":       {func(d string) error { return syscall.Mkfifo(filepath.Join(d, "p"), 0o600) }, "/p is a named pipe"},
		"line break": {func(d string) error { return os.WriteFile(filepath.Join(d, "a\nb"), nil, 0o600) }, "line break"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "s") // short: a socket's path may have 107 bytes
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			if err := errors.Join(os.MkdirAll(filepath.Join(dir, "a/b"), 0o700), tc.make(dir)); err != nil {
				t.Fatal(err)
			}
			_, err = scan(dir, nil)
			var bad *badSourceError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v", err)
			}
		})
	}
	for _, s := range []string{"/nowhere/at/all", "/dev/null"} {
		if _, err := scan(s, nil); err == nil {
			t.Errorf("%s was accepted", s)
		}
	}
}

// packTree packs as an upload does.
func packTree(src *tree, w io.Writer) (packed, error) {
	return (&bundle{tree: src, squeeze: src.squeezes}).pack(context.Background(), w, func(int64) {})
}

func TestPackIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	dir, _ := bigTree(t, 100)
	var first []byte
	var digest string
	for range 3 {
		src := must(scan(dir, nil))
		var out bytes.Buffer
		p, err := packTree(src, &out)
		src.root.Close()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first, digest = out.Bytes(), p.digest
		}
		if !bytes.Equal(out.Bytes(), first) || p.digest != digest {
			t.Fatal("the same tree gave another stream")
		}
	}
	if err := os.Chmod(filepath.Join(dir, "d00/e0/f0"), 0o600); err != nil {
		t.Fatal(err)
	}
	src := must(scan(dir, nil))
	defer src.root.Close()
	if p, err := packTree(src, io.Discard); err != nil || p.digest == digest {
		t.Errorf("another mode must be another digest (%v)", err)
	}
}

func TestSourceThatChanges(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(path string) error{
		"grown":             func(p string) error { return os.WriteFile(p, []byte("more than before"), 0o600) },
		"shrunk":            func(p string) error { return os.Truncate(p, 1) },
		"gone":              os.Remove,
		"touched":           func(p string) error { return os.Chtimes(p, time.Now(), time.Now().Add(time.Hour)) },
		"now a link out":    func(p string) error { return errors.Join(os.Remove(p), os.Symlink("/etc/passwd", p)) },
		"now a folder":      func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) },
		"now a link inside": func(p string) error { return errors.Join(os.Remove(p), os.Symlink("other", p)) },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		write(t, path, "as it was", 0o600)
		write(t, filepath.Join(dir, "other"), "another", 0o600)
		src := must(scan(dir, nil))
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		_, err := packTree(src, io.Discard)
		src.root.Close()
		var bad *badSourceError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), "file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemotePath(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"~": `"$HOME"`, "~/": `"$HOME"`, "~/a b": `"$HOME"/'a b'`, "~/../x": `"$HOME"/../x`, "~//x/": `"$HOME"/x`,
		"/srv/it's": `'/srv/it'\''s'`, "/": "/", "a": "./a", "-rf": "./-rf", "./x": "./x", ".": ".", "a/../b": "./b", "$HOME/x": `'./$HOME/x'`,
	} {
		p, err := remotePath(in)
		p.path = strings.TrimSuffix(p.path, "/")
		if in == "/" {
			p.path = "/"
		}
		if err != nil || p.word() != want {
			t.Errorf("%s: %s %v, want %s", in, p.word(), err, want)
		}
	}
	for _, in := range []string{"", "~root/x", "~x", "a\nb", "a\x00b"} {
		if p, err := remotePath(in); err == nil {
			t.Errorf("%q became %s", in, p.word())
		}
	}
}
