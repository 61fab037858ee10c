package host

import (
	"bytes"
	"context"
	"io"
	"sync"
	"syscall"
)

// pipeSize is Linux's: a writer that far ahead of its reader waits.
const pipeSize = 64 << 10

// pipe joins two commands of a pipeline. It ends with the context it was made
// with, for both sides.
type pipe struct {
	mu       sync.Mutex
	wake     sync.Cond
	buf      []byte
	wdone    bool
	rdone    bool
	forget   func() bool
	finished bool
}

func newPipe(ctx context.Context) *pipe {
	p := &pipe{}
	p.wake.L = &p.mu
	p.mu.Lock() // a context that has ended runs it at once
	defer p.mu.Unlock()
	p.forget = context.AfterFunc(ctx, func() {
		p.closeWriter()
		p.closeReader()
	})
	return p
}

// Read waits for data; io.EOF comes when the writer is done.
func (p *pipe) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.rdone:
			return 0, syscall.EBADF
		case len(p.buf) > 0:
			n := copy(b, p.buf)
			p.buf = p.buf[:copy(p.buf, p.buf[n:])]
			p.wake.Broadcast()
			return n, nil
		case p.wdone:
			return 0, io.EOF
		}
		p.wake.Wait()
	}
}

// Write waits for room; it fails with EPIPE once nobody reads any more.
func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for {
		switch {
		case p.rdone || p.wdone:
			return n, syscall.EPIPE
		case n == len(b):
			return n, nil
		case len(p.buf) < pipeSize:
			part := b[n:min(len(b), n+pipeSize-len(p.buf))]
			p.buf = append(p.buf, part...)
			n += len(part)
			p.wake.Broadcast()
			continue
		}
		p.wake.Wait()
	}
}

func (p *pipe) closeWriter() { p.close(&p.wdone) }
func (p *pipe) closeReader() { p.close(&p.rdone) }

func (p *pipe) close(side *bool) {
	p.mu.Lock()
	*side = true
	p.wake.Broadcast()
	done := p.wdone && p.rdone && !p.finished
	p.finished = p.finished || done
	forget := p.forget
	p.mu.Unlock()
	if done && forget != nil {
		forget()
	}
}

// broken says whether a write would fail with EPIPE.
func (p *pipe) broken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rdone
}

// maxCapture bounds what one $(…) may hold.
const maxCapture = 16 << 20

// capture makes a plain buffer fit for several writers and bounds it.
type capture struct {
	mu   sync.Mutex
	to   io.Writer
	left int
	done bool
}

func (c *capture) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done || len(b) > c.left {
		return 0, syscall.EPIPE
	}
	c.left -= len(b)
	return c.to.Write(b)
}

// close keeps what still runs in the background from writing into a result that
// has been used.
func (c *capture) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
}

// input is a command's standard input. Several commands may share one, and what
// "read" has not used of it is there for the next.
type input struct {
	turn   chan struct{} // holds a token while nobody reads
	r      io.Reader
	unread []byte
}

func newInput(r io.Reader) *input {
	in := &input{turn: make(chan struct{}, 1), r: r}
	in.turn <- struct{}{}
	return in
}

// noInput reads as empty, like /dev/null.
func noInput() *input { return newInput(bytes.NewReader(nil)) }

func (in *input) Read(b []byte) (int, error) {
	<-in.turn
	defer func() { in.turn <- struct{}{} }()
	if len(in.unread) > 0 {
		n := copy(b, in.unread)
		in.unread = in.unread[n:]
		return n, nil
	}
	return in.r.Read(b)
}

// maxLine bounds what "read" takes in one go.
const maxLine = 4 << 20

// line reads up to and including the delimiter. With the error it gives what
// came before.
func (in *input) line(delim byte) ([]byte, error) {
	<-in.turn
	defer func() { in.turn <- struct{}{} }()
	searched := 0
	for {
		if i := bytes.IndexByte(in.unread[searched:], delim); i >= 0 {
			end := searched + i + 1
			line := in.unread[:end:end]
			in.unread = in.unread[end:]
			return line, nil
		}
		searched = len(in.unread)
		if searched > maxLine {
			return in.rest(), io.ErrShortBuffer
		}
		chunk := make([]byte, 4096)
		n, err := in.r.Read(chunk)
		in.unread = append(in.unread[:searched:searched], chunk[:n]...)
		if err != nil && n == 0 {
			return in.rest(), err
		}
	}
}

func (in *input) rest() []byte {
	line := in.unread
	in.unread = nil
	return line
}
