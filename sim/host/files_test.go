package host

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pkg/sftp"
)

// TestUploadOfATree is the way that uploads take: one tar stream in, then the
// checksums of all files.
func TestUploadOfATree(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	var archive, sums bytes.Buffer
	z := gzip.NewWriter(&archive)
	w := tar.NewWriter(z)
	fill := rand.NewChaCha8([32]byte{3})
	for i := range 2000 {
		data := make([]byte, i*7%5000)
		_, _ = fill.Read(data)
		name := fmt.Sprintf("dir%d/sub/file %d", i%20, i)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o640, Size: int64(len(data)), ModTime: time.Unix(1700000000, 0)}); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(data)
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), name)
	}
	w.Close()
	z.Close()
	if got := run(t, c, "mkdir -p up && cd up && tar -xzpf - -C .", archive.String()); got != (result{}) {
		t.Fatalf("extracting: %+v", got)
	}
	if got := run(t, c, "cd up && sha256sum -c --quiet -", sums.String()); got != (result{}) {
		t.Errorf("verifying: %+v", got)
	}
	if got := run(t, c, "cd up && find . -type f | wc -l; stat -c '%a %Y' 'dir1/sub/file 1'", ""); got.out != "2000\n640 1700000000\n" {
		t.Errorf("what is there: %+v", got)
	}
	run(t, c, "echo changed > 'up/dir1/sub/file 1'; rm 'up/dir2/sub/file 2'", "")
	got := run(t, c, "cd up && sha256sum -c --quiet -", sums.String())
	if got.status != 1 || got.out != "dir1/sub/file 1: FAILED\ndir2/sub/file 2: FAILED open or read\n" {
		t.Errorf("after damage: %d %q %q", got.status, got.out, got.err)
	}
	if got := run(t, c, "cd up && sha256sum -c --status -", sums.String()); got.status != 1 || got.out != "" {
		t.Errorf("--status: %+v", got)
	}
	// And back.
	back := run(t, c, "tar -cz -C up .", "")
	gz, err := gzip.NewReader(strings.NewReader(back.out))
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for r := tar.NewReader(gz); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			files++
		}
	}
	if files != 1999 {
		t.Errorf("%d files came back", files)
	}
}

func archiveOf(t testing.TB, members ...tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range members {
		data := []byte("data of " + h.Name)
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(data))
		}
		if h.Mode == 0 {
			h.Mode = 0o755
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			_, _ = w.Write(data)
		}
	}
	w.Close()
	return b.String()
}

