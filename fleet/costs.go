package fleet

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
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

// CostBy is what costs are grouped by.
type CostBy string

// The ways to group costs.
const (
	ByInstance CostBy = "instance"
	ByRegion   CostBy = "region"
	ByLaunch   CostBy = "launch"
	ByFleet    CostBy = "fleet" // one line per life of the fleet
)

// CostBys lists the ways to group costs.
func CostBys() []CostBy { return []CostBy{ByInstance, ByRegion, ByLaunch, ByFleet} }

// CostGroup is what a group of instances has cost.
type CostGroup struct {
	Name      string    `json:"name"` // an instance's id, a region, a launch, or the fleet
	Instances int       `json:"instances"`
	Running   int       `json:"running"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"` // zero while one runs
	Hours     float64   `json:"instance_hours"`
	Cost
	PerHour Price `json:"per_hour"`
	// Line is the instance, where the group is one.
	Line *CostLine `json:"-"`
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

// By groups the lines, the dearest group first.
func (r CostReport) By(by CostBy) []CostGroup {
	at := map[string]int{}
	var gs []CostGroup
	for i := range r.Lines {
		l := &r.Lines[i]
		k := r.key(l, by)
		n, ok := at[k]
		if !ok {
			n = len(gs)
			at[k] = n
			gs = append(gs, newCostGroup(k))
		}
		gs[n].add(l, r.At)
		if gs[n].Line = l; gs[n].Instances > 1 {
			gs[n].Line = nil
		}
	}
	slices.SortStableFunc(gs, func(a, b CostGroup) int {
		return cmp.Or(cmp.Compare(b.USD(), a.USD()), cmp.Compare(a.Name, b.Name))
	})
	return gs
}

func (r CostReport) key(l *CostLine, by CostBy) string {
	switch by {
	case ByRegion:
		return string(l.Region)
	case ByLaunch:
		return string(l.Launch)
	case ByFleet:
		if l.Closed.IsZero() {
			return string(r.Fleet)
		}
		return string(r.Fleet) + " until " + l.Closed.UTC().Format("2006-01-02 15:04")
	default:
		return string(l.Instance)
	}
}

func newCostGroup(name string) CostGroup {
	return CostGroup{Name: name, Cost: Cost{Known: true, ListKnown: true, Free: true}, PerHour: Price{Known: true}}
}

func (g *CostGroup) add(l *CostLine, now time.Time) {
	g.Instances++
	g.Cost = g.plus(l.Cost)
	if g.From.IsZero() || l.From.Before(g.From) {
		g.From = l.From
	}
	g.Hours += l.end(now).Sub(l.From).Hours()
	if l.Ended() {
		if g.Running == 0 {
			g.To = maxTime(g.To, l.To)
		}
		return
	}
	g.Running++
	g.To = time.Time{}
	g.PerHour.USD += l.PerHour.USD
	if !l.PerHour.Known {
		g.PerHour.Known, g.PerHour.Reason = false, l.PerHour.Reason
	}
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

// settle reads what the regions' ledgers lack, prices up to now included, and waits
// for it. A region that does not answer keeps what it knew.
func (e *Engine) settle(ctx context.Context) []*Error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var problems []*Error
	for _, w := range e.allWorkers() {
		wg.Add(1)
		e.group.run("settle "+string(w.region), func() {
			defer wg.Done()
			if err := w.settle(ctx); err != nil {
				mu.Lock()
				problems = append(problems, AsError("read what instances cost", w.region, err))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.SortFunc(problems, func(a, b *Error) int { return cmp.Compare(a.Region, b.Region) })
	return problems
}

func (w *worker) settle(ctx context.Context) error {
	var f func(context.Context) func()
	if err := w.do(ctx, func() { f = w.lacking(time.Now(), true) }); err != nil || f == nil {
		return err
	}
	take := f(ctx)
	return w.do(ctx, func() {
		take()
		w.meter()
		w.saveBook()
	})
}

// closeLife ends the fleet's life in the ledger, after a destroy that left nothing.
func (e *Engine) closeLife(ctx context.Context, at time.Time) {
	for _, w := range e.allWorkers() {
		err := w.do(ctx, func() {
			for id, en := range w.book.entries {
				if en.Ended() {
					w.book.closed[id] = true
				}
			}
		})
		if err == nil {
			err = w.flush(ctx)
		}
		if err != nil {
			e.feed.log(LevelWarn, w.region, "", "the ledger can't be saved: "+err.Error())
		}
	}
	if err := e.opts.Store.CloseEntries(ctx, e.account(), e.spec.Name, at); err != nil {
		e.feed.log(LevelWarn, "", "", "the ledger of this fleet's life can't be closed: "+err.Error())
	}
	for _, w := range e.allWorkers() {
		_ = w.do(ctx, func() { // it fails only when the engine ends, and the ledger with it
			for id := range w.book.closed {
				delete(w.book.entries, id)
			}
			w.meter()
		})
	}
	e.mu.Lock()
	e.budgetTold = BudgetFine
	e.mu.Unlock()
}

// flush writes what is not saved and waits for it.
func (w *worker) flush(ctx context.Context) error {
	var write func(context.Context) error
	if err := w.do(ctx, func() { write = w.bookWrite() }); err != nil {
		return err
	}
	return write(ctx)
}

// lifeCost is what the fleet's present life has cost, for its receipt.
func (e *Engine) lifeCost(ctx context.Context) (CostGroup, error) {
	r, err := e.Costs(ctx)
	if err != nil {
		return CostGroup{}, err
	}
	r.Lines = slices.DeleteFunc(r.Lines, func(l CostLine) bool { return !l.Closed.IsZero() })
	return r.Total(), nil
}

// receiptCost puts into a receipt what the fleet's life has cost and how long it was.
func (e *Engine) receiptCost(ctx context.Context, r *Receipt) {
	g, err := e.lifeCost(ctx)
	switch {
	case err != nil:
		r.CostNote = "the ledger can't be read: " + err.Error()
		return
	case g.Instances == 0:
		r.CostNote = "the ledger of this machine knows of no instance of this fleet"
		return
	case !g.Known:
		r.CostNote = g.Reason
		return
	}
	usd := g.USD()
	end := r.FinishedAt
	if g.To.After(g.From) {
		end = g.To
	}
	r.TotalCostUSD, r.FirstLaunch = &usd, g.From.UTC()
	r.LifetimeS = end.Sub(g.From).Round(time.Second).Seconds()
	r.CostNote = plural(g.Instances, "instance") + " over " + Span(end.Sub(g.From).Round(time.Second)) + ", disks and addresses included"
	if g.Estimated() {
		r.CostNote += "; " + moneyText(g.Guess) + " of it is estimated"
	}
}
