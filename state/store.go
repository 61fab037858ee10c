package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the database driver, pure Go

	"spot-tui/fleet"
)

// fileName is the database's name in the state folder.
const fileName = "state.db"

// Store implements fleet.Store. It is safe for concurrent use, also by several
// processes on one folder.
type Store struct {
	db   *sql.DB
	path string
}

var _ fleet.Store = (*Store)(nil)

// Problem is a store that can't be used, as a sentence that says what to do.
// Nothing of it is ever deleted or overwritten.
type Problem struct {
	Path string
	Err  error
	Hint string
}

// Error implements error.
func (p *Problem) Error() string {
	return fmt.Sprintf("the state file %s can't be used: %v; %s", p.Path, p.Err, p.Hint)
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Open opens the store in dir, which is made (0700) where it is missing. The
// error is a *Problem.
func Open(dir string) (*Store, error) {
	path := filepath.Join(dir, fileName)
	fail := func(err error) error {
		return &Problem{Path: path, Err: err, Hint: hint(err)}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fail(err)
	}
	// Made by us before SQLite opens it, so that it is never readable by others.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fail(err)
	}
	f.Close()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fail(err)
	}
	db.SetMaxOpenConns(1) // one writer: SQLite has only one anyway, and ours must not queue behind itself
	s := &Store{db: db, path: path}
	if err := s.migrate(context.Background()); err != nil {
		db.Close()
		return nil, fail(err)
	}
	return s, nil
}

// dsn sets what each connection needs: full sync, so that a commit is on disk,
// and patience with another process that writes.
func dsn(path string) string {
	q := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}, "_txlock": {"immediate"}}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// errNewer is a file that a newer program wrote.
var errNewer = errors.New("it was written by a newer spot-tui")

func hint(err error) string {
	switch {
	case errors.Is(err, errNewer):
		return "use that version, or set SPOT_TUI_HOME to another folder; the fleet itself is found by its tags"
	case errors.Is(err, os.ErrPermission):
		return "make the folder writable, or set SPOT_TUI_HOME to another one"
	case strings.Contains(err.Error(), "not a database"), strings.Contains(err.Error(), "malformed"):
		// SQLite's driver gives these two as text only.
		return "it is damaged: move it aside and start again; the fleet itself is found by its tags"
	}
	return "free the disk or set SPOT_TUI_HOME to another folder; watching and destroying work without it"
}

// Close implements fleet.Store.
func (s *Store) Close() error { return s.db.Close() }
