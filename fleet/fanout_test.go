package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// scriptedShell answers commands by instance.
type scriptedShell struct {
	Shell
	run func(ctx context.Context, id InstanceID, c Command) (ExitStatus, error)
}

func (s *scriptedShell) Run(ctx context.Context, t Target, c Command) (ExitStatus, error) {
	return s.run(ctx, t.Instance, c)
}

func (s *scriptedShell) Verified(InstanceID) bool { return false }

// hosts gives an engine that knows n running instances and reaches them by run.
func hosts(t *testing.T, n int, run func(ctx context.Context, id InstanceID, c Command) (ExitStatus, error)) (*Engine, []InstanceID) {
	t.Helper()
	e := New(Options{Shell: &scriptedShell{run: run}, Spec: Spec{Name: "f", SSH: SSHSpec{User: "me"}}, OutputDir: t.TempDir()})
	t.Cleanup(e.Close)
	ids := make([]InstanceID, n)
	for i := range ids {
		ids[i] = InstanceID(fmt.Sprintf("i-%03d", i))
		e.feed.publish(&Instance{ID: ids[i], Region: "r", Zone: "ra", State: StateRunning, Stage: StageReady, PublicIP: "192.0.2.1", User: "me"})
	}
	return e, ids
}

func finish(t *testing.T, e *Engine, q RunRequest) RunSnapshot {
	t.Helper()
	r, err := e.Run(q)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRunEndsEachHostByItsOwnLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := &Error{Op: "run", Kind: KindNetwork, Err: errText("port 22 is closed")}
		var mu sync.Mutex
		tries := map[InstanceID]int{}
		e, ids := hosts(t, 6, func(ctx context.Context, id InstanceID, c Command) (ExitStatus, error) {
			mu.Lock()
			tries[id]++
			try := tries[id]
			mu.Unlock()
			switch id {
			case "i-000": // never takes it
				<-ctx.Done()
				return ExitStatus{}, ctx.Err()
			case "i-001": // takes it and says nothing
				c.Started()
				<-ctx.Done()
				return ExitStatus{}, ctx.Err()
			case "i-002": // always busy
				c.Started()
				for sleep(ctx, time.Second) {
					fmt.Fprintln(c.Stdout, "busy")
				}
				return ExitStatus{}, ctx.Err()
			case "i-003": // refuses at first
				if try < 4 {
					return ExitStatus{}, refused
				}
			case "i-004": // lost after it was taken: never tried again
				c.Started()
				return ExitStatus{}, &Error{Op: "run", Kind: KindUnknown, Err: errText("result unknown")}
			case "i-005":
				return ExitStatus{}, refused
			}
			c.Started()
			fmt.Fprintln(c.Stdout, "fine")
			return ExitStatus{}, nil
		})
		began := time.Now()
		s := finish(t, e, RunRequest{Instances: ids, Line: "true", Limits: Limits{Connect: 10 * time.Second, Idle: 20 * time.Second, Total: time.Minute}})
		if took := time.Since(began); took != time.Minute {
			t.Errorf("it took %s", took)
		}
		for i, want := range []string{"did not take it within 10s", "no sign of progress for 20s", "did not end within 1m0s", "", "result unknown", "port 22 is closed"} {
			h := s.Hosts[i]
			if h.Instance != ids[i] || !h.Done || h.Phase != PhaseEnded {
				t.Fatalf("%d: %+v", i, h)
			}
			if want == "" && (h.Err != nil || h.Output != "fine\n") || want != "" && (h.Err == nil || !strings.Contains(h.Err.Error(), want)) {
				t.Errorf("%s: %v %q, want %q", h.Instance, h.Err, h.Output, want)
			}
		}
		if tries["i-004"] != 1 || tries["i-005"] < 5 {
			t.Errorf("tried %v: again only what was not taken", tries)
		}
		if got := Count(s.Hosts).String(); got != "1 same, timed out: 4, result unknown: 1" {
			t.Error(got)
		}
	})
}

func TestRunCancelsOneHostAndThenAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, ids := hosts(t, 3, func(ctx context.Context, _ InstanceID, c Command) (ExitStatus, error) {
			c.Started()
			fmt.Fprintln(c.Stdout, "begun")
			<-ctx.Done()
			return ExitStatus{}, ctx.Err()
		})
		r, err := e.Run(RunRequest{Instances: ids, Line: "sleep 100"})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.CancelHosts(ids[1], "i-unknown")
		synctest.Wait()
		for i, h := range r.Snapshot().Hosts {
			if h.Done != (i == 1) {
				t.Errorf("%s: done %v", h.Instance, h.Done)
			}
		}
		r.Cancel()
		s, err := r.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range s.Hosts {
			if KindOf(h.Err) != KindCanceled || h.Output != "begun\n" {
				t.Errorf("%s: %v %q", h.Instance, h.Err, h.Output)
			}
		}
	})
}

func TestRunIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at, most := 0, 0
		counted := make(chan int)
		go func() {
			for d := range counted {
				at += d
				most = max(most, at)
			}
		}()
		e, ids := hosts(t, 50, func(ctx context.Context, _ InstanceID, c Command) (ExitStatus, error) {
			counted <- 1
			sleep(ctx, time.Second)
			counted <- -1
			return ExitStatus{}, nil
		})
		finish(t, e, RunRequest{Instances: ids, Line: "x", Parallel: 7})
		close(counted)
		synctest.Wait()
		if most != 7 {
			t.Errorf("%d at once, want 7", most)
		}
		if n := e.atOnce(1000); n != 64 {
			t.Errorf("%d at once although the engine allows 64", n)
		}
	})
}

func TestMuchOutputIsOnDiskAndNotInMemory(t *testing.T) {
	t.Parallel()
	const lines = 200_000
	e, ids := hosts(t, 2, func(_ context.Context, _ InstanceID, c Command) (ExitStatus, error) {
		c.Started()
		for i := range lines {
			fmt.Fprintf(c.Stdout, "line %07d\n", i)
		}
		fmt.Fprintln(c.Stderr, "the end")
		return ExitStatus{}, nil
	})
	s := finish(t, e, RunRequest{Instances: ids, Line: "much"})
	for _, h := range s.Hosts {
		if len(h.Output) > maxOutput+200 || !strings.HasPrefix(h.Output, "line 0000000\n") || !strings.HasSuffix(h.Output, "the end\n") {
			t.Fatalf("%d bytes: %.40q … %q", len(h.Output), h.Output, h.Output[len(h.Output)-40:])
		}
		if !strings.Contains(h.Output, fmt.Sprintf("[… %d bytes left out, all of it: %s]", h.Cut, h.File)) {
			t.Error("it does not say what is missing and where it is")
		}
		data, err := os.ReadFile(h.File)
		if err != nil {
			t.Fatal(err)
		}
		if want := lines*13 + len("the end\n"); len(data) != want || bytes.Count(data, []byte("\n")) != lines+1 || h.Cut <= 0 {
			t.Errorf("%d bytes on disk, want %d; cut %d", len(data), want, h.Cut)
		}
		if fi, err := os.Stat(h.File); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", fi.Mode(), err)
		}
	}
	if gs := Groups(s.Hosts); len(gs) != 1 {
		t.Errorf("%d groups of equal output", len(gs))
	}
}

func TestGroupsCompareAllOfTheOutput(t *testing.T) {
	t.Parallel()
	e, ids := hosts(t, 4, func(_ context.Context, id InstanceID, c Command) (ExitStatus, error) {
		c.Started()
		_, _ = c.Stdout.Write(bytes.Repeat([]byte("x"), 2*maxOutput))
		if id == "i-002" { // differs in what is kept nowhere but on disk
			_, _ = c.Stdout.Write([]byte("y"))
		}
		_, _ = c.Stdout.Write(bytes.Repeat([]byte("x"), 2*maxOutput))
		if id == "i-003" {
			return ExitStatus{Code: 4}, nil
		}
		return ExitStatus{}, nil
	})
	s := finish(t, e, RunRequest{Instances: ids, Line: "x"})
	gs := Groups(s.Hosts)
	if len(gs) != 3 || len(gs[0].Hosts) != 2 || gs[1].Hosts[0].Instance != "i-002" || !gs[2].Failed() {
		t.Errorf("%d groups", len(gs))
	}
	if got := Count(s.Hosts).String(); got != "2 same, 1 different, 1 failed" {
		t.Error(got)
	}
}