func TestExtractionStaysInside(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for name, members := range map[string][]tar.Header{
		"dotdot":             {{Name: "../escaped"}},
		"dotdot inside":      {{Name: "a/../../escaped"}},
		"absolute link":      {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/home/ubuntu"}, {Name: "l/escaped"}},
		"relative link":      {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "l/escaped"}},
		"link to a link":     {{Name: "d/m", Typeflag: tar.TypeSymlink, Linkname: "../.."}, {Name: "l", Typeflag: tar.TypeSymlink, Linkname: "d/m"}, {Name: "l/escaped"}},
		"file through link":  {{Name: "escaped", Typeflag: tar.TypeSymlink, Linkname: "../escaped"}, {Name: "escaped"}},
		"hard link":          {{Name: "h", Typeflag: tar.TypeLink, Linkname: "../../.ssh/authorized_keys"}, {Name: "h"}},
		"hard link via link": {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/home/ubuntu/.ssh"}, {Name: "h", Typeflag: tar.TypeLink, Linkname: "l/authorized_keys"}, {Name: "h"}},
		"dir over link":      {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/home/ubuntu"}, {Name: "l", Typeflag: tar.TypeDir}, {Name: "l/inside"}},
	} {
		run(t, c, "rm -rf top escaped; mkdir -p top/in", "")
		before := run(t, c, "sha256sum .ssh/authorized_keys", "").out
		got := run(t, c, "tar -xf - -C top/in", archiveOf(t, members...))
		if left := run(t, c, "find . /tmp -name escaped -type f | grep -v ^./top/in/; sha256sum .ssh/authorized_keys", ""); left.out != before {
			t.Errorf("%s: %+v, outside there is %q", name, got, left.out)
		}
	}
	got := run(t, c, "rm -rf top; mkdir -p top/in; tar -xf - -C top/in; ls top/in/abs", archiveOf(t, tar.Header{Name: "/abs/file"}, tar.Header{Name: "ok", Typeflag: tar.TypeSymlink, Linkname: "abs/file"}))
	if got.out != "file\n" || !strings.Contains(got.err, "Removing leading") {
		t.Errorf("an absolute member: %+v", got)
	}
	if got := run(t, c, "tar -xf -", "no archive at all, but long enough to be looked at"+strings.Repeat(".", 1024)); got.status != 2 {
		t.Errorf("garbage: %+v", got)
	}
	// As GNU tar takes cut archives.
	whole := archiveOf(t, tar.Header{Name: "a"}, tar.Header{Name: "b"})
	for size, want := range map[int]int{514: 2, 872: 2, 1024: 0, 1300: 0, 1536: 2, 1800: 2, 2048: 0, 3072: 0} {
		if got := run(t, c, "tar -xf -", whole[:size]); got.status != want || (want == 2) != strings.Contains(got.err, "Unexpected EOF") {
			t.Errorf("an archive cut at %d: %+v", size, got)
		}
	}
}

func FuzzUntar(f *testing.F) {
	f.Add([]byte(archiveOf(f, tar.Header{Name: "../x"}, tar.Header{Name: "a/b"})))
	f.Add([]byte(archiveOf(f, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/"}, tar.Header{Name: "l/outside"})))
	f.Add([]byte(archiveOf(f, tar.Header{Name: "d", Typeflag: tar.TypeDir}, tar.Header{Name: "d/h", Typeflag: tar.TypeLink, Linkname: "l"})))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := New(Options{InstanceID: "i-1", User: "ubuntu", MemoryLimit: 4 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		w := h.who(rootUID)
		_ = w.mkdirAll("/x/in", 0o755)
		before := outside(t, w, "/")
		in := bytes.NewReader(data)
		sh := h.newShellIn("/x/in", h.environment(rootUID), rootUID, stdio{in: newInput(in), out: io.Discard, err: io.Discard})
		sh.runLine(t.Context(), "tar -xf -")
		if after := outside(t, w, "/"); after != before {
			t.Errorf("outside of the folder:\n%s\nbefore:\n%s", after, before)
		}
		if w.d.used < 0 {
			t.Errorf("%d bytes in use", w.d.used)
		}
	})
}

// outside lists everything but the folder that the fuzz target extracts into.
func outside(t testing.TB, w who, dir string) string {
	if dir == "/x/in" || dir == "/proc" || dir == "/usr/bin" {
		return ""
	}
	kids, err := w.readDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, k := range kids {
		fmt.Fprintf(&b, "%s/%s %v %d %d\n", dir, k.name, k.mode, k.size, k.links)
		if k.IsDir() {
			b.WriteString(outside(t, w, path.Join(dir, k.name)))
		}
	}
	return b.String()
}

func TestSFTPAndShellShareTheDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newHost(t))
		s, err := sftp.NewClient(c)
		if err != nil {
			t.Fatal(err)
		}
		if wd, err := s.Getwd(); wd != "/home/ubuntu" || err != nil {
			t.Errorf("working directory %q, %v", wd, err)
		}
		data := bytes.Repeat([]byte("0123456789abcdef"), 50_000)
		if err := s.MkdirAll("up/load"); err != nil {
			t.Fatal(err)
		}
		f, err := s.Create("up/load/f")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadFrom(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if got := run(t, c, "sha256sum < up/load/f", ""); got.out != fmt.Sprintf("%x  -\n", sha256.Sum256(data)) {
			t.Errorf("the shell reads %+v", got)
		}
		run(t, c, "echo from shell > up/s; chmod 600 up/s; ln -s s up/l", "")
		r, err := s.Open("up/l")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); string(text) != "from shell\n" || err != nil {
			t.Errorf("SFTP reads %q, %v", text, err)
		}
		st, err := s.Stat("up/l")
		if err != nil || st.Mode() != 0o600 || st.Size() != 11 {
			t.Errorf("stat %v, %v", st, err)
		}
		if lst, err := s.Lstat("up/l"); err != nil || lst.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("lstat %v, %v", lst, err)
		}
		if to, err := s.ReadLink("up/l"); to != "s" || err != nil {
			t.Errorf("readlink %q, %v", to, err)
		}
		if real, err := s.RealPath("up/l"); real != "/home/ubuntu/up/s" || err != nil {
			t.Errorf("realpath %q, %v", real, err)
		}
		when := time.Unix(1600000000, 0)
		for what, err := range map[string]error{
			"chmod": s.Chmod("up/s", 0o755), "chtimes": s.Chtimes("up/s", when, when), "truncate": s.Truncate("up/s", 4),
			"symlink": s.Symlink("s", "up/l2"), "link": s.Link("up/s", "up/hard"), "posix rename": s.PosixRename("up/l2", "up/l"),
			"rename": s.Rename("up/hard", "up/harder"), "mkdir": s.Mkdir("up/d"), "rmdir": s.RemoveDirectory("up/d"),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		if got := run(t, c, "stat -c '%a %Y %s %h' up/s; ls up; cat up/harder", ""); got.out != "755 1600000000 4 2\nharder\nl\nload\ns\nfrom" {
			t.Errorf("after SFTP's changes: %+v", got)
		}
		for what, tried := range map[string]struct{ err, want error }{
			"rename over":      {s.Rename("up/l", "up/s"), nil},
			"a missing file":   {s.Remove("nothing"), fs.ErrNotExist},
			"root's file":      {s.Remove("/etc/hostname"), fs.ErrPermission},
			"a full directory": {s.RemoveDirectory("up"), nil},
		} {
			if tried.err == nil || tried.want != nil && !errors.Is(tried.err, tried.want) {
				t.Errorf("%s: %v", what, tried.err)
			}
		}
		if _, err := s.Create("/etc/x"); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("create in /etc: %v", err)
		}
		if v, err := s.StatVFS("/"); err != nil || v.TotalSpace() != diskSize {
			t.Errorf("statvfs: %v, %v", v, err)
		}
		s.Close()
		c.Close()
	})
}

