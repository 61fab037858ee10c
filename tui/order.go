package tui

import (
	"slices"
	"sort"

	"spot-tui/fleet"
)

// arrange brings the rows into their order after a batch. Rows that kept their
// place are not looked at again beyond one pass: of 10 000 instances a batch moves
// a few, and sorting them all would make the screen slower with the fleet.
func (r *rows) arrange() {
	moved := make([]*fleet.Instance, 0, len(r.moved))
	for id := range r.moved {
		if i, ok := r.all[id]; ok {
			moved = append(moved, i)
		}
	}
	if len(r.old) > 0 || r.gone > 0 {
		r.order = r.renew(r.order)
	}
	clear(r.moved)
	clear(r.old)
	r.gone = 0
	if r.unsorted || len(moved) > len(r.order)/4 { // nearly all of them: one sort is cheaper
		r.order = append(r.order, moved...)
		slices.SortFunc(r.order, r.sortBy.compare)
		return
	}
	slices.SortFunc(moved, r.sortBy.compare)
	r.order = r.merge(r.order, moved)
}

// renew puts newer facts in the places of older ones, and takes out what has
// gone or will be put elsewhere.
func (r *rows) renew(order []*fleet.Instance) []*fleet.Instance {
	kept := order[:0]
	for _, i := range order {
		_, old := r.old[i]
		if old || r.gone > 0 {
			now, there := r.all[i.ID]
			if _, moves := r.moved[i.ID]; !there || moves {
				continue
			}
			i = now
		}
		kept = append(kept, i)
	}
	clear(order[len(kept):])
	return kept
}

// merge puts sorted rows among others that are sorted, each found by halving:
// what lies between two of them is copied as it is.
func (r *rows) merge(kept, moved []*fleet.Instance) []*fleet.Instance {
	if len(moved) == 0 {
		return kept
	}
	out := slices.Grow(r.spare[:0], len(kept)+len(moved))
	for _, m := range moved {
		n := sort.Search(len(kept), func(k int) bool { return r.sortBy.compare(kept[k], m) > 0 })
		out = append(append(out, kept[:n]...), m)
		kept = kept[n:]
	}
	out = append(out, kept...)
	clear(r.order) // it would keep older facts alive
	r.spare = r.order
	return out
}
