package memnet

import (
	"sync"
	"time"
)

const (
	// firstRing is enough for an SSH handshake's packets, so an idle connection
	// stays small.
	firstRing = 4 << 10
	// keepRing is the largest ring that an empty direction keeps: 200 idle hosts
	// after an upload must not hold 200 windows.
	keepRing = 64 << 10
)

// put copies what fits into the ring and wakes readers. The caller holds mu.
func (h *half) put(p []byte) int {
	if room := Window - h.held; len(p) > room {
		p = p[:room]
	}
	if len(p) == 0 {
		return 0
	}
	if h.held+len(p) > len(h.ring) {
		h.grow(h.held + len(p))
	}
	end := (h.start + h.held) % len(h.ring)
	n := copy(h.ring[end:], p)
	copy(h.ring, p[n:])
	if h.held == 0 {
		h.reader.wake.Broadcast()
	}
	h.held += len(p)
	return len(p)
}

// take copies out of the ring and wakes writers. The caller holds mu.
func (h *half) take(p []byte) int {
	if len(p) > h.held {
		p = p[:h.held]
	}
	n := copy(p, h.ring[h.start:])
	copy(p[n:], h.ring)
	if h.held == Window {
		h.writer.wake.Broadcast()
	}
	h.held -= len(p)
	h.start = (h.start + len(p)) % len(h.ring)
	if h.held == 0 {
		h.start = 0
		if len(h.ring) > keepRing {
			h.ring = nil
		}
	}
	return len(p)
}

func (h *half) grow(need int) {
	size := max(len(h.ring), firstRing)
	for size < need {
		size *= 2
	}
	ring := make([]byte, size)
	if h.held > 0 {
		n := copy(ring, h.ring[h.start:min(h.start+h.held, len(h.ring))])
		copy(ring[n:], h.ring[:h.held-n])
	}
	h.ring, h.start = ring, 0
}

// side is the state of those who wait at one end of a direction. Its fields are
// guarded by the half's mu.
type side struct {
	wake   sync.Cond
	closed bool
	late   bool
	timer  *time.Timer
}

// until moves the deadline. A timer that fires after it was replaced is
// recognised by not being the current one.
func (s *side) until(t time.Time) {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.late = false
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		s.late = true
		s.wake.Broadcast()
		return
	}
	var mine *time.Timer
	mine = time.AfterFunc(left, func() {
		s.wake.L.Lock()
		defer s.wake.L.Unlock()
		if s.timer == mine {
			s.late = true
			s.wake.Broadcast()
		}
	})
	s.timer = mine
}
