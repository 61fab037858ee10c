package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// followed opens the page of a log of two instances with so many lines.
func followed(n int) (*model, *followView) {
	m := open(Options{}, size{120, 40}, steady())
	v := &followView{name: "/var/log/syslog", on: []fleet.InstanceID{"i-aaaa", "i-bbbb"}, open: true}
	m.open(v)
	v.gen, v.tail = m.overGen, fleet.NewTail(2, nil)
	more(m, v, n)
	m.View()
	return m, v
}

// more brings n lines, of the two instances in turn.
func more(m *model, v *followView, n int) {
	var ls []fleet.TailLine
	for i := range n {
		seq := v.seq + uint64(i) + 1
		ls = append(ls, fleet.TailLine{Seq: seq, At: now().Add(time.Duration(seq) * time.Second), Instance: v.on[seq%2], Text: fmt.Sprintf("line %d.", seq)})
	}
	m.Update(tailMsg{gen: v.gen, lines: ls, open: true})
}

func shows(m *model, text string) bool { return strings.Contains(m.plain(), text) }

// It follows until one scrolls up, then what is on the screen stands still
// whatever comes, until f.
func TestFollowingReallyStops(t *testing.T) {
	t.Parallel()
	m, v := followed(100)
	if !shows(m, "line 100.") || !shows(m, "following") {
		t.Fatalf("it does not follow:\n%s", m.plain())
	}
	press(m, "k")
	stood := strings.Join(strings.Split(m.plain(), "\n")[3:38], "\n")
	more(m, v, 3)
	if now := strings.Join(strings.Split(m.plain(), "\n")[3:38], "\n"); now != stood {
		t.Errorf("it moved:\n%s\nwas\n%s", now, stood)
	}
	if !shows(m, "stopped, f follows") || !shows(m, "of 103") {
		t.Error("it does not say that it stands still")
	}
	if press(m, "f"); !shows(m, "line 103.") {
		t.Error("f does not follow again")
	}
	press(m, "k")
	if press(m, "G"); !shows(m, "line 103.") || v.read.stay {
		t.Error("the very end does not follow again")
	}
}

// It keeps a bounded number of lines; where it stands still it goes on standing,
// also while only one instance is listed.
func TestAFollowedLogIsBounded(t *testing.T) {
	t.Parallel()
	m, v := followed(maxFollowed)
	press(m, "tab") // i-aaaa: the even lines
	press(m, "k", "k")
	m.View()
	first := v.listed[v.read.first()].Seq
	more(m, v, 1000)
	if len(v.lines) != maxFollowed || len(v.listed) != maxFollowed/2 {
		t.Errorf("it keeps %d lines and lists %d", len(v.lines), len(v.listed))
	}
	if m.View(); v.listed[v.read.first()].Seq != first {
		t.Errorf("it stood at line %d and stands at %d", first, v.listed[v.read.first()].Seq)
	}
	if shows(m, "i-aaaa line") || shows(m, "line 4001.") {
		t.Error("with one instance its name and the lines of others leave")
	}
}

// n and N go from line to line that matches; & lists only those, notices stay.
func TestSearchInALog(t *testing.T) {
	t.Parallel()
	m, v := followed(300)
	m.Update(tailMsg{gen: v.gen, open: true, lines: []fleet.TailLine{{Seq: 301, Instance: "i-aaaa", Notice: true, Text: "the connection is lost"}}})
	press(m, "g", "/", "[", "5", "7", "]", "7", "\\", ".", "enter")
	if v.read.find.at != 56 || !shows(m, "▌i-bbbb line 57.") {
		t.Errorf("it found line %d", v.read.find.at+1)
	}
	if press(m, "n"); v.read.find.at != 76 || !shows(m, "▌i-bbbb line 77.") {
		t.Errorf("n found line %d", v.read.find.at+1)
	}
	if press(m, "n", "n"); v.read.find.at != 176 {
		t.Errorf("n found line %d", v.read.find.at+1)
	}
	if press(m, "N"); v.read.find.at != 156 {
		t.Errorf("N found line %d", v.read.find.at+1)
	}
	press(m, "&")
	if n := len(v.listed); n != 7 { // 57 77 157 177 257 277 and the notice
		t.Errorf("& lists %d lines:\n%s", n, m.plain())
	}
	if press(m, "&", "/"); m.prompt == nil || m.prompt.in.Value() != `[57]7\.` {
		t.Error("the search is not offered again")
	}
	press(m, "x", "esc")
	if v.read.find.text != `[57]7\.` {
		t.Errorf("Esc leaves the search %q", v.read.find.text)
	}
	press(m, "/")
	m.prompt.in.SetValue("[")
	if press(m, "enter"); !strings.Contains(m.toast, "no line further on has [") {
		t.Errorf("what is no expression is searched as a text; it says %q", m.toast)
	}
}

// What is wrapped is read whole, at the end too; t shows when a line came.
func TestWrapAndTimes(t *testing.T) {
	t.Parallel()
	m, v := followed(50)
	long := strings.Repeat("word ", 60) + "end-of-it"
	m.Update(tailMsg{gen: v.gen, open: true, lines: []fleet.TailLine{{Seq: 51, At: now(), Instance: "i-aaaa", Text: long}}})
	if shows(m, "end-of-it") {
		t.Error("a long line is not cut")
	}
	if press(m, "w"); !shows(m, "end-of-it") || !shows(m, "line 50.") {
		t.Errorf("w does not wrap:\n%s", m.plain())
	}
	if press(m, "t"); !shows(m, now().Local().Format("15:04:05")+" i-aaaa word") {
		t.Error("t shows no times")
	}
}

// Esc ends the following; lines that still come are dropped.
func TestClosingEndsTheFollowing(t *testing.T) {
	t.Parallel()
	m, v := followed(1)
	closed := 0
	v.tail = fleet.NewTail(2, func() { closed++ })
	press(m, "esc")
	more(m, v, 1)
	if closed != 1 || len(v.lines) != 1 {
		t.Errorf("closed %d times, %d lines", closed, len(v.lines))
	}
	late := fleet.NewTail(1, func() { closed++ })
	_, cmd := m.Update(followingMsg{gen: v.gen, tail: late})
	if run(m, cmd); closed != 2 {
		t.Error("a log that began after its page was closed goes on")
	}
}
