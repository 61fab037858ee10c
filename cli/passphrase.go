package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/term"

	"spot-tui/fleet"
)

// errNoAnswer says that a person pressed enter at a question for a passphrase.
var errNoAnswer = errors.New("no passphrase was given")

// unlock makes the SSH key usable before anything runs that may need it: a
// question could not be asked any more while the screen owns the terminal.
//
// Verbs that can do nothing without a login fail where it stays locked. The
// screen only says so: a fleet can be watched and destroyed without it.
func (s *session) unlock(n need) error {
	if s.demo != nil || !n.key && (!n.provision || !s.spec.Provision.Enabled) {
		return nil
	}
	err := s.shell.Unlock(context.Background())
	switch {
	case err == nil:
		return nil
	case fleet.KindOf(err) == fleet.KindInvalid && n.screen && !errors.Is(err, context.Canceled):
		fmt.Fprintln(s.a.env.Stderr, "spot-tui: warning: "+err.Error())
		return nil
	}
	return &exit{code: exitUsage, err: err}
}

// askPassphrase asks the person at the terminal, without showing what is typed.
// Nothing is asked where there is no terminal, or where a program reads what we
// say.
func (a *app) askPassphrase(ctx context.Context, path string, wrong bool) (string, error) {
	tty, done, ok := a.tty()
	if !ok || a.flags.json {
		return "", errors.New("it is encrypted with a passphrase, and there is no terminal to ask for it")
	}
	defer done()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return "", fmt.Errorf("the terminal can't be read: %w", err)
	}
	question := "Passphrase for " + fleet.Clean(path) + ": "
	if wrong {
		question = "That was not it. " + question
	}
	fmt.Fprint(a.env.Stderr, question)
	type answer struct {
		secret []byte
		err    error
	}
	typed := make(chan answer, 1)
	go func() { // a Read of a terminal can't be interrupted; after a signal the process ends
		b, err := term.ReadPassword(int(tty.Fd()))
		typed <- answer{b, err}
	}()
	select {
	case t := <-typed:
		fmt.Fprintln(a.env.Stderr)
		if t.err == nil && len(t.secret) == 0 {
			t.err = errNoAnswer
		}
		return string(t.secret), t.err
	case <-ctx.Done():
		_ = term.Restore(int(tty.Fd()), before) // ReadPassword has switched the echo off
		fmt.Fprintln(a.env.Stderr)
		return "", fmt.Errorf("stopped: %w", context.Canceled)
	}
}

// tty is where a person can be asked: our input, or the terminal that the
// process belongs to where the input comes from a file.
func (a *app) tty() (f *os.File, done func(), ok bool) {
	if f, ok := a.env.Stdin.(*os.File); ok && isTerminal(f) {
		return f, func() {}, true
	}
	if !isTerminal(a.env.Stderr) {
		return nil, nil, false
	}
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, false
	}
	return f, func() { f.Close() }, true
}

// userSSHConfig is where a person's ssh config would lie; empty where there is
// no home. It is read, and never written.
func userSSHConfig() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".ssh", "config")
}
