package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// filePrograms change and show names on the disk.
func filePrograms() map[string]command {
	return map[string]command{
		"ls": lsCommand, "mkdir": mkdirCommand, "rm": rmCommand, "rmdir": rmdirCommand, "mv": mvCommand, "cp": cpCommand,
		"ln": lnCommand, "touch": touchCommand, "chmod": chmodCommand, "chown": chownCommand, "chgrp": okCommand,
		"find": findCommand, "mktemp": mktempCommand, "basename": basenameCommand, "dirname": dirnameCommand,
		"readlink": readlinkCommand, "realpath": readlinkCommand, "stat": statCommand, "du": duCommand, "sync": okCommand, "install": installCommand,
	}
}

func okCommand(*proc) int { return 0 }

func mkdirCommand(p *proc) int {
	opts, names, ok := p.options("pv", "m", "parents", "mode=", "verbose")
	if !ok || len(names) == 0 {
		return p.failf(1, "mkdir: missing operand")
	}
	status := 0
	for _, name := range names {
		var err error
		if has(opts, "p", "parents") {
			err = p.w.mkdirAll(p.abs(name), 0o777&^p.umask)
		} else {
			err = p.w.mkdir(p.abs(name), 0o777&^p.umask)
		}
		if mode, set := opts["m"]; set && err == nil {
			err = p.chmod(name, mode)
		}
		if err != nil {
			status = p.fail("cannot create directory '%s': %s", name, sentence(err))
		}
	}
	return status
}

func rmCommand(p *proc) int {
	opts, names, ok := p.options("rRfidv", "", "recursive", "force", "dir", "verbose", "one-file-system")
	if !ok {
		return 1
	}
	force, tree := has(opts, "f", "force"), has(opts, "r", "R", "recursive")
	if len(names) == 0 && !force {
		return p.fail("missing operand")
	}
	status := 0
	for _, name := range names {
		if base := path.Base(path.Clean(p.abs(name))); base == "/" {
			status = p.fail("it is dangerous to operate recursively on '/'")
			continue
		}
		st, err := p.w.stat(p.abs(name), false)
		switch {
		case errors.Is(err, fs.ErrNotExist) && force:
			continue
		case err != nil:
		case st.IsDir() && tree:
			err = p.w.removeAll(strings.TrimRight(p.abs(name), "/"))
		case st.IsDir() && has(opts, "d", "dir"):
			err = p.w.remove(p.abs(name), true)
		default:
			err = p.w.remove(p.abs(name), false)
		}
		if err != nil {
			status = p.fail("cannot remove '%s': %s", name, sentence(err))
		}
	}
	return status
}

func rmdirCommand(p *proc) int {
	_, names, ok := p.options("pv", "", "ignore-fail-on-non-empty")
	if !ok {
		return 1
	}
	status := 0
	for _, name := range names {
		if err := p.w.remove(p.abs(name), true); err != nil {
			status = p.fail("failed to remove '%s': %s", name, sentence(err))
		}
	}
	return status
}

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

func lnCommand(p *proc) int {
	opts, names, ok := p.options("sfnvTr", "", "symbolic", "force", "no-dereference")
	if !ok || len(names) == 0 {
		return p.failf(1, "ln: missing file operand")
	}
	if len(names) == 1 {
		names = append(names, path.Base(names[0]))
	}
	target, name := names[0], names[1]
	dst := p.abs(name)
	if st, err := p.w.stat(dst, !has(opts, "n", "T", "no-dereference")); err == nil && st.IsDir() {
		dst = path.Join(dst, path.Base(target))
	}
	if has(opts, "f", "force") {
		_ = p.w.remove(dst, false)
	}
	var err error
	if has(opts, "s", "symbolic") {
		err = p.w.symlink(target, dst)
	} else {
		err = p.w.link(p.abs(target), dst)
	}
	if err != nil {
		return p.fail("failed to create link '%s': %s", name, sentence(err))
	}
	return 0
}

