package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"spot-tui/fleet"
)

// SaveEntries implements fleet.LedgerStore.
func (s *Store) SaveEntries(ctx context.Context, account string, name fleet.Name, es []fleet.Entry) error {
	return s.fail("save the ledger in", s.each(ctx, `INSERT INTO ledger (account, fleet, id, began, ended, closed, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account, fleet, id) DO UPDATE SET began = excluded.began, ended = excluded.ended, body = excluded.body
		WHERE ledger.ended = 0 OR excluded.ended <> 0`, len(es), func(n int) ([]any, error) {
		e := es[n]
		body, err := json.Marshal(e)
		return []any{account, string(name), string(e.Instance), nanos(e.From), nanos(e.To), nanos(e.Closed), body}, err
	}))
}

// Entries implements fleet.LedgerStore.
func (s *Store) Entries(ctx context.Context, account string, name fleet.Name) ([]fleet.Entry, error) {
	es, err := s.entries(ctx, account, name)
	return es, s.fail("read the ledger in", err)
}

func (s *Store) entries(ctx context.Context, account string, name fleet.Name) ([]fleet.Entry, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT closed, body FROM ledger WHERE account = ? AND fleet = ? ORDER BY began, id`, account, string(name))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var es []fleet.Entry
	for rows.Next() {
		var closed int64
		var body []byte
		if err := rows.Scan(&closed, &body); err != nil {
			return nil, err
		}
		var e fleet.Entry
		if err := json.Unmarshal(body, &e); err != nil {
			return nil, errors.Join(ErrCorrupt, err)
		}
		e.Closed = when(closed)
		es = append(es, e)
	}
	return es, rows.Err()
}

// CloseEntries implements fleet.LedgerStore.
func (s *Store) CloseEntries(ctx context.Context, account string, name fleet.Name, at time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE ledger SET closed = ? WHERE account = ? AND fleet = ? AND closed = 0 AND ended <> 0`, nanos(at), account, string(name))
	return s.fail("close the ledger in", err)
}

// SaveTariffs implements fleet.LedgerStore: changes that are known already stay.
func (s *Store) SaveTariffs(ctx context.Context, account string, region fleet.Region, ts map[fleet.Place]fleet.Tariff) error {
	return s.fail("save the prices in", s.change(ctx, func(tx *sql.Tx) error {
		for p, t := range ts {
			for _, c := range t.Points {
				if _, err := tx.ExecContext(ctx, `INSERT INTO spot_prices (account, region, zone, type, at, usd) VALUES (?, ?, ?, ?, ?, ?)
					ON CONFLICT (account, region, zone, type, at) DO NOTHING`, account, string(region), string(p.Zone), string(p.Type), nanos(c.At), c.USD); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO spot_known (account, region, zone, type, since, until) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (account, region, zone, type) DO UPDATE SET since = excluded.since, until = excluded.until
				WHERE excluded.until >= spot_known.until`, account, string(region), string(p.Zone), string(p.Type), nanos(t.Since), nanos(t.Until)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Tariffs implements fleet.LedgerStore.
func (s *Store) Tariffs(ctx context.Context, account string, region fleet.Region) (map[fleet.Place]fleet.Tariff, error) {
	ts, err := s.tariffs(ctx, account, region)
	return ts, s.fail("read the prices in", err)
}

func (s *Store) tariffs(ctx context.Context, account string, region fleet.Region) (map[fleet.Place]fleet.Tariff, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT k.zone, k.type, k.since, k.until, p.at, p.usd FROM spot_known k
		JOIN spot_prices p ON p.account = k.account AND p.region = k.region AND p.zone = k.zone AND p.type = k.type
		WHERE k.account = ? AND k.region = ? ORDER BY k.zone, k.type, p.at`, account, string(region))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ts := map[fleet.Place]fleet.Tariff{}
	for rows.Next() {
		var p fleet.Place
		var since, until, at int64
		var usd float64
		if err := rows.Scan(&p.Zone, &p.Type, &since, &until, &at, &usd); err != nil {
			return nil, err
		}
		t := ts[p]
		t.Since, t.Until = when(since), when(until)
		t.Points = append(t.Points, fleet.PriceChange{At: when(at), USD: usd})
		ts[p] = t
	}
	return ts, rows.Err()
}

// Watched implements fleet.LedgerStore.
func (s *Store) Watched(ctx context.Context, account string, name fleet.Name, region fleet.Region, at time.Time) (time.Time, error) {
	var was int64
	err := s.db.QueryRowContext(ctx, `SELECT at FROM watched WHERE account = ? AND fleet = ? AND region = ?`, account, string(name), string(region)).Scan(&was)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err == nil && !at.IsZero() {
		_, err = s.db.ExecContext(ctx, `INSERT INTO watched (account, fleet, region, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (account, fleet, region) DO UPDATE SET at = max(at, excluded.at)`, account, string(name), string(region), nanos(at))
	}
	return when(was), s.fail("save when the region was watched in", err)
}
