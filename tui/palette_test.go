package tui

import (
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// The palette finds by a few letters, says why something can't be done, and
// runs an action as its key would.
func TestThePaletteRunsWhatTheKeyWould(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, ":", "d", "e", "t", "a", "i", "enter")
	if _, ok := m.over.(*detailsView); !ok {
		t.Fatalf("details opened %T", m.over)
	}
	if press(m, ":", "z", "z", "z", "enter"); !strings.Contains(m.View().Content, "nothing is called like that") {
		t.Error("what is not there is not said")
	}
	press(m, "esc", "esc")
	f := &fakeFace{plan: plan()}
	m = open(Options{Face: f}, size{120, 40}, steady())
	press(m, ":", "d", "e", "s", "t", "r", "o", "y", "enter")
	if _, ok := m.over.(*destroyDialog); !ok || f.changed() != 0 {
		t.Errorf("destroy opened %T and changed %d", m.over, f.changed())
	}
	if press(m, ":"); m.over != nil || f.changed() != 0 {
		t.Errorf("in a dialog about one instance whatever is not y is Cancel: %T, changed %d", m.over, f.changed())
	}
	m = open(Options{ReadOnly: true}, size{120, 40}, steady())
	press(m, ":", "d", "e", "s", "t", "r", "o", "y", "enter")
	if m.over != nil || !strings.Contains(m.toast, "read-only") {
		t.Errorf("read-only mode: %T, %q", m.over, m.toast)
	}
}

// Whatever can be done where one is can be found there.
func TestThePaletteHasEveryActionOfItsPlace(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, ":")
	v := m.over.(*paletteView)
	for _, a := range m.acts {
		in := slices.ContainsFunc(v.all, func(o action) bool { return o.id == a.id })
		if want := (a.place == atFleet || a.place == everywhere) && a.id != "palette"; in != want {
			t.Errorf("%s is in the list: %v", a.id, in)
		}
	}
}

// The action menu takes each action's own key, and the cursor.
func TestTheActionMenuRunsByKeyAndByCursor(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"a", "d"}, {"a", "enter"}, {"a", "j", "k", "enter"}} {
		m := open(Options{}, size{120, 40}, steady())
		press(m, keys...)
		if _, ok := m.over.(*detailsView); !ok {
			t.Errorf("%v opened %T", keys, m.over)
		}
	}
	for _, id := range aboutRows() {
		if !slices.ContainsFunc(actions(), func(a action) bool { return a.id == id && a.place == atFleet }) {
			t.Errorf("the menu has %s, which is no action of the table", id)
		}
	}
}

// A range takes what is shown between its ends, in either direction, and
// nothing that is filtered out.
func TestARangeMarksWhatIsShownBetween(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"j", "v", "j", "j", "v"}, {"j", "j", "j", "v", "k", "k", "v"}} {
		m := open(Options{}, size{120, 40}, steady())
		press(m, keys...)
		var want []fleet.InstanceID
		for _, i := range m.rows.shown[1:4] {
			want = append(want, i.ID)
		}
		if got := ids(m.rows.marked()); len(got) != 3 || !slices.Equal(got, want) || m.rows.anchor != "" {
			t.Errorf("%v marked %v, want %v", keys, got, want)
		}
	}
	m := open(Options{}, size{120, 40}, steady())
	press(m, "v", "esc", "j", "v")
	if len(m.rows.marks) != 0 || m.rows.anchor != m.rows.at {
		t.Error("Esc gives a range up")
	}
}

// A mistake in a filter is said while one types, what could be read goes on,
// and Enter goes back to the one before.
func TestAMistakeInAFilterIsSaid(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, "/", "u", "s", "-", "w", "e", "s", "t", "enter", "/", " ", "(")
	if len(m.rows.shown) != 4 || !strings.Contains(m.View().Content, "character") {
		t.Errorf("%d shown\n%s", len(m.rows.shown), m.View().Content)
	}
	press(m, "enter")
	if m.rows.filter.text != "us-west" || m.rows.filter.err != nil || m.toast == "" {
		t.Errorf("the filter is %q, %q", m.rows.filter.text, m.toast)
	}
}
