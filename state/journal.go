package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"spot-tui/fleet"
)

// errNoIntent is an end without a beginning: a fault of the caller.
var errNoIntent = errors.New("the journal has no intent of that id")

// Begin implements fleet.Store. After an error nothing may be done: the intent
// is not on disk. Beginning the same launch again (after a crash, with its token
// as id) opens it again and keeps the first request and time.
func (s *Store) Begin(ctx context.Context, i fleet.Intent) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO intents (id, account, fleet, region, kind, request, at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET ended = NULL, result = NULL, failure = NULL, at = excluded.at`,
			i.ID, i.Account, string(i.Fleet), string(i.Region), string(i.Kind), blob(i.Request), nanos(i.At))
		return err
	})
	return problem("write the journal", s.path, " (so nothing was done)", err)
}

// End implements fleet.Store.
func (s *Store) End(ctx context.Context, id string, result json.RawMessage, failure error) error {
	var text sql.NullString
	if failure != nil {
		text = sql.NullString{String: failure.Error(), Valid: true}
	}
	err := s.change(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE intents SET ended = ?, result = ?, failure = ? WHERE id = ?`, nanos(time.Now()), []byte(result), text, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errNoIntent, err)
		}
		return nil
	})
	return s.fail("write the journal", err)
}

// Open implements fleet.Store.
func (s *Store) Open(ctx context.Context, account string, name fleet.Name) ([]fleet.Intent, error) {
	const op = "read the journal"
	rows, err := s.db.QueryContext(ctx, `SELECT id, region, kind, request, at FROM intents
		WHERE account = ? AND fleet = ? AND ended IS NULL ORDER BY at, rowid`, account, string(name))
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	var is []fleet.Intent
	for rows.Next() {
		i := fleet.Intent{Account: account, Fleet: name}
		var at int64
		var request []byte
		if err := rows.Scan(&i.ID, &i.Region, &i.Kind, &request, &at); err != nil {
			return nil, s.fail(op, err)
		}
		i.Request, i.At = request, when(at)
		is = append(is, i)
	}
	return is, s.fail(op, rows.Err())
}

// blob keeps an empty request apart from none: the column takes no NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// nanos writes a time; the zero time, whose nanoseconds don't fit, is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// when reads what nanos wrote.
func when(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
