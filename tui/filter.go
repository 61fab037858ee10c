package tui

import (
	"strings"
	"time"

	"spot-tui/fleet"
)

// filter is what was typed after /, in the language of the verbs' --filter
// (fleet.ParseFilter). While a mistake stands in it, the last one that could be
// read goes on.
type filter struct {
	text  string
	read  fleet.Filter
	terms []fleet.FilterTerm // what it looks for, to show where it is
	err   error              // what is wrong with the text
}

// write reads a text, and keeps what was read before where that fails.
func (f filter) write(text string) filter {
	read, err := fleet.ParseFilter(text)
	if err != nil {
		return filter{text: text, read: f.read, terms: f.terms, err: err}
	}
	return filter{text: text, read: read, terms: read.Terms()}
}

func (f filter) match(i *fleet.Instance, now time.Time) bool {
	return f.read.Empty() || f.read.Match(*i, now)
}

// filterOffer is what would complete the last word of a filter: the name of a
// field, or a value that some instance has.
func (m *model) filterOffer(text string) string {
	word := strings.TrimLeft(text[strings.LastIndexAny(text, " ")+1:], "!(")
	if word == "" || strings.ContainsAny(word, `"/`) {
		return ""
	}
	field, begun, has := strings.Cut(word, ":")
	if !has {
		var names []string
		for _, name := range fleet.FilterFields() {
			names = append(names, name)
			if fleet.FilterValues(name) != nil {
				names[len(names)-1] += ":"
			}
		}
		return commonRest(word, names)
	}
	of := fleet.FilterValues(field)
	if of == nil {
		return ""
	}
	seen := map[string]bool{}
	var values []string
	for i := range m.rows.each() {
		for _, v := range of(i) {
			if !seen[v] && !strings.ContainsAny(v, " \"'()") && fleet.Clean(v) == v {
				seen[v] = true
				values = append(values, v)
			}
		}
	}
	return commonRest(begun, values)
}

// commonRest is what all words that begin with begun go on with.
func commonRest(begun string, words []string) string {
	common, found := "", false
	for _, w := range words {
		if !strings.HasPrefix(w, begun) {
			continue
		}
		if !found {
			common, found = w, true
		}
		for !strings.HasPrefix(w, common) {
			common = strings.ToValidUTF8(common[:len(common)-1], "")
		}
	}
	return strings.TrimPrefix(common, begun)
}
