package host

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

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
	names := args[1:]
	if names[0] == "--" { // GNU takes it behind the mode, too
		names = names[1:]
	}
	status := 0
	for _, name := range names {
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
