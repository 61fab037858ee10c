package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// runOf opens the page of a run over hosts, as they stand.
func runOf(z size, hosts ...fleet.HostResult) (*model, *runView, *fleet.Run) {
	m := open(Options{}, z, steady())
	blank := make([]fleet.HostResult, len(hosts))
	for n, h := range hosts {
		blank[n] = fleet.HostResult{Instance: h.Instance, Size: -1}
	}
	r := fleet.NewRun("run-1", "uptime", now(), blank, nil)
	for _, h := range hosts {
		r.Record(h)
	}
	m.startCopy(nil, "uptime", nil)
	v := m.over.(*runView)
	v.run = r
	v.take(m, runMsg{snap: r.Snapshot()})
	m.dirty = true
	return m, v, r
}

func host(n int, h fleet.HostResult) fleet.HostResult {
	h.Instance, h.Zone = fleet.InstanceID(fmt.Sprintf("i-%d", n)), "us-west-2a"
	return h
}

// The cursor is bound to an instance: it goes with it into its group, and a group
// that comes before it does not push it away.
func TestTheRunsCursorGoesWithItsInstance(t *testing.T) {
	t.Parallel()
	working := fleet.HostResult{Phase: fleet.PhaseWorking}
	m, v, r := runOf(size{120, 40}, host(1, working), host(2, working), host(3, working))
	press(m, "j")
	if h, _ := v.chosen(); h.Instance != "i-2" {
		t.Fatalf("the cursor is on %s, want i-2", h.Instance)
	}
	for _, n := range []int{1, 3} {
		r.Record(host(n, fleet.HostResult{Done: true, Output: "a\nb\nc\n"}))
	}
	v.take(m, runMsg{snap: r.Snapshot()})
	m.dirty = true
	if line := cursorLine(m); !strings.Contains(line, "i-2") || !strings.Contains(line, "running") {
		t.Errorf("the cursor is on %q", line)
	}
	r.Record(host(2, fleet.HostResult{Done: true, Exit: fleet.ExitStatus{Code: 3}}))
	v.take(m, runMsg{snap: r.Snapshot()})
	m.dirty = true
	if line := cursorLine(m); !strings.Contains(line, "1 host, exit 3") {
		t.Errorf("after its end the cursor is on %q", line)
	}
	press(m, "g")
	if line := cursorLine(m); !strings.Contains(line, "2 hosts, exit 0") {
		t.Errorf("g goes to %q", line)
	}
	press(m, "G", "tab")
	if line := cursorLine(m); !strings.Contains(line, "2 hosts, exit 0") {
		t.Errorf("from the last Tab goes to %q", line)
	}
}

// cursorLine is the line that the cursor marks.
func cursorLine(m *model) string {
	for _, l := range strings.Split(m.plain(), "\n") {
		if strings.HasPrefix(l, "▌") {
			return l
		}
	}
	return ""
}

// X ends it on one instance, once more on all; Ctrl+C on all, and then it is the
// way out.
func TestCancelOneThenAll(t *testing.T) {
	t.Parallel()
	f := &cancelFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	press(m, "*", "x", "w", "enter", "j", "X")
	v := m.over.(*runView)
	if h, _ := v.chosen(); v.stopped || v.one != h.Instance || !strings.Contains(m.toast, "canceled on "+string(h.Instance)) {
		t.Fatalf("X: all stopped %v, one %q, said %q", v.stopped, v.one, m.toast)
	}
	if f.all != 0 {
		t.Fatal("X on one instance canceled all")
	}
	press(m, "X")
	if f.all != 1 {
		t.Errorf("X again canceled all %d times", f.all)
	}
	f.all = 0
	press(m, "esc", "x", "w", "enter", "ctrl+c")
	if _, ok := m.over.(*runView); !ok || f.all != 1 {
		t.Errorf("Ctrl+C canceled %d runs, %T is in front", f.all, m.over)
	}
	press(m, "ctrl+c")
	if _, ok := m.over.(*quitPanel); !ok {
		t.Errorf("the second Ctrl+C opened %T", m.over)
	}
}

// cancelFace runs commands that never end, and counts what cancels all of them.
type cancelFace struct {
	fakeFace
	all int
}

func (f *cancelFace) Run(q fleet.RunRequest) (*fleet.Run, error) {
	hosts := make([]fleet.HostResult, len(q.Instances))
	for n, id := range q.Instances {
		hosts[n] = fleet.HostResult{Instance: id, Phase: fleet.PhaseWorking}
	}
	return fleet.NewRun("run-1", q.Line, now(), hosts, context.CancelFunc(func() { f.all++ })), nil
}

