package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// runPrograms run other programs.
func runPrograms() map[string]command {
	return map[string]command{
		"sh": shCommand, "bash": shCommand, "dash": shCommand, "env": envCommand, "printenv": printenvCommand,
		"sudo": sudoCommand, "xargs": xargsCommand, "timeout": timeoutCommand, "nohup": nohupCommand, "setsid": nohupCommand,
		"nice": niceCommand, "ionice": niceCommand, "stdbuf": niceCommand, "which": whichProgram, "flock": flockCommand,
	}
}

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

// shCommand is sh and bash: -c, -s, a script file, or commands from standard
// input.
func shCommand(p *proc) int {
	args := p.args[1:]
	var set []string
	command, fromInput := false, false
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
				command = true
			case 's':
				fromInput = true
			case 'o':
				if len(args) > 0 {
					set = append(set, a[:1]+"o", args[0])
					args = args[1:]
				}
			default:
				set = append(set, a[:1]+string(f))
			}
		}
	}
	name := p.name()
	var src string
	switch {
	case command && len(args) == 0:
		return p.failf(2, "%s: -c: option requires an argument", name)
	case command:
		src, args = args[0], args[1:]
		if len(args) > 0 {
			name, args = args[0], args[1:]
		}
	case len(args) > 0 && !fromInput:
		data, err := p.w.readFile(p.abs(args[0]))
		if err != nil {
			return p.failf(127, "%s: %s: %s", name, args[0], sentence(err))
		}
		src, name, args = string(data), args[0], args[1:]
	default:
		fromInput = true
	}
	sh := p.subshell(p.w.uid, nil)
	options := append(setOptions(set)[1:], "--")
	if err := sh.options(append(options, args...)...); err != nil {
		return p.failf(2, "%s: %v", name, err)
	}
	if fromInput {
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

// sudoCommand runs the rest as root, or as another user by -u.
func sudoCommand(p *proc) int {
	args := p.args[1:]
	uid, login, keep := rootUID, false, false
	var vars []string
	for len(args) > 0 {
		a := args[0]
		if name, _, ok := strings.Cut(a, "="); ok && name != "" && a[0] != '-' {
			vars = append(vars, a)
			args = args[1:]
			continue
		}
		if len(a) < 2 || a[0] != '-' {
			break
		}
		args = args[1:]
		switch {
		case a == "-u" && len(args) > 0:
			if args[0] != "root" && args[0] != p.h.opts.User {
				return p.fail("unknown user %s", args[0])
			}
			uid = p.h.uid(args[0])
			args = args[1:]
		case a == "-i" || a == "-s" || a == "--login" || a == "--shell":
			login = true
		case a == "-v" || a == "-l" || a == "-k" || a == "-K":
			return 0
		case a == "-E" || strings.HasPrefix(a, "--preserve-env"):
			keep = true
		case a == "--":
			return p.as(uid, args, login, keep, vars)
		}
	}
	return p.as(uid, args, login, keep, vars)
}

func (p *proc) as(uid int, args []string, login, keep bool, vars []string) int {
	if len(args) == 0 && !login {
		return p.failf(1, "usage: sudo -h | -K | -k | -V\nusage: sudo [-EHiknPs] [-u user] [VAR=value] [command [arg ...]]")
	}
	env := append(p.h.environment(uid), "SUDO_USER="+p.h.userName(p.w.uid), "SUDO_UID="+strconv.Itoa(p.w.uid))
	if keep {
		env = exported(p.env)
	} else if t := p.env.Get("TERM"); t.IsSet() {
		env = append(env, "TERM="+t.String())
	}
	for _, v := range vars {
		env = setVar(env, v)
	}
	q := p.with(env)
	q.w = p.h.who(uid)
	if len(args) == 0 {
		q.dir = p.h.home(uid)
		return q.exec([]string{"/bin/bash"})
	}
	if login {
		q.dir = p.h.home(uid)
		line := make([]string, len(args))
		for i, a := range args {
			line[i] = quote(a)
		}
		return q.exec([]string{"/bin/bash", "-c", strings.Join(line, " ")})
	}
	if q.which(args[0]) == "" && !strings.Contains(args[0], "/") {
		return p.fail("%s: command not found", args[0])
	}
	return q.exec(args)
}

// xargsCommand knows -n, -I, -0, -r, -d and -P (which runs one after the other).
func xargsCommand(p *proc) int {
	args := p.args[1:]
	size, replace, delim, skipEmpty := 5000, "", "", false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		a := args[0]
		args = args[1:]
		value := a[2:]
		take := func() string {
			if value == "" && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			return value
		}
		switch a[:2] {
		case "-0":
			delim = "\x00"
		case "-r", "--":
			skipEmpty = true
		case "-d":
			delim = strings.NewReplacer(`\n`, "\n", `\0`, "\x00", `\t`, "\t").Replace(take())
		case "-I":
			replace = take()
		case "-n", "-L":
			n, err := strconv.Atoi(take())
			if err != nil || n < 1 {
				return p.fail("invalid number for -n option")
			}
			size = n
		case "-P":
			take()
		default:
			return p.fail("invalid option -- '%s'", a[1:])
		}
	}
	if len(args) == 0 {
		args = []string{"echo"}
	}
	data, err := io.ReadAll(io.LimitReader(p.in, maxCapture))
	if err != nil {
		return p.fail("%s", sentence(err))
	}
	words := splitArgs(string(data), delim, replace != "")
	if len(words) == 0 && (skipEmpty || replace != "") {
		return 0
	}
	if replace != "" {
		size = 1
	}
	q := *p
	q.t = p.t.copy()
	q.t.open[0] = fd{in: noInput()}
	status := 0
	for first := true; first || len(words) > 0; first = false {
		n := min(size, len(words))
		line := append(slices.Clone(args), words[:n]...)
		if replace != "" {
			line = slices.Clone(args)
			for i := range line {
				line[i] = strings.ReplaceAll(line[i], replace, words[0])
			}
		}
		words = words[n:]
		switch s := q.exec(line); {
		case s == 127 || s == 126:
			return s
		case s != 0:
			status = 123
		}
		if p.ctx.Err() != nil {
			return 130
		}
	}
	return status
}

