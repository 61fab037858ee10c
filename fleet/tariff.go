package fleet

import (
	"slices"
	"time"
)

// minimumCharge is the shortest time that EC2 bills for a start (docs/cost.md).
const minimumCharge = time.Minute

// PriceChange is a change of a pool's spot price.
type PriceChange struct {
	At  time.Time `json:"at"`
	USD float64   `json:"usd"` // per hour, from then on
}

// Tariff is what a pool has cost when: its changes, oldest first, and the time
// over which these are known to be all that there were.
type Tariff struct {
	Points       []PriceChange
	Since, Until time.Time
}

// pricePatience is for how long after the last look at the price history the
// price is taken to be still in effect: EC2's prices change every few hours, and
// are read every few minutes.
const pricePatience = 15 * time.Minute

// learn takes in changes that were read for a time that begins at since and ends at
// until. Points that are known already change nothing.
func (t *Tariff) learn(ps []PriceChange, since, until time.Time) {
	for _, p := range ps {
		i, found := slices.BinarySearchFunc(t.Points, p, func(a, b PriceChange) int { return a.At.Compare(b.At) })
		if !found {
			t.Points = slices.Insert(t.Points, i, p)
		}
		if p.At.Before(since) { // in effect then, and since its own time
			since = p.At
		}
	}
	switch {
	case t.Until.IsZero() || since.After(t.Until) && until.After(t.Until): // a gap: what was before it is known less well than what is now
		t.Since, t.Until = since, until
	case until.Before(t.Since):
	default:
		t.Since = minTime(t.Since, since)
		t.Until = maxTime(t.Until, until)
	}
}

// over adds up the price from one time to another: USD, and how much of it is an
// estimate because the history was not known then. Without any price known is
// false.
func (t Tariff) over(from, to time.Time) (usd, guess float64, known bool) {
	if len(t.Points) == 0 {
		return 0, 0, false
	}
	if !to.After(from) {
		return 0, 0, true
	}
	i, found := slices.BinarySearchFunc(t.Points, from, func(p PriceChange, at time.Time) int { return p.At.Compare(at) })
	if !found {
		i-- // the one in effect at from; -1: the first one came later
	}
	for at := from; at.Before(to); i++ {
		end := to
		if i+1 < len(t.Points) && t.Points[i+1].At.Before(to) {
			end = t.Points[i+1].At
		}
		price := t.Points[max(0, i)].USD
		usd += price * end.Sub(at).Hours()
		guess += price * t.unseen(at, end).Hours()
		at = end
	}
	return usd, guess, true
}

// at is the price in effect at a time; known is false where there is none.
func (t Tariff) at(when time.Time) (PriceChange, bool) {
	if len(t.Points) == 0 {
		return PriceChange{}, false
	}
	i, found := slices.BinarySearchFunc(t.Points, when, func(p PriceChange, at time.Time) int { return p.At.Compare(at) })
	if !found {
		i--
	}
	return t.Points[max(0, i)], true
}

// unseen is how much of a stretch lies outside what the history covers.
func (t Tariff) unseen(from, to time.Time) time.Duration {
	inside := minTime(to, t.Until.Add(pricePatience)).Sub(maxTime(from, t.Since))
	return to.Sub(from) - max(0, inside)
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
