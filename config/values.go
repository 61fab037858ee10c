package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"spot-tui/fleet"
)

// table is a part of the document with its path.
type table struct {
	d      *document
	path   string // "" for the top of the file
	values map[string]any
	broken bool // something else stands where the table should be; that was told
}

// table gives a table of the top level; one that is missing is empty.
func (d *document) table(name string) table {
	if t, ok := d.sections[name]; ok {
		return t
	}
	t := table{d: d, path: name}
	if v, ok := d.root[name]; ok {
		if t.values, ok = v.(map[string]any); !ok {
			t.broken = true
			d.bad(name, "must be a table, not %s; write [%s] on a line of its own and the keys below it", describe(v), name)
		}
	}
	d.sections[name] = t
	return t
}

func (t table) key(name string) string { return join(t.path, name) }

func (t table) has(name string) bool { _, ok := t.values[name]; return ok }

// wrong notes that a value has another type than it should.
func (t table) wrong(name string, k kind, v any) {
	t.d.bad(t.key(name), "must be %s, not %s; write it like %s", k.words(), describe(v), k.sample())
}

// describe names a value as a person would: a text by itself, the rest by kind.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	case time.Time:
		return "a date"
	}
	return fmt.Sprint(v)
}

// quote shows a value from the file: escaped, and cut where it is long.
func quote(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return strconv.Quote(s)
}

// need reads a text that must be there; why ends the sentence about a missing one.
func (t table) need(name, why string) (string, bool) {
	switch {
	case t.broken:
		return "", false
	case !t.has(name):
		t.d.bad(t.key(name), "is missing; %s", why)
		return "", false
	}
	s, ok := t.values[name].(string)
	switch {
	case !ok:
		t.wrong(name, kString, t.values[name])
	case s == "":
		t.d.bad(t.key(name), "is empty; %s", why)
	}
	return s, ok && s != ""
}

func (t table) text(name, def string) string {
	v, ok := t.values[name]
	if !ok {
		return def
	}
	s, ok := v.(string)
	if !ok {
		t.wrong(name, kString, v)
		return def
	}
	return s
}

// oneOf reads a text that must be one of a few words.
func (t table) oneOf(name string, words ...string) string {
	s := t.text(name, words[0])
	for _, w := range words {
		if s == w {
			return s
		}
	}
	t.d.bad(t.key(name), "%s is not known; %s", quote(s), orElse(didYouMean(s, words), "use one of "+strings.Join(words, ", ")))
	return words[0]
}

// number reads a whole number; good is false where it is missing or wrong.
func (t table) number(name string, def, low, high int) (n int, good bool) {
	v, ok := t.values[name]
	if !ok {
		return def, false
	}
	i, ok := v.(int64)
	if !ok {
		t.wrong(name, kInt, v)
		return def, false
	}
	if i > math.MaxInt32 || i < int64(low) || i > int64(high) {
		t.d.bad(t.key(name), "%d is out of range; use %d to %d", i, low, high)
		return def, false
	}
	return int(i), true
}

func (t table) flag(name string, def bool) bool {
	v, ok := t.values[name]
	if !ok {
		return def
	}
	b, ok := v.(bool)
	if !ok {
		t.wrong(name, kBool, v)
		return def
	}
	return b
}

func (t table) duration(name string, def, low, high time.Duration) time.Duration {
	v, ok := t.values[name]
	if !ok {
		return def
	}
	s, ok := v.(string)
	if !ok {
		t.wrong(name, kDuration, v)
		return def
	}
	d, ok := parseDuration(s)
	switch {
	case !ok:
		t.d.bad(t.key(name), `%s is no duration; write it like "8h", "30m" or "2d"`, quote(s))
	case d < low || d > high:
		t.d.bad(t.key(name), "%s is out of range; use %s to %s", s, fleet.Span(low), fleet.Span(high))
	default:
		return d
	}
	return def
}

// item is one text of a list and the path of its place.
type item struct{ path, text string }

// list reads a list of texts and leaves out, with a word, what is none; good is
// false where the list, or part of it, is missing or wrong.
func (t table) list(name string) (items []item, good bool) {
	v, ok := t.values[name]
	if !ok {
		return nil, false
	}
	vs, ok := v.([]any)
	if !ok {
		t.wrong(name, kStrings, v)
		return nil, false
	}
	good = true
	for i, e := range vs {
		path := element(t.key(name), i)
		s, ok := e.(string)
		if !ok {
			t.d.bad(path, "must be a string, not %s; put it in quotes", describe(e))
			good = false
			continue
		}
		items = append(items, item{path, s})
	}
	return items, good
}

// tables reads a list of tables, inline or as [[name]].
func (t table) tables(name string) []table {
	path := t.key(name)
	var ts []table
	add := func(i int, m map[string]any) { ts = append(ts, table{d: t.d, path: element(path, i), values: m}) }
	switch v := t.values[name].(type) {
	case nil:
	case []map[string]any:
		for i, m := range v {
			add(i, m)
		}
	case []any:
		for i, e := range v {
			if m, ok := e.(map[string]any); ok {
				add(i, m)
			} else {
				t.d.bad(element(path, i), "must be a table, not %s; write it like { … }", describe(e))
			}
		}
	default:
		t.d.bad(path, "must be a list of tables, not %s; write [[%s]] with two brackets before each", describe(v), path)
	}
	return ts
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
