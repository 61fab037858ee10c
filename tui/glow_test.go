package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// news is a later batch in which one instance has got ready.
func news(after time.Duration) fleet.Batch {
	b := steady()
	b.At = now().Add(after)
	b.Instances = b.Instances[3:4]
	b.Instances[0].Stage, b.Instances[0].Step = fleet.StageReady, fleet.Step{}
	return b
}

// A cell that has changed glows for a second and no longer, the others don't; the
// clock that ends it stands still when nothing glows and nothing counts.
func TestAChangedCellGlowsForASecond(t *testing.T) {
	t.Parallel()
	quiet := steady()
	for n := range quiet.Instances {
		quiet.Instances[n].Stage, quiet.Instances[n].Track, quiet.Instances[n].Step = fleet.StageReady, nil, fleet.Step{}
	}
	m := open(Options{Theme: "dark"}, size{120, 40}, quiet)
	if m.View(); len(m.rows.glow) != 0 || m.pace() != slowTick {
		t.Errorf("the first facts glow: %v, and the pace is %v", m.rows.glow, m.pace())
	}
	b := news(time.Minute)
	b.Instances[0].Price.USD = 0.02
	id := b.Instances[0].ID
	before := m.row(m.rows.all[id].is, m.fitting(m.w))
	m.Update(batchMsg{b: b})
	m.View()
	g := m.rows.glow[id]
	if len(m.rows.glow) != 1 || !m.rows.glowing(g.cells, "$/H") || m.rows.glowing(g.cells, stageHead) || m.rows.glowing(g.cells, idHead) || m.pace() != fastTick {
		t.Fatalf("%v glow, at a pace of %v", m.rows.glow, m.pace())
	}
	glowing := m.row(m.rows.all[id].is, m.fitting(m.w))
	after := func() string { return m.row(m.rows.all[id].is, m.fitting(m.w)) }
	for _, r := range m.rows.shown {
		if text := m.row(r, m.fitting(m.w)); r.ID != id && r.ID != m.rows.at && strings.Contains(text, m.th.Blank.Render(" ", true)) {
			t.Errorf("%s glows too", r.ID)
		}
	}
	m.Update(tickMsg{n: m.clock.n, at: b.At.Add(500 * time.Millisecond)})
	if m.View(); m.rows.glow[id] != g || m.pace() != fastTick {
		t.Error("it does not glow for a second")
	}
	m.Update(tickMsg{n: m.clock.n, at: b.At.Add(time.Second)})
	if m.View(); after() == glowing || len(m.rows.glow) != 0 || m.pace() != slowTick {
		t.Errorf("after a second: %v, at a pace of %v", m.rows.glow, m.pace())
	}
	if ansi.Strip(before) == ansi.Strip(after()) {
		t.Error("the new price is not shown")
	}
}

func TestNothingGlowsWhereItShouldNot(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{"mono": {Theme: "mono"}, "ASCII": {Theme: "dark", ASCII: true}, "no colour": {Theme: "dark", NoColor: true}} {
		m := open(o, size{120, 40}, steady(), news(time.Minute))
		if len(m.rows.glow) != 0 {
			t.Errorf("%s: %v", name, m.rows.glow)
		}
	}
	m := open(Options{Theme: "dark"}, size{120, 40}, steady(), news(time.Minute))
	if len(m.rows.glow) != 1 {
		t.Fatalf("%v", m.rows.glow)
	}
	if m.Update(tea.BlurMsg{}); len(m.rows.glow) != 0 {
		t.Error("it glows although nobody looks")
	}
	m.Update(batchMsg{b: steady()})
	if len(m.rows.glow) != 0 {
		t.Error("news glow although nobody looks")
	}
}

