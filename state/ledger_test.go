package state

import (
	"database/sql"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"spot-tui/fleet"
)

func entry(id string, from time.Time) fleet.Entry {
	return fleet.Entry{
		Instance: fleet.InstanceID(id), Region: "r", Zone: "ra", Type: "t3.medium", Launch: "l-1", OnDemand: true, From: from, Shown: true,
		To: from.Add(time.Hour), Unsure: time.Minute, Taken: true, EndsAt: from.Add(8 * time.Hour),
		Pauses: []fleet.Stretch{{From: from.Add(time.Minute), To: from.Add(2 * time.Minute)}}, Address: true, DiskGiB: 8, OnDemandUSD: 0.04, Request: "sir-1",
	}
}

func TestTheLedgerIsKept(t *testing.T) {
	t.Parallel()
	at, dir, ctx := moment(), t.TempDir(), t.Context()
	s := open(t, dir)
	want := []fleet.Entry{entry("i-b", at), entry("i-a", at.Add(time.Second))}
	whole(t, reflect.ValueOf(fleet.Entry{ // Closed is set by its own method
		Instance: "i", Region: "r", Zone: "z", Type: "t", Launch: "l", OnDemand: true, From: at, Shown: true, To: at, Unsure: 1, Taken: true, EndsAt: at,
		Pauses: want[0].Pauses, Address: true, DiskGiB: 1, OnDemandUSD: 1, Request: "r", Closed: at,
	}), "Entry")
	if err := s.SaveEntries(ctx, "1", "f", want); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, open(t, dir)} { // also for another process
		if got, err := s.Entries(ctx, "1", "f"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
		}
	}
	if got, err := s.Entries(ctx, "2", "f"); err != nil || len(got) != 0 {
		t.Errorf("another account's: %+v %v", got, err)
	}
	if got, err := s.Entries(ctx, "1", "g"); err != nil || len(got) != 0 {
		t.Errorf("another fleet's: %+v %v", got, err)
	}
}

// A process that has seen less does not bring an ended instance back to life, and
// none takes an entry out of the life that it was closed with.
func TestAnEndStaysAnEnd(t *testing.T) {
	t.Parallel()
	at, ctx := moment(), t.Context()
	s := open(t, t.TempDir())
	ended, runs := entry("i-1", at), entry("i-2", at)
	runs.To, runs.Unsure = time.Time{}, 0
	old := ended
	old.To, old.Unsure = time.Time{}, 0
	better := ended
	better.To, better.Unsure = at.Add(30*time.Minute), 0
	for _, es := range [][]fleet.Entry{{ended, runs}, {old}} {
		if err := s.SaveEntries(ctx, "1", "f", es); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Entries(ctx, "1", "f"); err != nil || !got[0].To.Equal(ended.To) {
		t.Errorf("%+v %v", got, err)
	}
	if err := s.CloseEntries(ctx, "1", "f", at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveEntries(ctx, "1", "f", []fleet.Entry{better, runs}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Entries(ctx, "1", "f")
	if err != nil || !got[0].To.Equal(better.To) || !got[0].Closed.Equal(at.Add(time.Hour)) || !got[1].Closed.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
}

func TestPricesAreKept(t *testing.T) {
	t.Parallel()
	at, ctx := moment(), t.Context()
	s := open(t, t.TempDir())
	p := fleet.Place{Type: "t3.medium", Zone: "ra"}
	point := func(h int, usd float64) fleet.PriceChange {
		return fleet.PriceChange{At: at.Add(time.Duration(h) * time.Hour), USD: usd}
	}
	for _, trf := range []fleet.Tariff{
		{Points: []fleet.PriceChange{point(0, 0.1), point(2, 0.2)}, Since: at, Until: at.Add(3 * time.Hour)},
		{Points: []fleet.PriceChange{point(2, 0.2), point(4, 0.3)}, Since: at, Until: at.Add(5 * time.Hour)},
		{Since: at, Until: at.Add(4 * time.Hour)}, // of a process that is behind
	} {
		if err := s.SaveTariffs(ctx, "1", "r", map[fleet.Place]fleet.Tariff{p: trf}); err != nil {
			t.Fatal(err)
		}
	}
	want := map[fleet.Place]fleet.Tariff{p: {Points: []fleet.PriceChange{point(0, 0.1), point(2, 0.2), point(4, 0.3)}, Since: at, Until: at.Add(5 * time.Hour)}}
	if got, err := s.Tariffs(ctx, "1", "r"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	if got, err := s.Tariffs(ctx, "2", "r"); err != nil || len(got) != 0 {
		t.Errorf("zones have other names in another account: %+v %v", got, err)
	}
}

func TestWhenARegionWasWatched(t *testing.T) {
	t.Parallel()
	at, ctx := moment(), t.Context()
	s := open(t, t.TempDir())
	for _, c := range []struct{ now, was time.Time }{{at, time.Time{}}, {at.Add(time.Hour), at}, {at.Add(time.Minute), at.Add(time.Hour)}, {time.Time{}, at.Add(time.Hour)}} {
		if was, err := s.Watched(ctx, "1", "f", "r", c.now); err != nil || !was.Equal(c.was) {
			t.Errorf("%v before %v: %v", was, c.now, err)
		}
	}
}

// A file from before the ledger gets it, and keeps what it had.
func TestAFileWithoutALedgerGetsOne(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	s := open(t, dir)
	if err := s.SaveCommand(ctx, "1", "f", "uptime"); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"DROP TABLE ledger", "DROP TABLE spot_prices", "DROP TABLE spot_known", "DROP TABLE watched", "PRAGMA user_version = 5"} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir)
	if err := s.SaveEntries(ctx, "1", "f", []fleet.Entry{entry("i-1", moment())}); err != nil {
		t.Fatal(err)
	}
	if ls, err := s.Commands(ctx, "1", "f", 9); err != nil || len(ls) != 1 {
		t.Errorf("%v %v", ls, err)
	}
}
