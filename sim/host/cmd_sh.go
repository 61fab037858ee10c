package host

import (
	"fmt"
	"slices"
	"strings"
)

// subshell is a new shell with this program's surroundings. vars replace the
// environment where they are given.
func (p *proc) subshell(uid int, vars []string) *shell {
	if vars == nil {
		vars = exported(p.env)
	}
	sh := p.h.newShellIn(p.dir, vars, uid, stdio{in: p.in, out: p.plain, err: p.err})
	sh.umask = p.umask
	return sh
}

// shLine is a command line of sh or bash.
type shLine struct {
	command, fromInput bool
	set                []string // flags for the set builtin
	args               []string
}

func parseSh(args []string) shLine {
	var l shLine
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') {
		a := args[0]
		args = args[1:]
		if a == "--" {
			break
		}
		if strings.HasPrefix(a, "--") {
			continue // --login, --norc …
		}
		for _, f := range a[1:] {
			switch f {
			case 'c':
				l.command = true
			case 's':
				l.fromInput = true
			case 'o':
				if len(args) > 0 {
					l.set = append(l.set, a[:1]+"o", args[0])
					args = args[1:]
				}
			default:
				l.set = append(l.set, a[:1]+string(f))
			}
		}
	}
	l.args = args
	return l
}

// shCommand is sh and bash: -c, -s, a script file, or commands from standard
// input.
func shCommand(p *proc) int {
	l := parseSh(p.args[1:])
	args, name, src := l.args, p.name(), ""
	switch {
	case l.command && len(args) == 0:
		return p.failf(2, "%s: -c: option requires an argument", name)
	case l.command:
		src, args = args[0], args[1:]
		if len(args) > 0 {
			name, args = args[0], args[1:]
		}
	case len(args) > 0 && !l.fromInput:
		data, err := p.w.readFile(p.abs(args[0]))
		if err != nil {
			return p.failf(127, "%s: %s: %s", name, args[0], sentence(err))
		}
		src, name, args = string(data), args[0], args[1:]
	default:
		l.fromInput = true
	}
	sh := p.subshell(p.w.uid, nil)
	options := append(setOptions(l.set)[1:], "--")
	if err := sh.options(append(options, args...)...); err != nil {
		return p.failf(2, "%s: %v", name, err)
	}
	if l.fromInput {
		return sh.fromInput(p.ctx, p.in)
	}
	return sh.script(p.ctx, src, name)
}

// with gives this program another environment.
func (p *proc) with(vars []string) *proc {
	q := *p
	q.env = newEnviron(vars)
	return &q
}

// setVar replaces or adds name=value.
func setVar(vars []string, kv string) []string {
	name, _, _ := strings.Cut(kv, "=")
	return append(slices.DeleteFunc(vars, func(v string) bool { return strings.HasPrefix(v, name+"=") }), kv)
}

func envCommand(p *proc) int {
	vars := exported(p.env)
	args := p.args[1:]
	dir := p.dir
	for len(args) > 0 {
		a := args[0]
		name, _, assigns := strings.Cut(a, "=")
		switch {
		case a == "-i" || a == "-":
			vars = nil
		case a == "-u" && len(args) > 1:
			vars = slices.DeleteFunc(vars, func(v string) bool { return strings.HasPrefix(v, args[1]+"=") })
			args = args[1:]
		case a == "-C" && len(args) > 1:
			dir = p.abs(args[1])
			args = args[1:]
		case a == "-S" && len(args) > 1:
			args = append([]string{""}, append(strings.Fields(args[1]), args[2:]...)...)
		case assigns && name != "":
			vars = setVar(vars, a)
		default:
			q := p.with(vars)
			q.dir = dir
			status := q.exec(args)
			if status == 127 && !strings.Contains(a, "/") {
				fmt.Fprintf(p.err, "env: ‘%s’: No such file or directory\n", a)
			}
			return status
		}
		args = args[1:]
	}
	slices.Sort(vars)
	for _, v := range vars {
		fmt.Fprintln(p.out, v)
	}
	return 0
}

func printenvCommand(p *proc) int {
	if len(p.args) == 1 {
		return envCommand(p)
	}
	status := 0
	for _, name := range p.args[1:] {
		v := p.env.Get(name)
		if !v.IsSet() || !v.Exported {
			status = 1
			continue
		}
		fmt.Fprintln(p.out, v.String())
	}
	return status
}
