package memnet

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func ends(t *testing.T) (a, b *Conn) {
	t.Helper()
	x, y := Pipe(Addr("left"), Addr("right"))
	t.Cleanup(func() { x.Close(); y.Close() })
	return x.(*Conn), y.(*Conn)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	a, b := ends(t)
	if a.LocalAddr() != b.RemoteAddr() || b.LocalAddr() != a.RemoteAddr() || a.LocalAddr().String() != "left" {
		t.Errorf("addresses %v→%v and %v→%v", a.LocalAddr(), a.RemoteAddr(), b.LocalAddr(), b.RemoteAddr())
	}
	c, _ := Pipe(nil, nil)
	if c.LocalAddr().Network() != "mem" {
		t.Errorf("an end without address says %v", c.LocalAddr())
	}
}

func TestBothEndsMayWriteFirst(t *testing.T) {
	t.Parallel()
	a, b := ends(t)
	for _, c := range []*Conn{a, b} {
		if n, err := c.Write(make([]byte, Window)); n != Window || err != nil {
			t.Fatalf("a window's worth: %d, %v", n, err)
		}
	}
}

func TestCloseLetsTheOtherEndDrain(t *testing.T) {
	t.Parallel()
	a, b := ends(t)
	_, _ = a.Write([]byte("last words"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(b)
	if string(got) != "last words" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write to a closed end: %v", err)
	}
	for name, err := range map[string]error{
		"read":  second(a.Read(make([]byte, 1))),
		"write": second(a.Write([]byte("x"))),
		"close": a.Close(),
		"set":   a.SetDeadline(time.Now()),
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after close: %v", name, err)
		}
	}
}

func second(_ int, err error) error { return err }

func TestHalfClose(t *testing.T) {
	t.Parallel()
	a, b := ends(t)
	_, _ = a.Write([]byte("question"))
	if err := a.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(b); string(got) != "question" || err != nil {
		t.Fatalf("read %q, %v", got, err)
	}
	_, _ = b.Write([]byte("answer"))
	b.Close()
	if got, err := io.ReadAll(a); string(got) != "answer" || err != nil {
		t.Errorf("the other direction: %q, %v", got, err)
	}
}

func TestCloseReadFailsTheWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := ends(t)
		result := make(chan error, 1)
		go func() { result <- second(a.Write(make([]byte, 2*Window))) }()
		synctest.Wait()
		if err := b.CloseRead(); err != nil {
			t.Fatal(err)
		}
		if err := <-result; !errors.Is(err, syscall.EPIPE) {
			t.Errorf("a waiting write ended with %v", err)
		}
	})
}

func TestBackPressure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := ends(t)
		done := false
		go func() {
			_, _ = a.Write(make([]byte, Window+1))
			done = true
		}()
		synctest.Wait()
		if done {
			t.Fatal("a write beyond the window did not wait")
		}
		if n, err := b.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		synctest.Wait()
		if !done {
			t.Error("the write still waits though there is room")
		}
	})
}

func TestDeadlinesInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := ends(t)
		start := time.Now()
		_ = a.SetReadDeadline(start.Add(time.Hour))
		_, err := a.Read(make([]byte, 1))
		var timeout net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("read ended with %v", err)
		}
		if waited := time.Since(start); waited != time.Hour {
			t.Errorf("waited %v", waited)
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a later read: %v", err)
		}
		_ = a.SetReadDeadline(time.Time{})
		_, _ = b.Write([]byte("x"))
		if _, err := a.Read(make([]byte, 1)); err != nil {
			t.Errorf("after the deadline was taken away: %v", err)
		}

		_ = a.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := a.Write(make([]byte, Window+5))
		if n != Window || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write ended with %d, %v", n, err)
		}
		if n, err := b.Read(make([]byte, 10)); n != 10 || err != nil {
			t.Errorf("what a late write sent: %d, %v", n, err)
		}
	})
}

func TestDeadlineIsMovedWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, _ := ends(t)
		start := time.Now()
		_ = a.SetReadDeadline(start.Add(time.Minute))
		result := make(chan error, 1)
		go func() { result <- second(a.Read(make([]byte, 1))) }()
		synctest.Wait()
		_ = a.SetReadDeadline(start.Add(time.Hour))
		if err := <-result; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		go func() { result <- second(a.Read(make([]byte, 1))) }()
		_ = a.SetDeadline(time.Unix(1, 0))
		if err := <-result; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline in the past: %v", err)
		}
	})
}

func TestCloseWakesWaitingReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := ends(t)
		result := make(chan error, 2)
		go func() { result <- second(a.Read(make([]byte, 1))) }()
		go func() { result <- second(b.Read(make([]byte, 1))) }()
		synctest.Wait()
		a.Close()
		errs := []error{<-result, <-result}
		if !errors.Is(errors.Join(errs...), net.ErrClosed) || !errors.Is(errors.Join(errs...), io.EOF) {
			t.Errorf("the two ends read %v", errs)
		}
	})
}

// TestOddSizes drives the ring through every wrap-around with sizes that share
// no factor with it.
func TestOddSizes(t *testing.T) {
	t.Parallel()
	a, b := ends(t)
	const seed, total = 7, 5 << 20
	data := make([]byte, total)
	fill := rand.New(rand.NewPCG(seed, 0))
	for i := range data {
		data[i] = byte(fill.Uint32())
	}
	go func() {
		r := rand.New(rand.NewPCG(seed, 1))
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(90_001))
			_, _ = a.Write(rest[:n])
			rest = rest[n:]
		}
		a.Close()
	}()
	r := rand.New(rand.NewPCG(seed, 2))
	var got bytes.Buffer
	for {
		p := make([]byte, 1+r.IntN(70_001))
		n, err := b.Read(p)
		got.Write(p[:n])
		if err != nil {
			break
		}
	}
	if !bytes.Equal(got.Bytes(), data) {
		t.Errorf("%d bytes came out differently from the %d that went in", got.Len(), total)
	}
}

func TestConcurrentReadersAndWriters(t *testing.T) {
	t.Parallel()
	a, b := ends(t)
	const writers, each = 8, 1 << 20
	var in, out sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range writers {
		in.Go(func() { _, _ = a.Write(make([]byte, each)) })
		out.Go(func() {
			n, _ := io.Copy(io.Discard, b)
			mu.Lock()
			total += int(n)
			mu.Unlock()
		})
	}
	in.Wait()
	a.Close()
	out.Wait()
	if total != writers*each {
		t.Errorf("%d bytes of %d arrived", total, writers*each)
	}
}

func TestIdleDirectionHoldsNoWindow(t *testing.T) {
	t.Parallel()
	a, b := ends(t)
	_, _ = a.Write(make([]byte, Window))
	_, _ = io.CopyN(io.Discard, b, Window)
	if n := len(a.out.ring); n > keepRing {
		t.Errorf("an empty direction keeps %d bytes", n)
	}
}

func TestThroughput(t *testing.T) {
	t.Parallel()
	const total = 100 << 20
	a, b := ends(t)
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
	start := time.Now()
	go func() {
		for range total / len(chunk) {
			_, _ = a.Write(chunk)
		}
		a.Close()
	}()
	n, err := io.Copy(struct{ io.Writer }{io.Discard}, b)
	if n != total || err != nil {
		t.Fatal(n, err)
	}
	// Generous: a copying pipe takes well under a second, work per byte many.
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("100 MiB took %v", took)
	}
}

func BenchmarkPipe(b *testing.B) {
	x, y := Pipe(nil, nil)
	chunk := make([]byte, 32<<10)
	b.SetBytes(int64(len(chunk)))
	go func() { _, _ = io.Copy(io.Discard, y) }()
	for b.Loop() {
		_, _ = x.Write(chunk)
	}
	x.Close()
}
