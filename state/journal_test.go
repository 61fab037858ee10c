package state

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

func intent(id string) fleet.Intent {
	return fleet.Intent{
		ID: id, Account: "1", Fleet: "f", Region: "us-west-2", Kind: fleet.IntentLaunch,
		Request: json.RawMessage(`{"count":3}`), At: time.Unix(1, 2).UTC(),
	}
}

func TestJournalKnowsWhatIsOpen(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, t.TempDir()), t.Context()
	first, second := intent("b"), intent("a")
	second.At = second.At.Add(time.Second)
	for _, i := range []fleet.Intent{second, first, intent("done")} {
		if err := s.Begin(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(ctx, "done", json.RawMessage(`{}`), errors.New("no capacity")); err != nil {
		t.Fatal(err)
	}
	is, err := s.Open(ctx, "1", "f")
	if err != nil || !reflect.DeepEqual(is, []fleet.Intent{first, second}) {
		t.Fatalf("oldest first, whole: %+v %v", is, err)
	}
	for _, other := range [][2]string{{"2", "f"}, {"1", "g"}} {
		if is, err := s.Open(ctx, other[0], fleet.Name(other[1])); err != nil || len(is) != 0 {
			t.Errorf("%v has its own journal: %+v %v", other, is, err)
		}
	}
	var failure, result string
	if err := s.db.QueryRow("SELECT failure, result FROM intents WHERE id = 'done'").Scan(&failure, &result); err != nil || failure != "no capacity" || result != "{}" {
		t.Errorf("%q %q %v", failure, result, err)
	}
}

func TestBeganTwiceIsOneIntent(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, t.TempDir()), t.Context()
	later := intent("a")
	later.At, later.Request = later.At.Add(time.Hour), json.RawMessage(`{"count": 3, "new": null}`)
	if err := errors.Join(s.Begin(ctx, intent("a")), s.End(ctx, "a", nil, nil), s.Begin(ctx, later)); err != nil {
		t.Fatal(err)
	}
	want := intent("a")
	want.At = later.At // what came of it may be hidden from the last try on
	if is, err := s.Open(ctx, "1", "f"); err != nil || !reflect.DeepEqual(is, []fleet.Intent{want}) {
		t.Errorf("open again, with the first request and the new time: %+v %v", is, err)
	}
}

func TestBareIntent(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, t.TempDir()), t.Context()
	if err := s.Begin(ctx, fleet.Intent{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	if is, err := s.Open(ctx, "", ""); err != nil || len(is) != 1 || !is[0].At.IsZero() || len(is[0].Request) != 0 {
		t.Errorf("%+v %v", is, err)
	}
}

func TestAnEndNeedsABeginning(t *testing.T) {
	t.Parallel()
	if err := open(t, t.TempDir()).End(t.Context(), "never", nil, nil); !errors.Is(err, errNoIntent) {
		t.Error(err)
	}
}

// An error of Begin means that the intent is not there, and says so.
func TestAFailedBeginDidNothing(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, t.TempDir()), t.Context()
	if err := s.Begin(ctx, intent("before")); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Begin(gone, intent("canceled")); !errors.Is(err, context.Canceled) || fleet.KindOf(err) != fleet.KindCanceled || strings.Contains(err.Error(), "SPOT_TUI_HOME") {
		t.Errorf("%v", err)
	}
	if _, err := s.db.Exec("PRAGMA max_page_count = 1"); err != nil { // SQLite takes the present size instead: no page more
		t.Fatal(err)
	}
	big := intent("big")
	big.Request = json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)
	err := s.Begin(ctx, big)
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "nothing was done") || !strings.Contains(err.Error(), "the disk is full; free some space") {
		t.Errorf("%v", err)
	}
	if err := s.End(ctx, "before", nil, nil); err != nil {
		t.Errorf("what needs no space still works: %v", err)
	}
	if _, err := s.db.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(ctx, intent("after")); err != nil {
		t.Errorf("space was freed: %v", err)
	}
	if is, err := s.Open(ctx, "1", "f"); err != nil || len(is) != 1 || is[0].ID != "after" {
		t.Errorf("%+v %v", is, err)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var p *Problem
	if err := s.Begin(t.Context(), intent("a")); !errors.As(err, &p) || !strings.Contains(err.Error(), "nothing was done") {
		t.Error(err)
	}
}
