package fleet

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// CostReport is the ledger at a time, added up.
type CostReport struct {
	Fleet   Name
	Account string
	At      time.Time
	Lines   []CostLine // of all lives of the fleet, the first launch first
	Guard   GuardSpec
	// Problems are regions of which the present prices could not be read.
	Problems []*Error
}

// CostLine is one instance of the ledger with what it has cost.
type CostLine struct {
	Entry
	Cost
	PerHour Price `json:"per_hour"` // now, disk and address included; 0 once it has ended
	// Prices are the changes of the spot price that were in effect over its time,
	// oldest first; of an on-demand instance there are none.
	Prices []PriceChange `json:"prices,omitempty"`
}

// Note says in a few words what is estimated, free or unknown of a line; empty
// where nothing is.
func (l CostLine) Note() string {
	var ns []string
	if !l.Known {
		ns = append(ns, l.Reason)
	}
	if l.Free {
		ns = append(ns, "interrupted within its first hour: the instance is free")
	}
	if l.Unsure > watchGap {
		ns = append(ns, "ended unseen, up to "+Span(l.Unsure.Round(time.Minute))+" before")
	}
	if l.DiskGiB == 0 {
		ns = append(ns, "its disk was not read")
	} else if l.Region != diskRegion {
		ns = append(ns, "disk at the price of "+string(diskRegion))
	}
	if !l.OnDemand && l.Guess > l.Disk+0.001 && l.Unsure <= watchGap {
		ns = append(ns, "the price history has gaps")
	}
	return strings.Join(ns, "; ")
}

// Note says of a group of one what its line says, and of more why the cost is not
// known.
func (g CostGroup) Note() string {
	if g.Line != nil {
		return g.Line.Note()
	}
	return g.Reason
}

// Saved is how much less it has cost than the same on demand, in USD.
func (c Cost) Saved() (float64, bool) {
	return c.List - c.Machine, c.Known && c.ListKnown
}

// Life narrows a report to the fleet's present life, or its last one where nothing
// of a present one is known.
func (r CostReport) Life() CostReport {
	var last time.Time
	for _, l := range r.Lines {
		if l.Closed.IsZero() {
			last = time.Time{}
			break
		}
		last = maxTime(last, l.Closed)
	}
	r.Lines = slices.DeleteFunc(slices.Clone(r.Lines), func(l CostLine) bool { return !l.Closed.Equal(last) })
	return r
}

// Total is the sum of all lines.
func (r CostReport) Total() CostGroup {
	g := newCostGroup("total")
	for i := range r.Lines {
		g.add(&r.Lines[i], r.At)
	}
	return g
}

// line is an entry with what it has cost until now.
func (b *book) line(e Entry, now time.Time) CostLine {
	t := b.tariff(&e)
	p, aside, _ := e.rate(t, now)
	p.USD += aside
	return CostLine{Entry: e, Cost: e.cost(t, now), PerHour: p, Prices: e.prices(t, now)}
}

// prices are the changes that were in effect over an entry's time.
func (e Entry) prices(t Tariff, now time.Time) []PriceChange {
	if e.OnDemand {
		return nil
	}
	var out []PriceChange
	end := e.end(now)
	for i, p := range t.Points {
		if p.At.Before(end) && (i+1 == len(t.Points) || t.Points[i+1].At.After(e.From)) {
			out = append(out, p)
		}
	}
	return out
}

// Costs implements Face.
func (e *Engine) Costs(ctx context.Context) (CostReport, error) {
	id, err := e.Identity(ctx)
	if err != nil {
		return CostReport{}, err
	}
	r := CostReport{Fleet: e.spec.Name, Account: id.Account, Guard: e.spec.Guard}
	r.Problems = e.settle(ctx)
	if ctx.Err() != nil {
		return CostReport{}, AsError("read the ledger", "", ctx.Err())
	}
	all, err := e.opts.Store.Entries(ctx, id.Account, e.spec.Name)
	if err != nil {
		return CostReport{}, &Error{Op: "read the ledger", Kind: KindInternal, Err: err}
	}
	r.At = time.Now()
	open := map[InstanceID]bool{}
	for _, w := range e.allWorkers() {
		err := w.do(ctx, func() {
			for _, en := range w.book.entries {
				open[en.Instance] = true
				r.Lines = append(r.Lines, w.book.line(*en, r.At))
			}
		})
		if err != nil {
			return CostReport{}, AsError("read the ledger", w.region, err)
		}
	}
	books := map[Region]*book{}
	for _, en := range all { // of earlier lives
		if open[en.Instance] {
			continue
		}
		b, ok := books[en.Region]
		if !ok {
			b = newBook()
			ts, err := e.opts.Store.Tariffs(ctx, id.Account, en.Region)
			if err != nil {
				return CostReport{}, &Error{Op: "read the ledger", Region: en.Region, Kind: KindInternal, Err: err}
			}
			b.load(nil, ts, time.Time{})
			books[en.Region] = b
		}
		r.Lines = append(r.Lines, b.line(en, r.At))
	}
	slices.SortFunc(r.Lines, func(a, b CostLine) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Instance, b.Instance))
	})
	return r, nil
}
