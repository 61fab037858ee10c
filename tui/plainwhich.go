package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spot-tui/fleet"
)

// some gives the instances that a word names, and the rest of the line.
func (l *linear) some(args string) (is []fleet.Instance, rest string, err error) {
	word, rest, _ := strings.Cut(args, " ")
	rest = strings.TrimSpace(rest)
	if word == "" {
		return nil, "", fmt.Errorf("say which: a number of the list, an id, marks, ready, all or a filter")
	}
	switch {
	case word == "all":
		is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage != fleet.StageGone })
	case word == marksWord:
		is = living(l.m.rows.marked())
		if len(is) == 0 {
			return nil, rest, fmt.Errorf("nothing is marked; mark marks instances")
		}
	case word == "ready":
		is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage == fleet.StageReady })
	case strings.ContainsAny(word, ":<>!/"):
		f, err := fleet.ParseFilter(word)
		if err != nil {
			return nil, rest, err
		}
		is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage != fleet.StageGone && f.Match(i, l.m.now) })
	default:
		if is, err = l.each(word); err != nil {
			return nil, rest, err
		}
	}
	if len(is) == 0 {
		return nil, rest, fmt.Errorf("no instance is %s", word)
	}
	return is, rest, nil
}

// each gives the instances of numbers, ranges of them and ids, each once.
func (l *linear) each(words string) (is []fleet.Instance, err error) {
	var names []string
	for _, w := range strings.Split(words, ",") {
		from, to, ok := span(w)
		if !ok {
			names = append(names, w)
			continue
		}
		if to > len(l.ids) {
			return nil, fmt.Errorf("%d is no number of the list", to)
		}
		for n := from; n <= to; n++ {
			names = append(names, strconv.Itoa(n))
		}
	}
	for _, w := range names {
		i, err := l.one(w)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(is, func(o fleet.Instance) bool { return o.ID == i.ID }) {
			is = append(is, i)
		}
	}
	return is, nil
}

// one gives the instance of a number, an id or its beginning.
func (l *linear) one(word string) (fleet.Instance, error) {
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= len(l.ids) {
		if i, ok := l.m.rows.of(l.ids[n-1]); ok {
			return *i, nil
		}
	}
	var found []fleet.Instance
	for i := range l.m.rows.each() {
		if string(i.ID) == word {
			return *i, nil
		}
		if len(word) > 2 && strings.HasPrefix(string(i.ID), word) {
			found = append(found, *i)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return fleet.Instance{}, fmt.Errorf("%q is no instance of the list", word)
	}
	return fleet.Instance{}, fmt.Errorf("%q begins the ids of %d instances", word, len(found))
}

// single is some for what is about one instance.
func (l *linear) single(args string) (fleet.Instance, string, error) {
	is, rest, err := l.some(args)
	if err != nil {
		return fleet.Instance{}, "", err
	}
	if len(is) > 1 {
		return fleet.Instance{}, "", fmt.Errorf("one instance, not %d", len(is))
	}
	return is[0], rest, nil
}

// meant gives the instances that a word names, or those that match a filter: what
// follows a slash, blanks included.
func (l *linear) meant(args string) ([]fleet.Instance, error) {
	text, filters := strings.CutPrefix(args, "/")
	if !filters {
		is, rest, err := l.some(args)
		if err == nil && rest != "" {
			err = fmt.Errorf("%q is left over; a filter of several words begins with a slash", rest)
		}
		return is, err
	}
	f, err := fleet.ParseFilter(text)
	if err != nil {
		return nil, err
	}
	is := l.m.rows.every(func(i fleet.Instance) bool { return i.Stage != fleet.StageGone && f.Match(i, l.m.now) })
	if len(is) == 0 {
		return nil, fmt.Errorf("no instance matches %q", text)
	}
	return is, nil
}

// span reads a range of numbers such as 3-7; ids have dashes too.
func span(word string) (from, to int, ok bool) {
	a, b, dash := strings.Cut(word, "-")
	from, err := strconv.Atoi(a)
	to, err2 := strconv.Atoi(b)
	return from, to, dash && err == nil && err2 == nil && from >= 1 && from <= to
}

// numbered gives the rows that a word names: numbers as they were said, ranges of
// them, ids, or all.
func numbered[T any](rows []*T, id func(*T) string, word string) ([]*T, error) {
	if word == "all" {
		return rows, nil
	}
	var out []*T
	take := func(n int) error {
		if n < 1 || n > len(rows) {
			return fmt.Errorf("%d is no number of the list", n)
		}
		if !slices.Contains(out, rows[n-1]) {
			out = append(out, rows[n-1])
		}
		return nil
	}
	for _, w := range strings.Split(word, ",") {
		from, to, ok := span(w)
		if n, err := strconv.Atoi(w); err == nil {
			from, to, ok = n, n, true
		}
		if !ok {
			if from = slices.IndexFunc(rows, func(r *T) bool { return id(r) == w || strings.HasSuffix(id(r), "/"+w) }) + 1; from == 0 {
				return nil, fmt.Errorf("%q is no number and no id of the list", w)
			}
			to = from
		}
		for n := from; n <= to; n++ {
			if err := take(n); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
