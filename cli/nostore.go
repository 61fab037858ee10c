package cli

import (
	"context"
	"encoding/json"
	"time"

	"spot-tui/fleet"
)

// noStore stands in for a store that can't be opened: it refuses to begin
// anything, so nothing is launched untracked, and has nothing to tell.
type noStore struct{ why error }

var _ fleet.Store = noStore{}

// Begin refuses: an intent that is not on disk must not be carried out.
func (n noStore) Begin(_ context.Context, i fleet.Intent) error {
	if i.Kind == fleet.IntentDestroy {
		return nil // destroying needs no journal: the tags say what is left
	}
	return n.why
}

// End has nothing to end.
func (n noStore) End(context.Context, string, json.RawMessage, error) error { return nil }

// Open knows of no intent.
func (n noStore) Open(context.Context, string, fleet.Name) ([]fleet.Intent, error) { return nil, nil }

// Recent knows of no intent.
func (n noStore) Recent(context.Context, string, fleet.Name, time.Time) ([]fleet.Ended, error) {
	return nil, nil
}

// Lease grants it: nothing is launched without a store, and a destroy must not be kept.
func (n noStore) Lease(context.Context, string, fleet.Name, time.Duration) (string, bool, error) {
	return "", true, nil
}

// Release has nothing to give back.
func (n noStore) Release(context.Context, string, fleet.Name) error { return nil }

// SaveInstances says why nothing can be saved.
func (n noStore) SaveInstances(context.Context, string, fleet.Name, []fleet.Instance) error {
	return n.why
}

// Instances knows of none.
func (n noStore) Instances(context.Context, string, fleet.Name) ([]fleet.Instance, error) {
	return nil, nil
}

// SaveReceipt says why it can't be saved.
func (n noStore) SaveReceipt(context.Context, string, fleet.Receipt) error { return n.why }

// SaveCommand says why it can't be saved.
func (n noStore) SaveCommand(context.Context, string, fleet.Name, string) error { return n.why }

// Commands knows of none.
func (n noStore) Commands(context.Context, string, fleet.Name, int) ([]string, error) {
	return nil, nil
}

// SaveBenches keeps nothing: the engine remembers until its end.
func (n noStore) SaveBenches(context.Context, string, []fleet.Bench) error { return nil }

// Benches knows of none.
func (n noStore) Benches(context.Context, string) ([]fleet.Bench, error) { return nil, nil }

// LiftBench has nothing to forget.
func (n noStore) LiftBench(context.Context, string, fleet.Bench) error { return nil }

// SaveEntries keeps nothing: the engine counts until its end.
func (n noStore) SaveEntries(context.Context, string, fleet.Name, []fleet.Entry) error { return nil }

// Entries knows of none.
func (n noStore) Entries(context.Context, string, fleet.Name) ([]fleet.Entry, error) { return nil, nil }

// CloseEntries has none to close.
func (n noStore) CloseEntries(context.Context, string, fleet.Name, time.Time) error { return nil }

// SaveTariffs keeps nothing: prices are read again.
func (n noStore) SaveTariffs(context.Context, string, fleet.Region, map[fleet.Place]fleet.Tariff) error {
	return nil
}

// Tariffs knows of none.
func (n noStore) Tariffs(context.Context, string, fleet.Region) (map[fleet.Place]fleet.Tariff, error) {
	return nil, nil
}

// Watched knows of nothing.
func (n noStore) Watched(context.Context, string, fleet.Name, fleet.Region, time.Time) (time.Time, error) {
	return time.Time{}, nil
}

// Close has nothing to close.
func (n noStore) Close() error { return nil }
