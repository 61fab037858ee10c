package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// What can't be a key of an action is refused with what to do, and nothing else is.
func TestBindingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action string
		keys   []string
		says   string // empty: it is taken
	}{
		{"details", []string{"Enter", "d", "F3"}, ""},
		{"details", []string{"Ctrl+O"}, ""},
		{"details", []string{"ctrl+o"}, ""},
		{"details", nil, ""},
		{"destroy", []string{"K"}, ""},
		{"destroy", []string{"%"}, ""},
		{"halfdown", []string{"PgDn", "f"}, "the key of fetch"},
		{"destroy", []string{"k"}, "upper-case letter or a sign"},
		{"destroy", []string{"7"}, "upper-case letter or a sign"},
		{"destroy", []string{"Ctrl+X"}, "upper-case letter or a sign"},
		{"destroy", []string{"Delete"}, "upper-case letter or a sign"},
		{"destroy", []string{"D", "delete"}, "upper-case letter or a sign"},
		{"details", []string{"Ctrl+A"}, "never bound"},
		{"details", []string{"alt+x"}, "never bound"},
		{"details", []string{"Esc"}, "never bound"},
		{"details", []string{"F10"}, "never bound"},
		{"details", []string{"Hyper"}, "is no key"},
		{"details", []string{"\x07"}, "is no key"},
		{"details", []string{"s"}, "the key of shell"},
		{"details", []string{":"}, "the key of palette"},
		{"help", []string{"D"}, "the key of"},
		{"back", []string{"b"}, "fixed"},
		{"destroyone", []string{"Y"}, "fixed"},
		{"paletterun", []string{"x"}, "text there"},
	} {
		why := CheckBindings(Bindings{c.action: c.keys})[c.action]
		if (c.says == "") != (why == "") || !strings.Contains(why, c.says) {
			t.Errorf("%s = %q: %q, want %q", c.action, c.keys, why, c.says)
		}
	}
}

// A letter that does something everywhere is only a letter where one types: a
// fleet's name can always be typed to its end.
func TestALetterIsTextWhereOneTypes(t *testing.T) {
	t.Parallel()
	m := open(Options{Keys: Bindings{"help": {"s"}, "redraw": {"n"}, "shell": {"B"}, "new": {"L"}}}, size{120, 40}, steady())
	press(m, "D", "left", "s", "e", "n", "s")
	if d, ok := m.over.(*destroyDialog); !ok || d.typed != "sens" {
		t.Errorf("%T is in front:\n%s", m.over, m.plain())
	}
	m = open(Options{}, size{120, 40}, steady())
	if press(m, ":", "M", "a", "r", "k"); m.mouse || !strings.Contains(m.plain(), ": Mark") {
		t.Errorf("M in the palette is no text:\n%s", m.plain())
	}
	press(m, "?")
	if _, ok := m.over.(*helpView); !ok {
		t.Errorf("? opens %T", m.over)
	}
}

// Two actions can change places, but not share one.
func TestBindingsCanChangePlaces(t *testing.T) {
	t.Parallel()
	if bad := CheckBindings(Bindings{"shell": {"x"}, "run": {"s"}}); len(bad) > 0 {
		t.Error(bad)
	}
	if bad := CheckBindings(Bindings{"shell": {"R"}, "run": {"R"}}); len(bad) != 2 {
		t.Errorf("both share a key, and only %v is told", bad)
	}
}

// Every action that has no fixed key works by another one, in its place and in no
// other way; the footer and the help show it.
func TestEveryActionCanHaveAnotherKey(t *testing.T) {
	t.Parallel()
	for _, a := range actions() {
		key := "\u00a7"
		if a.place.typed() {
			key = "f9"
		}
		b := Bindings{a.id: {key}}
		if why := CheckBindings(b)[a.id]; (why != "") != a.fixed() {
			t.Errorf("%s: %q", a.id, why)
		}
		as := bound(actions(), b)
		n := slices.IndexFunc(as, func(x action) bool { return x.id == a.id })
		if got := as[n].keys; !a.fixed() && !slices.Equal(got, []string{key}) || a.fixed() && !slices.Equal(got, a.keys) {
			t.Errorf("%s is on %q", a.id, got)
		}
	}
	m := open(Options{Keys: Bindings{"details": {"F3"}, "help": {"\u00a7"}, "new": nil}}, size{120, 40}, steady())
	if press(m, "d", "enter"); m.over != nil {
		t.Errorf("the old keys still open %T", m.over)
	}
	if frame := ansi.Strip(m.View().Content); !strings.Contains(frame, "f3 details") || !strings.Contains(frame, "\u00a7 help") {
		t.Error("the footer shows other keys")
	}
	if press(m, "f3"); m.over == nil || m.over.place() != atDetails {
		t.Errorf("the new key opens %T", m.over)
	}
	press(m, "esc", "\u00a7")
	if frame := m.View().Content; !strings.Contains(frame, "F3") {
		t.Error("the help shows other keys")
	}
}
