package fleet

import "strings"

// FilterTerm is a text that a filter looks for, to show where it was found.
type FilterTerm struct {
	Field string // empty: every field that a plain text looks in
	p     pattern
}

// Terms are the texts that a filter looks for; those that must not be there are
// not among them.
func (f Filter) Terms() []FilterTerm { return termsOf(f.root) }

func termsOf(c condition) []FilterTerm {
	var ts []FilterTerm
	switch c := c.(type) {
	case every:
		for _, o := range c {
			ts = append(ts, termsOf(o)...)
		}
	case either:
		for _, o := range c {
			ts = append(ts, termsOf(o)...)
		}
	case within:
		ts = append(ts, FilterTerm{c.field, c.pattern})
	}
	return ts
}

// In says whether a term looks in a field.
func (t FilterTerm) In(field string) bool {
	if t.Field != "" {
		return t.Field == field
	}
	for _, f := range textFields() {
		if f.name == field {
			return f.free
		}
	}
	return false
}

// Find gives the bytes of a text in which the term is found. Of a text with * it is
// the longest part between two of them.
func (t FilterTerm) Find(text string) (from, to int, ok bool) {
	if t.p.expr != nil {
		at := t.p.expr.FindStringIndex(text)
		if at == nil || at[0] == at[1] {
			return 0, 0, false
		}
		return at[0], at[1], true
	}
	longest := ""
	for _, part := range strings.Split(t.p.lower, "*") {
		if len(part) > len(longest) {
			longest = part
		}
	}
	lower := strings.ToLower(text)
	at := strings.Index(lower, longest)
	if longest == "" || at < 0 || len(lower) != len(text) { // a letter whose lower case is longer: its place is not the same
		return 0, 0, false
	}
	return at, at + len(longest), true
}
