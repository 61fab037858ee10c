package host

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// extractor unpacks one archive. Like GNU tar it never leaves its folder: leading
// slashes are taken off, members with ".." are refused, and symbolic links that
// could lead outside are made only when everything else is there, so that no
// member is written through them.
type extractor struct {
	p       *proc
	o       *tarOptions
	root    string
	made    map[string]bool // links made by this archive
	links   []later
	dirs    []later
	skipped bool
	slashes bool
}

// counter counts what has been read of an archive.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// errCut is GNU tar's word for an archive that ends inside of a member. One that
// ends between two members is taken as whole, as GNU tar does.
var errCut = errors.New("Unexpected EOF in archive") //nolint:staticcheck // GNU tar's words

func (x *extractor) all(src *counter) error {
	r := tar.NewReader(src)
	end := int64(0) // of the last member, with its padding
	for {
		if err := x.p.ctx.Err(); err != nil {
			return err
		}
		h, err := r.Next()
		if err == nil && h.Typeflag == tar.TypeReg {
			end = src.n + (h.Size+511)/512*512
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			if src.n < end {
				return errCut
			}
			return nil
		case errors.Is(err, tar.ErrHeader):
			return errors.New("This does not look like a tar archive") //nolint:staticcheck // GNU tar's words
		case err != nil && h == nil:
			return err
		}
		if !x.wanted(h.Name) {
			continue
		}
		if x.o.mode == 't' {
			x.list(h)
			continue
		}
		if err := x.member(h, r); err != nil {
			var p *fs.PathError
			if !errors.As(err, &p) {
				return err
			}
			x.skip(h.Name, sentence(err))
		}
	}
}

func (x *extractor) wanted(name string) bool {
	if x.o.excluded(name) {
		return false
	}
	return len(x.o.names) == 0 || slices.ContainsFunc(x.o.names, func(n string) bool {
		n = path.Clean(n)
		return path.Clean(name) == n || strings.HasPrefix(path.Clean(name), n+"/")
	})
}

func (x *extractor) list(h *tar.Header) {
	if x.o.verbose {
		fmt.Fprintf(x.p.out, "%s %s/%s %9d %s %s\n", modeString(h.FileInfo().Mode()), h.Uname, h.Gname, h.Size, h.ModTime.UTC().Format("2006-01-02 15:04"), h.Name)
		return
	}
	fmt.Fprintln(x.p.out, h.Name)
}

func (x *extractor) skip(name, why string) {
	x.skipped = true
	x.p.failf(2, "tar: %s: %s", name, why)
}

// place turns a member's name into a clean relative one.
func (x *extractor) place(name string) (rel string, ok bool) {
	trimmed := strings.TrimLeft(name, "/")
	if trimmed != name && !x.slashes {
		x.slashes = true
		x.p.failf(0, "tar: Removing leading `/' from member names")
	}
	if slices.Contains(strings.Split(trimmed, "/"), "..") || strings.Contains(trimmed, "\x00") {
		x.skip(name, "Member name contains '..'")
		return "", false
	}
	parts := strings.Split(path.Clean(trimmed), "/")
	if trimmed == "" || parts[0] == "." {
		parts = nil
	}
	if x.o.strip >= len(parts) && x.o.strip > 0 {
		return "", false
	}
	return path.Join(parts[x.o.strip:]...), true
}

// member writes one member. An error that isn't a *fs.PathError ends the
// extraction.
func (x *extractor) member(h *tar.Header, r io.Reader) error {
	rel, ok := x.place(h.Name)
	if !ok {
		return nil
	}
	if x.o.verbose {
		fmt.Fprintln(x.p.out, h.Name)
	}
	full := path.Join(x.root, rel)
	mode := octalMode(uint64(h.Mode & 0o7777))
	if x.p.w.uid != rootUID && !x.o.keepModes {
		mode = mode.Perm() &^ x.p.umask
	}
	if rel != "" {
		if err := x.parents(rel); err != nil {
			return err
		}
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return x.directory(full, rel, mode, h)
	case tar.TypeReg, tar.TypeGNUSparse:
		if x.o.toStdout {
			_, err := io.Copy(x.p.out, r)
			return err
		}
		return x.file(full, rel, mode, h, r)
	case tar.TypeSymlink:
		return x.symlink(full, rel, h)
	case tar.TypeLink:
		return x.hardlink(full, rel, h)
	case tar.TypeXGlobalHeader:
		return nil
	}
	x.skip(h.Name, "Cannot mknod: Operation not permitted")
	return nil
}

