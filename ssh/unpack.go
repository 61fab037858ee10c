package ssh

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"spot-tui/fleet"
)

// Bounds of what a host may send: it decides what is in its archive, our disk
// and patience are finite.
const (
	defaultMost = 10 << 30
	maxEntries  = 1_000_000
	maxName     = 4096
)

// unpacked is what came out of an archive.
type unpacked struct {
	files int
	bytes int64
	sums  map[string]string // of regular files, by name
}

// unpacker takes an archive apart into root, and nothing out of it: names and
// links are the host's, and not to be trusted.
type unpacker struct {
	root *os.Root
	top  string // the one name that everything must be below
	most int64
	tell func(done int64)

	out     unpacked
	entries int
	modes   []dirMode // set at the end: a folder may not let us write into it
}

type dirMode struct {
	name string
	mode fs.FileMode
}

// refused is an archive that is not taken.
func refused(format string, args ...any) error {
	return &reachError{
		kind: fleet.KindGuard, words: "the host's archive is refused: " + fmt.Sprintf(format, args...),
		hint: "nothing of it was kept; look on the host what it is",
	}
}

// unpack reads a whole archive.
func (u *unpacker) unpack(r io.Reader) (unpacked, error) {
	u.out.sums = map[string]string{}
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return u.out, u.finish()
		}
		if err != nil {
			return u.out, fmt.Errorf("read the archive: %w", err)
		}
		if u.entries++; u.entries > maxEntries {
			return u.out, refused("it has more than %d entries", maxEntries)
		}
		if err := u.entry(t, h); err != nil {
			return u.out, err
		}
	}
}

// name gives an entry's place below the root.
func (u *unpacker) name(raw string) (string, error) {
	clean := path.Clean(raw)
	switch {
	case raw == "" || len(raw) > maxName || strings.ContainsAny(raw, "\x00\n\r"):
		return "", refused("a name in it can't be used: %.80q", raw)
	case path.IsAbs(raw) || !filepath.IsLocal(filepath.FromSlash(clean)) || strings.Contains(raw, "\\") && runtime.GOOS == "windows":
		return "", refused("the name %.80q leads out of the folder", raw)
	case clean != u.top && !strings.HasPrefix(clean, u.top+"/"):
		return "", refused("the name %.80q is not below %q", raw, u.top)
	}
	return clean, nil
}

func (u *unpacker) entry(t *tar.Reader, h *tar.Header) error {
	name, err := u.name(h.Name)
	if err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode) & fs.ModePerm
	switch h.Typeflag {
	case tar.TypeDir:
		if err := u.root.MkdirAll(filepath.FromSlash(name), 0o700); err != nil {
			return u.clash(name, err)
		}
		u.modes = append(u.modes, dirMode{name, mode | 0o700})
		return nil
	case tar.TypeReg:
		return u.file(t, name, h.Size, mode)
	case tar.TypeSymlink:
		return u.link(name, h.Linkname)
	case tar.TypeLink:
		return u.twin(name, h.Linkname)
	}
	return refused("%.80q is a device, pipe or socket", name)
}

// parent makes the folders on the way.
func (u *unpacker) parent(name string) error {
	dir := path.Dir(name)
	if dir == "." {
		return nil
	}
	if err := u.root.MkdirAll(filepath.FromSlash(dir), 0o700); err != nil {
		return u.clash(dir, err)
	}
	return nil
}

// clash is a name that can't be made: it is there already, or a link stands in
// the way. os.Root lets nothing leave.
func (u *unpacker) clash(name string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return refused("%.80q is in it twice", name)
	}
	return fmt.Errorf("write %s here: %w", name, bare(err))
}

func (u *unpacker) file(r io.Reader, name string, size int64, mode fs.FileMode) error {
	if size < 0 || u.out.bytes+size > u.most {
		return refused("it is larger than %d bytes", u.most)
	}
	if err := u.parent(name); err != nil {
		return err
	}
	f, err := u.root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return u.clash(name, err)
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum, u), r)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = u.root.Chmod(filepath.FromSlash(name), mode|0o400)
	}
	if err != nil {
		return fmt.Errorf("write %s here: %w", name, bare(err))
	}
	u.out.files++
	u.out.sums[name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// Write implements io.Writer: it counts what comes.
func (u *unpacker) Write(b []byte) (int, error) {
	u.out.bytes += int64(len(b))
	u.tell(u.out.bytes)
	return len(b), nil
}

// link keeps a symbolic link that stays inside.
func (u *unpacker) link(name, to string) error {
	landing := path.Join(path.Dir(name), to)
	if path.IsAbs(to) || landing != u.top && !strings.HasPrefix(landing, u.top+"/") || strings.ContainsAny(to, "\x00\n\r") {
		return refused("the link %.80q leads out of the folder, to %.80q", name, to)
	}
	if err := u.parent(name); err != nil {
		return err
	}
	if err := u.root.Symlink(to, filepath.FromSlash(name)); err != nil {
		return u.clash(name, err)
	}
	return nil
}

// twin is a hard link: a second name of a file that came before.
func (u *unpacker) twin(name, to string) error {
	to, err := u.name(to)
	if err != nil {
		return err
	}
	sum, ok := u.out.sums[to]
	if !ok {
		return refused("%.80q is another name of a file that is not in it", name)
	}
	if err := u.parent(name); err != nil {
		return err
	}
	if err := u.root.Link(filepath.FromSlash(to), filepath.FromSlash(name)); err != nil {
		return u.clash(name, err)
	}
	u.out.files++
	u.out.sums[name] = sum
	return nil
}

// finish gives the folders their modes, the deepest first.
func (u *unpacker) finish() error {
	for i := len(u.modes) - 1; i >= 0; i-- {
		if err := u.root.Chmod(filepath.FromSlash(u.modes[i].name), u.modes[i].mode); err != nil {
			return fmt.Errorf("write %s here: %w", u.modes[i].name, bare(err))
		}
	}
	if u.entries == 0 {
		return errors.New("the archive is empty")
	}
	return nil
}
