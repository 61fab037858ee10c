package tui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"spot-tui/fleet"
)

// The cursor goes to the row that takes its row's place, also where that one stays in
// the fleet and has only left the filter.
func TestTheCursorStaysInItsPlaceWhenItsRowLeavesTheFilter(t *testing.T) {
	m := open(Options{}, size{120, 40}, settled(6))
	press(m, "/")
	for _, k := range "stage:ready" {
		press(m, string(k))
	}
	press(m, "enter", "g", "j", "j")
	next := m.rows.shown[3].ID
	i := *m.rows.shown[2]
	i.Stage = fleet.StageGone
	m.Update(batchMsg{b: fleet.Batch{Instances: []*fleet.Instance{&i}}})
	if m.rows.at != next || m.rows.index() != 2 || len(m.rows.shown) != 5 {
		t.Errorf("the cursor is on %s, row %d of %d, not on %s", m.rows.at, m.rows.index(), len(m.rows.shown), next)
	}
}

// Whatever comes and goes in whichever batches, the rows stand as one sort of
// all of them would put them.
func TestRowsMovedOneByOneStandAsOneSortPutsThem(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var r rows
		r.init()
		orders := columns()
		for batch := range 20 {
			if rnd.IntN(6) == 0 {
				c := orders[rnd.IntN(len(orders))]
				r.sortBy = sorting{head: c.head, order: c.order, reverse: rnd.IntN(2) == 0}
				r.unsorted, r.changed = true, true
			}
			for range rnd.IntN(30) {
				id := fleet.InstanceID(fmt.Sprintf("i-%03d", rnd.IntN(80)))
				if rnd.IntN(5) == 0 {
					r.remove(id)
					continue
				}
				r.put(&fleet.Instance{
					ID: id, Zone: fleet.Zone(fmt.Sprintf("us-west-2%c", 'a'+rnd.IntN(3))), Stage: fleet.Stage(rnd.IntN(int(fleet.StageGone) + 1)),
					LaunchedAt: now().Add(-time.Duration(rnd.IntN(5)) * time.Hour), Type: fleet.InstanceType(fmt.Sprintf("t%d.medium", rnd.IntN(3))),
					PublicIP: fmt.Sprintf("198.18.0.%d", rnd.IntN(4)),
				})
			}
			r.settle()
			want := make([]*fleet.Instance, 0, len(r.all))
			for _, i := range r.all {
				want = append(want, i.is)
			}
			slices.SortFunc(want, r.sortBy.compare)
			if !slices.Equal(want, slices.Collect(r.each())) || !slices.Equal(want, r.shown) {
				t.Fatalf("seed %d, batch %d: the rows are not in the order of %s", seed, batch, r.sortBy)
			}
		}
	}
}
