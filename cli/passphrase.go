package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/muesli/cancelreader"
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
	question := "Passphrase for " + fleet.Clean(path) + ": "
	if wrong {
		question = "That was not it. " + question
	}
	secret, err := askSecret(ctx, tty, a.env.Stderr, question)
	switch {
	case errors.Is(err, errInterrupted):
		a.sig.interrupted()
		return "", fmt.Errorf("stopped: %w", context.Canceled)
	case ctx.Err() != nil:
		return "", fmt.Errorf("stopped: %w", context.Canceled)
	case err == nil && secret == "" || errors.Is(err, io.EOF):
		return "", errNoAnswer
	}
	return secret, err
}

// errInterrupted says that a person pressed Ctrl+C at a question.
var errInterrupted = errors.New("interrupted")

// askSecret reads a line from tty and does not show it. The terminal is as it
// was when it returns, and nobody reads from it any more: what comes next may
// ask the terminal questions of its own, and would wait for ever for an answer
// that a read left behind had taken.
func askSecret(ctx context.Context, tty *os.File, out io.Writer, question string) (string, error) {
	in, err := cancelreader.NewReader(tty)
	if err != nil {
		return "", fmt.Errorf("the terminal can't be read: %w", err)
	}
	defer in.Close()
	before, err := term.MakeRaw(int(tty.Fd()))
	if err != nil {
		return "", fmt.Errorf("the terminal can't be read: %w", err)
	}
	defer func() {
		_ = term.Restore(int(tty.Fd()), before)
		fmt.Fprintln(out)
	}()
	defer context.AfterFunc(ctx, func() { in.Cancel() })()
	keys := &keyboard{from: in}
	line := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys, out}, "")
	if w, h, err := term.GetSize(int(tty.Fd())); err == nil && w > 0 {
		_ = line.SetSize(w, h) // else it takes a line to be 80 wide, and breaks a longer question
	}
	secret, err := line.ReadPassword(question)
	if keys.interrupted {
		return "", errInterrupted
	}
	return secret, err
}

// keyboard ends at Ctrl+C, which is a character like others in raw mode.
type keyboard struct {
	from        io.Reader
	interrupted bool
}

// Read implements io.Reader.
func (k *keyboard) Read(b []byte) (int, error) {
	n, err := k.from.Read(b)
	const ctrlC = 3
	if at := bytes.IndexByte(b[:n], ctrlC); at >= 0 {
		k.interrupted = true
		return at, io.EOF
	}
	return n, err
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
