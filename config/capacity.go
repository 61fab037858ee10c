package config

import (
	"regexp"
	"slices"
	"strings"

	"spot-tui/fleet"
)

const mostInstances = 10000

var (
	typeRule = regexp.MustCompile(`^[a-z][a-z0-9-]*[0-9][a-z0-9-]*\.(nano|micro|small|medium|x?large|[0-9]+xlarge|metal(-[0-9]+xl)?)$`)
	// regionRule is what a region is called, also one that AWS will open next year.
	regionRule = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,4})?-(north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9]{1,2}$`)
)

// types reads the instance types that will do.
func (r *reader) types() []fleet.InstanceType {
	t := r.d.table("capacity")
	key := t.key("instance_types")
	const why = "name at least one type, such as t3.medium, several find capacity more easily"
	list, good := t.list("instance_types")
	switch {
	case t.broken:
	case !t.has("instance_types"):
		r.d.bad(key, "is missing; %s", why)
	case good && len(list) == 0:
		r.d.bad(key, "is empty; %s", why)
	}
	var out []fleet.InstanceType
	for _, it := range list {
		switch n := it.text; {
		case !typeRule.MatchString(n):
			r.d.bad(it.path, "%s is no instance type; %s", quote(n), orElse(betterType(n), "it looks like t3.medium"))
		case slices.Contains(out, fleet.InstanceType(n)):
			r.d.bad(it.path, "%s stands there already; keep one", n)
		default:
			out = append(out, fleet.InstanceType(n))
		}
	}
	return out
}

// betterType asks about the type that was probably meant: written otherwise
// ("T3-Medium"), or with a size that is misspelled.
func betterType(n string) string {
	fixed := strings.NewReplacer("-", ".", "_", ".", " ", ".").Replace(strings.ToLower(strings.TrimSpace(n)))
	family, size, ok := strings.Cut(fixed, ".")
	if !ok {
		return ""
	}
	if fixed = family + "." + nearest(size, sizes()); fixed != n && typeRule.MatchString(fixed) {
		return "did you mean \"" + fixed + "\"?"
	}
	return ""
}

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
		count, ok := t.number("count", -1, 0, mostInstances)
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
	target, given := t.number("target", max(1, min(regions, mostInstances)), 1, mostInstances)
	switch {
	case counted == 0 || !good:
	case given && sum != target:
		r.d.bad("fleet.target", "is %d, but the regions' counts add up to %d; change one, or leave the target out", target, sum)
	case !t.has("target") && (sum < 1 || sum > mostInstances):
		r.d.bad("region", "the counts add up to %d; make it 1 to %d", sum, mostInstances)
	default:
		return sum
	}
	return target
}

func (r *reader) regionName(t table, before []fleet.RegionSpec) fleet.Region {
	n, ok := t.need("name", "name a region, such as us-west-2")
	if !ok {
		return ""
	}
	known := slices.Contains(knownRegions(), n)
	hint := didYouMean(n, knownRegions())
	switch {
	case slices.ContainsFunc(before, func(b fleet.RegionSpec) bool { return string(b.Name) == n }):
		r.d.bad(t.key("name"), "%s stands there already; keep one", n)
	case known:
	case !regionRule.MatchString(n):
		r.d.bad(t.key("name"), "%s is no region; %s", quote(n), orElse(hint, "it looks like us-west-2"))
	case !newRegion(n) && hint != "" && distance(n, nearest(n, knownRegions())) == 1:
		r.d.bad(t.key("name"), "there is no region %s; %s", quote(n), hint)
	default:
		r.d.warn(t.key("name"), "%s is not a region that this version knows; AWS will say whether it exists", n)
	}
	return fleet.Region(n)
}

// newRegion says whether a name is well-formed and in a part of the world where
// AWS has regions already: those are opened most often.
func newRegion(n string) bool {
	part := n[:strings.IndexByte(n, '-')+1]
	return slices.ContainsFunc(knownRegions(), func(k string) bool { return strings.HasPrefix(k, part) })
}
