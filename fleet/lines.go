package fleet

import (
	"io"
	"strings"
	"sync"
)

// lineWriter gives whole clean lines to each, and remembers the last that had
// text and the first that looks like the reason of a failure.
type lineWriter struct {
	mu    sync.Mutex
	rest  []byte
	last  string
	wrong string
	bytes int64 // taken so far
	each  func(line string)
}

var _ io.Writer = (*lineWriter)(nil)

// maxLine bounds a line without an end, so that a host can't fill our memory.
const maxLine = 4096

// Write implements io.Writer; it is safe for two streams at once.
func (l *lineWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	l.bytes += int64(len(b))
	for {
		n := strings.IndexByte(string(l.rest), '\n')
		if n < 0 && len(l.rest) < maxLine {
			return len(b), nil
		}
		if n < 0 {
			n = maxLine - 1
		}
		l.emit(string(l.rest[:n]))
		l.rest = append(l.rest[:0], l.rest[min(n+1, len(l.rest)):]...)
	}
}

func (l *lineWriter) emit(s string) {
	s = strings.TrimRight(Clean(s), " ")
	if s == "" {
		return
	}
	l.last = s
	if l.wrong == "" && looksWrong(s) {
		l.wrong = s
	}
	l.each(s)
}

func (l *lineWriter) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emit(string(l.rest))
	l.rest = nil
}

func (l *lineWriter) lastLine() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// taken is how many bytes came.
func (l *lineWriter) taken() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// culprit is the line that tells best why a command failed (R32): the first that
// reads like a failure, since what comes after it may only follow from it; else
// the last.
func (l *lineWriter) culprit() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wrong != "" {
		return l.wrong
	}
	return l.last
}

// looksWrong says whether a line reads like the reason of a failure. It only
// chooses what is shown, so a wrong guess costs a look at the whole output.
func looksWrong(line string) bool {
	l := strings.ToLower(line)
	for _, w := range []string{"error:", "error ", "e: ", "fatal", "failed", "not found", "no such", "denied", "cannot", "can't", "unable", "traceback", "no space"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}
