package sim

import (
	"strings"

	"spot-tui/sim/wire"
)

// filters maps EC2's filter names to paths in a resource's tree. A path is
// member names with dots; lists on the way are searched through; '|' separates
// alternatives.
type filters map[string]string

// match says whether a tree passes all filters of a request. Filters are ANDed,
// a filter's values ORed; '*' and '?' are wildcards.
func (f filters) match(tree wire.Map, asked []wire.Map) bool {
	for _, q := range asked {
		if !anyMatches(f.values(tree, wire.Str(q, "Name")), wire.Strs(q, "Values")) {
			return false
		}
	}
	return true
}

// check refuses filters that the call does not know, as EC2 does.
func (f filters) check(asked []wire.Map, taggable bool) error {
	for _, q := range asked {
		name := wire.Str(q, "Name")
		_, known := f[name]
		tagged := taggable && (strings.HasPrefix(name, "tag:") || name == "tag-key" || name == "tag-value")
		if !known && !tagged {
			return wire.Errorf("InvalidParameterValue", "The filter '%s' is invalid", name)
		}
		if len(wire.Strs(q, "Values")) > 200 {
			return wire.Errorf("FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200")
		}
	}
	return nil
}

// values gives what a tree has under a filter's name.
func (f filters) values(tree wire.Map, name string) []string {
	if key, ok := strings.CutPrefix(name, "tag:"); ok {
		for _, t := range append(wire.Maps(tree, "Tags"), wire.Maps(tree, "TagSet")...) {
			if wire.Str(t, "Key") == key {
				return []string{wire.Str(t, "Value")}
			}
		}
		return nil
	}
	path, ok := f[name]
	if !ok {
		path = map[string]string{"tag-key": "Tags.Key|TagSet.Key", "tag-value": "Tags.Value|TagSet.Value"}[name]
	}
	var out []string
	for alternative := range strings.SplitSeq(path, "|") {
		out = collect(out, tree, strings.Split(alternative, "."))
	}
	return out
}

func collect(out []string, v any, path []string) []string {
	if list, ok := v.(wire.List); ok {
		for _, e := range list {
			out = collect(out, e, path)
		}
		return out
	}
	if len(path) == 0 {
		if v != nil {
			out = append(out, wire.Text(v))
		}
		return out
	}
	if m, ok := v.(wire.Map); ok {
		return collect(out, m[path[0]], path[1:])
	}
	return out
}

func anyMatches(have, patterns []string) bool {
	for _, p := range patterns {
		for _, h := range have {
			if wildcard(p, h) {
				return true
			}
		}
	}
	return false
}

// wildcard matches EC2's patterns: '*' is any text, '?' one character, a
// backslash takes the next one literally.
func wildcard(pattern, text string) bool {
	if !strings.ContainsAny(pattern, `*?\`) {
		return pattern == text
	}
	return glob([]rune(pattern), []rune(text))
}

func glob(p, t []rune) bool {
	star, mark := -1, 0 // where to resume when a run after '*' fails
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
			continue
		case i < len(p) && p[i] == '\\' && i+1 < len(p) && p[i+1] == t[j]:
			i, j = i+2, j+1
			continue
		case i < len(p) && p[i] != '\\' && (p[i] == '?' || p[i] == t[j]):
			i, j = i+1, j+1
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
