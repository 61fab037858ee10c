package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

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