func TestTheDiskFillsUp(t *testing.T) {
	t.Parallel()
	h := newHost(t, func(o *Options) { o.MemoryLimit = 4 << 20 })
	c := dial(t, h)
	got := run(t, c, "head -c 16M /dev/zero > big; echo $?; df / | tail -1", "")
	if !strings.Contains(got.err, "No space left on device") || !strings.HasPrefix(got.out, "1\n") || !strings.Contains(got.out, "100%") {
		t.Errorf("%+v", got)
	}
	if got := run(t, c, "rm big; echo ok > small && cat small", ""); got.out != "ok\n" {
		t.Errorf("after making room: %+v", got)
	}
	if got := run(t, c, "i=0; while touch f$i 2>/dev/null; do i=$((i+1)); done; rm f*; echo ok > f", ""); got.status != 0 {
		t.Errorf("a million names: %+v", got)
	}
	if used := h.disk().used; used < 0 || used > 4<<20 {
		t.Errorf("%d bytes in use", used)
	}
}

func TestDiskSemantics(t *testing.T) {
	t.Parallel()
	d := newDisk(1 << 20)
	root, user := who{d, rootUID}, who{d, userUID}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(root.mkdirAll("/a/b/c", 0o755))
	must(root.writeFile("/a/f", []byte("x"), 0o600))
	must(root.symlink("..", "/a/b/up"))
	must(root.symlink("loop", "/loop"))
	must(root.symlink("/made", "/dangling"))
	must(root.writeFile("/dangling", []byte("through"), 0o644))
	for name, tried := range map[string]struct {
		err  error
		want syscall.Errno
	}{
		"mkdir over a file":      {root.mkdir("/a/f", 0o755), syscall.EEXIST},
		"below a file":           {root.mkdir("/a/f/x", 0o755), syscall.ENOTDIR},
		"a loop":                 {second(root.readFile("/loop")), syscall.ELOOP},
		"another's secret":       {second(user.readFile("/a/f")), syscall.EACCES},
		"write to another's dir": {user.writeFile("/a/x", nil, 0o644), syscall.EACCES},
		"remove a full dir":      {root.remove("/a", true), syscall.ENOTEMPTY},
		"unlink a dir":           {root.remove("/a", false), syscall.EISDIR},
		"into itself":            {root.rename("/a", "/a/b/c/d"), syscall.EINVAL},
		"dir over file":          {root.rename("/a/b", "/a/f"), syscall.ENOTDIR},
		"file over dir":          {root.rename("/a/f", "/a/b"), syscall.EISDIR},
		"chmod another's":        {user.chmod("/a", 0o777), syscall.EPERM},
		"a long name":            {root.mkdir("/"+strings.Repeat("n", 256), 0o755), syscall.ENAMETOOLONG},
		"link to a dir":          {root.link("/a", "/l"), syscall.EPERM},
		"a slash after a file":   {second(root.readFile("/a/f/")), syscall.ENOTDIR},
		"the root":               {root.removeAll("/"), syscall.EBUSY},
		"read a dir":             {second(root.readFile("/a")), syscall.EISDIR},
	} {
		if !errors.Is(tried.err, tried.want) {
			t.Errorf("%s: %v, want %v", name, tried.err, tried.want)
		}
	}
	if data, err := root.readFile("/a/b/up/b/../f"); string(data) != "x" || err != nil {
		t.Errorf("through links and ..: %q, %v", data, err)
	}
	if data, err := root.readFile("/made"); string(data) != "through" || err != nil {
		t.Errorf("a file made through a dangling link: %q, %v", data, err)
	}
	free := d.used
	must(root.mkdirAll("/t/u", 0o755))
	f, err := root.open("/t/u/f", os.O_RDWR|os.O_CREATE, 0o644)
	must(err)
	_, err = f.WriteAt([]byte("end"), 200_000)
	must(err)
	must(root.link("/t/u/f", "/t/g"))
	must(root.removeAll("/t/u"))
	hole := make([]byte, 4)
	if n, err := f.ReadAt(hole, 199_998); n != 4 || err != nil || string(hole) != "\x00\x00en" {
		t.Errorf("around a hole: %q, %v", hole[:n], err)
	}
	must(f.truncate(100_000))
	must(f.truncate(200_004))
	if n, err := f.ReadAt(hole, 200_000); n != 4 || string(hole) != "\x00\x00\x00\x00" {
		t.Errorf("what was cut off came back: %q, %v", hole[:n], err)
	}
	must(root.removeAll("/t"))
	if d.used != free {
		t.Errorf("%d bytes are counted after removal, %d before", d.used, free)
	}
	if _, err := f.Write([]byte("to a file without a name")); err != nil || d.used != free {
		t.Errorf("writing to a removed file: %v, %d bytes counted", err, d.used-free)
	}
}

