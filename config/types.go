package config

import (
	"slices"
	"strings"

	"spot-tui/fleet"
)

var typeRule = ruleOf(`^[a-z][a-z0-9-]*[0-9][a-z0-9-]*\.(nano|micro|small|medium|x?large|[0-9]+xlarge|metal(-[0-9]+xl)?)$`)

const needTypes = "name at least one type, such as t3.medium, several find capacity more easily; or say what is needed, vcpus = \"2-4\" and memory_gib = \"4-16\""

// types reads the instance types that will do. The list of the fleet is needed
// if one region has none of its own and nothing says what a type must have.
func (r *reader) types(regions []fleet.RegionSpec, needs fleet.Needs) []fleet.InstanceType {
	t := r.d.table("capacity")
	bare := len(regions) == 0 || slices.ContainsFunc(regions, func(s fleet.RegionSpec) bool { return s.Types == nil })
	switch {
	case t.broken:
	case bare && !t.has("instance_types") && needs.Given():
	case bare && !t.has("instance_types"):
		r.d.bad(t.key("instance_types"), "is missing; %s", needTypes)
	case !bare && t.has("instance_types"):
		r.d.warn(t.key("instance_types"), "is never used, since each region has instance_types of its own; leave one out")
	}
	return r.typeList(t)
}

// typeList reads a list of types. It is nil where none is given.
func (r *reader) typeList(t table) []fleet.InstanceType {
	if !t.has("instance_types") {
		return nil
	}
	list, good := t.list("instance_types")
	if good && len(list) == 0 {
		r.d.bad(t.key("instance_types"), "is empty; %s", needTypes)
	}
	out := []fleet.InstanceType{}
	for _, it := range list {
		switch n := it.text; {
		case !typeRule.MatchString(n):
			r.d.bad(it.path, "%s is no instance type; %s", quote(n), orElse(betterType(n), "it looks like t3.medium"))
		case slices.Contains(out, fleet.InstanceType(n)):
			r.d.bad(it.path, "%s stands there already; keep one", n)
		default:
			out = append(out, fleet.InstanceType(n))
			r.oddType(it.path, n)
		}
	}
	return out
}

// betterType asks about the type that was probably meant: written otherwise
// ("T3-Medium", "t3medium", "medium.t3"), or misspelled.
func betterType(n string) string {
	fixed := strings.NewReplacer("_", ".", " ", ".").Replace(strings.ToLower(strings.TrimSpace(n)))
	family, size, dot := strings.Cut(fixed, ".")
	if !dot {
		family, size = splitType(fixed)
	}
	if slices.Contains(sizes(), family) && slices.Contains(families(), size) {
		family, size = size, family
	}
	if better := nearest(family, families()) + "." + nearest(size, sizes()); better != n && typeRule.MatchString(better) {
		return "did you mean \"" + better + "\"?"
	}
	return ""
}

// splitType parts a type that has no dot before its size, such as m7i-flexlarge.
func splitType(n string) (family, size string) {
	for _, s := range sizes() {
		f, ok := strings.CutSuffix(n, s)
		f = strings.TrimSuffix(f, "-")
		if ok && slices.Contains(families(), f) {
			return f, s
		}
	}
	return n, ""
}

// oddType warns of a type that this version does not know; AWS may have opened
// it since.
func (r *reader) oddType(path, n string) {
	family, size, _ := strings.Cut(n, ".")
	what := ""
	switch {
	case !slices.Contains(families(), family):
		what = "family"
	case !slices.Contains(sizes(), size):
		what = "size"
	default:
		return
	}
	hint := betterType(n)
	if hint != "" {
		hint += " If not, "
	}
	r.d.warn(path, "%s is of a %s that this version does not know; %sAWS will say whether it exists", n, what, hint)
}
