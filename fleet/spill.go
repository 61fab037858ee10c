package fleet

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Bounds of what is kept of remote output on disk.
const (
	keepRuns = 20      // folders of earlier runs
	maxSpill = 1 << 30 // bytes of one host's output: a host decides what it sends, our disk is finite
	runStamp = "20060102-150405.000"
)

// runFolder names a new folder for a run's output and drops those of the oldest
// runs. It makes nothing yet: most runs need none.
func runFolder(base string, op OpID, at time.Time) string {
	if base == "" {
		return ""
	}
	dir := filepath.Join(base, "runs")
	old, err := os.ReadDir(dir) // sorted by name, which is by time
	if err == nil {
		for i := 0; i < len(old)-keepRuns+1; i++ {
			_ = os.RemoveAll(filepath.Join(dir, old[i].Name())) // another process may be at it too; the next run tries again
		}
	}
	return filepath.Join(dir, at.UTC().Format(runStamp)+"-"+string(op))
}

// spill is the file that takes all of one host's output, made when it is first
// needed. It is not safe for concurrent use.
type spill struct {
	path string // empty: nothing is spilled
	file *os.File
	size int64
	err  error // why there is no (more) file
}

// write appends b. Errors end the file, not the run.
func (s *spill) write(b []byte) {
	if s.path == "" || s.err != nil {
		return
	}
	if s.file == nil {
		if s.err = os.MkdirAll(filepath.Dir(s.path), 0o700); s.err != nil {
			return
		}
		// Output may hold anything: it is for its owner only.
		if s.file, s.err = os.OpenFile(s.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); s.err != nil {
			return
		}
	}
	if s.size+int64(len(b)) > maxSpill {
		s.err = errors.New("it is larger than 1 GiB")
		return
	}
	n, err := s.file.Write(b)
	s.size += int64(n)
	s.err = err
}

// close ends the file and gives its path; empty where it does not hold everything.
func (s *spill) close() string {
	if s.file == nil {
		return ""
	}
	if err := s.file.Close(); err != nil || s.err != nil {
		return ""
	}
	return s.path
}

// fileName makes a file name of an id or title.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' || slices.Contains([]rune(`:*?"<>|`), r) {
			return '_'
		}
		return r
	}, s)
}
