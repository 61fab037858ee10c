package tui

import (
	"slices"
	"sort"
)

// arrange brings the rows into their order after a batch. Rows that kept their
// place are not looked at again beyond one pass: of 10 000 instances a batch moves
// a few, and sorting them all would make the screen slower with the fleet.
func (r *rows) arrange() {
	moved := slices.DeleteFunc(r.moved, func(e *entry) bool { return e.gone })
	if len(r.moved) > 0 || r.gone > 0 {
		r.order = slices.DeleteFunc(r.order, func(e *entry) bool { return e.gone || e.moved })
	}
	r.gone = 0
	for _, e := range moved {
		e.moved = false
	}
	if r.unsorted || len(moved) > len(r.order)/4 { // nearly all of them: one sort is cheaper
		r.order = append(r.order, moved...)
		slices.SortFunc(r.order, r.compare)
	} else {
		slices.SortFunc(moved, r.compare)
		r.order = r.merge(r.order, moved)
	}
	clear(r.moved) // it would keep older rows alive
	r.moved = r.moved[:0]
}

func (r *rows) compare(a, b *entry) int { return r.sortBy.compare(a.is, b.is) }

// merge puts sorted rows among others that are sorted, each found by halving:
// what lies between two of them is copied as it is.
func (r *rows) merge(kept, moved []*entry) []*entry {
	if len(moved) == 0 {
		return kept
	}
	out := slices.Grow(r.spare[:0], len(kept)+len(moved))
	for _, m := range moved {
		n := sort.Search(len(kept), func(k int) bool { return r.compare(kept[k], m) > 0 })
		out = append(append(out, kept[:n]...), m)
		kept = kept[n:]
	}
	out = append(out, kept...)
	clear(r.order) // it would keep older rows alive
	r.spare = r.order
	return out
}
