package tui

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// regionCount is how many instances of each stage a region has.
type regionCount struct {
	region fleet.Region
	by     map[fleet.Stage]int
}

func (r regionCount) total() int {
	n := 0
	for _, k := range r.by {
		n += k
	}
	return n
}

func (r regionCount) stages() string {
	var parts []string
	for s := fleet.StageRequested; s <= fleet.StageGone; s++ {
		if n := r.by[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

func byRegion(is []fleet.Instance) []regionCount {
	var rs []regionCount
	for _, i := range is {
		at := slices.IndexFunc(rs, func(r regionCount) bool { return r.region == i.Region })
		if at < 0 {
			at = len(rs)
			rs = append(rs, regionCount{region: i.Region, by: map[fleet.Stage]int{}})
		}
		rs[at].by[i.Stage]++
	}
	slices.SortFunc(rs, func(a, b regionCount) int { return strings.Compare(string(a.region), string(b.region)) })
	return rs
}
