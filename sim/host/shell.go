package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// shell is one bash: the interpreter and what our handlers share. Its handlers
// may run at the same time, in background jobs and pipelines.
type shell struct {
	h   *Host
	w   who
	env *environ
	std stdio
	run *interp.Runner
	pid int

	forks forks

	mu    sync.Mutex
	umask fs.FileMode
	funcs map[string]bool   // names declared as functions
	texts map[string]string // rewritten scripts for "source"
}

// newShell starts in the user's home.
func (h *Host) newShell(env []string, uid int, std stdio) *shell {
	return h.newShellIn(h.home(uid), env, uid, std)
}

func (h *Host) newShellIn(dir string, env []string, uid int, std stdio) *shell {
	sh := &shell{
		h: h, w: h.who(uid), std: std, pid: h.nextPID(),
		umask: 0o022, funcs: map[string]bool{}, texts: map[string]string{},
	}
	sh.env = newEnviron(env)
	sh.env.hide("BASHPID", strconv.Itoa(sh.pid))
	sh.env.hide("BASHPPID", strconv.Itoa(sh.pid-1))
	sh.env.hide("BASH_ARGV0", "bash")
	sh.env.hide("UID", strconv.Itoa(uid))
	sh.env.hide("EUID", strconv.Itoa(uid))
	sh.env.hide("GID", strconv.Itoa(uid))
	sh.env.hide("HOSTNAME", h.opts.Hostname)
	sh.env.hide("BASH_VERSION", "5.2.21(1)-release")
	t := newFDs(std)
	run, err := interp.New(
		interp.Env(sh.env),
		interp.Dir("/"),
		interp.StdIO(nil, &stream{t: t, n: 1}, &stream{t: t, n: 2}),
		interp.CallHandler(sh.callHandler),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return sh.execHandler }),
		interp.OpenHandler(sh.openHandler),
		interp.ReadDirHandler2(sh.readDirHandler),
		interp.StatHandler(sh.statHandler),
		interp.AccessHandler(sh.accessHandler),
	)
	if err != nil {
		panic(err) // every option above is constant
	}
	run.Dir = dir // not by the option, which would look on the real disk
	run.Reset()
	sh.env.ready()
	sh.run = run
	return sh
}

// options sets what "sh -e -o pipefail -- args" set.
func (sh *shell) options(args ...string) error {
	return interp.Params(args...)(sh.run)
}

// runLine runs a command line as sshd does for exec, and gives its status. When
// ctx ends it returns at once; what then still reads from the session ends with
// the session's channel.
func (sh *shell) runLine(ctx context.Context, line string) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan int, 1)
	go func() { done <- sh.script(ctx, line, "bash") }()
	select {
	case status := <-done:
		return status
	case <-ctx.Done():
		return 130
	}
}

// script parses and runs a whole script.
func (sh *shell) script(ctx context.Context, src, name string) int {
	file, err := sh.parse(src, name)
	if err != nil {
		fmt.Fprintf(sh.std.err, "%s\n", syntaxMessage(name, err))
		return 2
	}
	sh.env.hide("BASH_ARGV0", name)
	ctx, over := sh.h.job.live(ctx, sh.pid)
	defer over()
	status := sh.status(sh.guard(ctx, file))
	sh.forks.settle(ctx)
	return status
}

func syntaxMessage(name string, err error) string {
	var p syntax.ParseError
	if errors.As(err, &p) {
		return fmt.Sprintf("%s: line %d: syntax error: %s", name, p.Pos.Line(), p.Text)
	}
	return fmt.Sprintf("%s: %v", name, err)
}

// guard runs one piece of a script; a fault of the interpreter ends that piece
// and not the program.
func (sh *shell) guard(ctx context.Context, n syntax.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(sh.std.err, "bash: internal error: %v\n", r)
			err = interp.ExitStatus(134)
		}
	}()
	return sh.run.Run(ctx, n)
}

// status turns what the interpreter returned into an exit status.
func (sh *shell) status(err error) int {
	var code interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return 130
	}
	fmt.Fprintln(sh.std.err, err)
	return 1
}

func (sh *shell) mask() fs.FileMode {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.umask
}

func (sh *shell) declare(name string) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.funcs[name] = true
}

func (sh *shell) declared(name string) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.funcs[name]
}

// keep stores a rewritten script under a name for "source".
func (sh *shell) keep(text string) string {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	key := strconv.Itoa(len(sh.texts))
	sh.texts[key] = text
	return simDir + "text/" + key
}

type textFile struct{ *strings.Reader }

func (textFile) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (textFile) Close() error              { return nil }

func (sh *shell) text(key string) io.ReadWriteCloser {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return textFile{strings.NewReader(sh.texts[key])}
}

func absolute(dir, name string) string {
	if path.IsAbs(name) {
		return name
	}
	if name == "" {
		return ""
	}
	return dir + "/" + name // not cleaned: .. after a link means the link's target
}

func (sh *shell) readDirHandler(ctx context.Context, name string) ([]fs.DirEntry, error) {
	infos, err := sh.w.readDir(absolute(interp.HandlerCtx(ctx).Dir, name))
	entries := make([]fs.DirEntry, len(infos))
	for i, st := range infos {
		entries[i] = fs.FileInfoToDirEntry(st)
	}
	return entries, err
}

func (sh *shell) statHandler(_ context.Context, name string, follow bool) (fs.FileInfo, error) {
	st, err := sh.w.stat(name, follow)
	if err != nil {
		return nil, err
	}
	return st, nil
}

func (sh *shell) accessHandler(_ context.Context, name string, mode interp.AccessMode) error {
	return sh.w.access(name, fs.FileMode(mode))
}

// environ is the first environment of a shell. It is not changed after ready.
type environ struct {
	vars    map[string]expand.Variable
	started bool
}

func newEnviron(list []string) *environ {
	e := &environ{vars: map[string]expand.Variable{}}
	for _, kv := range list {
		name, value, _ := strings.Cut(kv, "=")
		e.vars[name] = expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: value}
	}
	return e
}

// hide sets a variable that commands don't inherit.
func (e *environ) hide(name, value string) {
	e.vars[name] = expand.Variable{Set: true, Kind: expand.String, Str: value}
}

// ready ends the time in which the interpreter asks where its own temporary
// files go: to a place that can't exist, should it ever try.
func (e *environ) ready() { e.started = true }

// Get is part of expand.Environ.
func (e *environ) Get(name string) expand.Variable {
	if name == "TMPDIR" && !e.started {
		return expand.Variable{Set: true, Kind: expand.String, Str: "/dev/null/none"}
	}
	return e.vars[name]
}

// Each is part of expand.Environ.
func (e *environ) Each(f func(string, expand.Variable) bool) {
	for name, v := range e.vars {
		if !f(name, v) {
			return
		}
	}
}

// exported lists "name=value" of what a command inherits.
func exported(env expand.Environ) []string {
	last := map[string]string{}
	env.Each(func(name string, v expand.Variable) bool {
		delete(last, name)
		if v.IsSet() && v.Exported && v.Kind == expand.String {
			last[name] = v.String()
		}
		return true
	})
	list := make([]string, 0, len(last))
	for name, value := range last {
		list = append(list, name+"="+value)
	}
	return list
}
