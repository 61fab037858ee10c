package fleet

import "time"

// reading is what a region's ledger comes to at a time.
type reading struct {
	at      time.Time
	spent   Cost  // in the fleet's present life
	perHour Price // of what runs, disks and addresses included
	// Of the spot instances that run: what they cost per hour, and what they would
	// on demand, as far as that is known of each.
	spot, spotOnDemand float64
	savedUnknown       string // why the second is not known
	since              time.Time
}

// Share is a part of something, from below 0 to 1.
type Share struct {
	Value  float64 `json:"value"`
	Known  bool    `json:"known"`
	Reason string  `json:"reason,omitempty"` // why it is not known
}

// read adds a book up.
func (b *book) read(now time.Time) reading {
	r := reading{at: now, spent: Cost{Known: true, ListKnown: true}, perHour: Price{Known: true, AsOf: now}}
	for _, e := range b.entries {
		t := b.tariff(e)
		r.spent = r.spent.plus(e.cost(t, now))
		if r.since.IsZero() || e.From.Before(r.since) {
			r.since = e.From
		}
		if e.Ended() {
			continue
		}
		p, aside, onDemand := e.rate(t, now)
		r.perHour.USD += p.USD + aside
		if !p.Known {
			r.perHour.Known, r.perHour.Reason = false, p.Reason
		}
		switch {
		case e.OnDemand || p.USD == 0:
		case onDemand <= 0:
			r.savedUnknown = "the on-demand price of " + string(e.Type) + " in " + string(e.Region) + " is not known"
		default:
			r.spot += p.USD
			r.spotOnDemand += onDemand
		}
	}
	return r
}

// meterEvery is how often the ledger is added up where nothing has changed: between
// two times the header goes on by what the fleet costs per hour.
const meterEvery = 15 * time.Second

// meter puts what the region costs into the header's sums.
func (w *worker) meter() {
	now := time.Now()
	w.book.moved, w.book.metered = false, now
	w.e.feed.meter(w.region, w.book.read(now))
	w.e.watchBudget()
}

// meter takes in a region's reading. It wakes nobody: it comes with facts that do.
func (f *feed) meter(r Region, m reading) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.meters[r] = m
}

// moneyLocked adds up what the regions cost until now.
func (f *feed) moneyLocked(s *Summary, now time.Time) {
	s.PerHour, s.Accrued, s.Saved, s.Since = Price{Known: true, AsOf: now}, Price{Known: true, AsOf: now}, Share{Known: true}, time.Time{}
	s.Estimated = 0
	spot, list := 0.0, 0.0
	for _, m := range f.meters {
		s.PerHour.USD += m.perHour.USD
		if !m.perHour.Known {
			s.PerHour.Known, s.PerHour.Reason = false, m.perHour.Reason
		}
		s.Accrued.USD += m.spent.USD() + m.perHour.USD*max(0, now.Sub(m.at).Hours())
		s.Estimated += m.spent.Guess
		if !m.spent.Known {
			s.Accrued.Known, s.Accrued.Reason = false, m.spent.Reason
		}
		if m.savedUnknown != "" {
			s.Saved = Share{Reason: m.savedUnknown}
		}
		spot, list = spot+m.spot, list+m.spotOnDemand
		if !m.since.IsZero() && (s.Since.IsZero() || m.since.Before(s.Since)) {
			s.Since = m.since
		}
	}
	switch {
	case !s.Saved.Known:
	case list <= 0:
		s.Saved = Share{Reason: "no spot instance runs"}
	default:
		s.Saved.Value = 1 - spot/list
	}
}