// All output of a group names its hosts, its files, and can be searched; that of
// a host that goes on grows.
func TestAllOutput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("line\n", 500) + "needle in it\n" + strings.Repeat("line\n", 500)
	m, v, _ := runOf(size{120, 40},
		host(1, fleet.HostResult{Done: true, Output: long, File: "/state/i-1.log", Cut: 7}),
		host(2, fleet.HostResult{Done: true, Output: long, File: "/state/i-2.log", Cut: 7}),
		host(3, fleet.HostResult{Phase: fleet.PhaseWorking, Output: "one\n"}))
	if shown := v.pics.lines[0]; len(shown) != 203 || !strings.Contains(shown[201], "801 more lines: enter shows all") {
		t.Error("a long output does not say where the rest is")
	}
	press(m, "enter")
	for _, want := range []string{"the same on 2 hosts: i-1 i-2", "all of i-2: /state/i-2.log", "of 1001"} {
		if !strings.Contains(m.plain(), want) {
			t.Errorf("the page does not say %q:\n%s", want, m.plain())
		}
	}
	press(m, "/", "n", "e", "e", "d", "enter")
	if !strings.Contains(m.plain(), "needle in it") {
		t.Error("what was searched is not on the screen")
	}
	if press(m, "&"); strings.Contains(m.plain(), " line ") || !strings.Contains(m.plain(), "needle in it") {
		t.Error("& lists what does not match")
	}
	press(m, "esc", "G", "enter")
	if !strings.Contains(m.plain(), "one") {
		t.Fatalf("the running host's output is not shown:\n%s", m.plain())
	}
	v.run.Record(host(3, fleet.HostResult{Phase: fleet.PhaseWorking, Output: "one\ntwo\n"}))
	v.take(m, runMsg{snap: v.run.Snapshot()})
	m.dirty = true
	if !strings.Contains(m.plain(), "two") {
		t.Error("the page of a host that goes on does not grow")
	}
}

// 10,000 hosts cost a frame about as much as few: only what is on the screen is drawn.
func TestALargeRunDrawsOnlyWhatIsSeen(t *testing.T) {
	t.Parallel()
	hosts := make([]fleet.HostResult, 10_000)
	for n := range hosts {
		hosts[n] = host(n, fleet.HostResult{Phase: fleet.PhaseWorking})
	}
	m, v, _ := runOf(size{120, 40}, hosts...)
	drawn := 0
	ls, from, total := v.window([]segment{{runHead, func(int) string { return "" }}, {len(hosts), func(int) string { drawn++; return "" }}}, 36)
	if drawn > 36 || len(ls) != 36 || from != 0 || total != len(hosts)+runHead {
		t.Errorf("drew %d of %d from %d: %d lines", drawn, total, from, len(ls))
	}
	press(m, "G")
	if line := cursorLine(m); !strings.Contains(line, "i-9999") {
		t.Errorf("G goes to %q", line)
	}
}

// Space marks the minority, m the group under the cursor.
func TestMarksFromARun(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, "space", "space", "space", "space", "x", "l", "s", "enter", "space")
	if n := len(m.rows.marks); n != 2 || m.over != nil {
		t.Errorf("space marked %d, want the one that differs and the one that failed", n)
	}
	press(m, "*", "x", "l", "s", "enter", "m")
	if n := len(m.rows.marks); n != 10 {
		t.Errorf("m marked %d, want the 10 of the largest group", n)
	}
}

// What a copy moves is summed up; a failed host does not hold the sum back.
func TestACopysTotals(t *testing.T) {
	t.Parallel()
	m, v, r := runOf(size{120, 40},
		host(1, fleet.HostResult{Phase: fleet.PhaseWorking, Moved: 10_000_000, Size: 40_000_000, Took: time.Second}),
		host(2, fleet.HostResult{Phase: fleet.PhaseWorking, Moved: 20_000_000, Size: 40_000_000, Took: time.Second}),
		host(3, fleet.HostResult{Done: true, Err: &fleet.Error{Op: "upload", Kind: fleet.KindDenied, Err: errors.New("refused")}, Size: -1}))
	r.Of(fleet.OpUpload)
	v.take(m, runMsg{snap: r.Snapshot()})
	m.dirty = true
	for _, want := range []string{"30.0 MB of 80.0 MB", "30.0 MB/s", "3s left", "1 failed", "2 going on"} {
		if !strings.Contains(m.plain(), want) {
			t.Errorf("it does not say %q:\n%s", want, m.plain())
		}
	}
}
