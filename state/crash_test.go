package state

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"spot-tui/fleet"
)

// journalIn makes this test binary a process that journals in that folder:
// for ever, or as often as journalTimes says.
const (
	journalIn    = "SPOT_TUI_TEST_JOURNAL_IN"
	journalTimes = "SPOT_TUI_TEST_JOURNAL_TIMES"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(journalIn); dir != "" {
		times, err := strconv.Atoi(os.Getenv(journalTimes))
		if err != nil {
			times = 1 << 30
		}
		if err := journal(dir, times); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// journal says each step on its own line once the store has acknowledged it.
// Every second intent is ended.
func journal(dir string, times int) error {
	s, err := Open(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	for n := range times {
		id := fmt.Sprintf("%d-%06d", os.Getpid(), n)
		if err := s.Begin(ctx, intent(id)); err != nil {
			return err
		}
		fmt.Println("begun", id)
		if err := s.SaveInstances(ctx, "1", "f", []fleet.Instance{{ID: fleet.InstanceID(id)}}); err != nil {
			return err
		}
		fmt.Println("saved", id)
		if n%2 == 0 {
			continue
		}
		if err := s.End(ctx, id, nil, nil); err != nil {
			return err
		}
		fmt.Println("ended", id)
	}
	return s.Close()
}

// child starts a process that journals and gives each line that it says to
// said, which may kill it. It gives how the process ended.
func child(t *testing.T, dir string, times string, said func(c *exec.Cmd, line string)) error {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), journalIn+"="+dir, journalTimes+"="+times)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for sc := bufio.NewScanner(out); sc.Scan(); {
		said(c, sc.Text())
	}
	return c.Wait()
}

func TestWhatWasAcknowledgedSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	begun, ended, saved := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for round := range 4 { // in the middle of whatever it does, four times on one file
		lines := 0
		err := child(t, dir, "for ever", func(c *exec.Cmd, line string) {
			word, id, _ := strings.Cut(line, " ")
			switch word {
			case "begun":
				begun[id] = true
			case "saved":
				saved[id] = true
			case "ended":
				ended[id] = true
			default:
				t.Error(line)
			}
			if lines++; lines == 20+7*round {
				_ = c.Process.Kill() // SIGKILL: nothing is flushed
			}
		})
		if err == nil {
			t.Fatal("it was to be killed")
		}
	}
	s, ctx := open(t, dir), t.Context()
	open, err := s.Open(ctx, "1", "f")
	if err != nil {
		t.Fatal(err)
	}
	is := map[string]bool{}
	for _, i := range open {
		is[i.ID] = true
	}
	for id := range begun {
		var n int
		if err := s.db.QueryRow("SELECT count(*) FROM intents WHERE id = ?", id).Scan(&n); err != nil || n != 1 {
			t.Errorf("%s was begun and is lost (%v)", id, err)
		}
		// One may have been ended unsaid, when the kill came between the commit and the word.
		if even := (id[len(id)-1]-'0')%2 == 0; even && !is[id] {
			t.Errorf("%s was begun, never ended and is not open", id)
		}
		if ended[id] && is[id] {
			t.Errorf("%s was ended and is open", id)
		}
	}
	kept, err := s.Instances(ctx, "1", "f")
	if err != nil || len(kept) < len(saved) || len(saved) == 0 {
		t.Errorf("%d instances were acknowledged, %d are there: %v", len(saved), len(kept), err)
	}
	var sound string
	if err := s.db.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("%s %v", sound, err)
	}
}

func TestTwoProcessesOnOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			err := child(t, dir, "20", func(_ *exec.Cmd, line string) {
				if !strings.HasPrefix(line, "begun ") && !strings.HasPrefix(line, "saved ") && !strings.HasPrefix(line, "ended ") {
					t.Error(line)
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := open(t, dir)
	if is, err := s.Open(t.Context(), "1", "f"); err != nil || len(is) != 20 {
		t.Errorf("%d %v", len(is), err)
	}
	if is, err := s.Instances(t.Context(), "1", "f"); err != nil || len(is) != 40 {
		t.Errorf("%d %v", len(is), err)
	}
}
