//go:build unix

package cli

import (
	"math"
	"syscall"
)

// openFiles is how many files and connections this process may have open; 0
// where nobody says. The Go runtime has raised it to what is allowed already.
func openFiles() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0
	}
	return int(min(l.Cur, math.MaxInt32))
}
