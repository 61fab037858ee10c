package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"spot-tui/fleet"
)

// SaveInstances implements fleet.Store: all of them or none.
func (s *Store) SaveInstances(ctx context.Context, account string, name fleet.Name, is []fleet.Instance) error {
	now := nanos(time.Now())
	return s.fail("save the instances in", s.each(ctx, `INSERT INTO instances (account, fleet, id, saved, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account, fleet, id) DO UPDATE SET saved = excluded.saved, body = excluded.body`, len(is), func(n int) ([]any, error) {
		body, err := json.Marshal(is[n])
		return []any{account, string(name), string(is[n].ID), now, body}, err
	}))
}

// Instances implements fleet.Store; they come in the order of their ids.
func (s *Store) Instances(ctx context.Context, account string, name fleet.Name) ([]fleet.Instance, error) {
	is, err := bodies[fleet.Instance](ctx, s.db, `SELECT body FROM instances WHERE account = ? AND fleet = ? ORDER BY id`, account, string(name))
	return is, s.fail("read the instances in", err)
}

// SaveReceipt implements fleet.Store.
func (s *Store) SaveReceipt(ctx context.Context, account string, r fleet.Receipt) error {
	return s.fail("save the receipt in", s.each(ctx, `INSERT INTO receipts (account, fleet, at, body) VALUES (?, ?, ?, ?)`, 1, func(int) ([]any, error) {
		body, err := json.Marshal(r)
		return []any{account, string(r.Fleet), nanos(r.FinishedAt), body}, err
	}))
}

// Receipts lists a fleet's receipts, newest first.
func (s *Store) Receipts(ctx context.Context, account string, name fleet.Name) ([]fleet.Receipt, error) {
	rs, err := bodies[fleet.Receipt](ctx, s.db, `SELECT body FROM receipts WHERE account = ? AND fleet = ? ORDER BY n DESC`, account, string(name))
	return rs, s.fail("read the receipts in", err)
}

// LastReceipt gives the newest receipt of a fleet; ok is false if there is none.
func (s *Store) LastReceipt(ctx context.Context, account string, name fleet.Name) (r fleet.Receipt, ok bool, err error) {
	rs, err := bodies[fleet.Receipt](ctx, s.db, `SELECT body FROM receipts WHERE account = ? AND fleet = ? ORDER BY n DESC LIMIT 1`, account, string(name))
	if err != nil || len(rs) == 0 {
		return r, false, s.fail("read the receipts in", err)
	}
	return rs[0], true, nil
}

// AppendEvents adds events to a fleet's history: all of them or none. An
// event's Seq counts within one process, so it is kept but orders nothing here.
func (s *Store) AppendEvents(ctx context.Context, account string, name fleet.Name, es []fleet.Event) error {
	return s.fail("save the events in", s.each(ctx, `INSERT INTO events (account, fleet, at, body) VALUES (?, ?, ?, ?)`, len(es), func(n int) ([]any, error) {
		body, err := json.Marshal(es[n])
		return []any{account, string(name), nanos(es[n].At), body}, err
	}))
}

// Events lists a fleet's events from a time on, that time included, oldest
// first; the zero time gives all.
func (s *Store) Events(ctx context.Context, account string, name fleet.Name, since time.Time) ([]fleet.Event, error) {
	es, err := bodies[fleet.Event](ctx, s.db, `SELECT body FROM events WHERE account = ? AND fleet = ? AND at >= ? ORDER BY at, n`, account, string(name), nanos(since))
	return es, s.fail("read the events in", err)
}

// each runs one statement for n rows in one transaction.
func (s *Store) each(ctx context.Context, query string, n int, row func(int) ([]any, error)) error {
	if n == 0 {
		return nil
	}
	return s.change(ctx, func(tx *sql.Tx) error {
		st, err := tx.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		defer st.Close()
		for i := range n {
			args, err := row(i)
			if err != nil {
				return err
			}
			if _, err := st.ExecContext(ctx, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// bodies reads rows of one JSON column. A body that can't be read is damage:
// programs before and after this one write the same names.
func bodies[T any](ctx context.Context, db *sql.DB, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		var v T
		if err := json.Unmarshal(b, &v); err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrCorrupt, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
