package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// knownHosts is our known_hosts file. Several processes may use it at once:
// changes are made under a lock file, and what others appended is read before
// each decision.
type knownHosts struct {
	path string
	log  *slog.Logger

	mu   sync.Mutex
	pins pins
	text []byte      // what pins was made of: whole lines
	rest []byte      // a last line without an end
	file os.FileInfo // what text was read from; nil: nothing

	trusted map[string][]string // fingerprints that are known from elsewhere, by name; no others are accepted
}

func newKnownHosts(path string, log *slog.Logger) *knownHosts {
	return &knownHosts{path: path, log: log, trusted: map[string][]string{}}
}

// changedKeyError says that a host showed another key than the pinned one.
type changedKeyError struct {
	name     string
	old, now string // fingerprints
	file     string
	why      keyRefusal
}

// keyRefusal is why a key is not taken for the host's.
type keyRefusal uint8

const (
	keyNotPinned  keyRefusal = iota // another one is pinned
	keyNotTrusted                   // others are known for the host
	keyRevoked                      // it was found out earlier not to be the host's
)

func (e *changedKeyError) Error() string {
	return fmt.Sprintf("its host key changed from %s to %s", e.old, e.now)
}

// refresh reads the file if it changed, and makes pins of what is new in it. The
// caller holds mu.
func (k *knownHosts) refresh() error {
	fi, err := os.Stat(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		k.pins, k.text, k.rest, k.file = pins{}, nil, nil, nil
		return nil
	}
	var data []byte
	if err == nil {
		if k.file != nil && os.SameFile(k.file, fi) && fi.Size() == k.file.Size() && fi.ModTime().Equal(k.file.ModTime()) {
			return nil
		}
		data, err = os.ReadFile(k.path)
	}
	if err != nil {
		return fmt.Errorf("read the pinned host keys: %w", err)
	}
	// A line without an end is still being written.
	end := bytes.LastIndexByte(data, '\n') + 1
	data, k.rest = data[:end], data[end:]
	// The content is compared, for another file can have the same number: a
	// file system gives the number of a file that was replaced to the next one.
	fresh, grown := bytes.CutPrefix(data, k.text)
	if !grown {
		k.pins, fresh = pins{}, data
	}
	k.pins.read(fresh, k.log)
	k.text, k.file = data, fi
	return nil
}

// lockPatience bounds the wait for another process, which holds the lock for
// one small write.
const lockPatience = 5 * time.Second

// locked runs f while no other process changes the file.
func (k *knownHosts) locked(ctx context.Context, f func() error) error {
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return err
	}
	l, err := os.OpenFile(k.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer l.Close() // which also unlocks
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, fmt.Errorf("another process holds %s.lock", k.path))
	defer cancel()
	for {
		free, err := tryLock(l)
		if err != nil {
			return fmt.Errorf("lock %s: %w", k.path, err)
		}
		if free {
			return f()
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return context.Cause(ctx)
		}
	}
}

// add appends one line in one write. The caller holds mu.
func (k *knownHosts) add(ctx context.Context, name, line string) error {
	line += "\n"
	err := k.locked(ctx, func() error {
		f, err := os.OpenFile(k.path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		if fi, err := f.Stat(); err == nil && fi.Size() > 0 {
			var last [1]byte
			if _, err := f.ReadAt(last[:], fi.Size()-1); err == nil && last[0] != '\n' {
				line = "\n" + line // a person's editor left the last line open
			}
		}
		// Not synced: a power cut can cost a fresh pin, and a sync for each of
		// hundreds of new instances would hold all of them up.
		_, err = io.WriteString(f, line)
		return err
	})
	if err != nil {
		return fmt.Errorf("pin the host key of %s in %s: %w", name, k.path, err)
	}
	return nil
}

// forget drops all lines about a host by an atomic rewrite. Nothing is written
// where there are none.
func (k *knownHosts) forget(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.trusted, name)
	if err := k.refresh(); err != nil {
		return err
	}
	open, _, _ := parsePin(string(k.rest)) //nolint:dogsled // a line that can't be read is about nobody
	if len(k.pins.lines(name)) == 0 && !open.of(name) {
		return nil
	}
	return k.locked(context.Background(), func() error {
		data, err := os.ReadFile(k.path)
		if err != nil {
			return err
		}
		var keep []byte
		for line := range bytes.Lines(data) {
			// What can't be read stays: it may be a person's own note.
			if p, ok, err := parsePin(string(line)); err == nil && ok && p.of(name) {
				line = []byte(p.without(name))
			}
			keep = append(keep, line...)
		}
		return replaceFile(k.path, keep)
	})
}

// replaceFile puts data in place of a file, whole or not at all.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // nobody needs it any more; err says what went wrong
	}
	return err
}
