package fleet

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// book is a region's part of the ledger. Its worker owns it.
type book struct {
	entries map[InstanceID]*Entry // of the fleet's present life
	closed  map[InstanceID]bool   // of its earlier lives
	tariffs map[Place]*Tariff
	seen    map[InstanceID]time.Time // when an open entry was last shown running
	watched time.Time                // when the region's instances were last seen, by whichever process
	reading bool                     // prices, disks or ends are being read
	moved   bool                     // an entry is another than when the header's sums were made
	metered time.Time                // when these were

	pricesAt map[InstanceType]time.Time // when a type's prices were last asked for
	disksAt  time.Time                  // when the disks were last asked for
	wantEnds int                        // how often the spot requests should still be asked for exact ends

	dirty      map[InstanceID]bool
	fresh      map[Place]Tariff // prices to save
	saving     bool
	written    chan struct{} // closed when what was taken out last is written
	savedWatch time.Time
}

func newBook() *book {
	return &book{
		entries: map[InstanceID]*Entry{}, closed: map[InstanceID]bool{}, tariffs: map[Place]*Tariff{}, seen: map[InstanceID]time.Time{},
		pricesAt: map[InstanceType]time.Time{}, dirty: map[InstanceID]bool{}, fresh: map[Place]Tariff{},
	}
}

// tariff gives a pool's prices; those of a pool that nobody asked for are empty.
func (b *book) tariff(e *Entry) Tariff {
	if t, ok := b.tariffs[Place{e.Type, e.Zone}]; ok {
		return *t
	}
	return Tariff{}
}

// load takes over what the store has kept. What was seen meanwhile counts too.
func (b *book) load(es []Entry, ts map[Place]Tariff, watched time.Time) {
	for _, e := range es {
		if !e.Closed.IsZero() {
			b.closed[e.Instance] = true
			delete(b.entries, e.Instance)
			continue
		}
		have, ok := b.entries[e.Instance]
		if !ok || e.Ended() {
			b.entries[e.Instance] = &e
			continue
		}
		have.Pauses = e.Pauses
		have.DiskGiB, have.OnDemandUSD = max(have.DiskGiB, e.DiskGiB), max(have.OnDemandUSD, e.OnDemandUSD)
		have.Address = have.Address || e.Address
	}
	for p, t := range ts {
		b.tariffs[p] = &t
	}
	for id, e := range b.entries {
		if !e.Ended() {
			b.seen[id] = maxTime(b.seen[id], maxTime(watched, e.From))
		}
	}
	b.watched = maxTime(b.watched, watched)
}

// entry gives an instance's entry, a new one if there is none; nil if it belongs
// to an earlier life of the fleet.
func (b *book) entry(id InstanceID, r Region, from time.Time) *Entry {
	if b.closed[id] {
		return nil
	}
	e, ok := b.entries[id]
	if !ok {
		e = &Entry{Instance: id, Region: r, From: from}
		b.entries[id] = e
		b.dirty[id], b.moved = true, true
	}
	return e
}

// change changes an entry and notes that it must be saved.
func (b *book) change(e *Entry, with func()) {
	was := *e
	with()
	if !was.same(*e) {
		b.dirty[e.Instance], b.moved = true, true
	}
}

// same compares two entries; pauses are only ever added to or ended.
func (e Entry) same(o Entry) bool {
	if !slices.Equal(e.Pauses, o.Pauses) {
		return false
	}
	e.Pauses, o.Pauses = nil, nil
	return e.Instance == o.Instance && e.facts() == o.facts()
}

// facts is what of an entry can be compared.
func (e Entry) facts() any {
	type facts struct {
		zone             Zone
		typ              InstanceType
		launch           LaunchID
		od, shown, taken bool
		from, to, ends   int64
		unsure           time.Duration
		address          bool
		disk             int
		price            float64
		request          string
	}
	return facts{e.Zone, e.Type, e.Launch, e.OnDemand, e.Shown, e.Taken, e.From.UnixNano(), e.To.UnixNano(), e.EndsAt.UnixNano(), e.Unsure, e.Address, e.DiskGiB, e.OnDemandUSD, e.Request}
}

// alive is when an instance was last known to be there.
func (b *book) alive(e *Entry) time.Time {
	if at, ok := b.seen[e.Instance]; ok {
		return at
	}
	return e.From
}

