package state

import (
	"context"
	"time"

	"spot-tui/fleet"
)

// SaveBenches implements fleet.Memory. What has ended is swept out on the way.
func (s *Store) SaveBenches(ctx context.Context, account string, bs []fleet.Bench) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM benches WHERE until <= ?`, nanos(time.Now())); err != nil {
		return s.fail("save the capacity memory in", err)
	}
	return s.fail("save the capacity memory in", s.each(ctx, `INSERT INTO benches (account, region, zone, type, family, on_demand, until, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET why = CASE WHEN excluded.until > until THEN excluded.why ELSE why END, until = max(until, excluded.until)`, len(bs), func(n int) ([]any, error) {
		return append(benchKey(account, bs[n]), nanos(bs[n].Until), bs[n].Why), nil
	}))
}

// Benches implements fleet.Memory.
func (s *Store) Benches(ctx context.Context, account string) ([]fleet.Bench, error) {
	bs, err := s.benches(ctx, account)
	return bs, s.fail("read the capacity memory in", err)
}

func (s *Store) benches(ctx context.Context, account string) ([]fleet.Bench, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT region, zone, type, family, on_demand, until, why FROM benches
		WHERE account = ? AND until > ? ORDER BY until, region, zone, type`, account, nanos(time.Now()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var bs []fleet.Bench
	for rows.Next() {
		var b fleet.Bench
		var until int64
		if err := rows.Scan(&b.Region, &b.Zone, &b.Type, &b.Family, &b.OnDemand, &until, &b.Why); err != nil {
			return nil, err
		}
		b.Until = when(until)
		bs = append(bs, b)
	}
	return bs, rows.Err()
}

// LiftBench implements fleet.Memory.
func (s *Store) LiftBench(ctx context.Context, account string, b fleet.Bench) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM benches WHERE account = ? AND region = ? AND zone = ? AND type = ? AND family = ? AND on_demand = ?`, benchKey(account, b)...)
	return s.fail("lift a bench in", err)
}

func benchKey(account string, b fleet.Bench) []any {
	return []any{account, string(b.Region), string(b.Zone), string(b.Type), b.Family, b.OnDemand}
}
