package tui

import (
	"cmp"

	"spot-tui/fleet"
)

// sortKey is the column that the table is sorted by.
type sortKey uint8

const (
	byStage sortKey = iota
	byZone
	byAge
	byPrice
	sortKeys // how many there are
)

func (k sortKey) String() string {
	return [...]string{"by stage", "by zone", "by age", "by price"}[k]
}

// rank puts the newest trouble on top: interrupted, failed, moving, ready, gone.
func rank(s fleet.Stage) int {
	switch s {
	case fleet.StageInterrupted:
		return 0
	case fleet.StageFailed:
		return 1
	case fleet.StageReady:
		return 3
	case fleet.StageShuttingDown:
		return 4
	case fleet.StageGone:
		return 5
	default:
		return 2
	}
}

// compare orders two rows; the id comes last, so that rows never jump.
func (k sortKey) compare(a, b *fleet.Instance) int {
	c := 0
	switch k {
	case byZone:
		c = cmp.Compare(a.Zone, b.Zone)
	case byAge:
		c = b.LaunchedAt.Compare(a.LaunchedAt)
	case byPrice:
		c = cmp.Compare(b.Price.USD, a.Price.USD)
	default:
		if c = cmp.Compare(rank(a.Stage), rank(b.Stage)); c == 0 {
			c = cmp.Compare(a.Zone, b.Zone)
		}
	}
	if c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// moves says whether a change can move a row, so that a batch that moves none
// costs no sort.
func (k sortKey) moves(from, to *fleet.Instance) bool {
	switch k {
	case byZone:
		return from.Zone != to.Zone
	case byAge:
		return !from.LaunchedAt.Equal(to.LaunchedAt)
	case byPrice:
		return from.Price.USD != to.Price.USD
	default:
		return rank(from.Stage) != rank(to.Stage) || from.Zone != to.Zone
	}
}
