package fleet

import (
	"strconv"
	"strings"
	"time"
)

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

// FilterValues gives what reads the spellings of an instance's value of a text
// field; nil for a field of another kind.
func FilterValues(field string) func(*Instance) []string {
	for _, f := range textFields() {
		if f.name == field {
			return f.of
		}
	}
	return nil
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
		{"address", true, func(i *Instance) []string { return []string{i.PublicIP, i.IPv6, i.PrivateIP} }},
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