// What a filter looks for is marked where it stands, in the columns that it looks
// into, and no row is wider for it.
func TestMatchesOfTheFilterAreMarked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		filter string
		marked []string
	}{
		{"west", []string{"west"}},
		{"zone:us-west-2a", []string{"us-west-2a"}},
		{"medium", []string{"medium"}},
		{"docker", []string{"docker"}},
		{"!west", nil},
		{"age>1m", nil},
	} {
		m := open(Options{Theme: "dark"}, size{120, 40}, steady())
		m.rows.filter = m.rows.filter.write(tt.filter)
		m.rows.refilter()
		m.rows.at = "" // the row under the cursor has another background
		found := map[string]bool{}
		for _, r := range m.rows.shown {
			text := m.row(r, m.fitting(m.w))
			if n := ansi.StringWidth(text); n != m.w {
				t.Errorf("%s: a row of %d cells", tt.filter, n)
			}
			for _, word := range []string{"west", "us-west-2a", "medium", "docker"} {
				if strings.Contains(text, m.th.Accent.Bold(true).Render(word, false)) {
					found[word] = true
				}
			}
		}
		if len(found) != len(tt.marked) || len(tt.marked) > 0 && !found[tt.marked[0]] {
			t.Errorf("%s marks %v", tt.filter, found)
		}
	}
}

// A notification can steer nothing, whatever the text is; where nothing better is
// known, there is the bell alone.
func TestNotifications(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env  map[string]string
		want Notifier
	}{
		{map[string]string{"TERM": "xterm-256color"}, NotifyBell},
		{map[string]string{"TERM": "xterm-kitty"}, NotifyOSC99},
		{map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, NotifyOSC9},
		{map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/tmux"}, NotifyBell},
		{map[string]string{"TERM": "screen-256color", "KITTY_WINDOW_ID": "1"}, NotifyBell},
		{map[string]string{"TERM": "rxvt-unicode-256color"}, NotifyOSC777},
		{map[string]string{"TERM": "foot"}, NotifyOSC777},
		{map[string]string{"TERM": "xterm-ghostty"}, NotifyOSC9},
		{map[string]string{"TERM_PROGRAM": "Apple_Terminal"}, NotifyBell},
	} {
		if got := NotifierFor(func(k string) string { return tt.env[k] }); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.env, got, tt.want)
		}
	}
	const bad = "setup: \x1b]52;c;ZXZpbA==\a\x07 a;b\nc" // a line that a host printed
	for n, want := range map[Notifier]string{
		NotifyOff: "", NotifyBell: "\a",
		NotifyOSC9:   "\a\x1b]9;spot-tui x: ",
		NotifyOSC777: "\a\x1b]777;notify;spot-tui x;",
		NotifyOSC99:  "\a\x1b]99;;spot-tui x: ",
	} {
		got := n.notice("spot-tui x", bad+strings.Repeat("é", 500))
		if !strings.HasPrefix(got, want) || len([]rune(got)) > 260 {
			t.Errorf("%s: %q", n, got)
		}
		inner := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(got, want), "\a"), "\x1b\\")
		if n != NotifyOff && n != NotifyBell && strings.ContainsAny(inner, "\x1b\a\n;") {
			t.Errorf("%s lets a text steer the terminal: %q", n, got)
		}
	}
	m := open(Options{Notify: NotifyOff}, size{80, 24}, steady())
	if m.bell([]fleet.Event{{Kind: fleet.EventInterrupted}}, false) != nil {
		t.Error("off rings")
	}
}

// A terminal that shows what a program is at is told so, and that it is over.
func TestTheTerminalIsToldWhatGoesOn(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{80, 24}, steady())
	if m.View().ProgramStatus != nil {
		t.Error("a terminal that has not said that it knows is told")
	}
	m.Update(tea.ProgramStatusSupportMsg{})
	state := func() tea.ProgramState { return m.View().ProgramStatus.State }
	if state() != tea.ProgramStateIdle {
		t.Errorf("%v", state())
	}
	press(m, "D")
	if state() != tea.ProgramStateBlocked || m.View().ProgramStatus.Kind != tea.ProgramStatusKindQuestion {
		t.Errorf("a question: %v", state())
	}
	press(m, "esc")
	b := steady()
	b.Ops = []fleet.Operation{{ID: "d", Kind: fleet.OpDestroy, Started: now()}}
	if m.Update(batchMsg{b: b}); state() != tea.ProgramStateWorking {
		t.Errorf("%v", state())
	}
	b.Ops[0].Errors = []string{"x"}
	if m.Update(batchMsg{b: b}); state() != tea.ProgramStateError {
		t.Errorf("%v", state())
	}
	b.Summary.Problem = "credentials have expired"
	if m.Update(batchMsg{b: b}); state() != tea.ProgramStateBlocked {
		t.Errorf("%v", state())
	}
	m.leave()
	if state() != tea.ProgramStateClear {
		t.Errorf("after leaving: %v", state())
	}
}
