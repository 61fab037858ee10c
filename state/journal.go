package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"spot-tui/fleet"
)

// Begin implements fleet.Store. After an error nothing may be done: the intent
// is not known to be on disk. Beginning the same launch again (after a crash,
// with its token as id) keeps the first time.
func (s *Store) Begin(ctx context.Context, i fleet.Intent) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO intents (id, account, fleet, region, kind, request, at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET ended = NULL, result = NULL, failure = NULL`,
			i.ID, i.Account, string(i.Fleet), string(i.Region), string(i.Kind), []byte(i.Request), i.At.UnixNano())
		return err
	})
	if err != nil {
		return fmt.Errorf("write the journal %s: %w", s.path, err)
	}
	return nil
}

// End implements fleet.Store.
func (s *Store) End(ctx context.Context, id string, result json.RawMessage, failure error) error {
	var text sql.NullString
	if failure != nil {
		text = sql.NullString{String: failure.Error(), Valid: true}
	}
	err := s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE intents SET ended = ?, result = ?, failure = ? WHERE id = ?`, time.Now().UnixNano(), []byte(result), text, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the journal %s: %w", s.path, err)
	}
	return nil
}

// Open implements fleet.Store.
func (s *Store) Open(ctx context.Context, account string, name fleet.Name) ([]fleet.Intent, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, region, kind, request, at FROM intents
		WHERE account = ? AND fleet = ? AND ended IS NULL ORDER BY at, id`, account, string(name))
	if err != nil {
		return nil, fmt.Errorf("read the journal %s: %w", s.path, err)
	}
	defer rows.Close()
	var is []fleet.Intent
	for rows.Next() {
		i := fleet.Intent{Account: account, Fleet: name}
		var at int64
		var request []byte
		if err := rows.Scan(&i.ID, &i.Region, &i.Kind, &request, &at); err != nil {
			return nil, fmt.Errorf("read the journal %s: %w", s.path, err)
		}
		i.Request, i.At = request, time.Unix(0, at)
		is = append(is, i)
	}
	return is, rows.Err()
}

// SaveInstances implements fleet.Store.
func (s *Store) SaveInstances(ctx context.Context, account string, name fleet.Name, is []fleet.Instance) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		st, err := tx.PrepareContext(ctx, `INSERT INTO instances (account, fleet, id, saved, body) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (account, fleet, id) DO UPDATE SET saved = excluded.saved, body = excluded.body`)
		if err != nil {
			return err
		}
		defer st.Close()
		for _, i := range is {
			body, err := json.Marshal(i)
			if err != nil {
				return err
			}
			if _, err := st.ExecContext(ctx, account, string(name), string(i.ID), time.Now().UnixNano(), body); err != nil {
				return err
			}
		}
		return nil
	})
}

// Instances implements fleet.Store.
func (s *Store) Instances(ctx context.Context, account string, name fleet.Name) ([]fleet.Instance, error) {
	var is []fleet.Instance
	err := s.bodies(ctx, `SELECT body FROM instances WHERE account = ? AND fleet = ? ORDER BY id`, account, name, func(b []byte) error {
		var i fleet.Instance
		if err := json.Unmarshal(b, &i); err != nil {
			return err
		}
		is = append(is, i)
		return nil
	})
	return is, err
}

// SaveReceipt implements fleet.Store.
func (s *Store) SaveReceipt(ctx context.Context, account string, r fleet.Receipt) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO receipts (account, fleet, at, body) VALUES (?, ?, ?, ?)`, account, string(r.Fleet), r.FinishedAt.UnixNano(), body)
		return err
	})
}

// Receipts lists a fleet's receipts, newest first.
func (s *Store) Receipts(ctx context.Context, account string, name fleet.Name) ([]fleet.Receipt, error) {
	var rs []fleet.Receipt
	err := s.bodies(ctx, `SELECT body FROM receipts WHERE account = ? AND fleet = ? ORDER BY n DESC`, account, name, func(b []byte) error {
		var r fleet.Receipt
		if err := json.Unmarshal(b, &r); err != nil {
			return err
		}
		rs = append(rs, r)
		return nil
	})
	return rs, err
}

func (s *Store) bodies(ctx context.Context, query, account string, name fleet.Name, each func([]byte) error) error {
	rows, err := s.db.QueryContext(ctx, query, account, string(name))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return fmt.Errorf("read %s: %w", s.path, err)
		}
		if err := each(b); err != nil {
			return fmt.Errorf("read %s: %w", s.path, err)
		}
	}
	return rows.Err()
}
