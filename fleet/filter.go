package fleet

import (
	"regexp"
	"slices"
	"strconv"
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

// FilterFields lists the fields that a filter can name: first the texts, for
// field:value, then the numbers, for field>n.
func FilterFields() []string {
	var names []string
	for _, f := range textFields() {
		names = append(names, f.name)
	}
	for _, f := range numberFields() {
		names = append(names, f.name)
	}
	return names
}

// textField is a field that is compared as text, any case.
type textField struct {
	name string
	free bool // a plain text looks here too
	// of gives the spellings of the field's value; one of them must match.
	of func(*Instance) []string
}

func textFields() []textField {
	one := func(get func(*Instance) string) func(*Instance) []string {
		return func(i *Instance) []string { return []string{get(i)} }
	}
	return []textField{
		{"id", true, one(func(i *Instance) string { return string(i.ID) })},
		{"region", true, one(func(i *Instance) string { return string(i.Region) })},
		{"zone", true, one(func(i *Instance) string { return string(i.Zone) })},
		{"type", true, one(func(i *Instance) string { return string(i.Type) })},
		{"address", true, func(i *Instance) []string { return []string{i.PublicIP, i.PrivateIP} }},
		// Some stages are several words: setting-up saves the quotes.
		{"stage", true, func(i *Instance) []string {
			return []string{i.Stage.String(), strings.ReplaceAll(i.Stage.String(), " ", "-")}
		}},
		{"reason", true, one(func(i *Instance) string { return i.Reason })},
		{"state", false, one(func(i *Instance) string { return string(i.State) })},
		{"launch", false, one(func(i *Instance) string { return string(i.Launch) })},
		{"owner", false, one(func(i *Instance) string { return i.Owner })},
		{"arch", false, one(func(i *Instance) string { return i.Arch })},
		{"image", false, one(func(i *Instance) string { return i.Image })},
	}
}

// numberField is a field that is compared by size.
type numberField struct {
	name string
	what string // how its values are written, for errors
	read func(string) (float64, bool)
	// of gives the value; ok is false where it is unknown, and then no
	// comparison is true: unknown is never 0 (R26).
	of func(i *Instance, now time.Time) (v float64, ok bool)
}

func numberFields() []numberField {
	return []numberField{
		{
			"age", "a time such as 30m, 2h or 3d", readAge,
			func(i *Instance, now time.Time) (float64, bool) {
				return now.Sub(i.LaunchedAt).Seconds(), !i.LaunchedAt.IsZero()
			},
		},
		{
			"price", "USD per hour such as 0.05", readUSD,
			func(i *Instance, _ time.Time) (float64, bool) { return i.Price.USD, i.Price.Known },
		},
	}
}

// readAge reads a duration in seconds; days may stand before the rest: 1d12h.
func readAge(s string) (float64, bool) {
	whole := 0.0
	if days, rest, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, false
		}
		whole, s = float64(n)*24*3600, rest
		if s == "" {
			return whole, true
		}
	}
	d, err := time.ParseDuration(s)
	return whole + d.Seconds(), err == nil && d >= 0
}

func readUSD(s string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimPrefix(s, "$"), 64)
	return v, err == nil && v >= 0 && v < 1e9 // NaN is neither
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

// pattern is a text with * for anything, or a regular expression.
type pattern struct {
	text   string
	lower  string         // the text, for comparing
	source string         // of a regular expression, without its slashes
	expr   *regexp.Regexp // nil for a text
}

func textPattern(s string) pattern { return pattern{text: s, lower: strings.ToLower(s)} }

// in says whether a value matches: a text as a whole, or somewhere in it.
func (p pattern) in(value string, whole bool) bool {
	if p.expr != nil {
		return p.expr.MatchString(value)
	}
	text := p.lower
	if !whole {
		text = "*" + text + "*"
	}
	return glob(text, strings.ToLower(value))
}

func (p pattern) String() string {
	if p.expr != nil {
		return "/" + p.source + "/"
	}
	return quoteTerm(p.text)
}

// glob says whether a value is like a pattern in which each * stands for any
// text. The first part must begin it, the last must end it, and the others are
// taken where they come first, which never spoils a later one.
func glob(pattern, value string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == value
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(value, first) || !strings.HasSuffix(value[len(first):], last) {
		return false
	}
	value = value[len(first) : len(value)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		_, rest, ok := strings.Cut(value, p)
		if !ok {
			return false
		}
		value = rest
	}
	return true
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
