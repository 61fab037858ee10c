package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"spot-tui/fleet"
)

var boardStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// boardModel has one instance per stage in us-west-2, and one more elsewhere.
func boardModel(stages ...fleet.Stage) *model {
	m := newModel()
	for n, st := range stages {
		id := fleet.InstanceID(fmt.Sprintf("i-%d", n))
		m.instances[id] = fleet.Instance{ID: id, Region: "us-west-2", Stage: st}
	}
	m.instances["i-x"] = fleet.Instance{ID: "i-x", Region: "eu-west-1", Stage: fleet.StageReady}
	m.regions = []fleet.RegionStatus{{Region: "us-west-2"}, {Region: "eu-west-1"}}
	return m
}

func boardPlan() fleet.Plan {
	return fleet.Plan{Regions: []fleet.RegionPlan{{Region: "us-west-2", Want: 4}, {Region: "eu-west-1", Want: 1}, {Region: "eu-north-1", Problem: &fleet.Error{Op: "plan", Err: fmt.Errorf("no\x1b[2Jcapacity")}}}}
}

func TestBoardCountsALaunch(t *testing.T) {
	t.Parallel()
	m := boardModel(fleet.StageReady, fleet.StageReady, fleet.StageSettingUp, fleet.StageFailed, fleet.StageGone)
	b := launchBoard(boardPlan(), m, boardStart)
	b.take(m, fleet.Batch{At: boardStart.Add(3 * time.Second), Logs: []fleet.LogLine{{Region: "us-west-2", Instance: "i-2", Text: "setup: unpacking"}, {Text: "of no region"}}}, "op")
	got := strings.Split(ansi.Strip(strings.Join(b.lines(200, 24, boardStart.Add(65*time.Second)), "\n")), "\n")
	want := []string{
		"REGION      ASKED  GOT  READY  FAILED",
		"us-west-2       4    4      2       1  ████████xxxx▒▒▒▒    1m5s  i-2: setup: unpacking",
		"eu-west-1       1    1      1       0  ████████████████      0s",
		"eu-north-1      0    0      0       0  ················      0s  plan: nocapacity",
		"all             5    5      3       1  █████████xxx▒▒▒▒    1m5s",
	}
	for n, w := range want {
		if n >= len(got) || strings.TrimRight(got[n], " ") != w {
			t.Errorf("line %d:\n%s\nwant\n%s", n, got[min(n, len(got)-1)], w)
		}
	}
	b.ascii = true
	if s := ansi.Strip(strings.Join(b.lines(200, 24, boardStart), "\n")); strings.ContainsFunc(s, func(r rune) bool { return r > 126 }) {
		t.Errorf("ASCII only was asked for:\n%s", s)
	}
}

func TestBoardCountsADestroy(t *testing.T) {
	t.Parallel()
	m := boardModel(fleet.StageReady, fleet.StageReady, fleet.StageReady)
	some := destroyBoard(fleet.DestroyRequest{Scope: fleet.ScopeInstances, Instances: []fleet.InstanceID{"i-0", "i-1"}}, m, boardStart)
	all := destroyBoard(fleet.DestroyRequest{Scope: fleet.ScopeFleet, Instances: []fleet.InstanceID{"i-0", "i-1", "i-2", "i-x"}}, m, boardStart)
	for id, st := range map[fleet.InstanceID]fleet.Stage{"i-0": fleet.StageGone, "i-1": fleet.StageShuttingDown, "i-late": fleet.StagePending} {
		m.instances[id] = fleet.Instance{ID: id, Region: "us-west-2", Stage: st}
	}
	for name, c := range map[string]struct {
		b    *board
		rows int
		want [3]int // asked, leaving, gone
	}{
		"instances": {some, 1, [3]int{2, 1, 1}},
		"the fleet": {all, 2, [3]int{5, 1, 1}},
	} {
		c.b.take(m, fleet.Batch{At: boardStart}, "op")
		sum := c.b.total()
		if len(c.b.rows) != c.rows || [3]int(sum.counts) != c.want {
			t.Errorf("%s: %d rows, %v; want %d, %v", name, len(c.b.rows), sum.counts, c.rows, c.want)
		}
	}
}

func TestBoardFitsEveryTerminal(t *testing.T) {
	t.Parallel()
	m := boardModel(fleet.StageReady, fleet.StageSettingUp)
	p := boardPlan()
	for n := range 30 {
		p.Regions = append(p.Regions, fleet.RegionPlan{Region: fleet.Region(fmt.Sprintf("xx-number-%d", n)), Want: 1})
	}
	b := launchBoard(p, m, boardStart)
	b.row("us-west-2").last = strings.Repeat("wide 漢字 ", 50)
	for width := 1; width <= 200; width++ {
		for _, height := range []int{1, 2, 3, 4, 10, 24, 60} {
			lines := b.lines(width, height, boardStart.Add(time.Hour))
			if len(lines) > height {
				t.Fatalf("%d lines on %d", len(lines), height)
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > width {
					t.Fatalf("a line is %d wide on %d: %q", w, width, l)
				}
			}
		}
	}
}

func TestLiveWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := &live{out: &out}
	emu := vt.NewEmulator(20, 10)
	defer emu.Close()
	step := func(width int, lines ...string) string {
		out.Reset()
		l.draw(lines, width)
		s := out.String()
		if _, err := emu.WriteString(s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	shows := func(want string) {
		t.Helper()
		if got := strings.TrimRight(emu.String(), " \n"); got != want {
			t.Errorf("the screen shows\n%q, want\n%q", got, want)
		}
	}
	step(20, "head", "one 1", "two 1")
	shows("head\none 1\ntwo 1")
	s := step(20, "head", "one 1", "two 22")
	shows("head\none 1\ntwo 22")
	if strings.Contains(s, "head") || strings.Contains(s, "one") || strings.Contains(s, "\x1b[2J") {
		t.Errorf("it wrote what had not changed: %q", s)
	}
	if !strings.HasPrefix(s, ansi.SetModeSynchronizedOutput) || !strings.HasSuffix(s, ansi.ResetModeSynchronizedOutput) {
		t.Errorf("not one synchronized update: %q", s)
	}
	if s := step(20, "head", "one 1", "two 22"); s != "" {
		t.Errorf("nothing changed, but it wrote %q", s)
	}
	if _, err := emu.WriteString("^C"); err != nil { // what the terminal echoes
		t.Fatal(err)
	}
	step(20, "head", "two 3")
	shows("head\ntwo 3")
	step(20, "head", "two 3", "three", "four")
	shows("head\ntwo 3\nthree\nfour")
	if s := step(12, "head", "two 3", "three", "four"); !strings.Contains(s, "head") {
		t.Errorf("after a resize all is drawn anew: %q", s)
	}
	shows("head\ntwo 3\nthree\nfour")
}
