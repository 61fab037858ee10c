package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

func logged(from, to int) []fleet.LogLine {
	var ls []fleet.LogLine
	for n := from; n < to; n++ {
		l := fleet.LogLine{Seq: uint64(n), At: now(), Level: fleet.Level(n % 5), Region: []fleet.Region{"us-west-2", "eu-west-1"}[n%2], Text: fmt.Sprintf("line %d", n)}
		if n%3 == 0 {
			l.Instance = "i-0a1b2c3d4e5f60001"
		}
		ls = append(ls, l)
	}
	return ls
}

// What stands still really does: new lines, and old ones that leave, don't move
// what one reads; how many came is said.
func TestTheLogStandsStill(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	m.logs.add(logged(1, 1000), 0)
	press(m, "tab")
	_ = m.plain() // how many lines there are is known from the frame
	press(m, "k", "k")
	at := func() string {
		m.dirty = true
		return strings.Join(strings.Fields(strings.Split(m.plain(), "\n")[20]), " ")
	}
	was := at()
	m.logs.add(logged(1000, 1200), 0)
	if at() != was || !strings.Contains(m.plain(), "standing still, 200 newer") {
		t.Errorf("it moved from %q to %q", was, at())
	}
	m.logs.add(logged(1200, 5200), 0)
	if len(m.logs.lines) != keptLines || at() != was {
		t.Errorf("%d lines are kept; it moved from %q to %q", len(m.logs.lines), was, at())
	}
	if press(m, "G"); !strings.Contains(m.plain(), "line 5199") || !strings.Contains(m.plain(), "following") {
		t.Errorf("G does not follow:\n%s", m.plain())
	}
	m.logs.add(logged(5200, 5201), 0)
	if m.dirty = true; !strings.Contains(m.plain(), "line 5200") {
		t.Errorf("it does not follow:\n%s", m.plain())
	}
}

// Levels, a region, an instance and a search each leave only their lines, also of
// what comes later.
func TestTheLogIsFiltered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys []string
		is   func(l fleet.LogLine) bool
	}{
		{[]string{"v", "v"}, func(l fleet.LogLine) bool { return l.Level >= fleet.LevelWarn }},
		{[]string{"v", "v", "v"}, func(l fleet.LogLine) bool { return l.Level == fleet.LevelError }},
		{[]string{"r"}, func(l fleet.LogLine) bool { return l.Region == "us-west-2" }},
		{[]string{"i"}, func(l fleet.LogLine) bool { return l.Instance == "i-0a1b2c3d4e5f60001" }},
		{[]string{"i", "i"}, func(fleet.LogLine) bool { return true }},
		{[]string{"/", "7", "enter", "&"}, func(l fleet.LogLine) bool { return strings.Contains(l.Text, "7") }},
		{[]string{"v", "v", "r", "/", "7", "enter", "&"}, func(l fleet.LogLine) bool {
			return l.Level >= fleet.LevelWarn && l.Region == "us-west-2" && strings.Contains(l.Text, "7")
		}},
	} {
		m := open(Options{}, size{120, 40}, steady())
		m.logs = logPanel{}
		m.rows.at = "i-0a1b2c3d4e5f60001"
		m.logs.add(logged(1, 100), 0)
		press(m, append([]string{"tab"}, c.keys...)...)
		m.logs.add(logged(100, 200), 0)
		var want []fleet.LogLine
		for _, l := range logged(1, 200) {
			if c.is(l) {
				want = append(want, l)
			}
		}
		if got := m.logs.listed; len(got) != len(want) || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v lists %d lines, want %d", c.keys, len(got), len(want))
		}
	}
}

// The lines can be taken away: to a new file that is never written over, to the
// clipboard, to the pager.
func TestTheLogCanBeTakenAway(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "log.txt")
	m := open(Options{}, size{200, 40}, steady())
	m.logs = logPanel{}
	for _, k := range []string{"W", "e", "c"} {
		if press(m, "tab", k); m.prompt != nil || !strings.Contains(m.plain(), "there is no line to ") {
			t.Errorf("%s takes away what is not there:\n%s", k, m.plain())
		}
		press(m, "esc")
	}
	m.logs.add(logged(1, 100), 0)
	press(m, "tab", "v", "v", "v", "W")
	m.Update(pasted(file))
	press(m, "enter")
	b, err := os.ReadFile(file)
	if err != nil || strings.Count(string(b), "\n") != 20 || !strings.Contains(string(b), "error us-west-2 i-0a1b2c3d4e5f60001 line 24\n") {
		t.Errorf("%v: %s", err, b)
	}
	if !strings.Contains(m.plain(), "wrote 20 lines to "+file) {
		t.Errorf("%s", m.plain())
	}
	press(m, "W")
	m.Update(pasted(file))
	if press(m, "enter"); !strings.Contains(m.plain(), "never written over") {
		t.Errorf("%s", m.plain())
	}
	if press(m, "/", "2", "4", "enter", "c"); !strings.Contains(m.plain(), "sent to clipboard: 1 line") {
		t.Errorf("%s", m.plain())
	}
	if press(m, "e"); !strings.Contains(m.plain(), "no pager is here") {
		t.Errorf("%s", m.plain())
	}
}

func pasted(text string) tea.PasteMsg { return tea.PasteMsg{Content: text} }
