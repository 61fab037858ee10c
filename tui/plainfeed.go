package tui

import (
	"time"

	"spot-tui/fleet"
)

// breath is the pause between two looks at the feed: what changes within it is
// said once.
const breath = 500 * time.Millisecond

func (l *linear) watch() {
	var c fleet.Cursor
	for {
		b, err := l.m.o.Face.Next(l.ctx, c)
		if err != nil {
			return
		}
		c = b.Cursor
		gate := make(chan chan struct{}, 1)
		if !l.do(func() { l.take(b); gate <- l.gate }) {
			return
		}
		select { // what is not told is not asked for: the feed keeps the newest
		case <-<-gate:
		case <-l.ctx.Done():
		}
		if rest(l.ctx, breath) != nil {
			return
		}
	}
}

// do hands work to the session; false where it has ended.
func (l *linear) do(f func()) bool {
	select {
	case l.post <- f:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// take takes a batch in, or keeps it while nothing is told.
func (l *linear) take(b fleet.Batch) {
	if l.frozen {
		l.held = &b
		return
	}
	l.facts(b)
}

// freeze stops what changes from being told, or has it told again: first what has
// changed meanwhile.
func (l *linear) freeze(string) error {
	if l.frozen {
		l.thaw()
		return nil
	}
	l.frozen, l.gate = true, make(chan struct{})
	l.say("nothing that changes is told until freeze is written again")
	return nil
}

func (l *linear) thaw() {
	if !l.frozen {
		return
	}
	l.frozen = false
	l.say("what changes is told again")
	if b := l.held; b != nil {
		l.held = nil
		l.facts(*b)
	}
	close(l.gate)
}
