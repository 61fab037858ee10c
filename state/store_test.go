package state

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// raw opens the file as any other program would.
func raw(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestTheFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "new")
	s := open(t, dir)
	if err := s.Begin(t.Context(), intent("a")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fileName)
	check := func() {
		t.Helper()
		for path, want := range map[string]fs.FileMode{dir: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600} {
			i, err := os.Stat(path)
			if err != nil || i.Mode().Perm() != want {
				t.Errorf("%s: %v %v", path, i, err)
			}
		}
	}
	check()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	check()
}

// Each connection syncs fully: that is what makes Begin's promise true.
func TestACommitIsSynced(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "busy_timeout": fmt.Sprint(patience.Milliseconds())} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

func TestTwoStoresOnOneFolder(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	stores := []*Store{open(t, dir), open(t, dir)}
	var wg sync.WaitGroup
	for n, s := range stores {
		for g := range 2 {
			wg.Go(func() {
				for i := range 15 {
					id := fmt.Sprint(n, "-", g, "-", i)
					if err := s.Begin(ctx, intent(id)); err != nil {
						t.Error(err)
					}
					if err := s.SaveInstances(ctx, "1", "f", []fleet.Instance{{ID: fleet.InstanceID(id)}}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	for _, s := range stores {
		is, err := s.Open(ctx, "1", "f")
		if err != nil || len(is) != 60 {
			t.Errorf("%d %v", len(is), err)
		}
		if is, err := s.Instances(ctx, "1", "f"); err != nil || len(is) != 60 {
			t.Errorf("%d %v", len(is), err)
		}
	}
}

func TestManyOpenANewFolderAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for n := range 8 { // and closes it: the log comes and goes under the others
		wg.Go(func() {
			s, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Begin(t.Context(), intent(fmt.Sprint(n))); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if is, err := open(t, dir).Open(t.Context(), "1", "f"); err != nil || len(is) != 8 {
		t.Errorf("%d %v", len(is), err)
	}
}

// Opening a current file does not wait for a process that is writing.
func TestOpeningDoesNotWaitForAWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	tx, err := s.db.BeginTx(t.Context(), nil) // immediate: it holds the write lock
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	open(t, dir)
	if took := time.Since(began); took > patience/2 {
		t.Errorf("opening took %s", took)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
}

func TestItWorksInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir, ctx := t.TempDir(), t.Context()
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		other, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for n, s := range []*Store{s, other} {
			wg.Go(func() {
				for i := range 10 {
					in := intent(fmt.Sprint(n, "-", i))
					in.At = time.Now()
					if err := s.Begin(ctx, in); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		is, err := s.Open(ctx, "1", "f")
		if err != nil || len(is) != 20 || is[0].At.Year() != 2000 {
			t.Errorf("%d %v", len(is), err)
		}
		if err := errors.Join(s.Close(), other.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestAHeldFileIsSaid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := raw(t, dir)
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x (y)"); err != nil {
		t.Fatal(err)
	}
	const short = 50 * time.Millisecond
	began := time.Now()
	_, err := openWithin(dir, short)
	if took := time.Since(began); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "end the other spot-tui") || took < short {
		t.Errorf("after %s: %v", took, err)
	}
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir) // it was let go
}

// A file of each older version is brought up to date and keeps what it holds.
func TestMigrations(t *testing.T) {
	t.Parallel()
	steps := migrations()
	for from := range steps {
		t.Run(fmt.Sprint("from ", from), func(t *testing.T) {
			t.Parallel()
			dir, ctx := t.TempDir(), t.Context()
			db := raw(t, dir)
			for _, step := range steps[:from] {
				if _, err := db.Exec(step); err != nil {
					t.Fatal(err)
				}
			}
			if from > 0 { // what the first version holds, written as it wrote it
				if _, err := db.Exec(`INSERT INTO intents (id, account, fleet, region, kind, request, at) VALUES ('old', '1', 'f', 'us-west-2', 'launch', x'7b7d', 5);
					INSERT INTO instances VALUES ('1', 'f', 'i-1', 5, '{"id":"i-1","stage":"ready"}');
					INSERT INTO receipts (account, fleet, at, body) VALUES ('1', 'f', 5, '{"fleet":"f","left":2}')`); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.Exec(fmt.Sprintf("PRAGMA user_version = %d", from)); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir)
			var have int
			if err := s.db.QueryRow("PRAGMA user_version").Scan(&have); err != nil || have != len(steps) {
				t.Fatalf("version %d: %v", have, err)
			}
			if err := s.AppendEvents(ctx, "1", "f", []fleet.Event{{Seq: 1, Text: "new"}}); err != nil {
				t.Error(err)
			}
			if from == 0 {
				return
			}
			is, err := s.Open(ctx, "1", "f")
			if err != nil || len(is) != 1 || is[0].ID != "old" || string(is[0].Request) != "{}" {
				t.Errorf("%+v %v", is, err)
			}
			if is, err := s.Instances(ctx, "1", "f"); err != nil || len(is) != 1 || is[0].Stage != fleet.StageReady {
				t.Errorf("%+v %v", is, err)
			}
			if r, ok, err := s.LastReceipt(ctx, "1", "f"); err != nil || !ok || r.Left != 2 {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		s, err := Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