func touchCommand(p *proc) int {
	opts, names, ok := p.options("cam", "dtr", "no-create", "date=")
	if !ok {
		return 1
	}
	at := time.Now()
	if d, set := opts["d"]; set {
		t, err := parseDate(d, at)
		if err != nil {
			return p.fail("invalid date format '%s'", d)
		}
		at = t
	}
	status := 0
	for _, name := range names {
		if _, err := p.w.stat(p.abs(name), true); err != nil {
			if has(opts, "c", "no-create") {
				continue
			}
			if _, err := p.w.open(p.abs(name), os.O_WRONLY|os.O_CREATE, 0o666&^p.umask); err != nil {
				status = p.fail("cannot touch '%s': %s", name, sentence(err))
				continue
			}
		}
		if err := p.w.chtimes(p.abs(name), true, at); err != nil {
			status = p.fail("setting times of '%s': %s", name, sentence(err))
		}
	}
	return status
}

func chmodCommand(p *proc) int {
	args := p.args[1:]
	tree := false
	for len(args) > 0 && (args[0] == "-R" || args[0] == "-v" || args[0] == "-f" || args[0] == "--recursive" || args[0] == "--") {
		tree = tree || args[0] == "-R" || args[0] == "--recursive"
		args = args[1:]
	}
	if len(args) < 2 {
		return p.fail("missing operand")
	}
	status := 0
	for _, name := range args[1:] {
		err := p.chmod(name, args[0])
		if tree && err == nil {
			err = p.walk(p.abs(name), name, func(full, _ string, st info) error {
				if st.mode&fs.ModeSymlink != 0 {
					return nil
				}
				return p.chmod(full, args[0])
			})
		}
		switch {
		case errors.Is(err, errMode):
			return p.fail("invalid mode: '%s'", args[0])
		case err != nil:
			status = p.fail("changing permissions of '%s': %s", name, sentence(err))
		}
	}
	return status
}

var errMode = errors.New("invalid mode")

// chmod takes octal and symbolic modes.
func (p *proc) chmod(name, mode string) error {
	st, err := p.w.stat(p.abs(name), true)
	if err != nil {
		return err
	}
	bits, err := newMode(st.mode, mode, p.umask)
	if err != nil {
		return err
	}
	return p.w.chmod(p.abs(name), bits)
}

// octalMode is the mode behind Unix's numbers.
func octalMode(n uint64) fs.FileMode {
	m := fs.FileMode(n) & fs.ModePerm
	for bit, flag := range map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if n&bit != 0 {
			m |= flag
		}
	}
	return m
}

func newMode(old fs.FileMode, mode string, umask fs.FileMode) (fs.FileMode, error) {
	if n, err := strconv.ParseUint(mode, 8, 16); err == nil {
		return octalMode(n), nil
	}
	bits := old & permBits
	for _, clause := range strings.Split(mode, ",") {
		at := strings.IndexAny(clause, "+-=")
		if at < 0 {
			return 0, errMode
		}
		var classes fs.FileMode
		for _, c := range clause[:at] {
			class, ok := map[rune]fs.FileMode{'u': 0o700, 'g': 0o070, 'o': 0o007, 'a': 0o777}[c]
			if !ok {
				return 0, errMode
			}
			classes |= class
		}
		if at == 0 {
			classes = 0o777 &^ umask
		}
		var want, extra fs.FileMode
		for _, c := range clause[at+1:] {
			switch c {
			case 'r':
				want |= 0o444
			case 'w':
				want |= 0o222
			case 'x':
				want |= 0o111
			case 'X':
				if old.IsDir() || old&0o111 != 0 {
					want |= 0o111
				}
			case 's':
				extra |= fs.ModeSetuid
			case 't':
				extra |= fs.ModeSticky
			default:
				return 0, errMode
			}
		}
		switch clause[at] {
		case '+':
			bits |= want&classes | extra
		case '-':
			bits &^= want&classes | extra
		case '=':
			bits = bits&^classes | want&classes | extra
		}
	}
	return bits, nil
}

