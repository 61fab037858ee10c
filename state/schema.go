package state

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations bring a file from version n to n+1. They are only ever added to.
// Times are nanoseconds since 1970, 0 for none.
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
		`CREATE TABLE events (
			n INTEGER PRIMARY KEY, account TEXT NOT NULL, fleet TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);
		CREATE INDEX events_of_fleet ON events (account, fleet, at);
		CREATE INDEX receipts_of_fleet ON receipts (account, fleet);`,
		`CREATE TABLE leases (
			account TEXT NOT NULL, fleet TEXT NOT NULL, holder TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, until INTEGER NOT NULL,
			PRIMARY KEY (account, fleet)) WITHOUT ROWID;
		CREATE INDEX ended_intents ON intents (account, fleet, ended) WHERE ended IS NOT NULL;`,
		`CREATE TABLE commands (
			account TEXT NOT NULL, fleet TEXT NOT NULL, line TEXT NOT NULL, at INTEGER NOT NULL,
			PRIMARY KEY (account, fleet, line)) WITHOUT ROWID;`,
		`CREATE TABLE benches (
			account TEXT NOT NULL, region TEXT NOT NULL, zone TEXT NOT NULL, type TEXT NOT NULL, family TEXT NOT NULL, on_demand INTEGER NOT NULL,
			until INTEGER NOT NULL, why TEXT NOT NULL,
			PRIMARY KEY (account, region, zone, type, family, on_demand)) WITHOUT ROWID;`,
		`CREATE TABLE ledger (
			account TEXT NOT NULL, fleet TEXT NOT NULL, id TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL, closed INTEGER NOT NULL, body BLOB NOT NULL,
			PRIMARY KEY (account, fleet, id)) WITHOUT ROWID;
		CREATE TABLE spot_prices (
			account TEXT NOT NULL, region TEXT NOT NULL, zone TEXT NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, usd REAL NOT NULL,
			PRIMARY KEY (account, region, zone, type, at)) WITHOUT ROWID;
		CREATE TABLE spot_known (
			account TEXT NOT NULL, region TEXT NOT NULL, zone TEXT NOT NULL, type TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
			PRIMARY KEY (account, region, zone, type)) WITHOUT ROWID;
		CREATE TABLE watched (
			account TEXT NOT NULL, fleet TEXT NOT NULL, region TEXT NOT NULL, at INTEGER NOT NULL,
			PRIMARY KEY (account, fleet, region)) WITHOUT ROWID;`,
	}
}

// migrate brings the file to the newest version, in one transaction, so that of
// two processes that start at once one does it. A file that is current is only
// read: opening never waits for a writer.
func (s *Store) migrate(ctx context.Context) error {
	steps := migrations()
	var have int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have == len(steps) {
		return nil
	}
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
			return err
		}
		if have > len(steps) {
			return fmt.Errorf("%w (version %d; this one knows %d)", ErrNewer, have, len(steps))
		}
		for _, step := range steps[have:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(steps)))
		return err
	})
}
