package host

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fault is an error as the os package gives it; err may be nil.
func fault(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Names given to these methods are absolute. Their errors are *fs.PathError
// around a syscall.Errno.

func (w who) stat(name string, follow bool) (info, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	n, err := w.get(name, follow)
	if err != nil {
		return info{}, fault("stat", name, err)
	}
	return n.info(path.Base(name)), nil
}

// access checks rights as access(2) does, want being of 4, 2 and 1.
func (w who) access(name string, want fs.FileMode) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	n, err := w.get(name, true)
	if err == nil && !w.may(n, want) {
		err = syscall.EACCES
	}
	return fault("access", name, err)
}

// readDir lists a directory by name.
func (w who) readDir(name string) ([]info, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	n, err := w.get(name, true)
	switch {
	case err != nil:
	case !n.mode.IsDir():
		err = syscall.ENOTDIR
	case !w.may(n, 4):
		err = syscall.EACCES
	}
	if err != nil {
		return nil, fault("open", name, err)
	}
	kids := n.list()
	infos := make([]info, 0, len(kids))
	for kid, k := range kids {
		infos = append(infos, k.info(kid))
	}
	slices.SortFunc(infos, func(a, b info) int { return strings.Compare(a.name, b.name) })
	return infos, nil
}

func (w who) mkdir(name string, perm fs.FileMode) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	p, err := w.find(name, false)
	if err == nil && p.node != nil {
		err = syscall.EEXIST
	}
	if err == nil {
		_, err = w.add(p, fs.ModeDir|perm.Perm())
	}
	return fault("mkdir", name, err)
}

// mkdirAll makes a directory and those above it that are missing.
func (w who) mkdirAll(name string, perm fs.FileMode) error {
	st, err := w.stat(name, true)
	if err == nil {
		if !st.IsDir() {
			return fault("mkdir", name, syscall.EEXIST)
		}
		return nil
	}
	if up := path.Dir(strings.TrimRight(name, "/")); up != name && up != "/" {
		if err := w.mkdirAll(up, perm); err != nil {
			return err
		}
	}
	err = w.mkdir(name, perm)
	if st, again := w.stat(name, true); err != nil && again == nil && st.IsDir() {
		return nil // somebody else was faster
	}
	return err
}

// remove takes a name away: an empty directory's where dir says so, anything
// else's otherwise.
func (w who) remove(name string, dir bool) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	p, err := w.find(name, false)
	if err == nil {
		err = w.mayRemove(p)
	}
	switch {
	case err != nil:
	case dir && !p.node.mode.IsDir():
		err = syscall.ENOTDIR
	case !dir && p.node.mode.IsDir():
		err = syscall.EISDIR
	case dir && len(p.node.list()) > 0:
		err = syscall.ENOTEMPTY
	default:
		delete(p.dir.kids, p.name)
		p.dir.mtime = time.Now()
		w.d.drop(p.node)
	}
	return fault("remove", name, err)
}

// removeAll takes a whole tree away. What does not exist is no error.
func (w who) removeAll(name string) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	p, err := w.find(name, false)
	if err == nil && p.node == nil || err == syscall.ENOENT { //nolint:errorlint // find returns bare numbers
		return nil
	}
	if err == nil {
		err = w.mayRemove(p)
	}
	if err == nil {
		err = w.clear(p.node)
	}
	if err == nil {
		delete(p.dir.kids, p.name)
		p.dir.mtime = time.Now()
		w.d.drop(p.node)
	}
	return fault("remove", name, err)
}

func (w who) clear(n *node) error {
	if !n.mode.IsDir() || len(n.list()) == 0 {
		return nil
	}
	if !w.may(n, 7) {
		return syscall.EACCES
	}
	for name, kid := range n.kids {
		if err := w.clear(kid); err != nil {
			return err
		}
		delete(n.kids, name)
		w.d.drop(kid)
	}
	return nil
}

