package ssh

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) {
	_, err := f(p)
	return len(p), err
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func write(t testing.TB, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// trickyNames are file names that break programs which quote badly.
func trickyNames() []string {
	return []string{
		"-rf", "--checkpoint=1", " leading and trailing ", "it's", `"double"`, "$HOME", "`id`", "a;b&c|d", "*", "?", "[x]", `back\slash`,
		"tab\there", "ünïcödé", "日本語", "\u202egpj.exe", "bad-utf8-\xff", "name: FAILED", "x: OK", "%s%n", "~", "#hash", "{a,b}", "!bang",
		"a-name-of-more-than-one-hundred-bytes-which-is-as-much-as-the-oldest-tar-format-can-hold-in-its-name-field.txt",
	}
}

// bigTree makes n plain files in folders, the tricky names, links and modes, and
// gives what it holds.
func bigTree(t *testing.T, n int) (dir string, want map[string]string) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		write(t, filepath.Join(dir, fmt.Sprintf("d%02d/e%d/f%d", i%17, i%3, i)), fmt.Sprintf("content of %d", i*i), 0o644)
	}
	for i, name := range trickyNames() {
		write(t, filepath.Join(dir, "tricky", name), name, fs.FileMode(0o600+i%8))
	}
	for link, to := range map[string]string{"link": "d00/e0/f0", "tricky/up": "../d01", "dangling": "nowhere/yet"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o711); err != nil {
		t.Fatal(err)
	}
	return dir, listTree(t, dir)
}

// listTree gives mode and content of everything below dir.
func listTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		what := fi.Mode().String()
		switch {
		case fi.Mode().IsRegular():
			what += " " + read(t, p)
		case fi.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(p)
			if err != nil {
				return err
			}
			what += " " + to
		}
		rel, err := filepath.Rel(dir, p)
		got[rel] = what
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func sameTree(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := listTree(t, dir)
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%q: got %q, want %q", name, got[name], w)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%q is there, and should not be", name)
		}
	}
}
