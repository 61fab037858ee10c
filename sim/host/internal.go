package host

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// internal gives the commands that stand in a rewritten script only.
func internal(name string) func(*proc) (int, error) {
	simple := func(c command) func(*proc) (int, error) {
		return func(p *proc) (int, error) {
			return p.runInternal(c), nil
		}
	}
	switch name {
	case simOK:
		return func(p *proc) (int, error) {
			if p.t.line != nil && p.t.stage == 1 {
				p.t.line.ended(p.last)
			}
			return p.last, nil
		}
	case simFork:
		return func(p *proc) (int, error) {
			p.sh.forks.add()
			return 0, nil
		}
	case simPipefail:
		return func(p *proc) (int, error) {
			if p.t.line != nil {
				p.t.line.strict()
			}
			return 0, nil
		}
	case simWait:
		return func(p *proc) (int, error) {
			if p.t.line == nil {
				return p.last, nil
			}
			return 0, p.t.line.wait(p.ctx, p.last)
		}
	case simWhich:
		return simple(whichCommand)
	case simDirname:
		return simple(pwdCommand)
	case simUmask:
		return simple(umaskCommand)
	case simKill:
		return simple(killCommand)
	case simUlimit:
		return simple(func(p *proc) int { fmt.Fprintln(p.out, "unlimited"); return 0 })
	}
	return nil
}

// whichCommand is "command -v", "command -V" and "type".
func whichCommand(p *proc) int {
	if len(p.args) < 2 {
		return 0
	}
	mode, names := p.args[1], p.args[2:]
	terse, kind := mode == "-v", false
	for len(names) > 0 && len(names[0]) > 1 && names[0][0] == '-' {
		kind = kind || names[0] == "-t"
		terse = terse || names[0] == "-p" || names[0] == "-P"
		names = names[1:]
	}
	status := 0
	for _, name := range names {
		what, text := p.kindOf(name)
		switch {
		case what == "":
			status = 1
			if !terse && !kind {
				fmt.Fprintf(p.err, "bash: type: %s: not found\n", name)
			}
		case kind:
			fmt.Fprintln(p.out, what)
		case terse:
			fmt.Fprintln(p.out, text)
		case what == "file":
			fmt.Fprintf(p.out, "%s is %s\n", name, text)
		default:
			fmt.Fprintf(p.out, "%s is a shell %s\n", name, what)
		}
	}
	return status
}

// kindOf says what a name would run, and what "command -v" prints for it.
func (p *proc) kindOf(name string) (what, text string) {
	switch {
	case p.sh.declared(name):
		return "function", name
	case syntax.IsKeyword(name):
		return "keyword", name
	case interp.IsBuiltin(name):
		return "builtin", name
	}
	if !strings.Contains(name, "/") {
		if where := p.which(name); where != "" {
			return "file", where
		}
		return "", ""
	}
	if st, err := p.w.stat(p.abs(name), true); err == nil && !st.IsDir() && p.w.access(p.abs(name), 1) == nil {
		return "file", name
	}
	return "", ""
}

func pwdCommand(p *proc) int {
	dir := p.dir
	if len(p.args) > 1 && p.args[1] == "-P" {
		real, err := p.w.realPath(dir)
		if err != nil {
			return p.failf(1, "bash: pwd: %s", sentence(err))
		}
		dir = real
	}
	fmt.Fprintln(p.out, dir)
	return 0
}

func umaskCommand(p *proc) int {
	if len(p.args) < 2 {
		fmt.Fprintf(p.out, "%04o\n", p.umask)
		return 0
	}
	n, err := strconv.ParseUint(p.args[1], 8, 12)
	if err != nil {
		return p.failf(1, "bash: umask: %s: octal number out of range", p.args[1])
	}
	p.sh.mu.Lock()
	p.sh.umask = fs.FileMode(n) & fs.ModePerm
	p.sh.mu.Unlock()
	return 0
}
