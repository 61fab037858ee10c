package ssh

import (
	"context"
	"io"
	"os"
	"sync"
	"time"

	"github.com/muesli/cancelreader"
	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/term"

	"spot-tui/fleet"
)

// Interactive opens a login shell with a terminal on the host and gives its exit
// status. Where tty.In is a terminal, it is in raw mode meanwhile, its size is
// followed, and no key that is typed after the shell's end is lost; it is
// restored in every case. A connection that breaks is KindNetwork.
func (c *Client) Interactive(ctx context.Context, t fleet.Target, tty fleet.TTY) (fleet.ExitStatus, error) {
	const op = "open a shell on"
	r, err := c.openSession(ctx, op, t)
	if err != nil {
		return fleet.ExitStatus{}, err
	}
	st, err := r.interact(ctx, tty)
	if err == errUnknown { //nolint:errorlint // run gives it bare; a shell has no result that could be unknown
		err = &reachError{kind: fleet.KindNetwork, words: "the connection was lost", hint: "what ran in it may still run"}
	}
	return st, fail(op, t, err)
}

func (r *running) interact(ctx context.Context, tty fleet.TTY) (fleet.ExitStatus, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := &gate{stop: stop}
	defer out.shut()
	r.Stdout, r.Stderr = out.to(tty.Out), out.to(tty.Err)
	stdin, err := r.StdinPipe()
	if err != nil {
		r.end()
		return fleet.ExitStatus{}, err
	}
	screen := newScreen(tty)
	if screen != nil {
		restore, err := screen.raw()
		if err != nil {
			r.end()
			return fleet.ExitStatus{}, &reachError{kind: fleet.KindInternal, words: "the terminal can't be put into raw mode: " + err.Error(), err: err}
		}
		defer restore()
	}
	keys := newKeys(tty.In)
	defer keys.end() // before the terminal is restored: a key must not be read in raw mode and lost
	watching, unwatch := context.WithCancel(ctx)
	var follow sync.WaitGroup
	defer follow.Wait()
	defer unwatch()
	w, h := screen.size()
	begin := func() error {
		if err := r.RequestPty(termName(tty.Term), h, w, xssh.TerminalModes{}); err != nil {
			return err
		}
		return r.Shell()
	}
	return r.await(ctx, begin, func() {
		keys.copyTo(stdin)
		if screen != nil {
			follow.Go(func() {
				screen.follow(watching, w, h, func(w, h int) {
					r.c.spawn(func() { _ = r.WindowChange(h, w) }) // fails only where the session is over
				})
			})
		}
	})
}

// termName gives what nearly every host has an entry for where TERM is unset.
func termName(s string) string {
	if s == "" {
		return "xterm-256color"
	}
	return s
}

// screen is the terminal that the shell takes over.
type screen struct {
	in, out int // file descriptors
}

// newScreen gives nil where tty.In is no terminal.
func newScreen(tty fleet.TTY) *screen {
	in, ok := tty.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	s := &screen{in: int(in.Fd()), out: int(in.Fd())}
	if out, ok := tty.Out.(*os.File); ok && term.IsTerminal(int(out.Fd())) {
		s.out = int(out.Fd())
	}
	return s
}

func (s *screen) raw() (restore func(), err error) {
	old, err := term.MakeRaw(s.in)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(s.in, old) }, nil // a terminal that is gone needs no restoring
}

// size is the terminal's in cells; 80×24 where there is none or it doesn't say.
func (s *screen) size() (w, h int) {
	if s != nil {
		if w, h, err := term.GetSize(s.out); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return 80, 24
}

// follow calls changed at each change of the size from w×h on until ctx ends.
func (s *screen) follow(ctx context.Context, w, h int, changed func(w, h int)) {
	hints, stop := resizes()
	defer stop()
	for { // look first: it may have changed before we listened
		if nw, nh := s.size(); nw != w || nh != h {
			w, h = nw, nh
			changed(w, h)
		}
		select {
		case <-ctx.Done():
			return
		case <-hints:
		}
	}
}

// keys is what a person types.
type keys struct {
	cancelreader.CancelReader
	done chan struct{} // nil: nothing was started
}

// newKeys gives keys that can be taken away from the host. Where the reader is
// no terminal or pipe, a Read that waits can't be ended; it is left behind.
func newKeys(in io.Reader) *keys {
	if in == nil {
		return &keys{}
	}
	r, err := cancelreader.NewReader(in)
	if err != nil { // a plain file: it never waits
		r, err = cancelreader.NewReader(struct{ io.Reader }{in})
	}
	if err != nil {
		return &keys{}
	}
	return &keys{CancelReader: r}
}

// keysPatience bounds the wait for the reader of the keyboard.
const keysPatience = time.Second

func (k *keys) copyTo(w io.WriteCloser) {
	if k.CancelReader == nil {
		_ = w.Close() // nothing will come
		return
	}
	k.done = make(chan struct{})
	go func() {
		defer close(k.done)
		if _, err := io.Copy(w, k.CancelReader); err == nil {
			_ = w.Close() // fails only where the session is over
		}
	}()
}

// end stops reading. It waits for a Read that can be interrupted, so that the
// next key belongs to whoever reads the terminal next.
func (k *keys) end() {
	if k.CancelReader == nil {
		return
	}
	if k.Cancel() && k.done != nil {
		limit := time.NewTimer(keysPatience)
		defer limit.Stop()
		select {
		case <-k.done:
		case <-limit.C: // it is stuck in a write to a dead host, not in a read
		}
	}
	_ = k.Close() // frees descriptors of its own; there is nobody to tell
}
