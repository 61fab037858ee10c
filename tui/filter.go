package tui

import (
	"time"

	"spot-tui/fleet"
)

// filter is what was typed after /, in the language of the verbs' --filter
// (fleet.ParseFilter). While a mistake stands in it, the last one that could be
// read goes on.
type filter struct {
	text string
	read fleet.Filter
	err  error // what is wrong with the text
}

// write reads a text, and keeps what was read before where that fails.
func (f filter) write(text string) filter {
	read, err := fleet.ParseFilter(text)
	if err != nil {
		return filter{text, f.read, err}
	}
	return filter{text: text, read: read}
}

func (f filter) match(i *fleet.Instance, now time.Time) bool {
	return f.read.Empty() || f.read.Match(*i, now)
}
