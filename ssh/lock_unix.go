//go:build unix

package ssh

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock on f if nobody has it. Closing f gives it back, also
// when the process is killed.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EWOULDBLOCK), errors.Is(err, unix.EINTR):
		return false, nil
	case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOLCK):
		// A network disk without locks: an append is one write and a
		// rewrite is rare, so going on risks a pin, not safety.
		return true, nil
	}
	return false, err
}
