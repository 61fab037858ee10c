package config

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"spot-tui/fleet"
)

var rangeRule = ruleOf(`^\s*([0-9]+(?:\.[0-9]+)?)?\s*(-)?\s*([0-9]+(?:\.[0-9]+)?)?\s*$`)

// Bounds of what a type can have: far above the largest that EC2 sells.
const (
	maxVCPU, maxGiB, maxGPU, maxGeneration = 2048, 65536, 64, 99
	maxTypes                               = 300
)

// needs reads what a type must have, beside or instead of names.
func (r *reader) needs(named bool) fleet.Needs {
	t := r.d.table("capacity")
	n := fleet.Needs{
		VCPU:      t.numbers("vcpus", 1, maxVCPU),
		MemoryMiB: t.gibibytes("memory_gib", maxGiB),
		GPUs:      t.numbers("gpus", 0, maxGPU),
		Arch:      r.archs(t),
		BareMetal: t.flag("bare_metal", false),
		Exclude:   r.patterns(t),
	}
	switch t.values["generations"] {
	case nil, "current":
	case "all":
		n.AnyGeneration = true
	default:
		n.Generation = t.numbers("generations", 1, maxGeneration)
	}
	if t.has("burstable") {
		n.Burstable = fleet.No
		if t.flag("burstable", false) {
			n.Burstable = fleet.Yes
		}
	}
	if most, ok := t.number("max_types", 0, 1, maxTypes); ok {
		n.MaxTypes = most
	}
	if !named && n.VCPU == (fleet.Range{}) && n.MemoryMiB == (fleet.Range{}) && n.Given() {
		r.d.warn("capacity", "without vcpus or memory_gib a type of any size will do; the cheapest ones are taken")
	}
	return n
}

// numbers reads a range of whole numbers: "2-8", "4", "4-", "-8"; a number will
// do too.
func (t table) numbers(name string, low, high int) fleet.Range {
	from, to, ok := t.span(name, float64(high))
	if !ok {
		return fleet.Range{}
	}
	if from != math.Trunc(from) || to != math.Trunc(to) {
		t.d.bad(t.key(name), "%s is no range of whole numbers; write it like \"2-8\"", describe(t.values[name]))
		return fleet.Range{}
	}
	return t.bounded(name, from, to, float64(low), 1)
}

// gibibytes reads a range of GiB, with fractions, as MiB.
func (t table) gibibytes(name string, high int) fleet.Range {
	from, to, ok := t.span(name, float64(high))
	if !ok {
		return fleet.Range{}
	}
	return t.bounded(name, from, to, 0, 1024)
}

// span reads the two ends of a range; to is -1 where it is open.
func (t table) span(name string, most float64) (from, to float64, ok bool) {
	var s string
	switch v := t.values[name].(type) {
	case nil:
		return 0, 0, false
	case string:
		s = v
	case int64:
		s = strconv.FormatInt(v, 10)
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		t.wrong(name, kRange, v)
		return 0, 0, false
	}
	m := rangeRule.FindStringSubmatch(s)
	if m == nil || m[1] == "" && m[3] == "" || m[2] == "" && m[3] != "" {
		t.d.bad(t.key(name), "%s is no range; write it like \"2-8\", \"4\" for exactly that or \"4-\" for that and more", quote(s))
		return 0, 0, false
	}
	from, _ = strconv.ParseFloat(orElse(m[1], "0"), 64) // digits, by the rule
	switch {
	case m[2] == "":
		to = from
	case m[3] == "":
		to = -1
	default:
		to, _ = strconv.ParseFloat(m[3], 64)
	}
	if from > most || to > most {
		t.d.bad(t.key(name), "%s is out of range; use at most %.0f", quote(s), most)
		return 0, 0, false
	}
	return from, to, true
}

func (t table) bounded(name string, from, to, low, unit float64) fleet.Range {
	switch {
	case to >= 0 && to < from:
		t.d.bad(t.key(name), "%s ends before it begins; turn it around", describe(t.values[name]))
		return fleet.Range{}
	case to >= 0 && to < low:
		t.d.bad(t.key(name), "%s is out of range; use %.0f or more", describe(t.values[name]), low)
		return fleet.Range{}
	}
	r := fleet.Range{Low: int(math.Round(from * unit)), High: -1, Given: true}
	if to >= 0 {
		r.High = int(math.Round(to * unit))
	}
	return r
}

// archs reads the architectures that will do.
func (r *reader) archs(t table) []string {
	list, good := t.list("arch")
	if good && len(list) == 0 {
		r.d.bad(t.key("arch"), `is empty; name "x86_64", "arm64" or both, or leave it out`)
	}
	var out []string
	known := []string{"x86_64", "arm64"}
	for _, it := range list {
		switch {
		case !slices.Contains(known, it.text):
			r.d.bad(it.path, "%s is not known; %s", quote(it.text), orElse(didYouMean(it.text, known), "use x86_64 or arm64"))
		case slices.Contains(out, it.text):
			r.d.bad(it.path, "%s stands there already; keep one", it.text)
		default:
			out = append(out, it.text)
		}
	}
	slices.Sort(out)
	return out
}

// patterns reads the types that won't do, such as "t2.*" or "*.metal*".
func (r *reader) patterns(t table) []string {
	list, _ := t.list("exclude")
	var out []string
	for _, it := range list {
		_, err := path.Match(it.text, "")
		switch {
		case err != nil || it.text == "" || strings.ToLower(it.text) != it.text || strings.ContainsAny(it.text, " /"):
			r.d.bad(it.path, `%s is no pattern of types; write it like "t2.*" or "*.metal*"`, quote(it.text))
		case !strings.Contains(it.text, ".") && !strings.Contains(it.text, "*"):
			r.d.bad(it.path, `%s matches no type; write "%s.*" for all sizes of a family`, quote(it.text), it.text)
		case strings.Trim(it.text, "*.?") == "":
			r.d.bad(it.path, "%s leaves no type; take it out", quote(it.text))
		case slices.Contains(out, it.text):
			r.d.bad(it.path, "%s stands there already; keep one", it.text)
		default:
			out = append(out, it.text)
		}
	}
	slices.Sort(out)
	return out
}
