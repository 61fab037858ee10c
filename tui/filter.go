package tui

import (
	"strings"

	"spot-tui/fleet"
)

// filter is what was typed after /: words that must all match; field:value
// looks at one field, !word must not match.
type filter struct {
	text  string
	terms []term
}

type term struct {
	field, value string
	not          bool
}

func parseFilter(text string) filter {
	f := filter{text: text}
	for _, w := range strings.Fields(strings.ToLower(text)) {
		t := term{value: w}
		if v, ok := strings.CutPrefix(t.value, "!"); ok {
			t.not, t.value = true, v
		}
		if field, v, ok := strings.Cut(t.value, ":"); ok {
			t.field, t.value = field, v
		}
		if t.value != "" {
			f.terms = append(f.terms, t)
		}
	}
	return f
}

func (f filter) match(i *fleet.Instance) bool {
	for _, t := range f.terms {
		if t.match(i) == t.not {
			return false
		}
	}
	return true
}

func (t term) match(i *fleet.Instance) bool {
	for name, v := range fields(i) {
		if (t.field == "" || strings.HasPrefix(name, t.field)) && strings.Contains(strings.ToLower(v), t.value) {
			return true
		}
	}
	return false
}

// fields are what a filter can look at.
func fields(i *fleet.Instance) map[string]string {
	return map[string]string{
		"id": string(i.ID), "region": string(i.Region), "zone": string(i.Zone), "type": string(i.Type), "state": string(i.State),
		"stage": i.Stage.String(), "reason": i.Reason, "ip": i.PublicIP + " " + i.PrivateIP, "launch": string(i.Launch), "owner": i.Owner, "arch": i.Arch,
	}
}
