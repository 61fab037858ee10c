package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Every confirmation that wants a word refuses another one in a sentence that says
// what was not done, takes the word afterwards, and says what Enter does then.
func TestEveryConfirmationRefusesAnotherWord(t *testing.T) {
	t.Parallel()
	asked := 0
	for name, state := range states() {
		f := &fakeFace{plan: plan()}
		m := state(Options{Face: f}, size{120, 40})
		over := m.over
		d, ok := over.(confirmation)
		if !ok || d.wants() != wantsWord {
			continue
		}
		asked++
		before := f.changed()
		c := d.common()
		c.typed = ""
		press(m, "x", "enter")
		if said := "Nothing was " + d.terms(m).done + "."; m.over != over || f.changed() != before || !strings.Contains(m.plain(), said) {
			t.Errorf("%s: another word: %d changes, %T is in front\n%s", name, f.changed()-before, m.over, m.plain())
		}
		m.spell(d, strings.Repeat("y", longestWord)) // there is no room for all of it
		press(m, "backspace")
		m.spell(d, c.word)
		if c.typed != c.word || strings.Contains(m.plain(), "That is not") || !strings.Contains(m.plain(), "Enter "+d.terms(m).verb+"s them.") {
			t.Errorf("%s: %q is typed\n%s", name, c.typed, m.plain())
		}
		if press(m, "enter"); f.changed() != before+1 {
			t.Errorf("%s: the word changed %d things", name, f.changed()-before)
		}
	}
	if asked < 4 {
		t.Errorf("only %d states want a word", asked)
	}
}

// Every dialog says what to do next: in its last lines stands a key that works there,
// and the footer names the way out.
func TestEveryDialogSaysWhatToDoNext(t *testing.T) {
	t.Parallel()
	seen := map[place]bool{}
	for name, state := range states() {
		m := state(Options{Face: &fakeFace{plan: plan()}}, size{120, 40})
		b, ok := m.over.(boxed)
		if !ok {
			continue
		}
		seen[m.over.place()] = true
		d := b.box(m, 70)
		text := ""
		for _, l := range append(d.body[max(0, len(d.body)-1):], d.foot...) {
			text += ansi.Strip(l.end()) + "\n"
		}
		says := false
		for _, word := range []string{"Press y ", "Type ", "Enter ", "enter ", "Next: "} {
			says = says || strings.Contains(text, word)
		}
		for _, a := range m.acts {
			says = says || a.place == m.over.place() && strings.Contains(text, a.help)
		}
		if !says {
			t.Errorf("%s ends with\n%s", name, text)
		}
		if foot := ansi.Strip(strings.Join(m.footer(), " ")); !strings.Contains(foot, "esc "+m.over.escape()) {
			t.Errorf("%s: the footer is %s", name, foot)
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %d kinds of dialogs were seen: %v", len(seen), seen)
	}
}
