package tui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// copied runs y and gives what went to the clipboard, or what was said instead.
func copied(m *model) (text, said string) {
	m.toast = ""
	cmd := m.onKeyMsg("y")
	if cmd == nil || m.toast != "" { // what is said is timed
		return "", m.toast
	}
	if c, ok := cmd().(copyMsg); ok {
		return c.text, ""
	}
	return "", m.toast
}

// Every value of the page can be copied by itself, ours and EC2's; what is not
// known is said not to be.
func TestEveryValueOfTheDetailsCanBeCopied(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{80, 24}, steady())
	press(m, "j", "enter")
	v, ok := m.over.(*detailsView)
	if !ok || !v.have {
		t.Fatalf("%T is in front", m.over)
	}
	var facts []fleet.Fact
	for _, g := range v.groups(m.rows.all[v.id].is) {
		facts = append(facts, g.Facts...)
	}
	if len(facts) < 30 {
		t.Errorf("only %d facts", len(facts))
	}
	for n, f := range facts {
		m.View()
		if v.at != n {
			t.Fatalf("the cursor is on %d, not %d", v.at, n)
		}
		frame := ansi.Strip(m.View().Content)
		row := "▌  " + f.Name
		if !strings.Contains(frame, row) {
			t.Fatalf("the cursor on %q is out of sight:\n%s", f.Name, frame)
		}
		text, said := copied(m)
		if text != f.Value || f.Value == "" && (f.Why == "" || !strings.Contains(said, f.Why)) {
			t.Errorf("%s: copied %q and said %q", f.Name, text, said)
		}
		press(m, "j")
	}
	press(m, "G", "j")
	if m.View(); v.at != len(facts)-1 {
		t.Errorf("after the last it is on %d of %d", v.at, len(facts))
	}
	if press(m, "g"); v.at != 0 {
		t.Errorf("g goes to %d", v.at)
	}
}

// Before EC2 has answered the page has what we know; a failure is said on it, and
// r asks again.
func TestDetailsWithoutEC2(t *testing.T) {
	t.Parallel()
	f := &deafFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	cmd := m.onKeyMsg("enter")
	if frame := ansi.Strip(m.View().Content); !strings.Contains(frame, "asking EC2 for its part") && m.over.(*detailsView).of < 20 {
		t.Errorf("before the answer:\n%s", frame)
	}
	run(m, cmd)
	press(m, "G")
	if frame := ansi.Strip(m.View().Content); !strings.Contains(frame, "no answer within 15 s") {
		t.Errorf("after a failure:\n%s", frame)
	}
	press(m, "r")
	if f.asked != 2 {
		t.Errorf("EC2 was asked %d times", f.asked)
	}
	press(m, "esc", "j")
	m.Update(inspectMsg{gen: m.lastGen, x: fleet.Inspection{Groups: []fleet.FactGroup{{Name: "late"}}}}) // of a page that is closed
	if _, open := m.over.(*detailsView); open {
		t.Error("a late answer opened a page")
	}
}

type deafFace struct {
	fakeFace
	asked int
}

func (f *deafFace) Inspect(context.Context, fleet.InstanceID) (fleet.Inspection, error) {
	f.asked++
	return fleet.Inspection{}, errors.New("describe instances in eu-west-1: no answer within 15 s")
}

// Every stage has next keys, and each of them works on the page.
func TestExplainNamesTheNextKeysOfEveryStage(t *testing.T) {
	t.Parallel()
	for s := fleet.StageRequested; s <= fleet.StageGone; s++ {
		for _, readOnly := range []bool{false, true} {
			b := steady()
			b.Instances = b.Instances[:1]
			b.Instances[0].Stage = s
			m := open(Options{Face: &fakeFace{plan: plan()}, ReadOnly: readOnly}, size{120, 40}, b)
			press(m, "i")
			frame := ansi.Strip(m.View().Content)
			steps := m.nextSteps(m.rows.all[m.rows.at].is)
			if len(steps) < 2 {
				t.Errorf("%s has %d next steps", s, len(steps))
			}
			for _, n := range steps {
				if shown := strings.Contains(frame, m.keyFor(n.action)+" "+n.what); shown == m.refused(n.action) {
					t.Errorf("%s, read-only %v: %s shown is %v\n%s", s, readOnly, n.action, shown, frame)
				}
				if a, ok := m.find(atExplain, m.keyFor(n.action)); !ok || a.id != n.action {
					t.Errorf("%s: %s is not on the page", s, n.action)
				}
			}
		}
	}
	m := open(Options{}, size{120, 40}, steady())
	press(m, "i", "o")
	if _, ok := m.over.(*textView); !ok {
		t.Errorf("o opens %T", m.over)
	}
	press(m, "esc", "d")
	if _, ok := m.over.(*detailsView); !ok {
		t.Errorf("d opens %T", m.over)
	}
}
