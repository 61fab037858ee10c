package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// cleanupChoice is what one confirmation takes: our own and the predecessor's are
// never taken by the same.
type cleanupChoice struct {
	by    fleet.Maker
	items []fleet.Leftover // frozen when the dialog opened (R5)
	word  string
}

// cleanupDialog asks what to delete and wants a confirmation that can't happen by
// accident: y for one thing, a word for more (R3).
type cleanupDialog struct {
	choices []cleanupChoice
	at      int
	stay    int // marked, and left out
	typed   string
	wrong   bool
}

// openCleanup freezes the marks or the row.
func (m *model) openCleanup() tea.Cmd {
	v, ok := m.over.(*leftoversView)
	if !ok {
		return nil
	}
	take, stay := v.targets()
	d := &cleanupDialog{stay: stay}
	for _, by := range []fleet.Maker{fleet.MadeBySpotTUI, fleet.MadeByPredecessor} {
		items := slices.DeleteFunc(slices.Clone(take), func(l fleet.Leftover) bool { return l.Maker != by })
		if len(items) > 0 {
			d.choices = append(d.choices, cleanupChoice{by, items, fleet.ConfirmWord(items)})
		}
	}
	return m.open(d)
}

func (*cleanupDialog) place() place    { return atCleanup }
func (*cleanupDialog) escape() string  { return "cancel" }
func (*cleanupDialog) dangerous() bool { return true }
func (*cleanupDialog) closed()         {}

func (d *cleanupDialog) single() bool { return len(d.choices[d.at].items) == 1 }

func (d *cleanupDialog) choose(step int) {
	d.at, d.typed, d.wrong = (d.at+step+len(d.choices))%len(d.choices), "", false
}

// enter presses the button under the focus: Delete once the word is typed, Cancel
// before.
func (d *cleanupDialog) enter(m *model) tea.Cmd {
	switch {
	case d.typed == "":
		return m.back()
	case d.typed != d.choices[d.at].word:
		d.wrong = true
		return nil
	}
	return d.do(m)
}

// other takes the typed word; for one thing, whatever is not y is Cancel.
func (d *cleanupDialog) other(m *model, key, text string) tea.Cmd {
	d.wrong = false
	switch {
	case d.single():
		return tea.Batch(m.back(), m.say("nothing was deleted"))
	case key == "backspace":
		if r := []rune(d.typed); len(r) > 0 {
			d.typed = string(r[:len(r)-1])
		}
	default:
		d.paste(text)
	}
	return nil
}

func (d *cleanupDialog) paste(text string) {
	if !d.single() && len(d.typed)+len(text) <= 80 {
		d.typed += text
	}
}

// do hands the confirmed cleanup to the engine. Another choice is asked about by
// itself.
func (d *cleanupDialog) do(m *model) tea.Cmd {
	c := d.choices[d.at]
	words := []string{"cleanup", "--yes"}
	if c.by == fleet.MadeByPredecessor {
		words = append(words, "--predecessor")
	}
	for _, l := range c.items {
		words = append(words, l.ID)
	}
	m.did(words...)
	face, q := m.o.Face, fleet.CleanupRequest{Items: c.items}
	seen := m.back()
	if v, ok := m.over.(*leftoversView); ok {
		for _, l := range c.items {
			delete(v.marks, l.Key())
		}
	}
	return tea.Batch(seen, func() tea.Msg {
		_, err := face.Cleanup(q)
		return startedMsg{what: "began: delete " + count(len(q.Items), "leftover"), err: err}
	})
}

