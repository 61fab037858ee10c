// Package memnet is a network inside the process: connections that behave like
// TCP on a loopback device and need no file descriptor, no goroutine and no
// clock but the time package's.
//
// Guarantees: both directions are buffered (Window bytes each) and push back
// when full, so two ends that both write first, as SSH's do, cannot deadlock;
// data arrives in order and whole; Close lets the other end drain what was sent
// before it reads io.EOF; deadlines follow net.Conn. All waiting is done on
// sync.Cond, which testing/synctest counts as durably blocked: the connections
// work inside a bubble, deadlines included, as long as both ends belong to it.
package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Window is how many bytes one direction holds before its writer waits: as much
// as half an SSH channel window, so bulk uploads keep both ends busy.
const Window = 1 << 20

// Conn is one end of a pipe. All methods may be called concurrently.
type Conn struct {
	in, out       *half
	local, remote net.Addr
}

var _ net.Conn = (*Conn)(nil)

// Pipe connects two ends in memory. The first end has the address local and
// calls the other remote; the second end sees them the other way round. Either
// address may be nil, in which case the end reports an Addr named "mem". Both
// results are *Conn, which adds CloseWrite and CloseRead to net.Conn.
func Pipe(local, remote net.Addr) (net.Conn, net.Conn) {
	if local == nil {
		local = Addr("mem")
	}
	if remote == nil {
		remote = Addr("mem")
	}
	there, back := newHalf(), newHalf()
	return &Conn{in: back, out: there, local: local, remote: remote},
		&Conn{in: there, out: back, local: remote, remote: local}
}

// Addr names an end of a pipe that has no address of its own.
type Addr string

// Network is always "mem".
func (Addr) Network() string { return "mem" }

// String gives the name itself.
func (a Addr) String() string { return string(a) }

// Read waits until there is something to read, the writer has closed (io.EOF
// after the rest), the deadline has passed or this end is closed.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.EOF itself is the contract of io.Reader
		err = c.fault("read", err)
	}
	return n, err
}

// Write waits until all of p is in the buffer. On an error it tells how much
// went in before: EPIPE when nobody can read it any more.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	if err != nil {
		err = c.fault("write", err)
	}
	return n, err
}

// Close ends both directions. What was written before can still be read by the
// other end. Closing twice is an error, as on a TCP connection.
func (c *Conn) Close() error {
	first := c.out.closeWriter()
	if !c.in.closeReader() && !first {
		return c.fault("close", net.ErrClosed)
	}
	return nil
}

// CloseWrite ends the outgoing direction only: the other end reads io.EOF after
// the rest and may go on writing.
func (c *Conn) CloseWrite() error {
	if !c.out.closeWriter() {
		return c.fault("close", net.ErrClosed)
	}
	return nil
}

// CloseRead ends the incoming direction only: what waits there is dropped and
// the other end's writes fail.
func (c *Conn) CloseRead() error {
	if !c.in.closeReader() {
		return c.fault("close", net.ErrClosed)
	}
	return nil
}

// LocalAddr is this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the other end's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines; the zero time removes them.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline ends waiting and later reads at t with os.ErrDeadlineExceeded.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.deadline(c.in, &c.in.reader, t)
}

// SetWriteDeadline ends waiting and later writes at t with os.ErrDeadlineExceeded.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.deadline(c.out, &c.out.writer, t)
}

func (c *Conn) deadline(h *half, s *side, t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.closed {
		return c.fault("set", net.ErrClosed)
	}
	s.until(t)
	return nil
}

func (c *Conn) fault(op string, err error) error {
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}

// half is one direction: a ring of bytes between a writing and a reading side.
type half struct {
	mu             sync.Mutex
	reader, writer side
	ring           []byte
	start, held    int
}

func newHalf() *half {
	h := &half{}
	h.reader.wake.L, h.writer.wake.L = &h.mu, &h.mu
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.reader.closed:
			return 0, net.ErrClosed
		case h.reader.late:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case h.held > 0:
			return h.take(p), nil
		case h.writer.closed:
			return 0, io.EOF
		}
		h.reader.wake.Wait()
	}
}

func (h *half) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	done := 0
	for {
		switch {
		case h.writer.closed:
			return done, net.ErrClosed
		case h.writer.late:
			return done, os.ErrDeadlineExceeded
		case h.reader.closed:
			return done, syscall.EPIPE
		case done == len(p):
			return done, nil
		}
		if n := h.put(p[done:]); n > 0 {
			done += n
			continue
		}
		h.writer.wake.Wait()
	}
}

// closeWriter reports whether this call was the one that closed.
func (h *half) closeWriter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.shut(&h.writer)
}

// closeReader drops what nobody will read any more.
func (h *half) closeReader() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := h.shut(&h.reader)
	h.ring, h.start, h.held = nil, 0, 0
	return first
}

func (h *half) shut(s *side) bool {
	if s.closed {
		return false
	}
	s.until(time.Time{})
	s.closed = true
	h.reader.wake.Broadcast()
	h.writer.wake.Broadcast()
	return true
}
