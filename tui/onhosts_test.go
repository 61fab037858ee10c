package tui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// p and P on a page act on the instance of the page, whatever is marked, and the
// page is there again afterwards.
func TestProvisionFromAPageIsAboutThatPage(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{"details": {"enter", "P", "y"}, "details, unfinished": {"enter", "p", "y"}, "explain": {"i", "p", "y"}} {
		f := &fakeFace{}
		m := open(Options{Face: f}, size{120, 40}, steady())
		press(m, "G", "k", "space", "g", "j") // another one is marked
		at := m.rows.at
		press(m, keys...)
		if len(f.provisioned) != 1 || f.provisioned[0] != at {
			t.Errorf("%s: set up %v, want %s", name, f.provisioned, at)
		}
		if m.over == nil {
			t.Errorf("%s: the page was closed", name)
		}
	}
}

// Only what is unfinished is taken up; what is ready is left alone and said.
func TestProvisionTakesUpWhatIsUnfinished(t *testing.T) {
	t.Parallel()
	f := &fakeFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	press(m, "*", "p")
	if !shows(m, "8 chosen instances are left alone") {
		t.Errorf("it does not say what is left alone:\n%s", m.plain())
	}
	if press(m, "n"); len(f.provisioned) != 0 || m.over != nil {
		t.Error("any key but y cancels")
	}
	if press(m, "p", "y"); len(f.provisioned) != 4 {
		t.Errorf("it took up %d", len(f.provisioned))
	}
	press(m, "esc", "G", "p")
	if m.over != nil || !strings.Contains(m.toast, "P does all of it again") {
		t.Errorf("on a ready row p opened %T and said %q", m.over, m.toast)
	}
}

type blindFace struct {
	fakeFace
	asked int
}

func (f *blindFace) Explain(context.Context, fleet.InstanceID) (fleet.Explanation, error) {
	f.asked++
	return fleet.Explanation{}, errors.New("explain i-1: EC2 can't be reached; try again")
}

// An explanation that fails says why, and can be asked again; while it is looked
// for, it is asked once.
func TestExplainAgain(t *testing.T) {
	t.Parallel()
	f := &blindFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	m.onKeyMsg("i") // its answer is under way
	if !shows(m, "looking at EC2") {
		t.Errorf("it does not say that it looks:\n%s", m.plain())
	}
	if press(m, "r"); f.asked != 0 {
		t.Error("it was asked twice")
	}
	press(m, "esc", "i")
	if !shows(m, "EC2 can't be reached; try again") {
		t.Error("why it failed is not shown")
	}
	if press(m, "r"); f.asked != 2 {
		t.Errorf("asked %d times", f.asked)
	}
}

// A forwarded port is said when it is there, counted, listed with what happened
// to it, closed by X and gone at its end.
func TestForwards(t *testing.T) {
	t.Parallel()
	closed := 0
	fw := fleet.NewForwarding(fleet.ForwardState{Instance: "i-1", Local: "127.0.0.1:0", Remote: "localhost:80", Notice: "connecting"}, func() { closed++ })
	m := open(Options{}, size{120, 40}, steady())
	tell := func() {
		s, rev := fw.State()
		m.Update(forwardMsg{f: fw, state: s, rev: rev})
	}
	tell()
	fw.Record(func(s *fleet.ForwardState) { s.Local, s.Notice = "127.0.0.1:40123", "" })
	tell()
	if m.toast != "127.0.0.1:40123 is localhost:80 of i-1" || !shows(m, "1 port forwarded") {
		t.Errorf("it says %q:\n%s", m.toast, m.plain())
	}
	fw.Record(func(s *fleet.ForwardState) { s.Notice = "the connection is lost; trying again" })
	tell()
	press(m, "ctrl+f")
	if !shows(m, "the connection is lost; trying again") {
		t.Error("what happened to it is not listed")
	}
	if press(m, "X"); closed != 1 {
		t.Error("X does not close it")
	}
	fw.Record(func(s *fleet.ForwardState) { s.Ended = true })
	tell()
	if !shows(m, "none is open") || shows(m, "1 port forwarded") {
		t.Errorf("it is still there:\n%s", m.plain())
	}
	press(m, "esc", "F", "enter")
	if m.toast != "nothing was done" {
		t.Errorf("an empty line says %q", m.toast)
	}
}

// What an instance's setup printed opens only over the page that asked for it.
func TestALateOutputIsDropped(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, "enter")
	cmd := m.onKeyMsg("o")
	press(m, "esc", "D")
	run(m, cmd)
	if _, ok := m.over.(*destroyDialog); !ok {
		t.Errorf("%T lies over the dialog", m.over)
	}
}
