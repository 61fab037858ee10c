package host

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// into gives the name that a source gets at the destination.
func (p *proc) into(src, dst string) string {
	if st, err := p.w.stat(p.abs(dst), true); err == nil && st.IsDir() {
		return path.Join(p.abs(dst), path.Base(src))
	}
	return p.abs(dst)
}

// sources splits the operands of cp and mv, honouring -t.
func (p *proc) sources(names []string, target string) (from []string, to string, ok bool) {
	if target != "" {
		return names, target, len(names) > 0
	}
	if len(names) < 2 {
		p.fail("missing file operand")
		return nil, "", false
	}
	from, to = names[:len(names)-1], names[len(names)-1]
	if len(from) > 1 {
		if st, err := p.w.stat(p.abs(to), true); err != nil || !st.IsDir() {
			p.fail("target '%s' is not a directory", to)
			return nil, "", false
		}
	}
	return from, to, true
}

func mvCommand(p *proc) int {
	opts, names, ok := p.options("fnvTi", "t", "force", "no-clobber", "verbose", "target-directory=")
	if !ok {
		return 1
	}
	from, to, ok := p.sources(names, opts["t"])
	if !ok {
		return 1
	}
	status := 0
	for _, src := range from {
		dst := p.into(src, to)
		if has(opts, "n") {
			if _, err := p.w.stat(dst, false); err == nil {
				continue
			}
		}
		if err := p.w.rename(strings.TrimRight(p.abs(src), "/"), dst); err != nil {
			status = p.fail("cannot move '%s' to '%s': %s", src, to, sentence(err))
		}
	}
	return status
}

func cpCommand(p *proc) int {
	opts, names, ok := p.options("rRafpvdnTPLui", "t", "recursive", "archive", "force", "verbose", "preserve", "no-clobber", "target-directory=")
	if !ok {
		return 1
	}
	from, to, ok := p.sources(names, opts["t"])
	if !ok {
		return 1
	}
	c := copier{p: p, tree: has(opts, "r", "R", "a", "recursive", "archive"), keep: has(opts, "p", "a", "preserve", "archive")}
	for _, src := range from {
		dst := p.into(src, to)
		if has(opts, "T") {
			dst = p.abs(to)
		}
		c.copy(src, p.abs(src), dst, 0)
	}
	return c.status
}

type copier struct {
	p          *proc
	tree, keep bool
	status     int
}

// maxDepth ends a copy into itself.
const maxDepth = 200

func (c *copier) copy(shown, src, dst string, depth int) {
	st, err := c.p.w.stat(src, !c.tree)
	switch {
	case err != nil:
		c.status = c.p.fail("cannot stat '%s': %s", shown, sentence(err))
		return
	case st.IsDir() && !c.tree:
		c.status = c.p.fail("-r not specified; omitting directory '%s'", shown)
		return
	case depth > maxDepth:
		c.status = c.p.fail("cannot copy a directory, '%s', into itself", shown)
		return
	}
	switch {
	case st.IsDir():
		err = c.p.w.mkdirAll(dst, st.mode.Perm()&^c.p.umask)
		kids, e := c.p.w.readDir(src)
		for _, kid := range kids {
			if err == nil {
				c.copy(path.Join(shown, kid.name), path.Join(src, kid.name), path.Join(dst, kid.name), depth+1)
			}
		}
		err = errors.Join(err, e)
	case st.mode&fs.ModeSymlink != 0:
		var target string
		if target, err = c.p.w.readlink(src); err == nil {
			_ = c.p.w.remove(dst, false)
			err = c.p.w.symlink(target, dst)
		}
	default:
		err = c.p.w.copyFile(src, dst, st.mode.Perm()&^c.p.umask)
	}
	if err == nil && c.keep && st.mode&fs.ModeSymlink == 0 {
		err = errors.Join(c.p.w.chmod(dst, st.mode), c.p.w.chtimes(dst, true, st.mtime))
	}
	if err != nil {
		c.status = c.p.fail("cannot copy '%s': %s", shown, sentence(err))
	}
}

func (w who) copyFile(src, dst string, perm fs.FileMode) error {
	in, err := w.open(src, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if st, err := w.stat(dst, true); err == nil && st.ino == in.stat().ino {
		return fault("copy", dst, syscall.EEXIST)
	}
	out, err := w.open(dst, truncFlags, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, struct{ io.Reader }{in})
	return err
}

// installCommand is install -m MODE SRC… DST and install -d DIR….
func installCommand(p *proc) int {
	opts, names, ok := p.options("dDvp", "mogt", "mode=", "directory")
	if !ok {
		return 1
	}
	mode := "755"
	if m, set := opts["m"]; set {
		mode = m
	}
	status := 0
	if has(opts, "d", "directory") {
		for _, name := range names {
			if err := errors.Join(p.w.mkdirAll(p.abs(name), 0o755), p.chmod(name, mode)); err != nil {
				status = p.fail("cannot create directory '%s': %s", name, sentence(err))
			}
		}
		return status
	}
	from, to, ok := p.sources(names, opts["t"])
	if !ok {
		return 1
	}
	for _, src := range from {
		dst := p.into(src, to)
		if has(opts, "D") {
			_ = p.w.mkdirAll(path.Dir(dst), 0o755)
		}
		err := p.w.copyFile(p.abs(src), dst, 0o755)
		if err == nil {
			err = p.chmod(dst, mode)
		}
		if err != nil {
			status = p.fail("cannot install '%s': %s", src, sentence(err))
		}
	}
	return status
}
