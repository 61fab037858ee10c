package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// command is a program of the simulated host; it gives the exit status.
type command func(*proc) int

// proc is one running program.
type proc struct {
	ctx   context.Context
	h     *Host
	w     who
	sh    *shell // the shell that runs it
	args  []string
	env   expand.Environ
	dir   string
	umask fs.FileMode
	last  int // the status of the command before
	t     *fds

	in    *input
	out   *bufio.Writer // flushed when the program ends
	plain io.Writer     // standard output, unbuffered
	err   io.Writer
}

// execHandler runs what is neither a function nor a builtin.
func (sh *shell) execHandler(ctx context.Context, args []string) error {
	hc := interp.HandlerCtx(ctx)
	t := table(hc.Stdout, hc.Stderr)
	p := &proc{
		ctx: ctx, h: sh.h, w: sh.w, sh: sh, args: args, env: hc.Env, dir: hc.Dir,
		umask: sh.mask(), last: hc.LastExitStatus, t: t,
	}
	if c := internal(args[0]); c != nil {
		status, err := c(p)
		if err != nil {
			return err
		}
		return exitWith(status)
	}
	if t.begun != nil {
		t.begun()
	}
	status := p.exec(args)
	if err := ctx.Err(); err != nil {
		return err
	}
	return exitWith(status)
}

// exec finds and runs a program with this one's surroundings.
func (p *proc) exec(args []string) int {
	q := *p
	q.args = args
	q.in = q.t.open[0].in
	if q.in == nil {
		q.in = newInput(failing{syscall.EBADF})
	}
	q.plain = &stream{t: q.t, n: 1}
	q.err = &stream{t: q.t, n: 2}
	q.out = bufio.NewWriterSize(q.plain, 16<<10)
	run, status := q.find(args[0])
	if run == nil {
		return status
	}
	status = q.guarded(run)
	if err := q.out.Flush(); err != nil {
		if errors.Is(err, syscall.EPIPE) {
			return 141
		}
		if status == 0 && q.ctx.Err() == nil {
			fmt.Fprintf(q.err, "%s: write error: %s\n", path.Base(args[0]), sentence(err))
			status = 1
		}
	}
	return status
}

// guarded keeps a fault of one command from ending the program that simulates.
func (p *proc) guarded(run command) (status int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(p.err, "%s: internal error: %v\n", p.name(), r)
			status = 134
		}
	}()
	return run(p)
}

// find looks a program up as a shell does. Where there is none it says so and
// gives the status.
func (p *proc) find(name string) (command, int) {
	if !strings.Contains(name, "/") {
		where := p.which(name)
		if where == "" {
			fmt.Fprintf(p.err, "bash: %s: command not found\n", name)
			return nil, 127
		}
		return p.load(where, name)
	}
	return p.load(p.abs(name), name)
}

// which searches PATH; "" means not found.
func (p *proc) which(name string) string {
	dirs := defaultPath
	if v := p.env.Get("PATH"); v.IsSet() {
		dirs = v.String()
	}
	for _, dir := range strings.Split(dirs, ":") {
		where := path.Join(absolute(p.dir, dir), name)
		if st, err := p.w.stat(where, true); err == nil && st.mode.IsRegular() && p.w.access(where, 1) == nil {
			return where
		}
	}
	return ""
}

func (p *proc) load(where, name string) (command, int) {
	run, err := p.w.program(where)
	if err == nil && run != nil {
		return run, 0
	}
	if err == nil {
		return func(q *proc) int { return q.interpret(where, name) }, 0
	}
	fmt.Fprintf(p.err, "bash: %s: %s\n", name, sentence(err))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 127
	}
	return nil, 126
}

// program gives the command behind an executable name, or nil for a file that
// must be interpreted.
func (w who) program(name string) (command, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	n, err := w.get(name, true)
	switch {
	case err != nil:
		return nil, fault("exec", name, err)
	case n.mode.IsDir():
		return nil, fault("exec", name, syscall.EISDIR)
	case !w.may(n, 1):
		return nil, fault("exec", name, syscall.EACCES)
	}
	return n.command, nil
}

