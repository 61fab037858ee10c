package host

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
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
