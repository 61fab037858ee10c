package fleet

import (
	"context"
	"maps"
	"sync"
	"time"
)

// disksPause is how often the sizes of disks are asked for while some are not known.
const disksPause = 30 * time.Second

// kept is what the store knows of a region's ledger.
type kept struct {
	entries []Entry
	tariffs map[Place]Tariff
	watched time.Time
}

// kept reads the ledger from the store. Without it, what is seen from now on counts.
func (w *worker) kept(ctx context.Context) kept {
	s, account, name := w.e.opts.Store, w.e.account(), w.e.spec.Name
	var k kept
	es, err := s.Entries(ctx, account, name)
	if err == nil {
		k.tariffs, err = s.Tariffs(ctx, account, w.region)
	}
	if err == nil {
		k.watched, err = s.Watched(ctx, account, name, w.region, time.Time{})
	}
	if err != nil {
		w.say(LevelWarn, "", "what was spent before can't be read: %s", err)
	}
	for _, e := range es {
		if e.Region == w.region {
			k.entries = append(k.entries, e)
		}
	}
	return k
}

// enter puts an instance that a launch returned, or that the store knew without an
// entry, into the ledger before any describe shows it.
func (w *worker) enter(i Instance) {
	e := w.book.entry(i.ID, w.region, i.LaunchedAt)
	if e == nil || e.Ended() {
		return
	}
	w.book.change(e, func() {
		keep(&e.Zone, i.Zone)
		keep(&e.Type, i.Type)
		keep(&e.Launch, i.Launch)
		keep(&e.Request, i.SpotRequest)
		e.OnDemand = i.OnDemand
		e.Address = e.Address || i.PublicIP != "" || !e.Shown && w.e.spec.Network.PublicIPv4() // until a describe says otherwise
		if !i.EndsAt.IsZero() {
			e.EndsAt = i.EndsAt
		}
	})
}

// keepBooks brings the ledger up to date after a describe that was answered.
func (w *worker) keepBooks(asked time.Time, there map[InstanceID]bool) {
	b := w.book
	for id, e := range b.entries {
		if o, ok := w.instances[id]; there[id] || e.Ended() || ok && o.Stage != StageGone {
			continue
		} else if ok {
			b.lost(e, minTime(asked, maxTime(o.GoneAt, e.From)))
		} else if asked.Sub(e.From) > visibleWithin {
			b.lost(e, asked)
		}
	}
	b.watched = maxTime(b.watched, asked)
	w.readBooks()
	if b.moved || time.Since(b.metered) >= meterEvery {
		w.meter()
	}
	w.saveBook()
}

// readBooks asks EC2 for what the ledger still lacks: prices, disks, exact ends.
func (w *worker) readBooks() {
	if w.book.reading {
		return
	}
	f := w.lacking(time.Now(), false)
	if f == nil {
		return
	}
	w.book.reading = true
	w.call("ledger", func(ctx context.Context) {
		take := f(ctx)
		w.post(func() {
			w.book.reading = false
			take()
			w.meter()
			w.saveBook()
		})
	})
}

// lacking gives what reads what is missing, or nil. What it gives back takes the
// answers in, in the worker. With all, also what was read a moment ago.
func (w *worker) lacking(now time.Time, all bool) func(context.Context) func() {
	b := w.book
	var do []func(context.Context) func()
	if types, since := b.stale(now, w.e.opts.Poll.Prices, all); len(types) > 0 {
		lists := b.unpriced()
		for _, t := range types {
			b.pricesAt[t] = now
		}
		do = append(do, w.readPrices(types, since, now))
		if len(lists) > 0 {
			do = append(do, w.readListPrices(lists))
		}
	} else if lists := b.unpriced(); len(lists) > 0 && now.Sub(b.pricesAt["on demand"]) >= w.e.opts.Poll.Prices {
		b.pricesAt["on demand"] = now
		do = append(do, w.readListPrices(lists))
	}
	if b.wantEnds > 0 {
		do = append(do, func(ctx context.Context) func() {
			ends, err := w.cloud.SpotEnds(ctx, w.e.spec.Name)
			return func() { b.ended(ends); w.notRead("ends of spot requests", err) }
		})
	}
	if w.diskless() && (all || now.Sub(b.disksAt) >= disksPause) {
		b.disksAt = now
		do = append(do, func(ctx context.Context) func() {
			ds, err := w.cloud.Disks(ctx, w.e.spec.Name)
			return func() { b.disks(ds); w.notRead("disks", err) }
		})
	}
	if len(do) == 0 {
		return nil
	}
	return func(ctx context.Context) func() {
		takes := make([]func(), len(do))
		var wg sync.WaitGroup
		for i, f := range do {
			wg.Add(1)
			w.e.group.run("ledger part "+string(w.region), func() { defer wg.Done(); takes[i] = f(ctx) })
		}
		wg.Wait()
		return func() {
			for _, take := range takes {
				if take != nil {
					take()
				}
			}
		}
	}
}

