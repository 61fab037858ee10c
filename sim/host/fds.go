package host

import (
	"io"
	"syscall"
)

// stdio is what a program starts with.
type stdio struct {
	in       *input
	out, err io.Writer
	tty      bool
}

const maxFD = 10

// fd is one open descriptor: an input, an output or both.
type fd struct {
	in  *input
	out io.Writer
}

// fds is the descriptor table of a command. The interpreter knows only an output
// and an error stream that it saves, restores and hands on exactly as a shell
// does with descriptors; so the whole table travels inside these two (see
// stream). A table is never changed, only copied.
type fds struct {
	open  [maxFD]fd
	line  *pipeline // the innermost pipeline
	stage int       // this command's place in it
	begun func()    // in a background job: it runs now
}

func newFDs(s stdio) *fds {
	return &fds{open: [maxFD]fd{{in: s.in}, {out: s.out}, {out: s.err}}}
}

func (t *fds) copy() *fds {
	c := *t
	return &c
}

// stream is what the interpreter holds as standard output (1) or error (2).
type stream struct {
	t     *fds
	n     int
	close func()
}

func (s *stream) Write(p []byte) (int, error) {
	if w := s.t.open[s.n].out; w != nil {
		return w.Write(p)
	}
	return 0, syscall.EBADF
}

// Read is there because the interpreter's open handler must give a reader too.
func (s *stream) Read([]byte) (int, error) { return 0, io.EOF }

// Close ends what the redirection opened.
func (s *stream) Close() error {
	if s.close != nil {
		s.close()
	}
	return nil
}

// table finds the descriptors behind the interpreter's two streams. Standard
// output is something else only at the start of a command substitution.
func table(out, err io.Writer) *fds {
	if s, ok := out.(*stream); ok {
		return s.t
	}
	if s, ok := err.(*stream); ok {
		t := s.t.copy()
		t.open[1] = fd{out: out}
		return t
	}
	return newFDs(stdio{in: noInput(), out: out, err: err})
}
