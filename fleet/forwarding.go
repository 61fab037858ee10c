package fleet

import (
	"context"
	"sync"
)

// Forwarding is a forwarded port. It is safe for concurrent use.
type Forwarding struct {
	cancel context.CancelFunc

	mu      sync.Mutex
	state   ForwardState
	rev     uint64
	changed chan struct{}
}

// NewForwarding prepares a forwarding; cancel ends it and may be nil.
func NewForwarding(s ForwardState, cancel context.CancelFunc) *Forwarding {
	return &Forwarding{state: s, cancel: cancel, rev: 1, changed: make(chan struct{})}
}

// Record changes the state.
func (f *Forwarding) Record(change func(s *ForwardState)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.state)
	f.rev++
	close(f.changed)
	f.changed = make(chan struct{})
}

// State gives it as it stands, and its number for Next.
func (f *Forwarding) State() (ForwardState, uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state, f.rev
}

// Next blocks until the state is newer than rev, it has ended, or ctx ends.
func (f *Forwarding) Next(ctx context.Context, rev uint64) (ForwardState, uint64, error) {
	for {
		f.mu.Lock()
		s, now, changed := f.state, f.rev, f.changed
		f.mu.Unlock()
		if now > rev || s.Ended {
			return s, now, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ForwardState{}, rev, ctx.Err()
		}
	}
}

// Close ends the forwarding; what goes through it is cut.
func (f *Forwarding) Close() {
	if f.cancel != nil {
		f.cancel()
	}
}