func chownCommand(p *proc) int {
	opts, names, ok := p.options("Rvfh", "", "recursive", "from=")
	if !ok || len(names) < 2 {
		return p.failf(1, "chown: missing operand")
	}
	user, _, _ := strings.Cut(names[0], ":")
	user, _, _ = strings.Cut(user, ".")
	uid := map[string]int{"root": rootUID, "0": rootUID, p.h.opts.User: userUID, "1000": userUID}
	to, known := uid[user]
	if !known && user != "" {
		return p.fail("invalid user: '%s'", names[0])
	}
	status := 0
	for _, name := range names[1:] {
		_, err := p.w.stat(p.abs(name), true)
		if err == nil && user != "" {
			err = p.w.chown(p.abs(name), to)
			if has(opts, "R", "recursive") && err == nil {
				err = p.walk(p.abs(name), name, func(full, _ string, st info) error {
					if st.mode&fs.ModeSymlink != 0 {
						return nil
					}
					return p.w.chown(full, to)
				})
			}
		}
		if err != nil {
			status = p.fail("changing ownership of '%s': %s", name, sentence(err))
		}
	}
	return status
}

func mktempCommand(p *proc) int {
	opts, names, ok := p.options("duqt", "p", "directory", "tmpdir=", "suffix=")
	if !ok {
		return 1
	}
	template := "tmp.XXXXXXXXXX"
	dir := "/tmp"
	if len(names) > 0 {
		template = names[0]
		if !has(opts, "t", "p", "tmpdir") {
			dir = p.dir
		}
	}
	if d := opts["p"] + opts["tmpdir"]; d != "" {
		dir = p.abs(d)
	}
	stem := strings.TrimRight(template, "X")
	count := len(template) - len(stem)
	if count < 3 {
		return p.fail("too few X's in template '%s'", template)
	}
	for try := p.h.nextPID(); ; try += 7 {
		tail := fmt.Sprintf("%0*s", count, strconv.FormatInt(int64(try)*2_654_435_761, 36))
		shown := stem + tail[len(tail)-count:] + opts["suffix"]
		name := absolute(dir, shown)
		var err error
		if has(opts, "d", "directory") {
			err = p.w.mkdir(name, 0o700)
		} else {
			_, err = p.w.open(name, truncFlags|os.O_EXCL, 0o600)
		}
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return p.fail("failed to create '%s': %s", template, sentence(err))
		}
		if len(names) == 0 || has(opts, "t", "p", "tmpdir") || path.IsAbs(template) {
			shown = path.Clean(name)
		}
		fmt.Fprintln(p.out, shown)
		return 0
	}
}

func basenameCommand(p *proc) int {
	if len(p.args) < 2 {
		return p.fail("missing operand")
	}
	name := path.Base(p.args[1])
	if len(p.args) > 2 && name != p.args[2] {
		name = strings.TrimSuffix(name, p.args[2])
	}
	fmt.Fprintln(p.out, name)
	return 0
}

func dirnameCommand(p *proc) int {
	if len(p.args) < 2 {
		return p.fail("missing operand")
	}
	for _, name := range p.args[1:] {
		if trimmed := strings.TrimRight(name, "/"); trimmed != "" || name == "" {
			name = trimmed
		}
		fmt.Fprintln(p.out, path.Dir(name))
	}
	return 0
}

func readlinkCommand(p *proc) int {
	opts, names, ok := p.options("femnqsz", "", "canonicalize")
	if !ok || len(names) == 0 {
		return 1
	}
	status := 0
	for _, name := range names {
		var to string
		var err error
		if p.name() == "realpath" || has(opts, "f", "e", "m", "canonicalize") {
			if to, err = p.w.realPath(p.abs(name)); err != nil && !has(opts, "e") {
				if up, e := p.w.realPath(path.Dir(p.abs(name))); e == nil {
					to, err = path.Join(up, path.Base(name)), nil
				}
			}
		} else {
			to, err = p.w.readlink(p.abs(name))
		}
		if err != nil {
			status = 1
			continue
		}
		fmt.Fprintln(p.out, to)
	}
	return status
}