func second(_ []byte, err error) error { return err }

// TestBlobAgainstOneSlice compares random writes, reads and cuts with the
// obvious implementation.
func TestBlobAgainstOneSlice(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var b blob
	var model []byte
	held := int64(0)
	for range 3000 {
		off, n := r.IntN(300_000), r.IntN(100_000)
		switch r.IntN(4) {
		case 0:
			held -= b.truncate(int64(off))
			model = append(model[:min(off, len(model)):min(off, len(model))], make([]byte, max(0, off-len(model)))...)
		case 1:
			data := bytes.Repeat([]byte{byte(r.Uint32())}, n)
			held += b.writeAt(data, int64(off))
			if n > 0 {
				model = append(model, make([]byte, max(0, off+n-len(model)))...)
				copy(model[off:], data)
			}
		default:
			got := make([]byte, n)
			k, err := b.readAt(got, int64(off))
			want := model[min(off, len(model)):min(off+n, len(model))]
			if !bytes.Equal(got[:k], want) || (err == nil) != (k == n) {
				t.Fatalf("read of %d at %d: %d bytes, %v; want %d", n, off, k, err, len(want))
			}
		}
		if b.size != int64(len(model)) || held != b.held() {
			t.Fatalf("size %d and memory %d; want %d and %d", b.size, held, len(model), b.held())
		}
	}
}
