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

	xssh "golang.org/x/crypto/ssh"
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

// check accepts the pinned key, pins the first one, and gives a
// *changedKeyError for any other.
func (k *knownHosts) check(ctx context.Context, name string, key xssh.PublicKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(); err != nil {
		return err
	}
	if err := k.distrust(name, key); err != nil {
		return err
	}
	found := k.pins.of(name)
	if len(found) == 0 {
		line := name + " " + keyLine(key)
		if len(k.trusted[name]) > 0 {
			line += " " + verifiedBefore
		}
		if err := k.add(ctx, name, line); err != nil {
			return err
		}
		// Read again: another process may have been first.
		if err := k.refresh(); err != nil {
			return err
		}
		if found = k.pins.of(name); len(found) == 0 {
			return fmt.Errorf("the key that was written to %s is not there", k.path)
		}
	}
	if match(found, key) {
		return nil
	}
	return &changedKeyError{name: name, old: found[0].fingerprint(), now: xssh.FingerprintSHA256(key), file: k.path}
}

// look judges a key as check does, and pins nothing.
func (k *knownHosts) look(_ context.Context, name string, key xssh.PublicKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(); err != nil {
		return err
	}
	if err := k.distrust(name, key); err != nil {
		return err
	}
	if found := k.pins.of(name); len(found) > 0 && !match(found, key) {
		return &changedKeyError{name: name, old: found[0].fingerprint(), now: xssh.FingerprintSHA256(key), file: k.path}
	}
	return nil
}

// pinned says whether a key of the host is pinned.
func (k *knownHosts) pinned(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.refresh() == nil && len(k.pins.of(name)) > 0
}

// algorithms are the signature algorithms to ask a host for, those of pinned
// keys first: a host has keys of several types, and another type than the
// pinned one would look like a changed key.
func (k *knownHosts) algorithms(name string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var first []string
	if err := k.refresh(); err == nil { // check tells the error
		for _, p := range k.pins.of(name) {
			first = append(first, signatures(p.typ)...)
		}
	}
	var all []string
	seen := map[string]bool{}
	for _, a := range append(first,
		xssh.KeyAlgoED25519, xssh.KeyAlgoECDSA256, xssh.KeyAlgoECDSA384, xssh.KeyAlgoECDSA521,
		xssh.KeyAlgoRSASHA512, xssh.KeyAlgoRSASHA256,
	) {
		if !seen[a] {
			seen[a] = true
			all = append(all, a)
		}
	}
	return all
}

// signatures are the algorithms that a key of a type signs with; SHA-1 is not
// among them.
func signatures(typ string) []string {
	if typ == xssh.KeyAlgoRSA {
		return []string{xssh.KeyAlgoRSASHA512, xssh.KeyAlgoRSASHA256}
	}
	return []string{typ}
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