// rename moves a name, over an existing file if need be.
func (w who) rename(from, to string) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	return fault("rename", from, w.move(from, to))
}

func (w who) move(from, to string) error {
	src, err := w.find(from, false)
	if err == nil {
		err = w.mayRemove(src)
	}
	if err != nil {
		return err
	}
	dst, err := w.find(to, false)
	if err != nil {
		return err
	}
	if dst.node == src.node {
		return nil
	}
	if dst.node != nil {
		if err := w.mayReplace(src.node, dst); err != nil {
			return err
		}
	} else if dst.name == "." || dst.name == ".." || !w.may(dst.dir, 3) {
		return syscall.EACCES
	}
	if src.node.mode.IsDir() && inside(src.node, dst.dir) {
		return syscall.EINVAL
	}
	if dst.node != nil {
		w.d.drop(dst.node)
	}
	delete(src.dir.kids, src.name)
	dst.dir.list()[dst.name] = src.node
	src.dir.mtime = time.Now()
	dst.dir.mtime = src.dir.mtime
	return nil
}

func (w who) mayReplace(n *node, dst place) error {
	switch {
	case dst.node.mode.IsDir() && !n.mode.IsDir():
		return syscall.EISDIR
	case !dst.node.mode.IsDir() && n.mode.IsDir():
		return syscall.ENOTDIR
	case len(dst.node.list()) > 0:
		return syscall.ENOTEMPTY
	}
	return w.mayRemove(dst)
}

// inside says whether n is top or anywhere below it.
func inside(top, n *node) bool {
	if top == n {
		return true
	}
	for _, kid := range top.kids {
		if kid.mode.IsDir() && inside(kid, n) {
			return true
		}
	}
	return false
}

func (w who) symlink(target, name string) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	p, err := w.find(name, false)
	if err == nil && p.node != nil {
		err = syscall.EEXIST
	}
	if err == nil && (target == "" || len(target) > 4095) {
		err = syscall.ENOENT
	}
	if err == nil {
		var n *node
		if n, err = w.add(p, fs.ModeSymlink|0o777); err == nil {
			n.target = target
		}
	}
	return fault("symlink", name, err)
}

func (w who) link(old, name string) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	n, err := w.get(old, false)
	if err != nil {
		return fault("link", old, err)
	}
	p, err := w.find(name, false)
	switch {
	case err != nil:
	case p.node != nil:
		err = syscall.EEXIST
	case n.mode.IsDir():
		err = syscall.EPERM
	case !w.may(p.dir, 3):
		err = syscall.EACCES
	default:
		n.links++
		p.dir.list()[p.name] = n
	}
	return fault("link", name, err)
}

func (w who) readlink(name string) (string, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	n, err := w.get(name, false)
	if err == nil && n.mode&fs.ModeSymlink == 0 {
		err = syscall.EINVAL
	}
	if err != nil {
		return "", fault("readlink", name, err)
	}
	return n.target, nil
}

// change runs f on a node that the user owns.
func (w who) change(op, name string, follow bool, f func(*node) error) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	n, err := w.get(name, follow)
	if err == nil && w.uid != rootUID && w.uid != n.uid {
		err = syscall.EPERM
	}
	if err == nil {
		err = f(n)
	}
	return fault(op, name, err)
}

// permBits are what chmod can set.
const permBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

func (w who) chmod(name string, mode fs.FileMode) error {
	return w.change("chmod", name, true, func(n *node) error {
		n.mode = n.mode&^permBits | mode&permBits
		return nil
	})
}

func (w who) chtimes(name string, follow bool, t time.Time) error {
	return w.change("chtimes", name, follow, func(n *node) error {
		n.mtime = t
		return nil
	})
}

func (w who) chown(name string, uid int) error {
	return w.change("chown", name, true, func(n *node) error {
		if w.uid != rootUID && uid != n.uid {
			return syscall.EPERM
		}
		n.uid = uid
		return nil
	})
}
