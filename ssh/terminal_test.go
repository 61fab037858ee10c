//go:build unix

package ssh

import (
	"bytes"
	"io"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"spot-tui/fleet"
)

// On a real terminal: raw mode while the shell runs, the size and its changes
// reach the host, and what is typed after the shell's end is not swallowed.
func TestInteractiveOnATerminal(t *testing.T) {
	person, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	defer tty.Close()
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 40, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	before := must(term.GetState(int(tty.Fd())))

	var mu sync.Mutex
	var typed bytes.Buffer
	var sizes [][2]uint32
	v := newServer(nil, func(s *served) uint32 {
		first := <-s.resized
		_, _ = io.WriteString(s, "ready")
		key := make([]byte, 1)
		for {
			if _, err := io.ReadFull(s, key); err != nil {
				return 1
			}
			mu.Lock()
			typed.Write(key)
			mu.Unlock()
			switch key[0] {
			case 'r':
				second := <-s.resized
				mu.Lock()
				sizes = append(sizes, first, second)
				mu.Unlock()
				_, _ = io.WriteString(s, "resized")
			case 'q':
				return 4
			}
		}
	})
	c := dialed(t, v, Options{})
	defer v.cut()
	defer c.Close()

	type result struct {
		st  fleet.ExitStatus
		err error
	}
	done := make(chan result, 1)
	go func() {
		st, err := c.Interactive(t.Context(), target, fleet.TTY{In: tty, Out: tty, Err: tty, Term: "xterm"})
		done <- result{st, err}
	}()
	expect(t, person, "ready")
	// Ctrl-C is a key in raw mode, and nothing is echoed.
	must(person.Write([]byte("\x03\rr")))
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 50, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	// The kernel tells the terminal's own session only, which we are not in.
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	expect(t, person, "resized")
	must(person.Write([]byte("q")))
	if r := <-done; r.err != nil || r.st.Code != 4 {
		t.Fatalf("%+v %v", r.st, r.err)
	}
	mu.Lock()
	defer mu.Unlock()
	if typed.String() != "\x03\rrq" || len(sizes) != 2 || sizes[0] != [2]uint32{100, 40} || sizes[1] != [2]uint32{120, 50} {
		t.Errorf("typed %q, sizes %v", typed.String(), sizes)
	}
	if after := must(term.GetState(int(tty.Fd()))); *after != *before {
		t.Error("the terminal was not restored")
	}
	must(person.Write([]byte("next\n")))
	buf := make([]byte, 16)
	if n, err := tty.Read(buf); err != nil || string(buf[:n]) != "next\n" {
		t.Errorf("the next reader got %q (%v)", buf[:n], err)
	}
}

// expect reads until text has come.
func expect(t *testing.T, r *os.File, text string) {
	t.Helper()
	if err := r.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Log("without a deadline:", err)
	}
	var got []byte
	buf := make([]byte, 256)
	for !bytes.Contains(got, []byte(text)) {
		n, err := r.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			t.Fatalf("waiting for %q: got %q, %v", text, got, err)
		}
	}
}
