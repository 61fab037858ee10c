package tui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

func TestPair(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"app ~/app": {"app", "~/app"}, ` "my app"   '/srv/it' `: {"my app", "/srv/it"}, "a\"b c\"d e": {"ab cd", "e"},
		"one": {}, "a b c": {}, `"open x`: {}, `"" b`: {}, "": {},
	} {
		from, to, ok := pair(text)
		if from != want[0] || to != want[1] || ok != (want[0] != "") {
			t.Errorf("%q is %q, %q, %v", text, from, to, ok)
		}
	}
}

// Tab goes through choices that differ, says each, and what is said is what is
// taken; what is gone is in none.
func TestChoicesAreSaidAndTaken(t *testing.T) {
	t.Parallel()
	f := &fakeFace{}
	b := steady()
	b.Instances[11].Stage = fleet.StageGone
	m := open(Options{Face: f}, size{120, 40}, b)
	press(m, "space", "j", "space", "x") // the first and the third, the cursor on the fourth
	var said []string
	for range 5 {
		said = append(said, m.prompt.label)
		press(m, "tab")
	}
	row := string(m.rows.at)
	want := []string{"run on 2 marked instances", "run on " + row, "run on 11 shown instances", "run on 7 ready instances", "run on 2 marked instances"}
	if !slices.Equal(said, want) {
		t.Errorf("Tab says %q, want %q", said, want)
	}
	press(m, "tab", "i", "d", "enter") // the fifth Tab above went to the row, this one to what is shown
	if n := len(f.runs[0].Instances); n != 11 {
		t.Errorf("it ran on %d instances, said were 11", n)
	}
}

// The arrows bring earlier lines back; of commands those of the history on disk.
func TestEarlierLines(t *testing.T) {
	t.Parallel()
	m := open(Options{Face: &historyFace{}}, size{120, 40}, steady())
	press(m, "x", "n", "e", "w", "up")
	if have := m.prompt.in.Value(); have != "uptime" {
		t.Errorf("↑ shows %q", have)
	}
	press(m, "up", "up", "up")
	if have := m.prompt.in.Value(); have != "df -h" {
		t.Errorf("the oldest is %q", have)
	}
	press(m, "down", "down", "down")
	if have := m.prompt.in.Value(); have != "new" {
		t.Errorf("what was typed is %q", have)
	}
	press(m, "esc", "l", "a", "enter", "esc", "l", "b", "enter", "esc", "l", "a", "enter", "esc", "l", "up", "up")
	if have := m.prompt.in.Value(); have != "b" || len(m.prompt.history) != 2 {
		t.Errorf("of %q the second is %q", m.prompt.history, have)
	}
}

type historyFace struct{ fakeFace }

func (*historyFace) Commands(context.Context) []string { return []string{"uptime", "df -h"} }

func TestPathsAreCompleted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"sensor-a/x", "sensor-b/x", "only/deep/x", ".hidden/x", "bad\x1b[2Jname/x"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	for word, want := range map[string]string{"/s": "ensor-", "/sensor-a": "/", "/o": "nly/", "/only/": "deep/", "/zzz": "", "/b": "", "/.h": "idden/", "/no/such/": ""} {
		if have := completion(dir + word); have != want {
			t.Errorf("%s goes on with %q, want %q", word, have, want)
		}
	}
	m := open(Options{}, size{200, 60}, steady())
	press(m, "u")
	m.prompt.in.SetValue(dir + "/o")
	m.prompt.in.CursorEnd()
	run(m, m.prompt.seek())
	if !strings.Contains(m.plain(), "/o▏nly/") {
		t.Errorf("the completion is not shown:\n%s", m.plain())
	}
	press(m, "right", "right", "right")
	if have := m.prompt.in.Value(); have != dir+"/only/deep/" {
		t.Errorf("→ gives %q", have)
	}
	press(m, " ", "~", "/")
	if m.prompt.ghost != "" {
		t.Error("a path on the host is completed from the disk here")
	}
}

// The command that shows tmux's session says why it failed, and keeps the
// terminal long enough for the screen to come back.
func TestAttachKeepsTheTerminalLongEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &attachCommand{ctx: t.Context(), what: "show the shells", args: []string{"/no/such/tmux"}}
		began := time.Now()
		err := c.Run()
		if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "show the shells: ") {
			t.Errorf("it says %v", err)
		}
		if time.Since(began) < 20*time.Millisecond {
			t.Error("the terminal was given back at once")
		}
	})
}

// Shells in panes are asked for with a title and a login line for each.
func TestPanes(t *testing.T) {
	t.Parallel()
	var titles, lines []string
	o := Options{Panes: func(_ context.Context, ts, ls []string) ([]string, error) { titles, lines = ts, ls; return nil, nil }}
	m := open(o, size{120, 40}, steady())
	press(m, "space", "space", "S")
	if len(titles) != 2 || len(lines) != 2 || !strings.HasSuffix(titles[0], " us-east-1d") || !strings.HasPrefix(lines[0], "ssh ubuntu@i-") {
		t.Errorf("it opened %q with %q", titles, lines)
	}
	if m.toast != "2 shells opened in a tmux window" {
		t.Errorf("it says %q", m.toast)
	}
	m = open(Options{}, size{120, 40}, steady())
	if press(m, "S"); !strings.Contains(m.toast, "no tmux") {
		t.Errorf("without tmux it says %q", m.toast)
	}
}
