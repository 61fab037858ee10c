package state

import (
	"context"
	"time"

	"spot-tui/fleet"
)

// maxCommands is how many command lines of a fleet are kept.
const maxCommands = 500

// SaveCommand implements fleet.Store. A line that was run before moves to the front.
func (s *Store) SaveCommand(ctx context.Context, account string, name fleet.Name, line string) error {
	err := s.each(ctx, `INSERT INTO commands (account, fleet, line, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (account, fleet, line) DO UPDATE SET at = excluded.at`, 1, func(int) ([]any, error) {
		return []any{account, string(name), line, nanos(time.Now())}, nil
	})
	if err == nil {
		err = s.each(ctx, `DELETE FROM commands WHERE account = ? AND fleet = ? AND line NOT IN
			(SELECT line FROM commands WHERE account = ? AND fleet = ? ORDER BY at DESC LIMIT ?)`, 1, func(int) ([]any, error) {
			return []any{account, string(name), account, string(name), maxCommands}, nil
		})
	}
	return s.fail("save the command in", err)
}

// Commands implements fleet.Store.
func (s *Store) Commands(ctx context.Context, account string, name fleet.Name, n int) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT line FROM commands WHERE account = ? AND fleet = ? ORDER BY at DESC, line LIMIT ?`, account, string(name), n)
	if err != nil {
		return nil, s.fail("read the commands in", err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, s.fail("read the commands in", err)
		}
		lines = append(lines, line)
	}
	return lines, s.fail("read the commands in", rows.Err())
}
