package fleet

import (
	"slices"
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
