package ssh

import "time"

// resizes gives a hint at each possible change of the terminal's size: Windows
// sends no signal.
func resizes() (hints <-chan time.Time, stop func()) {
	const poll = 250 * time.Millisecond
	t := time.NewTicker(poll)
	return t.C, t.Stop
}
