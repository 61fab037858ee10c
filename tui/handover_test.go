package tui

import (
	"strings"
	"testing"

	"spot-tui/fleet"
)

// A plan that ends running instances opens the dialog that wants the fleet's name,
// on Cancel; one that only launches opens the one that wants y.
func TestAHandOverIsConfirmedAsADestroy(t *testing.T) {
	t.Parallel()
	f := &fakeFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	n := 0
	for i := range m.rows.each() {
		if !i.Stage.Leaving() {
			n++
		}
	}
	p := fleet.Plan{Fleet: m.summary.Fleet, Keep: fleet.KeepAWS, Surplus: 1, Regions: []fleet.RegionPlan{{Region: "us-west-2", Keep: &fleet.KeepPlan{Takes: n, Surplus: 1}}}}
	o, ok := m.confirmPlan(&launchDialog{plan: p})
	d, is := o.(*destroyDialog)
	if !ok || !is || len(d.scopes) != 1 || len(d.scopes[0].is) != n || d.wants() != wantsWord {
		t.Fatalf("%T %v %+v", o, ok, d)
	}
	if box := d.box(m, 60); !strings.Contains(box.title, "over to AWS") {
		t.Errorf("title %q", box.title)
	}
	m.open(d)
	if m.enter(); f.changed() != 0 {
		t.Error("Enter on the open dialog changed something")
	}
	m.open(d)
	m.spell(d, d.word)
	if cmd := m.enter(); cmd == nil {
		t.Error("the typed name does nothing")
	}
	p.Keep, p.Launch = "", 1
	if o, _ := m.confirmPlan(&launchDialog{plan: p}); o == nil {
		t.Error("no dialog")
	} else if _, is := o.(*launchDialog); !is {
		t.Errorf("a plain launch opens %T", o)
	}
}

// Who keeps the fleet stands in the header, where there is room.
func TestTheHeaderSaysWhoKeepsTheFleet(t *testing.T) {
	t.Parallel()
	m := open(Options{Face: &fakeFace{}}, size{120, 40}, steady())
	if head := strings.Join(m.header(), "\n"); strings.Contains(head, "kept by") {
		t.Errorf("nobody said so: %s", head)
	}
	m.summary.Keep = fleet.KeepAWS
	m.w = 160
	if head := strings.Join(m.header(), "\n"); !strings.Contains(head, "kept by AWS") {
		t.Errorf("%s", head)
	}
}
