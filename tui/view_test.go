package tui

import (
	"errors"
	"strings"
	"testing"
)

// How a fleet is looked at comes back; what is being typed is not kept, and the
// same view is written once.
func TestAViewIsKeptAndComesBack(t *testing.T) {
	t.Parallel()
	var kept []View
	o := Options{SaveView: func(v View) error { kept = append(kept, v); return nil }}
	m := open(o, size{120, 40}, steady())
	press(m, "j", "k", "right", "o", "o", "=")
	press(m, "/", "u", "s")
	n := len(kept)
	press(m, "enter", "j")
	if len(kept) != n+1 {
		t.Errorf("a filter was kept %d times", len(kept)-n)
	}
	want := View{Sort: "AGE", Reverse: true, Column: "AGE", Filter: "us", Log: "large"}
	if got := kept[len(kept)-1]; got != want {
		t.Errorf("kept %+v", got)
	}
	o.View = want
	again := open(o, size{120, 40}, steady())
	if n = len(kept); again.view() != want || !strings.Contains(again.View().Content, "by age, reversed") || len(again.rows.shown) != len(m.rows.shown) {
		t.Errorf("it came back as %+v", again.view())
	}
	if press(again, "j"); len(kept) != n {
		t.Error("what did not change was kept again")
	}
}

// A view of another version, or one that a person has edited, hurts nothing.
func TestAViewWithWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, v := range []View{{Sort: "MOON", Reverse: true}, {Column: "MOON"}, {Filter: "("}, {Log: "sideways"}, {Filter: "moon:full"}} {
		m := open(Options{View: v}, size{120, 40}, steady())
		if m.view() != (View{}) || len(m.rows.shown) != 12 {
			t.Errorf("%+v became %+v", v, m.view())
		}
	}
	m := open(Options{SaveView: func(View) error { return errors.New("the disk is full") }}, size{120, 40}, steady())
	if press(m, "E"); !strings.Contains(m.toast, "the disk is full") || !m.rows.problems {
		t.Errorf("a disk that is full: %q", m.toast)
	}
}

// Two writings that overtake each other leave the newer view.
func TestAnOlderViewNeverWins(t *testing.T) {
	t.Parallel()
	var last View
	k := &keeper{save: func(v View) error { last = v; return nil }}
	_ = k.write(2, View{Filter: "new"})
	_ = k.write(1, View{Filter: "old"})
	if last.Filter != "new" {
		t.Errorf("%+v", last)
	}
}
