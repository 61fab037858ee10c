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
	"syscall"
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

func TestABadFileIsSaidAndLeftAlone(t *testing.T) {
	t.Parallel()
	// refused opens dir, wants the reason and the words, and the file as it was.
	refused := func(t *testing.T, dir string, why error, words string) {
		t.Helper()
		path := filepath.Join(dir, fileName)
		before, _ := os.ReadFile(path)
		_, err := Open(dir)
		var p *Problem
		if !errors.As(err, &p) || why != nil && !errors.Is(err, why) || !strings.Contains(fmt.Sprint(err), words) || !strings.Contains(fmt.Sprint(err), dir) {
			t.Fatalf("%v", err)
		}
		if after, _ := os.ReadFile(path); string(before) != string(after) {
			t.Error("the file was changed")
		}
	}
	t.Run("newer", func(t *testing.T) {
		dir := t.TempDir()
		if err := open(t, dir).Begin(t.Context(), intent("a")); err != nil {
			t.Fatal(err)
		}
		if _, err := raw(t, dir).Exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, ErrNewer, "version 99")
	})
	t.Run("no database", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, ErrCorrupt, "move it aside")
	})
	t.Run("another program's database", func(t *testing.T) {
		dir := t.TempDir()
		if _, err := raw(t, dir).Exec("PRAGMA journal_mode = WAL; CREATE TABLE intents (x); PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, nil, "SPOT_TUI_HOME")
	})
	t.Run("cut short", func(t *testing.T) {
		dir := t.TempDir()
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 200 {
			if err := s.SaveInstances(t.Context(), "1", "f", []fleet.Instance{{ID: fleet.InstanceID(fmt.Sprint(n)), Reason: strings.Repeat("x", 300)}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil { // the last to close folds the log into the file
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, fileName), 3*4096); err != nil {
			t.Fatal(err)
		}
		s, err = Open(dir)
		if err == nil {
			defer s.Close()
			_, err = s.Instances(t.Context(), "1", "f")
		}
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "move it aside") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a file in the folder's place", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, path, nil, "SPOT_TUI_HOME")
	})
	t.Run("a folder in the file's place", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, nil, "there is a folder in its place")
	})
}

// What the system says is told apart by its code, as no test can make every
// disk full or every folder foreign (root may write anywhere).
func TestReasonsOfTheSystem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err   error
		why   error
		words string
	}{
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, ErrDenied, "writable"},
		{&fs.PathError{Op: "mkdir", Path: "x", Err: syscall.EROFS}, ErrDenied, "writable"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.ENOSPC}, ErrFull, "free some space"},
		{fmt.Errorf("%w (version 9)", ErrNewer), ErrNewer, "version 9"},
		{errors.New("odd"), nil, "odd"},
	} {
		err := problem("open the state file", "/s/state.db", "", tt.err)
		if tt.why != nil && !errors.Is(err, tt.why) || !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", tt.err, err)
		}
	}
	if problem("x", "y", "", nil) != nil {
		t.Error("no error is no problem")
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
