//go:build unix

package ssh

import (
	"os"
	"os/signal"
	"syscall"
)

// resizes gives a hint at each possible change of the terminal's size.
func resizes() (hints <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}
