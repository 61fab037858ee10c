package fleet

import (
	"strings"
	"time"
)

// alive is when an instance was last known to be there.
func (b *book) alive(e *Entry) time.Time {
	if at, ok := b.seen[e.Instance]; ok {
		return at
	}
	return e.From
}

// finish ends an entry that a describe shows ended.
func (b *book) finish(e *Entry, asked, alive time.Time, ob Observation) {
	if e.Ended() {
		return
	}
	e.began(ob.LaunchedAt)
	if n := len(e.Pauses); n > 0 && e.Pauses[n-1].To.IsZero() { // it was ended while it was stopped
		e.Pauses[n-1].To = asked
	}
	e.To = b.endOf(e, asked, alive, ob)
	e.Taken = spotTaken(ob.StateReasonCode)
	if gap := e.To.Sub(alive); e.To.Equal(asked) && gap > watchGap {
		e.Unsure = min(gap, e.To.Sub(e.From))
	}
	if !e.OnDemand && (e.Taken || e.Unsure > 0) {
		b.wantEnds = endTries
	}
}

const (
	// watchGap is how long nobody may have looked for an end to count as seen.
	watchGap = time.Minute
	// endTries is how often EC2 is asked for exact ends: it shows a closed spot
	// request for hours, though not always at once.
	endTries = 3
)

// endOf is when an instance ended that a describe shows ending: as EC2's text says
// (aws-facts §4.2), at the fleet's end where it shut itself down, or when it was
// seen.
func (b *book) endOf(e *Entry, asked, alive time.Time, ob Observation) time.Time {
	if at, ok := transitionTime(ob.TransitionReason); ok && !at.Before(e.From) && !at.After(asked) {
		return at
	}
	if ob.StateReasonCode == "Client.InstanceInitiatedShutdown" && e.EndsAt.After(alive) && e.EndsAt.Before(asked) {
		return e.EndsAt
	}
	return asked
}

// transitionTime reads the time in "User initiated (2026-01-02 03:04:05 GMT)".
func transitionTime(reason string) (time.Time, bool) {
	_, rest, ok := strings.Cut(reason, "(")
	text, _, closed := strings.Cut(rest, ")")
	if !ok || !closed {
		return time.Time{}, false
	}
	at, err := time.Parse("2006-01-02 15:04:05 MST", text)
	return at.UTC(), err == nil
}

// lost ends an entry whose instance EC2 does not list any more. It is counted
// until now, or its own end, and how much too late that may be is kept.
func (b *book) lost(e *Entry, now time.Time) {
	if e.Ended() {
		return
	}
	alive := b.alive(e)
	b.change(e, func() {
		e.To = now
		if e.EndsAt.After(alive) && e.EndsAt.Before(now) {
			e.To = e.EndsAt
		}
		e.To = maxTime(e.To, e.From)
		e.Unsure = min(max(0, e.To.Sub(maxTime(alive, e.From))), e.To.Sub(e.From))
	})
	if !e.OnDemand {
		b.wantEnds = endTries
	}
}

// endedAt takes in an end that a fleet's history tells, or that was estimated. An
// end that is known exactly stays.
func (b *book) endedAt(e *Entry, to time.Time, unsure time.Duration) {
	if e == nil || e.Ended() && (e.Unsure == 0 || to.After(e.To)) {
		return
	}
	b.change(e, func() {
		e.To = maxTime(to, e.From)
		e.Unsure = min(unsure, e.To.Sub(e.From))
	})
	if !e.OnDemand {
		b.wantEnds = endTries
	}
}

// ended takes in exact ends.
func (b *book) ended(ends []SpotEnd) {
	by := map[InstanceID]SpotEnd{}
	for _, s := range ends {
		by[s.Instance] = s
	}
	unsure := false
	for id, e := range b.entries {
		s, ok := by[id]
		if !e.Ended() {
			continue
		}
		if ok && !s.At.Before(e.From) && !s.At.After(e.To) {
			b.change(e, func() { e.To, e.Unsure, e.Taken = s.At, 0, s.Taken || e.Taken })
		}
		unsure = unsure || e.Unsure > 0
	}
	b.wantEnds--
	if !unsure {
		b.wantEnds = 0
	}
}