func (w *worker) readPrices(types []InstanceType, since, asked time.Time) func(context.Context) func() {
	return func(ctx context.Context) func() {
		got, err := w.cloud.PriceHistory(ctx, types, since)
		return func() {
			if err == nil {
				w.book.learn(types, got, since, asked)
			}
			w.notRead("price history", err)
		}
	}
}

func (w *worker) readListPrices(types []InstanceType) func(context.Context) func() {
	return func(ctx context.Context) func() {
		got, err := w.cloud.OnDemandPrices(ctx, types)
		return func() { w.book.onDemand(got); w.notRead("on-demand prices", err) }
	}
}

// notRead notes why something of the ledger can't be read; it is asked again.
func (w *worker) notRead(what string, err error) {
	if err != nil && w.e.ctx.Err() == nil {
		w.say(LevelDebug, "", "the ledger lacks the %s: %s", what, err)
	}
}

// diskless says whether the disks of a running instance are not known.
func (w *worker) diskless() bool {
	for _, e := range w.book.entries {
		if !e.Ended() && e.DiskGiB == 0 {
			return true
		}
	}
	return false
}

// saveBook writes what changed to the store. One write is under way at a time.
func (w *worker) saveBook() {
	b := w.book
	if b.saving || !w.loaded || w.bookIsSaved() {
		return
	}
	b.saving = true
	write := w.bookWrite()
	w.call("save the ledger", func(ctx context.Context) {
		err := write(context.WithoutCancel(ctx))
		w.post(func() {
			b.saving = false
			if err == nil {
				w.saveBook()
				return
			}
			w.say(LevelWarn, "", "the ledger can't be saved: %s", err)
			for id := range b.entries { // all of it, after the next describe
				b.dirty[id] = true
			}
		})
	})
}

func (w *worker) bookIsSaved() bool {
	b := w.book
	return len(b.dirty) == 0 && len(b.fresh) == 0 && b.watched.Sub(b.savedWatch) < watchedEvery
}

// watchedEvery is how exactly it is kept when a region was last watched.
const watchedEvery = 5 * time.Minute

// bookWrite takes what is not saved out of the book, and gives what writes it.
func (w *worker) bookWrite() func(context.Context) error {
	b := w.book
	es := make([]Entry, 0, len(b.dirty))
	for id := range b.dirty {
		if e, ok := b.entries[id]; ok {
			es = append(es, *e)
		}
	}
	ts := maps.Clone(b.fresh)
	clear(b.dirty)
	clear(b.fresh)
	b.savedWatch = b.watched
	watched, s, account, name := b.watched, w.e.opts.Store, w.e.account(), w.e.spec.Name
	before, done := b.written, make(chan struct{})
	b.written = done
	return func(ctx context.Context) error {
		defer close(done)
		if before != nil {
			<-before // in the order in which they were taken out
		}
		err := s.SaveEntries(ctx, account, name, es)
		if err == nil && len(ts) > 0 {
			err = s.SaveTariffs(ctx, account, w.region, ts)
		}
		if err == nil && !watched.IsZero() {
			_, err = s.Watched(ctx, account, name, w.region, watched)
		}
		return err
	}
}

// lastWrite writes what is left when the worker ends.
func (w *worker) lastWrite() {
	if w.loaded && w.e.account() != "" {
		w.book.savedWatch = time.Time{}
		_ = w.bookWrite()(context.WithoutCancel(w.e.ctx)) // the journal and the tags have the fleet; the next process reads prices again
	}
}
