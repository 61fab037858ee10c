package wire

import "maps"

// Map is a structure of the API by member names.
type Map = map[string]any

// List is a list of values.
type List = []any

// At walks down structures along path and gives what is there, or nil.
func At(m Map, path ...string) any {
	var v any = m
	for _, p := range path {
		inner, ok := v.(Map)
		if !ok {
			return nil
		}
		v = inner[p]
	}
	return v
}

// Str gives the string at path, or "".
func Str(m Map, path ...string) string {
	s, _ := At(m, path...).(string)
	return s
}

// Int gives the number at path, or 0.
func Int(m Map, path ...string) int {
	switch n := At(m, path...).(type) {
	case int64:
		return int(n)
	case int:
		return n
	case float64:
		return int(n)
	}
	return 0
}

// Bool gives the truth at path, or the given default where nothing is.
func Bool(m Map, otherwise bool, path ...string) bool {
	if b, ok := At(m, path...).(bool); ok {
		return b
	}
	return otherwise
}

// Sub gives the structure at path, or nil.
func Sub(m Map, path ...string) Map {
	s, _ := At(m, path...).(Map)
	return s
}

// Maps gives the structures of the list at path.
func Maps(m Map, path ...string) []Map {
	list, _ := At(m, path...).(List)
	out := make([]Map, 0, len(list))
	for _, v := range list {
		if s, ok := v.(Map); ok {
			out = append(out, s)
		}
	}
	return out
}

// Strs gives the strings of the list at path.
func Strs(m Map, path ...string) []string {
	list, _ := At(m, path...).(List)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// ListOf makes a List of a typed slice.
func ListOf[T any](in []T) List {
	out := make(List, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

// Clone copies a tree so deep that a change to one is not seen in the other.
func Clone[T any](v T) T {
	return clone(any(v)).(T)
}

func clone(v any) any {
	switch t := v.(type) {
	case Map:
		out := maps.Clone(t)
		for k, inner := range out {
			out[k] = clone(inner)
		}
		return out
	case List:
		out := make(List, len(t))
		for i, inner := range t {
			out[i] = clone(inner)
		}
		return out
	}
	return v
}
