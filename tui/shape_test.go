package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// + plans one more than the fleet is to have, and - in the plan is one less there.
func TestPlusPlansOneMoreAndMinusInThePlanOneLess(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m := open(Options{Face: f}, size{120, 40}, steady())
	press(m, "+")
	if len(f.planned) != 1 || f.planned[0].Target != 13 {
		t.Fatalf("+ planned %+v", f.planned)
	}
	v, ok := m.over.(*planView)
	if !ok || v.form.target != 15 { // the fake's plan
		t.Fatalf("%T", m.over)
	}
	press(m, "-", "-", "+")
	if v.form.target != 14 || m.over != overlay(v) {
		t.Errorf("the form asks for %d", v.form.target)
	}
}

// An answer that comes late gives the dialog its quiet time again: a y that was on
// its way was not typed for what it shows now (R3).
func TestALateAnswerIsNotConfirmedByWhatWasTypedBefore(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"-", "H"} {
		f := &fakeFace{}
		m := open(Options{Face: f}, size{120, 40}, steady())
		press(m, "j")
		cmd := m.onKeyMsg(key)
		early := m.overGen
		m.Update(armedMsg{early})
		press(m, "y", "s", "e") // nothing is shown yet
		if f.changed() != 0 || m.over == nil {
			t.Fatalf("%s: keys were taken before the answer", key)
		}
		var batch tea.BatchMsg
		switch msg := cmd().(type) {
		case tea.BatchMsg:
			batch = msg
		default:
			t.Fatalf("%T", msg)
		}
		for _, c := range batch {
			if c == nil {
				continue
			}
			if msg, ok := c().(shapeMsg); ok {
				m.Update(msg)
			}
		}
		m.Update(armedMsg{early}) // the timer of the dialog's opening
		m.onKeyMsg("y")
		m.onKeyMsg("enter")
		if f.changed() != 0 || m.armed {
			t.Errorf("%s: a key in the answer's quiet time was taken", key)
		}
		m.Update(armedMsg{m.overGen})
		if press(m, "y"); f.changed() != 1 {
			t.Errorf("%s: then y does not do it", key)
		}
	}
}

// What shrinks and replaces wants the name for more than one, and does the plan that
// was shown, whatever has changed since.
func TestShrinkAndReplaceDoWhatTheyShowed(t *testing.T) {
	t.Parallel()
	f := &fakeFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	press(m, "-")
	d, ok := m.over.(*shrinkDialog)
	if !ok {
		t.Fatalf("%T", m.over)
	}
	press(m, "left")
	run(m, d.ask(m)) // the pause before asking has passed
	m.Update(armedMsg{m.overGen})
	if n := len(d.plan.Leave); n != 2 || d.wants() != wantsWord {
		t.Fatalf("%d go", n)
	}
	press(m, "y")
	if len(f.shrinks) != 0 || d.typed != "y" {
		t.Fatal("y is a letter where the name is wanted")
	}
	press(m, "backspace", "s", "e", "n", "s", "o", "r", "x", "enter")
	if len(f.shrinks) != 0 || !d.wrong {
		t.Fatal("a wrong word shrank")
	}
	shown := d.plan
	m.Update(batchMsg{b: steady()})
	press(m, "backspace", "s", "enter")
	if len(f.shrinks) != 1 || f.shrinks[0].Target != shown.Target || len(f.shrinks[0].Leave) != 2 {
		t.Fatalf("%+v", f.shrinks)
	}

	press(m, "j", "space", "space", "H")
	m.Update(tea.PasteMsg{Content: "sensors"})
	press(m, "enter")
	if len(f.replaces) != 1 || len(f.replaces[0].Swaps) != 2 {
		t.Fatalf("%+v", f.replaces)
	}
}

// L locks at once, for it only protects; where all are locked it asks, on Cancel,
// and a locked one is neither replaced nor its replacement asked for.
func TestLockingProtectsAndUnlockingAsks(t *testing.T) {
	t.Parallel()
	f := &fakeFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	if press(m, "j", "L"); len(f.locks) != 1 || !strings.HasPrefix(f.locks[0], "true") {
		t.Fatalf("%v", f.locks)
	}
	m = lockedRows(Options{Face: f}, size{120, 40})
	press(m, "j", "H")
	if m.over != nil || !strings.Contains(m.toast, "is locked") {
		t.Errorf("H on a locked one: %T %q", m.over, m.toast)
	}
	if press(m, "L", "enter"); len(f.locks) != 1 {
		t.Fatalf("Enter unlocked: %v", f.locks)
	}
	if press(m, "L", "y"); len(f.locks) != 2 || !strings.HasPrefix(f.locks[1], "false") {
		t.Fatalf("%v", f.locks)
	}
}

