package ssh

import (
	"context"
	"io"
	"os"
	"sync"
)

// spool is a temporary file that one goroutine writes and any number read, each
// from the beginning and as it grows. Nobody waits for a slow reader.
type spool struct {
	file *os.File

	mu    sync.Mutex
	size  int64
	done  bool  // nothing more comes
	err   error // why it is not whole
	grown chan struct{}
}

// newSpool makes the file; only its owner can read it. Its name is taken away at
// once where the system allows it, so that nothing is left behind by a crash.
func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "spot-tui-*") // mode 0600
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // Windows refuses; close removes it there
	return &spool{file: f, grown: make(chan struct{})}, nil
}

// Write implements io.Writer.
func (s *spool) Write(b []byte) (int, error) {
	n, err := s.file.Write(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size += int64(n)
	s.wake()
	return n, err
}

// end says that nothing more comes; with an error, what came is not whole.
func (s *spool) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.err = true, err
	s.wake()
}

func (s *spool) wake() {
	close(s.grown)
	s.grown = make(chan struct{})
}

func (s *spool) close() {
	s.file.Close()
	_ = os.Remove(s.file.Name()) // it is gone already, except on Windows
}

// spoolReader reads a spool from the beginning.
type spoolReader struct {
	s    *spool
	ctx  context.Context // ends a wait for more
	at   int64
	tell func(at, size int64) // may be nil
}

// Read implements io.Reader. It waits for the writer.
func (r *spoolReader) Read(b []byte) (int, error) {
	for {
		r.s.mu.Lock()
		size, done, err, grown := r.s.size, r.s.done, r.s.err, r.s.grown
		r.s.mu.Unlock()
		switch {
		case err != nil:
			return 0, err // also where more could be read: half of it is of no use
		case r.at < size:
			n, err := r.s.file.ReadAt(b[:min(int64(len(b)), size-r.at)], r.at)
			r.at += int64(n)
			if n > 0 {
				err = nil
			}
			if r.tell != nil {
				r.tell(r.at, size)
			}
			return n, err
		case done:
			return 0, io.EOF
		}
		select {
		case <-grown:
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		}
	}
}
