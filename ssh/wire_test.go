package ssh

import (
	"errors"
	"io"
	"net"
	"testing"
)

// Once nothing comes any more, nothing is written: a session that is asked for
// then would wait for ever (x/crypto drops only the channels that it knows when its
// reading ends).
func TestNothingIsWrittenWhereNothingComes(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	w := &wire{Conn: near}
	go func() {
		_, _ = far.Write([]byte("x"))
		far.Close()
	}()
	if b, err := io.ReadAll(w); err != nil || string(b) != "x" {
		t.Fatalf("%q %v", b, err)
	}
	if n, err := w.Write([]byte("y")); n != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("%d %v", n, err)
	}
}
