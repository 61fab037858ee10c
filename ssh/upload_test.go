//go:build unix

package ssh

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"spot-tui/fleet"
)

// shellServer runs commands by this machine's sh, tar and sha256sum, with a
// folder of its own as home. What still runs there when the test is over is
// waited for: it writes into a folder that is about to be removed.
func shellServer(t *testing.T, home string, tamper func(line string)) *server {
	t.Helper()
	var running sync.RWMutex // read while a command runs
	over := false
	v := newServer(nil, func(s *served) uint32 {
		running.RLock()
		defer running.RUnlock()
		if over {
			return 255
		}
		tamper(s.line)
		cmd := exec.Command("sh", "-c", s.line)
		cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "PATH=" + filepath.Join(home, "bin") + ":" + os.Getenv("PATH")}
		var out, errs bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = s, &out, &errs
		_ = cmd.Run()
		_, _ = s.Write(out.Bytes())
		_, _ = s.Stderr().Write(errs.Bytes())
		return uint32(cmd.ProcessState.ExitCode())
	})
	t.Cleanup(func() {
		v.cut()
		running.Lock()
		defer running.Unlock()
		over = true
	})
	return v
}

func untampered(string) {}

func TestUploadTree(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	v := shellServer(t, home, untampered)
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()
	src, want := bigTree(t, 2000)
	var seen []int64
	r, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, src), Target: "-a dir/it's", Progress: func(done, total int64) {
		if n := len(seen); n > 0 && done < seen[n-1] || done > total {
			t.Errorf("progress %d of %d after %d", done, total, seen[n-1])
		}
		seen = append(seen, done)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if seen[0] != 0 || seen[len(seen)-1] != r.Bytes || r.Files != 2000+len(trickyNames()) {
		t.Errorf("%+v, progress %d … %d", r, seen[0], seen[len(seen)-1])
	}
	sameTree(t, filepath.Join(home, "-a dir/it's"), want)
	if v.dials.Load() != 1 {
		t.Errorf("%d connections", v.dials.Load())
	}
}

func TestUploadFilePlaces(t *testing.T) {
	t.Parallel()
	home, src := t.TempDir(), filepath.Join(t.TempDir(), "-n 'a' $me")
	v := shellServer(t, home, untampered)
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()
	write(t, src, "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(home, "folder", "x"), "", 0o600)
	write(t, filepath.Join(home, "old"), "old", 0o600)
	for target1, at := range map[string]string{
		"new/deep/name": "new/deep/name", "~/there/": "there/" + filepath.Base(src), "folder": "folder/" + filepath.Base(src),
		"~": filepath.Base(src), "old": "old", "-dash": "-dash",
	} {
		r, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, src), Target: target1})
		if err != nil || r.Files != 1 || r.Bytes != 10 {
			t.Errorf("%s: %+v %v", target1, r, err)
			continue
		}
		if fi, err := os.Stat(filepath.Join(home, at)); err != nil || fi.Mode() != 0o755 || read(t, filepath.Join(home, at)) != "#!/bin/sh\n" {
			t.Errorf("%s: %v", target1, err)
		}
	}
}

func TestUploadThatWentWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		target string
		tamper func(home, line string)
		single bool
		kind   fleet.Kind
		want   string
	}{
		"damaged on the host": {target: "t", kind: fleet.KindInternal, want: "a/b: x is not on the host what it is here", tamper: func(home, line string) {
			if strings.Contains(line, "sha256sum") {
				_ = os.WriteFile(filepath.Join(home, "t/a/b: x"), []byte("rotten"), 0o600)
			}
		}},
		"missing on the host": {target: "t", kind: fleet.KindInternal, want: "a/b: x is not", tamper: func(home, line string) {
			if strings.Contains(line, "sha256sum") {
				_ = os.Remove(filepath.Join(home, "t/a/b: x"))
			}
		}},
		"single file damaged": {target: "t", single: true, kind: fleet.KindInternal, want: "b: x is not", tamper: func(home, _ string) {
			// What writes there writes something else.
			_ = os.MkdirAll(filepath.Join(home, "bin"), 0o755)
			_ = os.WriteFile(filepath.Join(home, "bin/cat"), []byte("#!/bin/sh\nexec tr f r\n"), 0o755)
		}},
		"target is below a file": {target: "taken/x", kind: fleet.KindInternal, want: "taken", tamper: func(home, _ string) {
			_ = os.WriteFile(filepath.Join(home, "taken"), nil, 0o600)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home, src := t.TempDir(), t.TempDir()
			v := shellServer(t, home, func(line string) { tc.tamper(home, line) })
			c := dialed(t, v, Options{})
			defer v.cut()
			defer c.Close()
			write(t, filepath.Join(src, "a/b: x"), "fine", 0o600)
			write(t, filepath.Join(src, "z"), "fine", 0o600)
			if tc.single {
				src = filepath.Join(src, "a/b: x")
			}
			_, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, src), Target: tc.target})
			if fleet.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v", err)
			}
			if m, _ := filepath.Glob(filepath.Join(home, ".spot-tui-*")); tc.single && (len(m) != 0 || fileThere(filepath.Join(home, "t"))) {
				t.Errorf("a bad file was left behind: %v", m)
			}
		})
	}
}

func fileThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestUploadStopsWithItsSource(t *testing.T) {
	t.Parallel()
	home, src := t.TempDir(), t.TempDir()
	v := shellServer(t, home, untampered)
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()
	write(t, filepath.Join(src, "a"), strings.Repeat("x", 1<<20), 0o600)
	write(t, filepath.Join(src, "b"), "b", 0o600)
	b := pack(t, c, src)
	write(t, filepath.Join(src, "b"), "changed", 0o600)
	_, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: b, Target: "t"})
	if fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "b changed while it was read") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = c.Upload(ctx, target, fleet.Upload{Bundle: pack(t, c, src), Target: "t", Progress: func(int64, int64) { cancel() }})
	if fleet.KindOf(err) != fleet.KindCanceled {
		t.Error(err)
	}
}

func TestUploadRefusedSourceDialsNobody(t *testing.T) {
	t.Parallel()
	c := dialed(t, newServer(nil, echoLine), Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("it dialed")
		return nil, net.ErrClosed
	}})
	defer c.Close()
	if _, err := c.Pack(fleet.Source{Path: "/nowhere"}); fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "/nowhere does not exist") {
		t.Error(err)
	}
	b := pack(t, c, t.TempDir())
	for _, u := range []fleet.Upload{{Bundle: b, Target: "~root/x"}, {Bundle: b}, {Target: "x"}} {
		if _, err := c.Upload(t.Context(), target, u); fleet.KindOf(err) != fleet.KindInvalid {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if _, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: b, Target: "x", Secret: true}); fleet.KindOf(err) != fleet.KindGuard {
		t.Errorf("a secret to a host that nobody has verified: %v", err)
	}
}

// pack makes a bundle that the test closes.
func pack(t *testing.T, c *Client, path string) fleet.Bundle {
	t.Helper()
	b, err := c.Pack(fleet.Source{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}