// Nothing to move is said, and nothing can be confirmed then; an error is shown
// whole.
func TestADialogWithoutATargetOnlyCloses(t *testing.T) {
	t.Parallel()
	for _, msg := range []shapeMsg{{}, {err: &fleet.Error{Op: "plan", Kind: fleet.KindTimeout, Hint: "try again"}}} {
		f := &fakeFace{}
		m := open(Options{Face: f}, size{120, 40}, steady())
		m.onKeyMsg("$")
		d, ok := m.over.(*replaceDialog)
		if !ok {
			t.Fatalf("%T", m.over)
		}
		msg.layer, msg.ask = d.layer, d.number
		m.Update(msg)
		m.Update(armedMsg{m.overGen})
		want := "No pool is a tenth cheaper"
		if msg.err != nil {
			want = "try again"
		}
		if frame := m.plain(); !strings.Contains(frame, want) {
			t.Errorf("%s", frame)
		}
		press(m, "y", "s", "enter")
		if f.changed() != 0 || m.over != nil {
			t.Errorf("%T is in front, %d changes", m.over, f.changed())
		}
	}
}

// Where AWS keeps the fleet, nothing is moved, and the screen says why; a replacement
// is AWS's, which chooses the pool.
func TestAKeptFleetIsReplacedAndNotMoved(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	m.summary.Keep = fleet.KeepAWS
	if press(m, "$"); m.over != nil || !strings.Contains(m.toast, "AWS keeps this fleet and chooses the pools") {
		t.Errorf("%T %q", m.over, m.toast)
	}
	press(m, "j", "H")
	d, ok := m.over.(*replaceDialog)
	if !ok {
		t.Fatalf("%T is in front: %q", m.over, m.toast)
	}
	d.plan.Swaps = []fleet.Swap{{Old: m.rows.chosen()[0], Pools: make([]fleet.Pool, 4), Keeper: "fleet-1"}}
	said := false
	for _, l := range d.swaps(m, 80) {
		said = said || strings.Contains(l.end(), "AWS chooses out of 4 pools")
	}
	if !said {
		t.Error("the dialog does not say who chooses the pool")
	}
}

// A lock is seen in the row, with its word where there is room; so is where an
// instance came from, in its details.
func TestALockAndAnOriginAreSeen(t *testing.T) {
	t.Parallel()
	b := steady()
	b.Instances[1].Locked = true
	b.Instances[1].Origin = fleet.Origin{Attempt: 2, Why: "moved from eu-west-1: InsufficientInstanceCapacity"}
	for _, z := range sizes() {
		m := open(Options{ASCII: true}, z, b)
		sign := "# locked"
		if z.w < 80 { // its sign at least
			sign = " #  4m10"
		}
		if n := strings.Count(m.plain(), sign); n != 1 {
			t.Errorf("%v: %d locks\n%s", z, n, m.plain())
		}
	}
	m := open(Options{}, size{120, 60}, b)
	press(m, "j", "enter")
	for _, want := range []string{"locked: it can't be destroyed", "moved from eu-west-1: InsufficientInstanceCapacity (request 2"} {
		if !strings.Contains(m.plain(), want) {
			t.Errorf("the details do not say %q\n%s", want, m.plain())
		}
	}
}

// What cheaper pools may save is one line in the colour of money, until a look has
// shown that nothing can be moved.
func TestCheaperPoolsAreAdvised(t *testing.T) {
	t.Parallel()
	b := steady()
	b.Regions[0].Cheaper, b.Regions[1].Cheaper = fleet.Cheaper{Instances: 2, SavesUSD: 0.004}, fleet.Cheaper{Instances: 1, SavesUSD: 0.002}
	for _, z := range sizes() {
		m := open(Options{}, z, b)
		if frame := m.plain(); !strings.Contains(frame, "moving 3 instances may save $0.0060/h") || strings.Count(frame, "\n") != z.h-1 {
			t.Errorf("%v:\n%s", z, frame)
		}
	}
	m := open(Options{}, size{120, 40}, b)
	m.onKeyMsg("$")
	d, ok := m.over.(*replaceDialog)
	if !ok {
		t.Fatalf("%T", m.over)
	}
	m.Update(shapeMsg{layer: d.layer, ask: d.number})
	press(m, "esc")
	if strings.Contains(m.plain(), "may save") {
		t.Error("the advice stays although nothing can be moved")
	}
	b.Regions[0].Cheaper.SavesUSD = 0.01
	m.Update(batchMsg{b: b})
	if !strings.Contains(m.plain(), "may save $0.012") {
		t.Errorf("other prices are not advised\n%s", m.plain())
	}
	b.Summary.Keep = fleet.KeepAWS
	m.Update(batchMsg{b: b})
	if strings.Contains(m.plain(), "may save") {
		t.Error("a fleet that AWS keeps is advised to move")
	}
}
