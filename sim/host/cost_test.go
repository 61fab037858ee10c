package host

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

// TestAFreshHostIsCheap holds the package's promise for fleets of thousands.
func TestAFreshHostIsCheap(t *testing.T) {
	const count, limit = 500, 8 << 10
	o := testOptions(t)
	hosts := make([]*Host, count)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range hosts {
		h, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		hosts[i] = h
	}
	if after := heap(); after > before && (after-before)/count > limit {
		t.Errorf("a fresh host takes %d bytes", (after-before)/count)
	}
	runtime.KeepAlive(hosts)
}

func BenchmarkExec(b *testing.B) {
	c := dial(b, newHost(b))
	for b.Loop() {
		if got := run(b, c, "true", ""); got.status != 0 {
			b.Fatal(got)
		}
	}
}

func BenchmarkConnect(b *testing.B) {
	h := newHost(b)
	config := clientConfig(b, h)
	for b.Loop() {
		c, err := connect(h, config)
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}

func BenchmarkUpload(b *testing.B) {
	c := dial(b, newHost(b))
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		s, err := c.NewSession()
		if err != nil {
			b.Fatal(err)
		}
		in, err := s.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Start("cat > f"); err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(in, struct{ io.Reader }{bytes.NewReader(data)}); err != nil {
			b.Fatal(err)
		}
		in.Close()
		if err := s.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}
