package fleet

import (
	"slices"
	"strings"
	"time"
)

// Filter chooses instances. The zero Filter takes all of them. It is made by
// ParseFilter, which describes the language, and never changes.
type Filter struct{ root condition }

// Match says whether the filter takes an instance. The time is needed for ages.
func (f Filter) Match(i Instance, now time.Time) bool {
	return f.root == nil || f.root.match(&i, now)
}

// Empty says whether the filter takes every instance because it says nothing.
func (f Filter) Empty() bool { return f.root == nil }

// String writes the filter so that ParseFilter reads the same again.
func (f Filter) String() string {
	if f.root == nil {
		return ""
	}
	return f.root.String()
}

// condition is a node of a filter.
type condition interface {
	match(i *Instance, now time.Time) bool
	String() string
}

// every is true where all its conditions are; it has two or more.
type every []condition

func (e every) match(i *Instance, now time.Time) bool {
	for _, c := range e {
		if !c.match(i, now) {
			return false
		}
	}
	return true
}

func (e every) String() string {
	words := make([]string, len(e))
	for n, c := range e {
		words[n] = c.String()
		if _, ok := c.(either); ok {
			words[n] = "(" + words[n] + ")"
		}
	}
	return strings.Join(words, " ")
}

// either is true where one of its conditions is; it has two or more.
type either []condition

func (e either) match(i *Instance, now time.Time) bool {
	for _, c := range e {
		if c.match(i, now) {
			return true
		}
	}
	return false
}

func (e either) String() string {
	words := make([]string, len(e))
	for n, c := range e {
		words[n] = c.String()
	}
	return strings.Join(words, " or ")
}

// not is true where its condition is not.
type not struct{ c condition }

func (n not) match(i *Instance, now time.Time) bool { return !n.c.match(i, now) }

func (n not) String() string {
	switch n.c.(type) {
	case every, either:
		return "!(" + n.c.String() + ")"
	}
	return "!" + n.c.String()
}

// within looks for a text or an expression in one field, or in all free ones.
type within struct {
	field   string // empty: every free field
	fields  []textField
	pattern pattern
}

func inFree(p pattern) within {
	free := slices.DeleteFunc(textFields(), func(f textField) bool { return !f.free })
	return within{fields: free, pattern: p}
}

func inField(f textField, p pattern) within {
	return within{field: f.name, fields: []textField{f}, pattern: p}
}

func (w within) match(i *Instance, _ time.Time) bool {
	for _, f := range w.fields {
		for _, v := range f.of(i) {
			if w.pattern.in(v, w.field != "") {
				return true
			}
		}
	}
	return false
}

func (w within) String() string {
	if w.field == "" {
		return w.pattern.String()
	}
	return w.field + ":" + w.pattern.String()
}

// compared compares a number field.
type compared struct {
	field numberField
	op    string // ">", ">=", "<" or "<="
	text  string // as it was written
	limit float64
}

func (c compared) match(i *Instance, now time.Time) bool {
	v, ok := c.field.of(i, now)
	if !ok {
		return false
	}
	switch c.op {
	case ">":
		return v > c.limit
	case ">=":
		return v >= c.limit
	case "<":
		return v < c.limit
	}
	return v <= c.limit
}

func (c compared) String() string { return c.field.name + c.op + c.text }
