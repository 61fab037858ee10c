package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"spot-tui/fleet"
)

// Lease implements fleet.Store.
func (s *Store) Lease(ctx context.Context, account string, name fleet.Name, ttl time.Duration) (by string, ok bool, err error) {
	err = s.change(ctx, func(tx *sql.Tx) error {
		now := time.Now()
		var holder, host string
		var pid int
		var until int64
		err := tx.QueryRowContext(ctx, `SELECT holder, host, pid, until FROM leases WHERE account = ? AND fleet = ?`, account, string(name)).Scan(&holder, &host, &pid, &until)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		taken := err == nil && holder != s.holder && when(until).After(now) && !dead(host, pid)
		if taken {
			by = fmt.Sprintf("process %d on %s", pid, host)
			return nil
		}
		ok = true
		s.leased.Store(true)
		me, _ := os.Hostname() // without a name no other process is ever taken for dead
		_, err = tx.ExecContext(ctx, `INSERT INTO leases (account, fleet, holder, host, pid, until) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (account, fleet) DO UPDATE SET holder = excluded.holder, host = excluded.host, pid = excluded.pid, until = excluded.until`,
			account, string(name), s.holder, me, os.Getpid(), nanos(now.Add(ttl)))
		return err
	})
	return by, ok, s.fail("take the lease in", err)
}

// dead says whether a process of this host has ended for certain: it left
// without giving its lease back.
func dead(host string, pid int) bool {
	me, err := os.Hostname()
	if err != nil || host != me || pid == os.Getpid() {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return errors.Is(err, os.ErrProcessDone)
	}
	defer func() { _ = p.Release() }() // nothing to do about a handle that can't be closed
	err = p.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}

// Release implements fleet.Store. What another process holds stays.
func (s *Store) Release(ctx context.Context, account string, name fleet.Name) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM leases WHERE account = ? AND fleet = ? AND holder = ?`, account, string(name), s.holder)
	return s.fail("give the lease back in", err)
}

// Recent implements fleet.Store.
func (s *Store) Recent(ctx context.Context, account string, name fleet.Name, since time.Time) ([]fleet.Ended, error) {
	const op = "read the journal"
	rows, err := s.db.QueryContext(ctx, `SELECT id, region, kind, request, at, ended, result, coalesce(failure, '') FROM intents
		WHERE account = ? AND fleet = ? AND ended IS NOT NULL AND ended >= ? ORDER BY at, rowid`, account, string(name), nanos(since))
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	var out []fleet.Ended
	for rows.Next() {
		e := fleet.Ended{Intent: fleet.Intent{Account: account, Fleet: name}}
		var at, ended int64
		var request, result []byte
		if err := rows.Scan(&e.ID, &e.Region, &e.Kind, &request, &at, &ended, &result, &e.Failure); err != nil {
			return nil, s.fail(op, err)
		}
		e.At, e.EndedAt, e.Request, e.Result = when(at), when(ended), request, result
		out = append(out, e)
	}
	return out, s.fail(op, rows.Err())
}
