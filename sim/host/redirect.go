package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"mvdan.cc/sh/v3/interp"
)

// openHandler opens files for the interpreter: in a rewritten script these are
// the redirections of rewrite, and what "source" reads.
func (sh *shell) openHandler(ctx context.Context, name string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	hc := interp.HandlerCtx(ctx)
	rest, ok := strings.CutPrefix(name, simDir)
	if !ok {
		return sh.w.open(absolute(hc.Dir, name), flag, perm&^sh.mask())
	}
	op, rest, _ := strings.Cut(rest, "/")
	num, arg, _ := strings.Cut(rest, "/")
	if op == "text" {
		return sh.text(num), nil
	}
	t := table(hc.Stdout, hc.Stderr)
	if op == "err" {
		return &stream{t: t, n: 2}, nil
	}
	n, err := strconv.Atoi(num)
	if err != nil || n < 0 || n >= maxFD {
		return nil, badRedirect(num, syscall.EBADF)
	}
	s := &stream{t: t.copy(), n: 1}
	if err := sh.redirect(ctx, s, op, n, arg, hc.Dir); err != nil {
		return nil, err
	}
	return s, nil
}

// badRedirect reads as bash's message; only errors of this type let the script
// go on.
func badRedirect(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return &os.PathError{Op: "bash:", Path: name, Err: errors.New(sentence(err))}
}

// redirect changes the new table of s.
func (sh *shell) redirect(ctx context.Context, s *stream, op string, n int, arg, dir string) error {
	t := s.t
	switch op {
	case "bg":
		t.open[0] = fd{in: noInput()}
		t.begun = sync.OnceFunc(sh.forks.done)
		s.close = t.begun
	case "doc":
		t.open[n] = fd{in: newInput(strings.NewReader(arg))}
	case "docline":
		t.open[n] = fd{in: newInput(strings.NewReader(arg + "\n"))}
	case "subst":
		c := &capture{to: t.open[1].out, left: maxCapture}
		t.open[1] = fd{out: c}
		s.close = c.close
	case "line":
		if !sh.h.takeProcess() {
			return fmt.Errorf("bash: fork: retry: Resource temporarily unavailable")
		}
		t.line = newPipeline(ctx)
		p := t.line.pipe
		s.close = func() { p.closeReader(); p.closeWriter(); sh.h.freeProcess() }
	case "stageout", "stageall":
		line := t.line
		t.stage = 1
		t.open[1] = fd{out: line.pipe}
		if op == "stageall" {
			t.open[2] = t.open[1]
		}
		s.close = func() { line.pipe.closeWriter(); close(line.left) }
	case "stagein":
		line := t.line
		t.stage = 2
		t.open[0] = fd{in: newInput(line.pipe)}
		s.close = line.pipe.closeReader
	case "dup":
		return sh.duplicate(t, n, arg, dir)
	default:
		return sh.openInto(t, op, n, arg, dir)
	}
	return nil
}

// duplicate is n>&arg and n<&arg.
func (sh *shell) duplicate(t *fds, n int, arg, dir string) error {
	if arg == "-" {
		t.open[n] = fd{}
		return nil
	}
	from, err := strconv.Atoi(arg)
	if err != nil {
		return sh.openInto(t, "all", n, arg, dir)
	}
	if from < 0 || from >= maxFD || t.open[from] == (fd{}) {
		return badRedirect(arg, syscall.EBADF)
	}
	t.open[n] = t.open[from]
	return nil
}

func (sh *shell) openInto(t *fds, op string, n int, arg, dir string) error {
	flag, err := openFlags(op)
	if err != nil {
		return err
	}
	switch arg {
	case "/dev/stdin", "/dev/fd/0":
		t.open[n] = t.open[0]
		return nil
	case "/dev/stdout", "/dev/fd/1":
		t.open[n] = t.open[1]
		return nil
	case "/dev/stderr", "/dev/fd/2":
		t.open[n] = t.open[2]
		return nil
	}
	if strings.HasPrefix(arg, "/dev/tcp/") || strings.HasPrefix(arg, "/dev/udp/") {
		return badRedirect(arg, syscall.ECONNREFUSED)
	}
	if arg == "" {
		return badRedirect("", syscall.ENOENT)
	}
	f, err := sh.w.open(absolute(dir, arg), flag, 0o666&^sh.mask())
	if err == nil && flag == os.O_RDONLY && f.stat().IsDir() {
		// bash opens a directory too; reading then fails.
		t.open[n] = fd{in: newInput(failing{syscall.EISDIR})}
		return nil
	}
	if err != nil {
		return badRedirect(arg, err)
	}
	opened := fd{}
	if flag&os.O_WRONLY == 0 {
		opened.in = newInput(f)
	}
	if writes(flag) {
		opened.out = f
	}
	t.open[n] = opened
	if op == "all" || op == "appall" {
		t.open[1], t.open[2] = opened, opened
	}
	return nil
}

// openFlags are what the redirections open files with.
func openFlags(op string) (int, error) {
	switch op {
	case "lt":
		return os.O_RDONLY, nil
	case "gt", "all":
		return os.O_WRONLY | os.O_CREATE | os.O_TRUNC, nil
	case "app", "appall":
		return os.O_WRONLY | os.O_CREATE | os.O_APPEND, nil
	case "ltgt":
		return os.O_RDWR | os.O_CREATE, nil
	}
	return 0, fmt.Errorf("unknown redirection %q", op)
}

// failing reads as an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// sentence is an error as GNU programs print it: without the path, its first
// letter large.
func sentence(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	text := err.Error()
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
