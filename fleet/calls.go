package fleet

import (
	"slices"
	"sync"
	"time"
)

// Call is one API call that has ended, its retries included.
type Call struct {
	At      time.Time // when it ended
	Region  Region    // may be empty
	Service string    // "ec2", "ssm", "sts"
	Op      string    // the API's name, "CreateFleet"
	Took    time.Duration
	Kind    Kind  // empty where it succeeded
	Err     error // nil where it succeeded
}

// CallLog keeps the newest API calls, for a person who wants to see what an action
// did. It may be used from any goroutine.
type CallLog struct {
	mu   sync.Mutex
	ring []Call
	next int
}

// NewCallLog makes a log of at most n calls; n is at least 1.
func NewCallLog(n int) *CallLog { return &CallLog{ring: make([]Call, 0, max(1, n))} }

// Add notes a call; the oldest one leaves where there is no room.
func (l *CallLog) Add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < cap(l.ring) {
		l.ring = append(l.ring, c)
		return
	}
	l.ring[l.next] = c
	l.next = (l.next + 1) % len(l.ring)
}

// Calls gives what is kept, in the order in which the calls ended.
func (l *CallLog) Calls() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Concat(l.ring[l.next:], l.ring[:l.next])
}
