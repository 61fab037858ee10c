package config

import (
	"spot-tui/fleet"
)

// MaxTarget is the most instances that a fleet can have.
const MaxTarget = 10000

// regions reads the [[region]] tables and what the target is with them.
func (r *reader) regions(ft table) ([]fleet.RegionSpec, int) {
	top := table{d: r.d, values: r.d.root}
	ts := top.tables("region")
	if list, empty := r.d.root["region"].([]any); !top.has("region") || empty && len(list) == 0 {
		r.d.bad("region", "no region is named; add a [[region]] table with name = \"us-west-2\" or another")
	}
	var out []fleet.RegionSpec
	counted, weighed, sum, good := 0, 0, 0, true
	for _, t := range ts {
		s := fleet.RegionSpec{Name: r.regionName(t, out)}
		s.Weight, _ = t.number("weight", 1, 1, 1000)
		count, ok := t.number("count", -1, 0, MaxTarget)
		if s.Count = count; t.has("count") {
			counted++
			good = good && ok
			sum += max(0, count)
		}
		if t.has("weight") {
			weighed++
		}
		if t.has("weight") && t.has("count") {
			good = false
			r.d.bad(t.key("count"), "weight and count contradict each other; keep one")
		}
		s.Types, s.Image, s.Zones = r.typeList(t), r.imageIn(t, "image", ""), r.zones(t, s.Name)
		out = append(out, s)
	}
	for _, t := range ts {
		switch {
		case counted == 0 || counted == len(ts) || t.has("count"):
		case t.has("weight"):
			good = false
			r.d.bad(t.key("weight"), "weights and counts don't mix; give every region a count, or none")
		default:
			good = false
			r.d.bad(t.path, "has no count while others have one; give every region a count, or none")
		}
	}
	return out, r.target(ft, len(ts), counted, sum, good)
}

// target is given, or the sum of the counts, or one per region. Counts that are
// wrong in themselves were told; their sum is not held against the target then.
func (r *reader) target(t table, regions, counted, sum int, good bool) int {
	target, given := t.number("target", max(1, min(regions, MaxTarget)), 1, MaxTarget)
	switch {
	case counted == 0 || !good:
	case given && sum != target:
		r.d.bad("fleet.target", "is %d, but the regions' counts add up to %d; change one, or leave the target out", target, sum)
	case !t.has("target") && (sum < 1 || sum > MaxTarget):
		r.d.bad("region", "the counts add up to %d; make it 1 to %d", sum, MaxTarget)
	default:
		return sum
	}
	return target
}
