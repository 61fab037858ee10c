package host

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// walk visits a tree in order, the top first. shown is the name as the user
// gave it.
func (p *proc) walk(full, shown string, visit func(full, shown string, st info) error) error {
	st, err := p.w.stat(full, false)
	if err != nil {
		return err
	}
	return p.walkFrom(full, shown, st, visit)
}

func (p *proc) walkFrom(full, shown string, st info, visit func(full, shown string, st info) error) error {
	if err := visit(full, shown, st); err != nil {
		return err
	}
	if !st.IsDir() {
		return nil
	}
	kids, err := p.w.readDir(full)
	if err != nil {
		return err
	}
	for _, kid := range kids {
		if err := p.walkFrom(full+"/"+kid.name, strings.TrimRight(shown, "/")+"/"+kid.name, kid, visit); err != nil {
			return err
		}
	}
	return nil
}

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

func findCommand(p *proc) int {
	var tops []string
	args := p.args[1:]
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "!" {
		tops = append(tops, args[0])
		args = args[1:]
	}
	if len(tops) == 0 {
		tops = []string{"."}
	}
	f := finder{maxDepth: -1, end: "\n"}
	if message := f.parse(args); message != "" {
		return p.fail("%s", message)
	}
	status := 0
	for _, top := range tops {
		base := strings.Count(strings.TrimRight(top, "/"), "/")
		err := p.walk(p.abs(top), top, func(full, shown string, st info) error {
			depth := strings.Count(strings.TrimRight(shown, "/"), "/") - base
			if f.maxDepth >= 0 && depth > f.maxDepth || depth < f.minDepth || !f.match(st, path.Base(shown), shown) {
				return nil
			}
			if f.remove {
				return p.w.removeAll(full)
			}
			if len(f.run) > 0 {
				return f.exec(p, shown)
			}
			fmt.Fprint(p.out, shown+f.end)
			return nil
		})
		if err != nil {
			status = p.fail("'%s': %s", top, sentence(err))
		}
	}
	return status
}

type finder struct {
	tests              []func(st info, name, full string) bool
	maxDepth, minDepth int
	remove             bool
	run                []string
	end                string
}

// parse gives a message where it doesn't understand.
func (f *finder) parse(args []string) string {
	not := false
	for len(args) > 0 {
		op := args[0]
		args = args[1:]
		switch op {
		case "!", "-not":
			not = !not
			continue
		case "-print", "-a", "-and", "-xdev", "-mount":
			continue
		case "-print0":
			f.end = "\x00"
			continue
		case "-delete":
			f.remove = true
			continue
		case "-empty":
			f.add(not, func(st info, _, _ string) bool { return st.size == 0 && st.mode.IsRegular() })
			not = false
			continue
		case "-exec":
			end := slices.IndexFunc(args, func(a string) bool { return a == ";" || a == "+" })
			if end < 1 {
				return "missing argument to '-exec'"
			}
			f.run, args = args[:end], args[end+1:]
			continue
		}
		if len(args) == 0 {
			return "missing argument to '" + op + "'"
		}
		value := args[0]
		args = args[1:]
		switch op {
		case "-type":
			f.add(not, func(st info, _, _ string) bool { return kindLetter(st.mode) == value })
		case "-name":
			f.add(not, func(_ info, name, _ string) bool { ok, err := path.Match(value, name); return ok && err == nil })
		case "-path":
			f.add(not, func(_ info, _, full string) bool { ok, err := path.Match(value, full); return ok && err == nil })
		case "-maxdepth":
			_, _ = fmt.Sscan(value, &f.maxDepth)
		case "-mindepth":
			_, _ = fmt.Sscan(value, &f.minDepth)
		default:
			return "unknown predicate '" + op + "'"
		}
		not = false
	}
	return ""
}

func (f *finder) add(not bool, test func(info, string, string) bool) {
	f.tests = append(f.tests, func(st info, name, full string) bool { return test(st, name, full) != not })
}

func (f *finder) match(st info, name, full string) bool {
	for _, t := range f.tests {
		if !t(st, name, full) {
			return false
		}
	}
	return true
}

func (f *finder) exec(p *proc, name string) error {
	args := make([]string, len(f.run))
	for i, a := range f.run {
		args[i] = strings.ReplaceAll(a, "{}", name)
	}
	_ = p.out.Flush()
	p.exec(args)
	return p.ctx.Err()
}

func kindLetter(m fs.FileMode) string {
	if m.IsRegular() {
		return "f"
	}
	return modeString(m)[:1]
}

func statCommand(p *proc) int {
	opts, names, ok := p.options("Lft", "c", "format=", "printf=")
	if !ok {
		return 1
	}
	format := opts["c"] + opts["format"]
	status := 0
	for _, name := range names {
		st, err := p.w.stat(p.abs(name), has(opts, "L"))
		if err != nil {
			status = p.fail("cannot statx '%s': %s", name, sentence(err))
			continue
		}
		owner := p.h.userName(st.uid)
		replace := strings.NewReplacer("%s", fmt.Sprint(st.size), "%a", fmt.Sprintf("%o", st.mode.Perm()), "%A", modeString(st.mode),
			"%n", name, "%U", owner, "%G", owner, "%u", fmt.Sprint(st.uid), "%g", fmt.Sprint(st.uid), "%Y", fmt.Sprint(st.mtime.Unix()),
			"%y", st.mtime.UTC().Format("2006-01-02 15:04:05.000000000 +0000"), "%i", fmt.Sprint(st.ino), "%h", fmt.Sprint(st.links), "%F", kindName(st))
		if format == "" {
			fmt.Fprintln(p.out, replace.Replace("  File: %n\n  Size: %s\tInode: %i\tLinks: %h\t%F\nAccess: (%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)\nModify: %y"))
			continue
		}
		fmt.Fprintln(p.out, replace.Replace(format))
	}
	return status
}

func kindName(st info) string {
	switch {
	case st.IsDir():
		return "directory"
	case st.mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case st.mode&fs.ModeDevice != 0:
		return "character special file"
	case st.size == 0:
		return "regular empty file"
	}
	return "regular file"
}

func duCommand(p *proc) int {
	opts, names, ok := p.options("shakmbc", "d", "max-depth=", "apparent-size")
	if !ok {
		return 1
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	status := 0
	for _, name := range names {
		total := int64(0)
		err := p.walk(p.abs(name), name, func(_, _ string, st info) error {
			if has(opts, "b", "apparent-size") {
				total += st.size
			} else {
				total += (st.size + 4095) / 4096 * 4096
			}
			return nil
		})
		if err != nil {
			status = p.fail("cannot access '%s': %s", name, sentence(err))
			continue
		}
		size := fmt.Sprint((total + 1023) / 1024)
		switch {
		case has(opts, "h"):
			size = human(total)
		case has(opts, "b"):
			size = fmt.Sprint(total)
		case has(opts, "m"):
			size = fmt.Sprint((total + 1<<20 - 1) >> 20)
		}
		fmt.Fprintf(p.out, "%s\t%s\n", size, name)
	}
	return status
}
