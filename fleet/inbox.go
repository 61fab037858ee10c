package fleet

import "sync"

// inbox is a worker's unbounded queue of work. Posting never blocks, so a call
// that comes back can't deadlock with the worker that waits for another.
type inbox struct {
	mu    sync.Mutex
	queue []func()
	ready chan struct{} // holds one token while the queue isn't empty
}

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

func (b *inbox) post(f func()) {
	b.mu.Lock()
	b.queue = append(b.queue, f)
	b.mu.Unlock()
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *inbox) take() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queue
	b.queue = nil
	return q
}
