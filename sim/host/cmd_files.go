package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
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
