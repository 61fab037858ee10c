package fleet

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// keptLines of each instance's provisioning are in memory; the file has all.
	keptLines = 500
	// keptBytes bounds such a file: a setup that prints without end must not fill our disk.
	keptBytes = 16 << 20
	// keptFor is how long the file of an instance stays that nothing is written to.
	keptFor = 30 * 24 * time.Hour
)

// transcripts have what provisioning printed, per instance.
type transcripts struct {
	dir string // empty: in memory only

	mu sync.Mutex
	by map[InstanceID]*transcript
}

func newTranscripts(dir string) *transcripts {
	if dir != "" {
		dir = filepath.Join(dir, "provision")
	}
	return &transcripts{dir: dir, by: map[InstanceID]*transcript{}}
}

// prune drops the files of instances of long ago.
func (k *transcripts) prune() {
	if k.dir == "" {
		return
	}
	old, err := os.ReadDir(k.dir)
	if err != nil {
		return // there is none yet, or the first write will say what is wrong
	}
	for _, f := range old {
		if fi, err := f.Info(); err == nil && time.Since(fi.ModTime()) > keptFor {
			_ = os.Remove(filepath.Join(k.dir, f.Name())) // another process may be at it too
		}
	}
}

func (k *transcripts) of(id InstanceID) *transcript {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.by[id]
	if !ok {
		p = &transcript{}
		if k.dir != "" {
			p.path = filepath.Join(k.dir, fileName(string(id))+".log")
		}
		k.by[id] = p
	}
	return p
}

// transcript is one instance's.
type transcript struct {
	path string

	mu    sync.Mutex
	lines []string
	size  int64
	off   bool // the file can't be written (any more)
}

// note adds a line of ours.
func (k *transcript) note(format string, args ...any) {
	k.line("── " + Clean(fmt.Sprintf(format, args...)))
}

// line adds a clean line. The file is opened for each: hundreds of instances
// would else keep hundreds of files open for minutes.
func (k *transcript) line(text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.lines) >= 2*keptLines {
		k.lines = append(k.lines[:0], k.lines[len(k.lines)-keptLines:]...)
	}
	k.lines = append(k.lines, text)
	if k.path == "" || k.off {
		return
	}
	line := time.Now().Format("15:04:05 ") + text + "\n"
	if k.size += int64(len(line)); k.size > keptBytes {
		k.off = true
		line = "(more than 16 MiB: the rest is not kept)\n"
	}
	if err := appendTo(k.path, line); err != nil {
		k.off = true // a full disk must not stop provisioning
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if os.IsNotExist(err) {
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			f, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		}
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// Output implements Access.
func (e *Engine) Output(id InstanceID) (lines []string, file string) {
	k := e.keeps.of(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	lines = append(lines, k.lines[max(0, len(k.lines)-keptLines):]...)
	if k.path != "" {
		if _, err := os.Stat(k.path); err == nil {
			file = k.path
		}
	}
	return lines, file
}