func (d *cleanupDialog) box(m *model, w int) dialog {
	c := d.choices[d.at]
	out := dialog{title: "Delete " + count(len(c.items), "leftover"), edge: m.th.Bad}
	if c.by == fleet.MadeByPredecessor {
		out.title += " of the predecessor"
	}
	out.body = append(out.body, m.boxLine(w).put(m.th.Text.Bold(true), count(len(c.items), "thing")).put(m.th.Text, " in "+count(len(regionsOf(c.items)), "region")+" of account "+m.summary.Identity.Account+", ").put(m.th.Cost, monthSum(c.items)))
	out.body = append(out.body, m.boxLine(w).gap(2).put(m.th.Dim, "in "+strings.Join(regionsOf(c.items), ", ")), m.boxLine(w))
	for _, l := range c.items { // what can't be shown is counted by the dialog itself
		out.body = append(out.body, m.boxLine(w).gap(2).cell(m.th.Text, l.Group(), 16, false).gap(1).cell(m.th.Text, string(l.Kind), 18, false).put(m.th.Dim, l.ID))
	}
	if d.stay > 0 {
		out.body = append(out.body, m.boxLine(w), m.boxLine(w).put(m.th.Warn, fmt.Sprintf("%d of the marks must stay and are left out.", d.stay)))
	}
	out.foot = d.buttons(m, w)
	return out
}

func regionsOf(ls []fleet.Leftover) []string {
	var rs []string
	for _, l := range ls {
		if !slices.Contains(rs, string(l.Region)) {
			rs = append(rs, string(l.Region))
		}
	}
	slices.Sort(rs)
	return rs
}

func (d *cleanupDialog) buttons(m *model, w int) []*line {
	word := d.choices[d.at].word
	ls := []*line{m.boxLine(w), m.boxLine(w).put(m.th.Dim, "Each is looked at again first: what has changed is left alone.")}
	if d.single() {
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Press ").put(m.th.Bad, "y").put(m.th.Text, " to delete it; any other key cancels."))
	} else {
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Type ").put(m.th.Bad, word).put(m.th.Text, " to delete them: ").put(m.th.Text.Bold(true), d.typed).put(m.th.Accent, m.th.Glyph("▏", "_")))
	}
	ready := d.typed == word && !d.single()
	switch {
	case d.wrong:
		ls = append(ls, m.boxLine(w).put(m.th.Warn, "That is not the word. Nothing was deleted."))
	case ready:
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Enter deletes them."))
	default:
		ls = append(ls, m.boxLine(w))
	}
	button := m.boxLine(w)
	if len(d.choices) > 1 {
		button.put(m.th.Accent, m.th.Glyph("← →", "<- ->")).put(m.th.Dim, fmt.Sprintf(" ours or the predecessor's (%d of %d)", d.at+1, len(d.choices)))
	}
	return append(ls, m.buttons(button, w, "Delete", m.th.Bad, ready))
}

func cleanupActions() []action {
	one := unless("more than one thing wants the word typed", (*cleanupDialog).single)
	many := unless("one thing wants y", func(d *cleanupDialog) bool { return !d.single() })
	choice := unless("there is no other choice", func(d *cleanupDialog) bool { return len(d.choices) > 1 })
	return []action{
		{id: "cleanupleft", place: atCleanup, keys: []string{"left"}, title: "which", help: "the other choice: our own, or the predecessor's", footer: 1, off: choice, run: on(func(d *cleanupDialog, _ *model) tea.Cmd { d.choose(-1); return nil })},
		{id: "cleanupright", place: atCleanup, keys: []string{"right"}, title: "which", help: "the other choice: the predecessor's, or our own", off: choice, run: on(func(d *cleanupDialog, _ *model) tea.Cmd { d.choose(1); return nil })},
		{id: "cleanupone", place: atCleanup, keys: []string{"y"}, title: "delete it", help: "delete the one thing that is named", risk: destroys, footer: 2, changes: true, off: one, run: on((*cleanupDialog).do)},
		{id: "cleanupmany", place: atCleanup, keys: []string{"enter"}, title: "delete them", help: "delete what is named, once the word is typed", risk: destroys, changes: true, off: many, run: on((*cleanupDialog).enter)},
	}
}
