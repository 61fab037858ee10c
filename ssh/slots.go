package ssh

import (
	"context"
	"sync"
	"time"
)

const (
	// mostSessions are open at once on one connection. A host may allow fewer
	// (OpenSSH's default is 10, its MaxSessions), which only its refusals tell.
	mostSessions = 32
	// limitLasts is how long what a host refused is taken for its limit: a session
	// counts there for a moment after it has ended, so a refusal can be too low.
	limitLasts = 5 * time.Second
)

// slots share out a connection's sessions. They begin high, and learn from the
// host's refusals how many it allows.
type slots struct {
	mu      sync.Mutex
	asked   int           // sessions that are asked for or open
	open    int           // of these, those that the host has opened
	limit   int           // of asked
	refused time.Time     // when the host refused one last
	changed chan struct{} // closed at each change that may let somebody in
}

func newSlots() *slots { return &slots{limit: mostSessions, changed: make(chan struct{})} }

// take waits until a session may be asked for, dead is closed, or ctx ends.
func (s *slots) take(ctx context.Context, dead <-chan struct{}) error {
	for {
		s.mu.Lock()
		if s.asked < s.limit {
			s.asked++
			s.mu.Unlock()
			return nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-dead:
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// opened says that the host opened a session. A limit that is reached and was
// not refused for a while is tried to be passed by one. Answers that came side
// by side may be told in another order: what is open is allowed.
func (s *slots) opened() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	if s.open > s.limit {
		s.limit = s.open
		s.wake()
	}
	if s.open >= s.limit && s.limit < mostSessions && time.Since(s.refused) > limitLasts {
		s.limit++
		s.wake()
	}
}

// ended gives a session back that was open.
func (s *slots) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked--
	s.open--
	s.wake()
}

// unasked gives a session back that never was open.
func (s *slots) unasked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked--
	s.wake()
}

// declined gives a session back that the host refused: what is open now is what
// it allows. It says whether none was open, so that there is nothing to wait for.
func (s *slots) declined() (alone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked--
	s.limit, s.refused = max(1, s.open), time.Now()
	s.wake()
	return s.open == 0
}

func (s *slots) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}
