package config

import (
	"maps"
	"slices"
)

// Actions is what the config may give other keys to: the program's actions, and
// who knows which keys they can have.
type Actions struct {
	Names []string
	// Check says what is wrong with the keys of each action, by its name.
	Check func(keys map[string][]string) map[string]string
}

// keys reads the person's own keys for actions. Without Actions only their form
// is checked.
func (r *reader) keys() map[string][]string {
	t := r.d.table("keys")
	out := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		if r.actions.Names != nil && !slices.Contains(r.actions.Names, name) {
			more := "docs/keys.md lists them"
			if n := nearest(name, r.actions.Names); n != "" {
				more = didYouMean(name, r.actions.Names)
			}
			r.d.bad(t.key(name), "no action is called like that; %s", more)
			continue
		}
		if keys, ok := oneOrMore(t.values[name]); ok {
			out[name] = keys
		} else {
			t.wrong(name, kKeys, t.values[name])
		}
	}
	if r.actions.Check == nil {
		return out
	}
	for name, why := range r.actions.Check(out) {
		r.d.bad(t.key(name), "%s", why)
	}
	return out
}

// oneOrMore takes a string, or a list of strings.
func oneOrMore(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		out := make([]string, len(v))
		for n, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			out[n] = s
		}
		return out, true
	}
	return nil, false
}
