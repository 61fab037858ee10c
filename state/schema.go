package state

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations bring a file from version n to n+1. They are only ever added to.
func migrations() []string {
	return []string{
		`CREATE TABLE intents (
			id TEXT PRIMARY KEY, account TEXT NOT NULL, fleet TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL,
			request BLOB NOT NULL, at INTEGER NOT NULL, ended INTEGER, result BLOB, failure TEXT);
		CREATE INDEX open_intents ON intents (account, fleet) WHERE ended IS NULL;
		CREATE TABLE instances (
			account TEXT NOT NULL, fleet TEXT NOT NULL, id TEXT NOT NULL, saved INTEGER NOT NULL, body BLOB NOT NULL,
			PRIMARY KEY (account, fleet, id)) WITHOUT ROWID;
		CREATE TABLE receipts (
			n INTEGER PRIMARY KEY, account TEXT NOT NULL, fleet TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);`,
	}
}

// migrate brings the file to the newest version, in one transaction, so that
// two processes that start at once do it once.
func (s *Store) migrate(ctx context.Context) error {
	steps := migrations()
	return s.change(ctx, func(tx *sql.Tx) error {
		var have int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
			return err
		}
		if have > len(steps) {
			return fmt.Errorf("%w (version %d, this one knows %d)", errNewer, have, len(steps))
		}
		for _, step := range steps[have:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		if have == len(steps) {
			return nil
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(steps)))
		return err
	})
}

// change runs f in a transaction that is on disk when it returns nil.
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
