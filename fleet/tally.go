package fleet

import (
	"fmt"
	"sync"
)

// tally gathers what a destroy came to, from all regions.
type tally struct {
	e  *Engine
	op OpID

	anyOwner bool
	// stays says that the region's share stays where AWS keeps it: something else
	// stands in for what ends.
	stays bool
	// swap is the intent of the replacement that ends something; empty: none does.
	swap    string
	errs    failures
	mu      sync.Mutex
	done    int
	total   int
	removed map[ResourceKind]int
	left    map[Region][]Resource
	failed  []Region
	ids     map[string]bool // of what this process has removed
	past    past
}

func (t *tally) fail(err error) { t.e.fail(t.op, &t.errs, err) }

func (t *tally) count(k ResourceKind, n int) {
	t.mu.Lock()
	if t.removed == nil {
		t.removed = map[ResourceKind]int{}
	}
	t.removed[k] += n
	t.done += n
	done := t.done
	t.total = max(t.total, done)
	total := t.total
	t.mu.Unlock()
	t.e.feed.op(t.op, func(o *Operation) { o.Done, o.Total = done, max(o.Total, total) })
}

func (t *tally) expect(more int) {
	t.mu.Lock()
	t.total = max(t.total, t.done+more)
	total := t.total
	t.mu.Unlock()
	t.e.feed.op(t.op, func(o *Operation) {
		o.Total = max(o.Total, total)
		o.Detail = "waiting for AWS to end and release them"
	})
}

// giveUp notes what a region still holds, or that it could not be asked.
func (t *tally) giveUp(r Region, left []Resource, err error) {
	t.mu.Lock()
	if len(left) > 0 {
		t.left[r] = left
	} else {
		t.failed = append(t.failed, r)
	}
	t.mu.Unlock()
	if err != nil {
		t.unproven(r, err)
		return
	}
	t.fail(stillThere("destroy", r, left))
}

// unproven says that a region could not be scanned. A login that is missing is
// missing everywhere: that is one sentence, not one per region.
func (t *tally) unproven(r Region, err error) {
	if KindOf(err) != KindAuth {
		err = fmt.Errorf("%s is not proven empty: %w", r, err)
	}
	t.fail(err)
}

// removedOne counts a removed resource, and remembers which it was.
func (t *tally) removedOne(r Resource) {
	t.mu.Lock()
	if t.ids == nil {
		t.ids = map[string]bool{}
	}
	t.ids[r.ID] = true
	t.mu.Unlock()
	t.count(r.Kind, 1)
}

// into counts what was removed: by this process, and by those that were cut off
// before, as far as it is not left.
func (t *tally) into(r *Receipt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, n := range t.removed {
		r.Removed[k] = n
	}
	there := map[string]bool{}
	for _, l := range r.Leftovers {
		there[l.ID] = true
	}
	for id, one := range t.past.earlier {
		if !t.ids[id] && !there[id] {
			r.Removed[one.Kind]++
		}
	}
}
