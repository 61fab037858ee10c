package fleet

import (
	"context"
	"sync"
	"time"
)

// maxTail bounds the lines of a followed log that are kept.
const maxTail = 10_000

// Tail is a log that is being followed. Hosts record into it; faces read what
// is new. It is safe for concurrent use.
type Tail struct {
	cancel context.CancelFunc

	mu      sync.Mutex
	lines   []TailLine // a ring once it is full
	seq     uint64     // of the newest line
	open    int        // hosts that have not ended
	changed chan struct{}
}

// NewTail prepares a tail of so many hosts. cancel stops them; it may be nil.
func NewTail(hosts int, cancel context.CancelFunc) *Tail {
	return &Tail{open: hosts, cancel: cancel, changed: make(chan struct{})}
}

// Record adds a line, whose number and time it gives.
func (t *Tail) Record(l TailLine) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq++
	l.Seq, l.At = t.seq, time.Now()
	if len(t.lines) < maxTail {
		t.lines = append(t.lines, l)
	} else {
		t.lines[(t.seq-1)%maxTail] = l
	}
	t.wake()
}

// End says that one host's log has ended.
func (t *Tail) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open--
	t.wake()
}

func (t *Tail) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// Next blocks until there are lines after seq, every host has ended, or ctx
// ends. lost is how many lines came and went before they were asked for.
func (t *Tail) Next(ctx context.Context, seq uint64) (lines []TailLine, lost int, open bool, err error) {
	for {
		t.mu.Lock()
		if t.seq > seq || t.open <= 0 {
			lines, lost = t.after(seq)
			open = t.open > 0
			t.mu.Unlock()
			return lines, lost, open, nil
		}
		changed := t.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0, true, ctx.Err()
		}
	}
}

func (t *Tail) after(seq uint64) (lines []TailLine, lost int) {
	first := t.seq - uint64(len(t.lines)) // the number before the oldest
	if seq < first {
		lost, seq = int(first-seq), first
	}
	for n := seq; n < t.seq; n++ {
		lines = append(lines, t.lines[n%maxTail])
	}
	return lines, lost
}

// Close ends the following on every host. It may be called again.
func (t *Tail) Close() {
	if t.cancel != nil {
		t.cancel()
	}
}