// parents makes the directories above a member. A link of this archive is not
// followed.
func (x *extractor) parents(rel string) error {
	for dir := path.Dir(rel); dir != "."; dir = path.Dir(dir) {
		if x.made[dir] {
			return fault("open", rel, errors.New("Cannot open: Not a directory")) //nolint:staticcheck // GNU tar's words
		}
	}
	return x.p.w.mkdirAll(path.Dir(path.Join(x.root, rel)), 0o777&^x.p.umask)
}

func (x *extractor) directory(full, rel string, mode fs.FileMode, h *tar.Header) error {
	if rel == "" {
		return nil
	}
	if st, err := x.p.w.stat(full, false); err == nil && !st.IsDir() {
		target, err := x.p.w.stat(full, true)
		if x.made[rel] || err != nil || !target.IsDir() {
			if err := x.p.w.remove(full, false); err != nil {
				return err
			}
		}
	}
	delete(x.made, rel)
	// Writable until all members are in it; the real mode comes at the end.
	if err := x.p.w.mkdirAll(full, 0o700); err != nil {
		return err
	}
	x.dirs = append(x.dirs, later{name: full, mode: mode, mtime: h.ModTime})
	return nil
}

func (x *extractor) file(full, rel string, mode fs.FileMode, h *tar.Header, r io.Reader) error {
	if rel == "" {
		return fault("open", h.Name, errors.New("Is a directory")) //nolint:staticcheck // the system's words
	}
	if _, err := x.p.w.stat(full, false); err == nil {
		if x.o.noOverwrite {
			x.skip(h.Name, "Cannot open: File exists")
			return nil
		}
		// Away first: writing through an old link would leave the folder.
		if err := x.p.w.remove(full, false); err != nil {
			return err
		}
	}
	delete(x.made, rel)
	f, err := x.p.w.open(full, truncFlags, mode.Perm())
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{f}, r, make([]byte, min(64<<10, max(512, h.Size)))); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errCut
		}
		return err
	}
	if mode&^fs.ModePerm != 0 {
		if err := x.p.w.chmod(full, mode); err != nil {
			return err
		}
	}
	if x.o.touch {
		return nil
	}
	return x.p.w.chtimes(full, false, h.ModTime)
}

func (x *extractor) symlink(full, rel string, h *tar.Header) error {
	if rel == "" {
		return fault("symlink", h.Name, fs.ErrExist)
	}
	if path.IsAbs(h.Linkname) || slices.Contains(strings.Split(h.Linkname, "/"), "..") {
		x.links = append(x.links, later{name: full, rel: rel, target: h.Linkname})
		// Its name is taken from now on.
		x.made[rel] = true
		return nil
	}
	return x.link(full, rel, h.Linkname)
}

func (x *extractor) link(full, rel, target string) error {
	if st, err := x.p.w.stat(full, false); err == nil {
		if err := x.p.w.remove(full, st.IsDir()); err != nil {
			return err
		}
	}
	x.made[rel] = true
	return x.p.w.symlink(target, full)
}

// hardlink joins two members; its target is a member too.
func (x *extractor) hardlink(full, rel string, h *tar.Header) error {
	target, ok := x.place(h.Linkname)
	if !ok || rel == "" || target == rel {
		return nil
	}
	for dir := target; dir != "." && dir != ""; dir = path.Dir(dir) {
		if x.made[dir] {
			x.skip(h.Name, "Cannot hard link to '"+h.Linkname+"': Operation not permitted")
			return nil
		}
	}
	if _, err := x.p.w.stat(full, false); err == nil {
		if err := x.p.w.remove(full, false); err != nil {
			return err
		}
	}
	return x.p.w.link(path.Join(x.root, target), full)
}

// finish makes the links that were put off, and gives directories their modes
// and times, the deepest first.
func (x *extractor) finish() error {
	for _, l := range x.links {
		if !x.made[l.rel] {
			continue // a later member took its name
		}
		if st, err := x.p.w.stat(l.name, false); err == nil && !st.IsDir() {
			_ = x.p.w.remove(l.name, false)
		}
		if err := x.p.w.symlink(l.target, l.name); err != nil {
			x.skip(l.name, "Cannot create symlink: "+sentence(err))
		}
	}
	for _, d := range slices.Backward(x.dirs) {
		if st, err := x.p.w.stat(d.name, false); err != nil || !st.IsDir() {
			continue
		}
		err := x.p.w.chmod(d.name, d.mode)
		if err == nil && !x.o.touch {
			err = x.p.w.chtimes(d.name, false, d.mtime)
		}
		if err != nil {
			x.skip(d.name, sentence(err))
		}
	}
	if x.skipped {
		return errSkipped
	}
	return nil
}
