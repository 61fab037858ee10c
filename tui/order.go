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
	for i := range r.moved {
		if r.all[i.ID] == i {
			moved = append(moved, i)
		}
	}
	if len(r.moved) > 0 || r.gone > 0 {
		r.order = slices.DeleteFunc(r.order, func(i *fleet.Instance) bool {
			_, out := r.moved[i]
			return out || r.gone > 0 && r.all[i.ID] != i
		})
	}
	clear(r.moved)
	r.gone = 0
	if r.unsorted || len(moved) > len(r.order)/4 { // nearly all of them: one sort is cheaper
		r.order = append(r.order, moved...)
		slices.SortFunc(r.order, r.sortBy.compare)
		return
	}
	slices.SortFunc(moved, r.sortBy.compare)
	r.order = r.merge(r.order, moved)
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
	r.spare = r.order
	return out
}
