package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"spot-tui/fleet"
)

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
