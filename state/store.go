package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the database driver, pure Go

	"spot-tui/fleet"
)

const (
	// fileName is the database's name in the state folder.
	fileName = "state.db"
	// patience is how long a change waits for another process's. Changes take a
	// sync each, so this is a queue of hundreds.
	patience = 10 * time.Second
)

// Store implements fleet.Store. It is safe for concurrent use, also by several
// processes on one folder.
type Store struct {
	db     *sql.DB
	path   string
	holder string      // of leases; another one in each store
	leased atomic.Bool // a lease was taken once
}

var _ fleet.Store = (*Store)(nil)

// Open opens the store in dir, which is made (0700) where it is missing. The
// error is a *Problem, and the file is then as it was. A file that another
// process holds is waited for, 20 s at most.
func Open(dir string) (*Store, error) { return openWithin(dir, patience) }

func openWithin(dir string, patience time.Duration) (*Store, error) {
	const op = "open the state file"
	path := filepath.Join(dir, fileName)
	if err := prepare(dir, path); err != nil {
		return nil, problem(op, path, "", err)
	}
	db, err := sql.Open("sqlite", dsn(path, patience))
	if err != nil {
		return nil, problem(op, path, "", err)
	}
	db.SetMaxOpenConns(1) // one writer: SQLite has only one anyway, and ours must not queue behind itself
	s := &Store{db: db, path: path, holder: rand.Text()}
	if err := s.ready(context.Background(), patience); err != nil {
		db.Close()
		return nil, problem(op, path, "", err)
	}
	return s, nil
}

// ready makes the first connection and brings the file up to date. SQLite does
// not wait by itself while another process turns a new file's log on or folds
// it away at its end, so we do.
func (s *Store) ready(ctx context.Context, patience time.Duration) error {
	over, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.migrate(ctx)
		if !errors.Is(reason(err), ErrBusy) {
			return err
		}
		select {
		case <-again.C:
		case <-over.Done():
			return err
		}
	}
}

// prepare makes folder and file before SQLite does, so that the file, and what
// SQLite puts beside it with the same mode, is never readable by others.
func prepare(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		return tighten(path)
	case err != nil:
		return err
	}
	f.Close()
	return syncFolder(dir)
}

// tighten takes an existing file from the eyes of others.
func tighten(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("there is a folder in its place")
	}
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return os.Chmod(path, 0o600)
}

// syncFolder puts the new file's name on disk: a journal that a power cut makes
// nameless is none. SQLite syncs the names only of files that it makes itself.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders can't be opened there, and their names are journaled
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// dsn sets what each connection needs: patience first, since the rest may have
// to wait, and full sync, so that a commit is on disk.
func dsn(path string, patience time.Duration) string {
	q := url.Values{
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)"},
		"_txlock": {"immediate"}, // a change that starts by reading must not lose its place to another process
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// change runs f in a transaction that is on disk, whole, when it returns nil.
func (s *Store) change(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // the first error is the one to tell
		return err
	}
	return tx.Commit()
}

// Close implements fleet.Store. Leases that are still held are given back; one
// that can't be ends with its time.
func (s *Store) Close() error {
	if s.leased.Load() {
		_, _ = s.db.ExecContext(context.Background(), `DELETE FROM leases WHERE holder = ?`, s.holder)
	}
	return s.fail("close the state file", s.db.Close())
}
