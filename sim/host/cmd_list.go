package host

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

func lsCommand(p *proc) int {
	opts, names, ok := p.options("1laAdhFrtSRCnpi", "I", "all", "almost-all", "color=", "directory", "human-readable", "recursive")
	if !ok {
		return 2
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	status, blocks := 0, 0
	var files []info
	var dirs []string
	for _, name := range names {
		st, err := p.w.stat(p.abs(name), !has(opts, "l"))
		if err == nil && st.mode&fs.ModeSymlink != 0 && strings.HasSuffix(name, "/") {
			st, err = p.w.stat(p.abs(name), true)
		}
		switch {
		case err != nil:
			status = p.failf(2, "ls: cannot access '%s': %s", name, sentence(err))
		case st.IsDir() && !has(opts, "d", "directory"):
			dirs = append(dirs, name)
		default:
			st.name = name
			files = append(files, st)
		}
	}
	l := lister{p: p, opts: opts}
	l.print(files)
	for i := 0; i < len(dirs); i++ {
		name := dirs[i]
		kids, err := p.w.readDir(p.abs(name))
		if err != nil {
			status = p.failf(2, "ls: cannot open directory '%s': %s", name, sentence(err))
			continue
		}
		if len(names) > 1 || has(opts, "R", "recursive") {
			if blocks++; blocks > 1 || len(files) > 0 {
				fmt.Fprintln(p.out)
			}
			fmt.Fprintf(p.out, "%s:\n", name)
		}
		l.dir(p.abs(name), kids)
		if has(opts, "R", "recursive") {
			var below []string
			for _, kid := range kids {
				if kid.IsDir() && l.shows(kid.name) {
					below = append(below, strings.TrimRight(name, "/")+"/"+kid.name)
				}
			}
			dirs = slices.Insert(dirs, i+1, below...)
		}
	}
	return status
}

type lister struct {
	p    *proc
	opts map[string]string
	base string
}

func (l *lister) shows(name string) bool {
	return !strings.HasPrefix(name, ".") || has(l.opts, "a", "A", "all", "almost-all")
}

func (l *lister) dir(full string, kids []info) {
	l.base = full
	list := kids[:0:0]
	if has(l.opts, "a", "all") {
		for _, dot := range []string{".", ".."} {
			if st, err := l.p.w.stat(full+"/"+dot, true); err == nil {
				st.name = dot
				list = append(list, st)
			}
		}
	}
	for _, kid := range kids {
		if l.shows(kid.name) {
			list = append(list, kid)
		}
	}
	if has(l.opts, "l") {
		total := int64(0)
		for _, st := range list {
			total += (st.size + 4095) / 4096 * 4
		}
		fmt.Fprintf(l.p.out, "total %d\n", total)
	}
	l.print(list)
}

func (l *lister) print(list []info) {
	switch {
	case has(l.opts, "t"):
		slices.SortStableFunc(list, func(a, b info) int { return b.mtime.Compare(a.mtime) })
	case has(l.opts, "S"):
		slices.SortStableFunc(list, func(a, b info) int { return int(b.size - a.size) })
	}
	if has(l.opts, "r") {
		slices.Reverse(list)
	}
	width := 1
	for _, st := range list {
		width = max(width, len(l.size(st.size)))
	}
	for _, st := range list {
		name := st.name
		if has(l.opts, "F", "p") && st.IsDir() {
			name += "/"
		}
		if !has(l.opts, "l") {
			fmt.Fprintln(l.p.out, name)
			continue
		}
		if st.mode&fs.ModeSymlink != 0 {
			if to, err := l.p.w.readlink(absolute(l.where(), st.name)); err == nil {
				name += " -> " + to
			}
		}
		owner := l.p.h.userName(st.uid)
		fmt.Fprintf(l.p.out, "%s %d %s %s %*s %s %s\n", modeString(st.mode), max(1, st.links), owner, owner,
			width, l.size(st.size), listTime(st.mtime), name)
	}
}

func (l *lister) where() string {
	if l.base != "" {
		return l.base
	}
	return l.p.dir
}

func (l *lister) size(n int64) string {
	if has(l.opts, "h", "human-readable") {
		return human(n)
	}
	return fmt.Sprint(n)
}

// human is a size as -h prints it: 1.5K, 12M.
func human(n int64) string {
	if n < 1024 {
		return fmt.Sprint(n)
	}
	v := float64(n)
	unit := -1
	for v >= 1024 && unit < 4 {
		v /= 1024
		unit++
	}
	if v < 10 {
		return fmt.Sprintf("%.1f%c", v, "KMGTP"[unit])
	}
	return fmt.Sprintf("%.0f%c", v, "KMGTP"[unit])
}

// modeString is the first column of ls -l.
func modeString(m fs.FileMode) string {
	kind := "-"
	switch {
	case m.IsDir():
		kind = "d"
	case m&fs.ModeSymlink != 0:
		kind = "l"
	case m&fs.ModeCharDevice != 0:
		kind = "c"
	}
	b := []byte(m.Perm().String())[1:]
	special := func(at int, on bool, lower byte) {
		if !on {
			return
		}
		if b[at] == '-' {
			lower -= 'a' - 'A'
		}
		b[at] = lower
	}
	special(2, m&fs.ModeSetuid != 0, 's')
	special(5, m&fs.ModeSetgid != 0, 's')
	special(8, m&fs.ModeSticky != 0, 't')
	return kind + string(b)
}

func listTime(t time.Time) string {
	t = t.UTC()
	if age := time.Since(t); age > 180*24*time.Hour || age < -time.Hour {
		return t.Format("Jan _2  2006")
	}
	return t.Format("Jan _2 15:04")
}