func TestOldRunFoldersGo(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	var last string
	for i := range keepRuns + 5 {
		last = runFolder(base, "run-1", time.Unix(int64(1000+i), 0))
		if err := os.MkdirAll(last, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	left, err := os.ReadDir(base + "/runs")
	if err != nil || len(left) != keepRuns {
		t.Errorf("%d folders are left, %v", len(left), err)
	}
	if _, err := os.Stat(last); err != nil {
		t.Error(err)
	}
}

func TestAFullDiskEndsTheFileAndNotTheRun(t *testing.T) {
	t.Parallel()
	e, ids := hosts(t, 1, func(_ context.Context, _ InstanceID, c Command) (ExitStatus, error) {
		c.Started()
		_, err := c.Stdout.Write(bytes.Repeat([]byte("x"), 3*maxOutput))
		return ExitStatus{}, err
	})
	e.opts.OutputDir = "/dev/null/nowhere" // can't be made, as on a disk that is full
	h := finish(t, e, RunRequest{Instances: ids, Line: "x"}).Hosts[0]
	if h.Err != nil || h.File != "" || !strings.Contains(h.Output, "left out, not kept: ") {
		t.Errorf("%v %q %.80q", h.Err, h.File, h.Output[len(h.Output)-200:])
	}
}

func TestFollowGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		e, ids := hosts(t, 1, func(ctx context.Context, _ InstanceID, c Command) (ExitStatus, error) {
			asked = append(asked, c.Line)
			switch len(asked) {
			case 1:
				c.Started()
				fmt.Fprint(c.Stdout, "one\ntwo \x1b[31mred\x1b[0m\n")
				return ExitStatus{}, &Error{Kind: KindUnknown, Err: errText("lost")}
			case 2:
				return ExitStatus{}, &Error{Kind: KindNetwork, Err: errText("refused")}
			case 3:
				c.Started()
				fmt.Fprint(c.Stdout, "three\n")
				<-ctx.Done()
				return ExitStatus{}, ctx.Err()
			}
			return ExitStatus{}, errors.New("asked too often")
		})
		tail, err := e.Follow(FollowRequest{Instances: ids, File: "~/it's.log", Lines: 5})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Second)
		lines, lost, open, err := tail.Next(t.Context(), 0)
		var got []string
		for _, l := range lines {
			got = append(got, l.Text)
		}
		want := []string{"one", "two red", "the connection is lost (lost); trying again", "connected again; lines in between may be missing", "three"}
		if err != nil || lost != 0 || !open || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q %d %v %v", got, lost, open, err)
		}
		if !strings.Contains(asked[0], `tail -n 5 -F "$HOME"/'it'\''s.log'`) || !strings.Contains(asked[2], "tail -n 0 -F") {
			t.Errorf("%q", asked)
		}
		tail.Close()
		synctest.Wait()
		if _, _, open, err := tail.Next(t.Context(), lines[len(lines)-1].Seq); open || err != nil {
			t.Errorf("it is open after Close: %v", err)
		}
	})
}

func TestTailForgetsTheOldestAndSaysHowMany(t *testing.T) {
	t.Parallel()
	tail := NewTail(1, nil)
	for i := range maxTail + 7 {
		tail.Record(TailLine{Text: fmt.Sprint(i)})
	}
	lines, lost, _, err := tail.Next(t.Context(), 0)
	if err != nil || len(lines) != maxTail || lost != 7 || lines[0].Text != "7" {
		t.Errorf("%d lines, %d lost, first %q, %v", len(lines), lost, lines[0].Text, err)
	}
	lines, lost, _, err = tail.Next(t.Context(), lines[len(lines)-2].Seq)
	if err != nil || len(lines) != 1 || lost != 0 {
		t.Errorf("%d lines, %d lost, %v", len(lines), lost, err)
	}
}

func TestOldTranscriptsGo(t *testing.T) {
	t.Parallel()
	k := newTranscripts(t.TempDir())
	k.prune() // nothing is there yet
	k.of("i-old").line("a")
	k.of("i-new").line("b")
	past := time.Now().Add(-keptFor - time.Hour)
	if err := os.Chtimes(k.of("i-old").path, past, past); err != nil {
		t.Fatal(err)
	}
	k.prune()
	if _, err := os.Stat(k.of("i-old").path); !os.IsNotExist(err) {
		t.Errorf("the old one is still there: %v", err)
	}
	if _, err := os.Stat(k.of("i-new").path); err != nil {
		t.Error(err)
	}
}
