package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Why a store can't be used; test with errors.Is.
var (
	// ErrNewer is a file that a newer spot-tui wrote.
	ErrNewer = errors.New("it was written by a newer spot-tui")
	// ErrCorrupt is a file that is damaged, or no database at all.
	ErrCorrupt = errors.New("it is damaged")
	// ErrFull is a disk without space.
	ErrFull = errors.New("the disk is full")
	// ErrDenied is a file or folder that may not be written.
	ErrDenied = errors.New("it may not be written")
	// ErrBusy is another process that has been writing for longer than we wait.
	ErrBusy = errors.New("another process is holding it")
)

// Problem is why something could not be read or written. Its text is a sentence
// that says what to do; errors.Is tells the reason (ErrFull …) where one is known.
type Problem struct {
	Op   string // what was not done: "open the state file"
	Path string
	Err  error
	note string // stands after the path: what follows from it
	why  error  // one of the reasons above, or nil
}

// Error implements error.
func (p *Problem) Error() string {
	text := p.Err.Error()
	if p.why != nil && !errors.Is(p.Err, p.why) {
		text = p.why.Error()
	}
	next := hint(p.why)
	if errors.Is(p.Err, context.Canceled) || errors.Is(p.Err, context.DeadlineExceeded) {
		next = "it was stopped before the end; try again" // nothing is wrong with the file
	}
	return fmt.Sprintf("%s %s%s: %s; %s", p.Op, p.Path, p.note, text, next)
}

// Unwrap gives the reason and the cause.
func (p *Problem) Unwrap() []error {
	if p.why == nil {
		return []error{p.Err}
	}
	return []error{p.why, p.Err}
}

// fail makes a *Problem of an error; it is nil for nil.
func (s *Store) fail(op string, err error) error { return problem(op, s.path, "", err) }

func problem(op, path, note string, err error) error {
	if err == nil {
		return nil
	}
	return &Problem{Op: op, Path: path, Err: err, note: note, why: reason(err)}
}

// reason classifies by exact code, never by text.
func reason(err error) error {
	for _, known := range []error{ErrNewer, ErrCorrupt} {
		if errors.Is(err, known) {
			return known
		}
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ErrDenied
	}
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return nil
	}
	switch se.Code() & 0xff { // the low byte is the primary code
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrCorrupt
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return ErrDenied
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	}
	return nil
}

func hint(why error) string {
	switch {
	case errors.Is(why, ErrNewer):
		return "use that version, or set SPOT_TUI_HOME to another folder; the fleet itself is found by its tags in AWS"
	case errors.Is(why, ErrCorrupt):
		return "move it aside, with its -wal and -shm files, and start again; the fleet itself is found by its tags in AWS"
	case errors.Is(why, ErrFull):
		return "free some space, or set SPOT_TUI_HOME to a folder on another disk"
	case errors.Is(why, ErrDenied):
		return "make the folder and the file writable for you, or set SPOT_TUI_HOME to another folder"
	case errors.Is(why, ErrBusy):
		return "try again, or end the other spot-tui"
	}
	return "try again, or set SPOT_TUI_HOME to another folder; watching and destroying work without it"
}
