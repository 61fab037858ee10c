package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// Every action is whole, documented, on keys that no terminal or habit owns,
// and what opens something destructive is upper-case (R1).
func TestActionsAreReachableAndDocumented(t *testing.T) {
	t.Parallel()
	never := []string{"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+\\", "ctrl+space", "ctrl+h", "ctrl+j", "ctrl+k", "ctrl+w", "ctrl+t", "ctrl+n", "ctrl+i", "ctrl+m", "ctrl+[", "f1", "f10", "f11"}
	seen := map[string]bool{}
	for _, a := range actions() {
		if len(a.keys) == 0 || a.help == "" || a.title == "" || !slices.Contains(places(), a.place) || a.run == nil {
			t.Errorf("%s is not whole", a.id)
		}
		if seen[a.id] {
			t.Errorf("two actions are called %s", a.id)
		}
		seen[a.id] = true
		confirms := a.place == atDestroy || a.place == atLaunch || a.place == atCleanup || a.place == atShrink || a.place == atReplace
		for _, k := range a.keys {
			if slices.Contains(never, k) || strings.HasPrefix(k, "alt+") {
				t.Errorf("%s: %s is never bound", a.id, k)
			}
			if a.risk == destroys && !confirms && (len(k) != 1 || k != strings.ToUpper(k)) {
				t.Errorf("%s: what destroys is upper-case only, not %s", a.id, k)
			}
		}
		if a.risk != safe && !a.changes {
			t.Errorf("%s changes AWS and is not refused in read-only mode", a.id)
		}
	}
	path := filepath.Join("..", "docs", "keys.md")
	if *update {
		if err := os.WriteFile(path, []byte(KeysPage()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != KeysPage() {
		t.Errorf("docs/keys.md is not what the registry says; go test ./tui -update remakes it (%v)", err)
	}
}

// In every state of the screen, no key has two actions that can be done.
func TestNoKeyHasTwoActions(t *testing.T) {
	t.Parallel()
	covered := map[place]bool{}
	for name, make := range states() {
		m := make(Options{}, size{120, 40})
		byKey := map[string]string{}
		for _, p := range m.chain() {
			covered[p] = true
			for _, a := range m.acts {
				if a.place != p || !a.enabled(m) {
					continue
				}
				for _, k := range a.keys {
					if other, twice := byKey[k]; twice {
						t.Errorf("%s: %s and %s are both on %s", name, other, a.id, k)
					}
					byKey[k] = a.id
				}
			}
		}
	}
	for _, p := range places() {
		if !covered[p] {
			t.Errorf("no state of the tests is in %q", p)
		}
	}
}

// The help that ? opens lists every action, whatever the front layer is.
func TestHelpListsEveryAction(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{160, 500}, steady())
	press(m, "D", "?")
	frame := m.View().Content
	for _, a := range m.acts {
		if !strings.Contains(frame, a.help) {
			t.Errorf("the help does not show %s", a.id)
		}
	}
	press(m, "esc")
	if _, ok := m.over.(*destroyDialog); !ok {
		t.Errorf("behind the help there was a dialog, not %T", m.over)
	}
}

// What people are used to from other programs changes nothing.
func TestReflexesOfOtherProgramsChangeNothing(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{
		{"ctrl+d", "enter"},
		{"ctrl+k", "enter"},
		{"ctrl+x", "y"},
		{"d", "y", "enter"},
		{"a", "D", "enter"},
		{"S", "y"},
		{"t", "y"},
		{"delete", "y", "enter"},
		{"backspace", "y", "enter"},
		{"q", "y", "enter"},
		{"-", "enter"},
		{"-", "-", "enter"},
		{"H", "enter"},
		{"$", "enter"},
		{"+", "y", "enter"},
	} {
		f := &fakeFace{plan: plan()}
		m := open(Options{Face: f}, size{120, 40}, steady())
		press(m, keys...)
		if f.changed() != 0 {
			t.Errorf("%v changed something", keys)
		}
	}
}

// Esc peels one layer at a time.
func TestEscPeelsOneLayer(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, "/", "e", "u", "enter", "space", "enter", "c", "?")
	for _, want := range []string{"*tui.copyMenu", "*tui.detailsView", "<nil>"} {
		press(m, "esc")
		if got := fmt.Sprintf("%T", m.over); got != want {
			t.Fatalf("%s is in front, want %s", got, want)
		}
	}
	if press(m, "esc"); len(m.rows.marks) != 0 || m.rows.filter.text == "" {
		t.Error("then the marks")
	}
	if press(m, "esc"); m.rows.filter.text != "" {
		t.Error("then the filter")
	}
}

// Ctrl+C is the way out wherever one is; the second one leaves.
func TestCtrlCTwiceLeaves(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{nil, {"n"}, {"D"}, {"enter"}, {"?"}, {"c"}} {
		m := open(Options{}, size{120, 40}, steady())
		press(m, keys...)
		left := m.left
		press(m, "ctrl+c")
		if _, ok := m.over.(*quitPanel); !ok {
			t.Errorf("%v: Ctrl+C opened %T", keys, m.over)
		}
		press(m, "ctrl+c")
		select {
		case <-left:
		default:
			t.Errorf("%v: the second Ctrl+C did not leave", keys)
		}
	}
	m := open(Options{}, size{120, 40}, fleet.Batch{At: now(), Summary: fleet.Summary{Scanned: true}})
	left := m.left
	press(m, "q")
	select {
	case <-left:
	default:
		t.Error("with nothing running q leaves at once")
	}
}

// Every screen with a digit has a heading of its own in docs/keys.md, with its keys.
func TestTheKeysPageHasEveryScreen(t *testing.T) {
	t.Parallel()
	page, screens := KeysPage(), 0
	for _, a := range actions() {
		if !strings.HasPrefix(a.id, "screen") {
			continue
		}
		screens++
		_, part, ok := strings.Cut(page, "\n## "+a.title+" screen\n")
		part, _, _ = strings.Cut(part, "\n## ")
		if n := strings.Count(part, "\n| `"); !ok || n < 5 || !strings.Contains(page, "| `"+a.keys[0]+"` | "+a.id+" |") {
			t.Errorf("%s has %d keys there", a.title, n)
		}
	}
	if screens != 5 {
		t.Errorf("%d screens", screens)
	}
}
