package tui

import (
	tea "charm.land/bubbletea/v2"

	"spot-tui/tui/theme"
)

// answer is what passes a confirmation.
type answer uint8

const (
	closes    answer = iota // nothing: there is nothing to confirm
	wantsY                  // y: it is about one thing, or ends nothing
	wantsWord               // a word, and then Enter (R3)
)

// confirmation is a dialog that changes AWS once it is passed. Where it opens,
// Cancel has the focus (R2).
type confirmation interface {
	// common is the part that all of them share.
	common() *confirm
	// wants is what passes it now.
	wants() answer
	// terms are its words.
	terms(m *model) terms
	// do hands what it shows to the engine.
	do(m *model) tea.Cmd
}

// terms are the words of a confirmation.
type terms struct {
	verb string      // on its button, and of what the typed word does to them
	one  string      // what y does
	done string      // what was not done when it is cancelled
	name string      // what the word is
	key  theme.Style // of what is to be typed
}

// confirm is what the confirmations share: the typed word, and the choice of how
// much is meant.
type confirm struct {
	word  string
	typed string
	wrong bool // Enter was pressed on another word
	at    int  // the choice that is shown, where there are several
}

func (c *confirm) common() *confirm { return c }
func (*confirm) escape() string     { return "cancel" }
func (*confirm) dangerous() bool    { return true }
func (*confirm) closed()            {}

// choose goes to another of n choices; what was typed was for the one before.
func (c *confirm) choose(step, n int) {
	c.at, c.typed, c.wrong = (c.at+step+n)%n, "", false
}

// yes passes a confirmation that wants y.
func (m *model) yes() tea.Cmd {
	if d, ok := m.over.(confirmation); ok && d.wants() == wantsY {
		return d.do(m)
	}
	return nil
}

// enter presses the button under the focus: Cancel, until a word is typed.
func (m *model) enter() tea.Cmd {
	d, ok := m.over.(confirmation)
	if !ok {
		return nil
	}
	c := d.common()
	switch {
	case c.typed == "" || d.wants() != wantsWord:
		return m.back()
	case c.typed != c.word:
		c.wrong = true
		return nil
	}
	return d.do(m)
}

// answer takes a key that no action has: a letter of the word; where y is wanted,
// whatever is not y is Cancel.
func (m *model) answer(d confirmation, key, text string) tea.Cmd {
	c := d.common()
	c.wrong = false
	switch {
	case d.wants() == wantsY:
		return tea.Batch(m.back(), m.say("nothing was "+d.terms(m).done))
	case key != "backspace":
		m.spell(d, text)
	case c.typed != "":
		r := []rune(c.typed)
		c.typed = string(r[:len(r)-1])
	}
	return nil
}

// longestWord is more than any word that is asked for has, in bytes.
const longestWord = 80

// spell puts a text behind what was typed, where a word is wanted.
func (m *model) spell(d confirmation, text string) {
	if c := d.common(); d.wants() == wantsWord && len(c.typed)+len(text) <= longestWord {
		c.typed += text
	}
}

// askFor is the foot of a confirmation: what passes it, and the buttons at the end of
// first.
func (m *model) askFor(d confirmation, w int, first *line) []*line {
	c, t, state := d.common(), d.terms(m), m.boxLine(w)
	ready := false
	ask := m.boxLine(w)
	switch d.wants() {
	case closes:
		ask.put(m.th.Text, "Enter closes this; nothing is changed.")
	case wantsY:
		ask.put(m.th.Text, "Press ").put(t.key, "y").put(m.th.Text, " to "+t.one+"; any other key cancels.")
	case wantsWord:
		ask.put(m.th.Text, "Type ").put(t.key, c.word).put(m.th.Text, " to "+t.verb+" them: ").put(m.th.Text.Bold(true), c.typed).put(m.th.Accent, m.th.Glyph("▏", "_"))
		if ready = c.typed == c.word; ready {
			state.put(m.th.Text, "Enter "+t.verb+"s them.")
		}
		if c.wrong {
			state.put(m.th.Warn, "That is not "+t.name+". Nothing was "+t.done+".")
		}
	}
	return []*line{m.boxLine(w), ask, state, m.buttons(first, w, capital(t.verb), t.key, ready)}
}

// buttons ends a line with Cancel, which has the focus until what is asked for
// has been typed, and the button that does it.
func (m *model) buttons(l *line, w int, yes string, risk theme.Style, on bool) *line {
	l.gap(max(1, w-len("[ Cancel ]")-len(yes)-9-l.w))
	if on {
		return l.gap(2).put(m.th.Dim, "Cancel").gap(3).put(risk.Bold(true), "[ "+yes+" ]")
	}
	return l.put(m.th.Accent, "[ Cancel ]").gap(5).put(m.th.Dim, yes)
}

// capital writes a verb as a button does.
func capital(verb string) string { return string(verb[0]-'a'+'A') + verb[1:] }

// choiceLine says that the arrows change something, and how it stands.
func (m *model) choiceLine(w int, what string) *line {
	return m.boxLine(w).put(m.th.Accent, m.th.Glyph("← →", "<- ->")).put(m.th.Dim, " "+what)
}

// extent says how much is meant, where, and in whose account (R7).
func (m *model) extent(w, n int, thing string, regions int, account string) *line {
	return m.boxLine(w).put(m.th.Text.Bold(true), count(n, thing)).put(m.th.Text, " in "+count(regions, "region")+" of account "+account)
}

// placeLine is a line about a region.
func (m *model) placeLine(w int, region, what string) *line {
	return m.boxLine(w).gap(2).cell(m.th.Text, region, 16, false).put(m.th.Dim, what)
}

// placeLines count instances by region and stage.
func (m *model) placeLines(w int, rs []regionCount) (ls []*line) {
	for _, r := range rs {
		ls = append(ls, m.placeLine(w, string(r.region), r.stages()))
	}
	return ls
}

// byY makes an action the y of a confirmation.
func byY(a action) action {
	return passing(a, "y", (*model).yes, func(w answer) bool { return w == wantsY })
}

// byWord makes an action the Enter of a confirmation, behind the typed word.
func byWord(a action) action {
	return passing(a, "enter", (*model).enter, func(w answer) bool { return w != wantsY })
}

func passing(a action, key string, run func(*model) tea.Cmd, fits func(answer) bool) action {
	a.keys, a.changes, a.run = []string{key}, true, run
	a.off = func(m *model) string {
		if d, ok := m.over.(confirmation); ok && fits(d.wants()) {
			return ""
		}
		return "it is another key that passes it"
	}
	return a
}
