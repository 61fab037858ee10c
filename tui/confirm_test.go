package tui

import (
	"strings"
	"testing"
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
