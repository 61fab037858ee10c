package cli

import "spot-tui/tui"

// newStops: Windows stops no program for another.
func newStops(any) (tui.Stops, func()) { return nil, func() {} }
