package state

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// two opens two stores on one folder, as two processes would.
func two(t *testing.T) (a, b *Store, dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, s := range []**Store{&a, &b} {
		st, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		*s = st
	}
	return a, b, dir
}

// lease takes it and says whether that worked.
func lease(t *testing.T, s *Store, name fleet.Name) (string, bool) {
	t.Helper()
	by, ok, err := s.Lease(t.Context(), "1", name, 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return by, ok
}

func TestALeaseHasOneHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := two(t)
		for range 2 { // taking it again prolongs it
			if _, ok := lease(t, a, "f"); !ok {
				t.Fatal("a free lease was refused")
			}
		}
		if by, ok := lease(t, b, "f"); ok || !strings.Contains(by, "process") {
			t.Errorf("a second holder: %q, %v", by, ok)
		}
		if _, ok := lease(t, b, "other"); !ok {
			t.Error("another fleet's lease was refused")
		}
		if err := b.Release(t.Context(), "1", "f"); err != nil {
			t.Fatal(err)
		}
		if _, ok := lease(t, b, "f"); ok {
			t.Error("releasing what another holds gave it away")
		}
		<-time.After(31 * time.Second)
		if _, ok := lease(t, b, "f"); !ok {
			t.Error("a lease must end with its time")
		}
		if _, ok := lease(t, a, "f"); ok {
			t.Error("the old holder got it back")
		}
		if err := b.Release(t.Context(), "1", "f"); err != nil {
			t.Fatal(err)
		}
		if _, ok := lease(t, a, "f"); !ok {
			t.Error("a released lease was refused")
		}
	})
}

func TestClosingGivesLeasesBack(t *testing.T) {
	a, b, _ := two(t)
	lease(t, a, "f")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := lease(t, b, "f"); !ok {
		t.Error("still held")
	}
}

// A process that was killed holds nothing: nobody has to wait for its time.
func TestTheLeaseOfADeadProcessIsFree(t *testing.T) {
	a, b, _ := two(t)
	lease(t, a, "f")
	gone := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.db.Exec(`UPDATE leases SET pid = ?`, gone.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if by, ok := lease(t, b, "f"); !ok {
		t.Errorf("held by the dead %s", by)
	}
	if _, err := a.db.Exec(`UPDATE leases SET pid = ?, host = 'elsewhere', holder = 'x'`, gone.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if _, ok := lease(t, b, "f"); ok {
		t.Error("nothing is known of a process on another machine")
	}
}

func TestRecentShowsWhatEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, _ := two(t)
		for _, id := range []string{"one", "two", "open"} {
			in := fleet.Intent{ID: id, Account: "1", Fleet: "f", Region: "us-west-2", Kind: fleet.IntentGroup, Request: []byte(`{}`), At: time.Now()}
			if err := a.Begin(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Minute)
		}
		if err := a.End(t.Context(), "one", json.RawMessage(`"sg-1"`), nil); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		since := time.Now()
		if err := a.End(t.Context(), "two", nil, errors.New("no")); err != nil {
			t.Fatal(err)
		}
		all, err := a.Recent(t.Context(), "1", "f", time.Time{})
		if err != nil || len(all) != 2 || all[0].ID != "one" || string(all[0].Result) != `"sg-1"` || all[0].Failure != "" || all[1].Failure != "no" {
			t.Errorf("all: %+v, %v", all, err)
		}
		if late, err := a.Recent(t.Context(), "1", "f", since); err != nil || len(late) != 1 || late[0].ID != "two" {
			t.Errorf("late: %+v, %v", late, err)
		}
	})
}
