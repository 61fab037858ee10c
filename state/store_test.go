package state

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"spot-tui/fleet"
)

// killMe makes this test binary a process that journals until it is killed.
const killMe = "SPOT_TUI_TEST_JOURNAL_IN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killMe); dir != "" {
		journalForEver(dir)
	}
	os.Exit(m.Run())
}

func journalForEver(dir string) {
	s, err := Open(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for n := 0; ; n++ {
		id := fmt.Sprintf("launch-%06d", n)
		if err := s.Begin(context.Background(), intent(id)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(id) // acknowledged
	}
}

func intent(id string) fleet.Intent {
	return fleet.Intent{ID: id, Account: "1", Fleet: "f", Region: "us-west-2", Kind: fleet.IntentLaunch, Request: json.RawMessage(`{"count":3}`), At: time.Unix(1, 2)}
}

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

func TestJournalKnowsWhatIsOpen(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, t.TempDir()), t.Context()
	for _, id := range []string{"a", "b"} {
		if err := s.Begin(ctx, intent(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(ctx, "a", json.RawMessage(`{}`), errors.New("no capacity")); err != nil {
		t.Fatal(err)
	}
	is, err := s.Open(ctx, "1", "f")
	if err != nil || len(is) != 1 || !reflect.DeepEqual(is[0], intent("b")) {
		t.Fatalf("%+v %v", is, err)
	}
	if is, _ := s.Open(ctx, "2", "f"); len(is) != 0 {
		t.Error("another account has its own journal")
	}
	if err := s.Begin(ctx, intent("b")); err != nil {
		t.Fatalf("the identical request is begun again after a crash: %v", err)
	}
	if is, _ := s.Open(ctx, "1", "f"); len(is) != 1 {
		t.Errorf("begun twice is one intent: %+v", is)
	}
}

func TestInstancesComeBackWhole(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	at := time.Date(2026, 11, 23, 12, 0, 0, 5, time.UTC)
	want := fleet.Instance{
		ID: "i-1", Region: "r", Zone: "ra", Type: "t3.micro", State: fleet.StateRunning, Stage: fleet.StageSettingUp,
		Step: fleet.Step{Name: "setup", Index: 1, Of: 2, Percent: 50, Detail: "x"}, Reason: "why", PublicIP: "1.2.3.4", PrivateIP: "10.0.0.1",
		Launch: "l-1", LaunchedAt: at, EndsAt: at, StageSince: at, GoneAt: at, Price: fleet.Price{USD: 0.01, Known: true, Reason: "r", AsOf: at},
		Image: "ami-1", SpotRequest: "sir-1", Subnet: "s", VPC: "v", Arch: "arm64", User: "ubuntu", Owner: "me", SeenAt: at, Rev: 7,
	}
	for v, f := reflect.ValueOf(want), 0; f < v.NumField(); f++ {
		if v.Field(f).IsZero() {
			t.Fatalf("the test does not set %s", v.Type().Field(f).Name)
		}
	}
	s := open(t, dir)
	if err := s.SaveInstances(ctx, "1", "f", []fleet.Instance{{ID: "i-1"}, want}); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir).Instances(ctx, "1", "f") // a second process
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Fatalf("%+v %v", got, err)
	}
	r := fleet.Receipt{Fleet: "f", Account: "1", Removed: map[fleet.ResourceKind]int{fleet.KindOfInstance: 3}, FinishedAt: at}
	if err := s.SaveReceipt(ctx, "1", r); err != nil {
		t.Fatal(err)
	}
	if rs, err := s.Receipts(ctx, "1", "f"); err != nil || len(rs) != 1 || rs[0].Removed[fleet.KindOfInstance] != 3 {
		t.Fatalf("%+v %v", rs, err)
	}
}

func TestTwoStoresOnOneFolder(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	stores := []*Store{open(t, dir), open(t, dir)}
	var wg sync.WaitGroup
	for n, s := range stores {
		wg.Go(func() {
			for i := range 25 {
				if err := s.Begin(ctx, intent(fmt.Sprint(n, "-", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if is, err := stores[0].Open(ctx, "1", "f"); err != nil || len(is) != 50 {
		t.Fatalf("%d %v", len(is), err)
	}
}

func TestWhatWasAcknowledgedSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), killMe+"="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := 0
	for sc := bufio.NewScanner(out); sc.Scan(); {
		if !strings.HasPrefix(sc.Text(), "launch-") {
			t.Fatal(sc.Text())
		}
		if said++; said == 40 {
			_ = c.Process.Kill() // in the middle of whatever it does
		}
	}
	if err := c.Wait(); err == nil {
		t.Fatal("it was to be killed")
	}
	is, err := open(t, dir).Open(t.Context(), "1", "f")
	if err != nil || len(is) < said {
		t.Fatalf("%d were acknowledged, %d are there: %v", said, len(is), err)
	}
}

func TestABadFileIsSaidAndLeftAlone(t *testing.T) {
	t.Parallel()
	t.Run("newer", func(t *testing.T) {
		dir := t.TempDir()
		s := open(t, dir)
		if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); !errors.Is(err, errNewer) || !strings.Contains(err.Error(), "SPOT_TUI_HOME") {
			t.Errorf("%v", err)
		}
	})
	t.Run("corrupt", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, fileName)
		junk := []byte(strings.Repeat("this is no database ", 500))
		if err := os.WriteFile(path, junk, 0o600); err != nil {
			t.Fatal(err)
		}
		var p *Problem
		if _, err := Open(dir); !errors.As(err, &p) || !strings.Contains(err.Error(), "move it aside") {
			t.Errorf("%v", err)
		}
		if b, _ := os.ReadFile(path); string(b) != string(junk) {
			t.Error("the damaged file was changed")
		}
	})
	t.Run("a file in the folder's place", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil {
			t.Error("it must be refused")
		}
	})
}

func TestTheFileIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	open(t, dir)
	for path, want := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, fileName): 0o600} {
		i, err := os.Stat(path)
		if err != nil || i.Mode().Perm() != want {
			t.Errorf("%s: %v %v", path, i.Mode(), err)
		}
	}
}
