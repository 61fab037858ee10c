package host

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"sync"
	"time"

	xssh "golang.org/x/crypto/ssh"
)

// Cut says when the connection of a command breaks.
type Cut struct {
	After int64         // once so many bytes of its input have been read; or
	Delay time.Duration // so long after it began
	Done  func()        // told when it is cut; may be nil
}

// lines are a host's open connections, and what it proves itself with.
type lines struct {
	mu   sync.Mutex
	open map[net.Conn]bool
	key  xssh.Signer // in place of the host's own; nil: that
}

func (l *lines) add(c net.Conn) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		l.open = map[net.Conn]bool{}
	}
	l.open[c] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.open, c)
	}
}

// CutAll breaks every open connection. What nohup or setsid took out of its
// session goes on.
func (h *Host) CutAll() {
	h.lines.mu.Lock()
	defer h.lines.mu.Unlock()
	for c := range h.lines.open {
		c.Close()
	}
}

// Rekey gives the host another key, for connections from now on.
func (h *Host) Rekey() error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	key, err := xssh.NewSignerFromKey(private)
	if err != nil {
		return err
	}
	h.lines.mu.Lock()
	defer h.lines.mu.Unlock()
	h.lines.key = key
	return nil
}

// signer is what the host proves itself with now.
func (h *Host) signer() xssh.Signer {
	h.lines.mu.Lock()
	defer h.lines.mu.Unlock()
	if h.lines.key != nil {
		return h.lines.key
	}
	return h.sign()
}

// doomed arms a command's cut, and gives its input as the command is to read it.
func (s *session) doomed(ctx context.Context, line string) io.Reader {
	if s.h.opts.OnCommand == nil {
		return s.ch
	}
	cut := s.h.opts.OnCommand(line)
	if cut == nil {
		return s.ch
	}
	var once sync.Once
	hangUp := func() {
		once.Do(func() {
			if cut.Done != nil {
				cut.Done()
			}
			s.hangUp()
		})
	}
	if cut.After > 0 {
		return &fuse{r: s.ch, left: cut.After, burn: hangUp}
	}
	if cut.Delay <= 0 {
		hangUp()
		return s.ch
	}
	t := time.AfterFunc(cut.Delay, hangUp)
	context.AfterFunc(ctx, func() { t.Stop() })
	return s.ch
}

// fuse calls burn once so much has been read.
type fuse struct {
	r    io.Reader
	left int64
	burn func()
}

// Read implements io.Reader.
func (f *fuse) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if f.left -= int64(n); f.left <= 0 {
		f.burn()
	}
	return n, err
}