// interpret runs a script by its first line.
func (p *proc) interpret(where, name string) int {
	src, err := p.w.readFile(where)
	if err != nil {
		return p.failf(126, "bash: %s: %s", name, sentence(err))
	}
	first, _, _ := strings.Cut(string(src[:min(len(src), 256)]), "\n")
	if strings.Contains(first, "\x00") || strings.HasPrefix(first, "\x7fELF") {
		return p.failf(126, "bash: %s: cannot execute binary file: Exec format error", name)
	}
	if line, ok := strings.CutPrefix(first, "#!"); ok {
		words := strings.Fields(line)
		if len(words) == 0 {
			return p.failf(126, "bash: %s: bad interpreter: Exec format error", name)
		}
		if _, err := p.w.program(words[0]); err != nil {
			return p.failf(126, "bash: %s: %s: bad interpreter: %s", name, words[0], sentence(err))
		}
		return p.exec(append(append(words, where), p.args[1:]...))
	}
	return p.exec(append([]string{"/bin/bash", where}, p.args[1:]...))
}

func (p *proc) abs(name string) string { return absolute(p.dir, name) }

// name is what the program calls itself in messages.
func (p *proc) name() string { return path.Base(p.args[0]) }

// failf says what went wrong and gives the status.
func (p *proc) failf(status int, format string, args ...any) int {
	_ = p.out.Flush()
	fmt.Fprintf(p.err, format+"\n", args...)
	return status
}

// fail is failf with the program's name in front.
func (p *proc) fail(format string, args ...any) int {
	return p.failf(1, p.name()+": "+format, args...)
}

// openIn opens a file to read, "-" being standard input.
func (p *proc) openIn(name string) (io.Reader, error) {
	if name == "-" || name == "/dev/stdin" {
		return p.in, nil
	}
	f, err := p.w.open(p.abs(name), 0, 0)
	if err != nil {
		return nil, err
	}
	if f.stat().IsDir() {
		return nil, fault("read", name, syscall.EISDIR)
	}
	return f, nil
}

// eachInput calls f with every named input, or with standard input where none is
// named, and gives the worst status.
func (p *proc) eachInput(names []string, f func(name string, r io.Reader) error) int {
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := 0
	for _, name := range names {
		r, err := p.openIn(name)
		if err == nil {
			err = f(name, r)
		}
		switch {
		case err == nil:
		case errors.Is(err, syscall.EPIPE):
			return 141
		default:
			status = p.fail("%s: %s", name, sentence(err))
		}
	}
	return status
}

// options splits arguments in the getopt way: letters that stand alone, letters
// of valued that take a value, and "--long" or "--long=value". It ends at "--".
// Letters and long names that are not listed are an error.
func (p *proc) options(flags, valued string, long ...string) (opts map[string]string, rest []string, ok bool) {
	opts = map[string]string{}
	args := p.args[1:]
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		switch {
		case a == "--":
			return opts, append(rest, args...), true
		case strings.HasPrefix(a, "--"):
			name, value, has := strings.Cut(a[2:], "=")
			known, takes := longOption(long, name)
			if !known {
				p.fail("unrecognized option '%s'", a)
				return nil, nil, false
			}
			if takes && !has && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			opts[name] = value
		case len(a) > 1 && a[0] == '-':
			for i := 1; i < len(a); i++ {
				c := a[i : i+1]
				if strings.Contains(flags, c) {
					opts[c] = ""
					continue
				}
				if !strings.Contains(valued, c) {
					p.fail("invalid option -- '%s'", c)
					return nil, nil, false
				}
				value := a[i+1:]
				if value == "" && len(args) > 0 {
					value, args = args[0], args[1:]
				}
				opts[c] = value
				break
			}
		default:
			rest = append(rest, a)
		}
	}
	return opts, rest, true
}

// longOption looks a name up among "name" and "name=".
func longOption(long []string, name string) (known, takesValue bool) {
	for _, l := range long {
		if l == name {
			return true, false
		}
		if l == name+"=" {
			return true, true
		}
	}
	return false, false
}

func has(opts map[string]string, names ...string) bool {
	for _, n := range names {
		if _, ok := opts[n]; ok {
			return true
		}
	}
	return false
}

// runInternal is exec for a command that has no file.
func (p *proc) runInternal(run command) int {
	q := *p
	q.in = noInput()
	q.plain = &stream{t: q.t, n: 1}
	q.err = &stream{t: q.t, n: 2}
	q.out = bufio.NewWriter(q.plain)
	status := run(&q)
	_ = q.out.Flush()
	return status
}