// observe takes in one instance of a describe answer.
func (b *book) observe(asked time.Time, ob Observation) {
	from := ob.LaunchedAt
	if from.IsZero() {
		from = asked
	}
	e := b.entry(ob.ID, ob.Region, from)
	if e == nil {
		return
	}
	alive := b.alive(e)
	b.change(e, func() {
		keep(&e.Zone, ob.Zone)
		keep(&e.Type, ob.Type)
		keep(&e.Launch, ob.Launch)
		keep(&e.Request, ob.SpotRequest)
		e.OnDemand = ob.OnDemand
		e.Address = e.Address || ob.PublicIP != ""
		if !ob.EndsAt.IsZero() {
			e.EndsAt = ob.EndsAt
		}
		switch ob.State {
		case StateStopping, StateStopped:
			if !e.Ended() {
				e.stopped(b.endOf(e, asked, alive, ob))
			}
		case StateShuttingDown, StateTerminated:
			b.finish(e, asked, alive, ob)
		default:
			e.began(ob.LaunchedAt)
			b.seen[ob.ID] = asked
			if ob.State == StateRunning {
				e.Address = ob.PublicIP != ""
			}
		}
	})
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

// seed takes in the prices that a launch was planned with, so that what it makes
// has a price from its first second. The history takes their place when it is read.
func (b *book) seed(pools []Pool) {
	for _, p := range pools {
		k := Place{p.Type, p.Zone}
		if _, ok := b.tariffs[k]; !ok && p.Price.Known {
			b.tariffs[k] = &Tariff{Points: []PriceChange{{At: p.Price.AsOf.UTC(), USD: p.Price.USD}}}
		}
	}
}

// disks takes in sizes.
func (b *book) disks(ds []Disk) {
	sum := map[InstanceID]int{}
	for _, d := range ds {
		sum[d.Instance] += d.GiB
	}
	for id, gib := range sum {
		if e, ok := b.entries[id]; ok && !e.Ended() {
			b.change(e, func() { e.DiskGiB = gib })
		}
	}
}

// learn takes in price changes that were read from since on.
func (b *book) learn(types []InstanceType, got []PoolPrice, since, asked time.Time) {
	by := map[Place][]PriceChange{}
	for _, p := range got {
		k := Place{p.Type, p.Zone}
		by[k] = append(by[k], PriceChange{At: p.AsOf.UTC(), USD: p.USD})
	}
	used := map[Place]bool{}
	for _, e := range b.entries {
		used[Place{e.Type, e.Zone}] = true
	}
	for k, ps := range by {
		if !used[k] {
			continue // a pool that none of ours is in
		}
		t, ok := b.tariffs[k]
		if !ok {
			t = &Tariff{}
			b.tariffs[k] = t
		}
		t.learn(ps, since, asked)
		b.fresh[k] = Tariff{Points: ps, Since: t.Since, Until: t.Until}
	}
	for p, t := range b.tariffs { // asked for, and nothing has changed
		if slices.Contains(types, p.Type) && len(by[p]) == 0 && len(t.Points) > 0 {
			t.learn(nil, since, asked)
			b.fresh[p] = Tariff{Since: t.Since, Until: t.Until}
		}
	}
}

// stale lists the types whose prices must be read, and from when on. always asks
// for all that run.
func (b *book) stale(now time.Time, limit time.Duration, always bool) (types []InstanceType, since time.Time) {
	since = now
	want := map[InstanceType]bool{}
	for _, e := range b.entries {
		if e.OnDemand || e.Type == "" || e.Zone == "" {
			continue
		}
		t := b.tariff(e)
		need := t.Until.Before(e.end(now)) || t.Since.After(e.From)
		if !need || !always && now.Sub(b.pricesAt[e.Type]) < limit {
			continue
		}
		want[e.Type] = true
		if t.Until.IsZero() || t.Since.After(e.From) {
			since = minTime(since, e.From)
		} else {
			since = minTime(since, t.Until.Add(-priceOverlap))
		}
	}
	return slices.Sorted(maps.Keys(want)), since
}

// priceOverlap is how far back the history is read again: a change may be shown
// some minutes after it came into effect.
const priceOverlap = time.Hour

// unpriced lists the types whose on-demand price is not known.
func (b *book) unpriced() []InstanceType {
	want := map[InstanceType]bool{}
	for _, e := range b.entries {
		if e.OnDemandUSD == 0 && e.Type != "" {
			want[e.Type] = true
		}
	}
	return slices.Sorted(maps.Keys(want))
}

// onDemand takes in on-demand prices.
func (b *book) onDemand(ps []OnDemandPrice) {
	by := map[InstanceType]float64{}
	for _, p := range ps {
		by[p.Type] = p.USD
	}
	for _, e := range b.entries {
		if usd := by[e.Type]; usd > 0 && e.OnDemandUSD == 0 {
			b.change(e, func() { e.OnDemandUSD = usd })
		}
	}
}