func splitArgs(data, delim string, lines bool) []string {
	switch {
	case delim != "":
		if data = strings.TrimSuffix(data, delim); data == "" {
			return nil
		}
		return strings.Split(data, delim)
	case lines:
		var words []string
		for l := range strings.Lines(data) {
			if l = strings.TrimSpace(l); l != "" {
				words = append(words, l)
			}
		}
		return words
	}
	words, err := expandWords(data)
	if err != nil {
		return strings.Fields(data)
	}
	return words
}

// expandWords splits as xargs does: blanks, quotes and backslashes.
func expandWords(data string) ([]string, error) {
	var words []string
	var word []byte
	in, quoteMark := false, byte(0)
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case quoteMark != 0:
			if c == quoteMark {
				quoteMark = 0
			} else {
				word = append(word, c)
			}
		case c == '\'' || c == '"':
			quoteMark, in = c, true
		case c == '\\' && i+1 < len(data):
			i++
			word, in = append(word, data[i]), true
		case bytes.IndexByte([]byte(" \t\n\r"), c) >= 0:
			if in {
				words = append(words, string(word))
			}
			word, in = nil, false
		default:
			word, in = append(word, c), true
		}
	}
	if quoteMark != 0 {
		return nil, errors.New("unmatched quote")
	}
	if in {
		words = append(words, string(word))
	}
	return words, nil
}

func timeoutCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		if (args[0] == "-s" || args[0] == "-k") && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) < 2 {
		return p.failf(125, "timeout: missing operand")
	}
	d, err := parsePause(args[0])
	if err != nil {
		return p.failf(125, "timeout: invalid time interval '%s'", args[0])
	}
	q := *p
	var cancel context.CancelFunc
	q.ctx, cancel = context.WithTimeout(p.ctx, d)
	defer cancel()
	done := make(chan int, 1)
	go func() { done <- q.exec(args[1:]) }()
	select {
	case status := <-done:
		if q.ctx.Err() != nil && p.ctx.Err() == nil {
			return 124
		}
		return status
	case <-q.ctx.Done():
		return 124
	}
}

// parsePause reads sleep's and timeout's times: 5, 0.5, 2m, 1h.
func parsePause(s string) (time.Duration, error) {
	unit := time.Second
	if s != "" {
		if u, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[s[len(s)-1]]; ok {
			unit, s = u, s[:len(s)-1]
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 0 || v > 1e9 {
		return 0, fmt.Errorf("invalid time interval %q", s)
	}
	return time.Duration(min(v*float64(unit), float64(1<<62))), nil
}

// nohupCommand runs on when the session has gone, until the host ends.
func nohupCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && (args[0] == "-f" || args[0] == "-w" || args[0] == "--") {
		args = args[1:]
	}
	if len(args) == 0 {
		return p.failf(125, "%s: missing operand", p.name())
	}
	q := *p
	q.ctx = p.h.ctx
	q.t = p.t.copy()
	q.t.open[0] = fd{in: noInput()}
	done := make(chan int, 1)
	go func() { done <- q.exec(args) }()
	select {
	case status := <-done:
		return status
	case <-p.ctx.Done():
		return 129
	}
}

// niceCommand drops its options and runs the rest.
func niceCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		if len(args[0]) == 2 && len(args) > 1 && strings.Contains("ncpioe", args[0][1:]) {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return 0
	}
	return p.exec(args)
}

// flockCommand runs the rest; nobody else holds locks here.
func flockCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		if args[0] == "-w" && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) < 2 {
		return 0
	}
	if args[1] == "-c" && len(args) > 2 {
		return p.exec([]string{"/bin/sh", "-c", args[2]})
	}
	return p.exec(args[1:])
}

func whichProgram(p *proc) int {
	status := 0
	for _, name := range p.args[1:] {
		if where := p.which(name); where != "" {
			fmt.Fprintln(p.out, where)
		} else {
			status = 1
		}
	}
	return status
}
