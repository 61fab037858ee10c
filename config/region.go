package config

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// regionRule is what a region is called, also one that AWS will open next year.
var regionRule = ruleOf(`^[a-z]{2,4}(-[a-z]{2,4})?-(north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9]{1,2}$`)

func (r *reader) regionName(t table, before []fleet.RegionSpec) fleet.Region {
	n, ok := t.need("name", "name a region, such as us-west-2")
	if !ok {
		return ""
	}
	err := CheckRegion(n)
	switch {
	case slices.ContainsFunc(before, func(b fleet.RegionSpec) bool { return string(b.Name) == n }):
		r.d.bad(t.key("name"), "%s stands there already; keep one", quote(n))
	case err != nil:
		r.d.bad(t.key("name"), "%v", err)
	case !slices.Contains(knownRegions(), n):
		r.d.warn(t.key("name"), "%s is not a region that this version knows; AWS will say whether it exists", n)
	}
	return fleet.Region(n)
}

// CheckRegion checks the name of a region. One that AWS may have opened since
// is fine; the error of any other asks about the one that was probably meant.
func CheckRegion(n string) error {
	hint := orElse(didYouMean(n, knownRegions()), regionAt(n))
	switch {
	case slices.Contains(knownRegions(), n):
	case !regionRule.MatchString(n):
		return fmt.Errorf("%s is no region; %s", quote(n), orElse(hint, "it looks like us-west-2"))
	case !newRegion(n) && hint != "" && distance(n, nearest(n, knownRegions())) == 1:
		return fmt.Errorf("there is no region %s; %s", quote(n), hint)
	}
	return nil
}

// regionAt asks about the region of a place by which people know it.
func regionAt(n string) string {
	for _, p := range places() {
		if strings.Contains(strings.ToLower(n), p[0]) {
			return "did you mean \"" + p[1] + "\"?"
		}
	}
	return ""
}

// newRegion says whether a name is well-formed and in a part of the world where
// AWS has regions already: those are opened most often.
func newRegion(n string) bool {
	part := n[:strings.IndexByte(n, '-')+1]
	return slices.ContainsFunc(knownRegions(), func(k string) bool { return strings.HasPrefix(k, part) })
}

// zoneRule is a zone of a region by its letter or its whole name.
var zoneRule = ruleOf(`^([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2})?([a-z])$`)

// zones reads the zones of a region; none are all.
func (r *reader) zones(t table, region fleet.Region) []fleet.Zone {
	if !regionRule.MatchString(string(region)) {
		region = "" // that was told
	}
	list, good := t.list("zones")
	if good && len(list) == 0 && t.has("zones") {
		r.d.bad(t.key("zones"), "is empty; leave it out for every zone of the region")
	}
	var out []fleet.Zone
	for _, it := range list {
		m := zoneRule.FindStringSubmatch(it.text)
		if m == nil {
			r.d.bad(it.path, "%s is no zone; write its letter, such as \"a\", or its name, such as \"%sa\"", quote(it.text), orElse(string(region), "us-west-2"))
			continue
		}
		z := fleet.Zone(string(region) + m[2])
		switch {
		case region == "":
		case m[1] != "" && m[1] != string(region):
			r.d.bad(it.path, "%s is a zone of %s, not of %s; did you mean %q?", it.text, m[1], region, z)
		case slices.Contains(out, z):
			r.d.bad(it.path, "%s stands there already; keep one", z)
		default:
			out = append(out, z)
		}
	}
	return out
}
