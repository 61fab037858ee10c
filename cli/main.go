// Package cli is where everything meets: the verbs with their flags, printers
// and exit codes, the signals, and the wiring of the adapters to the engine.
// It starts the full-screen program when no verb is given.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"charm.land/fang/v2"
	"golang.org/x/term"

	"spot-tui/fleet"
)

// Exit codes; docs/cli.md explains each (architecture.md, "The command line").
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3
	exitAuth    = 4
	exitGuard   = 5
)

// Env is the world of one run: what a test replaces.
type Env struct {
	Args    []string // without the program's name
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Getenv  func(string) string
	Example string // config.toml.example
}

// System is the real world.
func System(example string) Env {
	return Env{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Example: example}
}

// Main runs one command line and gives the exit code.
func Main(env Env) int {
	ctx, sig := notify(context.Background())
	defer sig.stop()
	a := &app{env: env, sig: sig}
	root := a.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	var err error
	if a.terminal() {
		err = fang.Execute(ctx, root, fang.WithoutVersion(), fang.WithoutCompletions(), fang.WithoutManpage(),
			fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {}))
	} else { // styling, and the questions to the terminal that it needs, only where one listens
		err = root.ExecuteContext(ctx)
	}
	code := a.finish(err)
	if s := sig.caught(); s != 0 {
		return 128 + int(s)
	}
	return code
}

// finish prints the error of a run, once, and gives its exit code.
func (a *app) finish(err error) int {
	if err == nil {
		return exitDone
	}
	var x *exit
	if !errors.As(err, &x) {
		x = &exit{code: codeOf(err), err: err}
		if fleet.KindOf(err) == fleet.KindUnknown && !a.ran {
			x.code = exitUsage // cobra's own complaints about flags and arguments
		}
	}
	if x.err != nil && !a.flags.json {
		fmt.Fprintln(a.env.Stderr, "spot-tui: "+x.err.Error())
	}
	if a.flags.json && !x.told {
		a.printResult(result{Fleet: a.fleetName, Errors: []jsonError{toJSONError(x.err)}})
	}
	return x.code
}

// exit is an error that knows its exit code.
type exit struct {
	code int
	err  error // nil where everything was said already
	told bool  // the final JSON object has been printed
}

// Error implements error.
func (x *exit) Error() string {
	if x.err == nil {
		return fmt.Sprintf("exit %d", x.code)
	}
	return x.err.Error()
}

// Unwrap gives the cause.
func (x *exit) Unwrap() error { return x.err }

// codeOf maps an error's kind to an exit code.
func codeOf(err error) int {
	switch fleet.KindOf(err) {
	case fleet.KindAuth, fleet.KindDenied:
		return exitAuth
	case fleet.KindGuard:
		return exitGuard
	case fleet.KindInvalid:
		return exitUsage
	default:
		return exitFailed
	}
}

func usage(format string, args ...any) error {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// signals turns SIGINT, SIGTERM and SIGHUP into an end of the context, and a
// second one into an end of the process within two seconds: a terminal that has
// stalled must not keep us.
type signals struct {
	mu   sync.Mutex
	got  syscall.Signal
	ch   chan os.Signal
	end  context.CancelFunc
	done chan struct{}
}

func notify(parent context.Context) (context.Context, *signals) {
	ctx, cancel := context.WithCancel(parent)
	s := &signals{ch: make(chan os.Signal, 4), end: cancel, done: make(chan struct{})}
	signal.Notify(s.ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go s.loop()
	return ctx, s
}

func (s *signals) loop() {
	for {
		select {
		case <-s.done:
			return
		case v := <-s.ch:
			n, _ := v.(syscall.Signal) // every signal of the os package is one
			s.mu.Lock()
			second := s.got != 0
			s.got = n
			s.mu.Unlock()
			s.end()
			if second {
				time.AfterFunc(2*time.Second, func() {
					os.Exit(128 + int(n)) //nolint:forbidigo // the last way out: a second signal must end us even if something hangs
				})
			}
		}
	}
}

func (s *signals) caught() syscall.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

// interrupted takes a Ctrl+C that came as a key for the signal that it stands for.
func (s *signals) interrupted() {
	s.mu.Lock()
	s.got = syscall.SIGINT
	s.mu.Unlock()
	s.end()
}

func (s *signals) stop() {
	signal.Stop(s.ch)
	close(s.done)
	s.end()
}

// terminal says whether a person reads our output.
func (a *app) terminal() bool { return isTerminal(a.env.Stdout) && !a.flags.json }

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
