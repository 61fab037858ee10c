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
	confirm
	choices []cleanupChoice
	stay    int // marked, and left out
}

// openCleanup freezes the marks or the row.
func (m *model) openCleanup() tea.Cmd {
	v, ok := m.over.(*leftoversView)
	if !ok {
		return nil
	}
	take, stay := v.targets()
	d := &cleanupDialog{stay: stay, choices: cleanupChoices(take)}
	d.next(0)
	return m.open(d)
}

// cleanupChoices tells our own from the predecessor's.
func cleanupChoices(take []fleet.Leftover) (cs []cleanupChoice) {
	for _, by := range []fleet.Maker{fleet.MadeBySpotTUI, fleet.MadeByPredecessor} {
		items := slices.DeleteFunc(slices.Clone(take), func(l fleet.Leftover) bool { return l.Maker != by })
		if len(items) > 0 {
			cs = append(cs, cleanupChoice{by, items, fleet.ConfirmWord(items)})
		}
	}
	return cs
}

// words are the choice as a command line.
func (c cleanupChoice) words() []string {
	words := []string{"cleanup", "--yes"}
	if c.by == fleet.MadeByPredecessor {
		words = append(words, "--predecessor")
	}
	for _, l := range c.items {
		words = append(words, l.ID)
	}
	return words
}

func (*cleanupDialog) place() place { return atCleanup }

func (d *cleanupDialog) wants() answer {
	if len(d.choices[d.at].items) == 1 {
		return wantsY
	}
	return wantsWord
}

func (*cleanupDialog) terms(m *model) terms {
	return terms{verb: "delete", one: "delete it", done: "deleted", name: "the word", key: m.th.Bad}
}

// next goes to another choice, which has a word of its own.
func (d *cleanupDialog) next(step int) {
	d.choose(step, len(d.choices))
	d.word = d.choices[d.at].word
}

// do hands the confirmed cleanup to the engine. Another choice is asked about by
// itself.
func (d *cleanupDialog) do(m *model) tea.Cmd {
	c := d.choices[d.at]
	m.did(c.words()...)
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
	out.body = append(out.body, m.extent(w, len(c.items), "thing", len(regionsOf(c.items)), m.summary.Identity.Account).put(m.th.Text, ", ").put(m.th.Cost, monthSum(c.items)))
	out.body = append(out.body, m.boxLine(w).gap(2).put(m.th.Dim, "in "+strings.Join(regionsOf(c.items), ", ")), m.boxLine(w))
	for _, l := range c.items { // what can't be shown is counted by the dialog itself
		out.body = append(out.body, m.boxLine(w).gap(2).cell(m.th.Text, l.Group(), 16, false).gap(1).cell(m.th.Text, string(l.Kind), 18, false).put(m.th.Dim, l.ID))
	}
	if d.stay > 0 {
		out.body = append(out.body, m.boxLine(w), m.boxLine(w).put(m.th.Warn, fmt.Sprintf("%d of the marks must stay and are left out.", d.stay)))
	}
	choice := m.boxLine(w)
	if len(d.choices) > 1 {
		choice = m.choiceLine(w, fmt.Sprintf("ours or the predecessor's (%d of %d)", d.at+1, len(d.choices)))
	}
	out.foot = slices.Insert(m.askFor(d, w, choice), 1, m.boxLine(w).put(m.th.Dim, "Each is looked at again first: what has changed is left alone."))
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

func cleanupActions() []action {
	choice := unless("there is no other choice", func(d *cleanupDialog) bool { return len(d.choices) > 1 })
	next := func(step int) func(*model) tea.Cmd {
		return on(func(d *cleanupDialog, _ *model) tea.Cmd { d.next(step); return nil })
	}
	return []action{
		{id: "cleanupleft", place: atCleanup, keys: []string{"left"}, title: "which", help: "the other choice: our own, or the predecessor's", footer: 1, off: choice, run: next(-1)},
		{id: "cleanupright", place: atCleanup, keys: []string{"right"}, title: "which", help: "the other choice: the predecessor's, or our own", off: choice, run: next(1)},
		byY(action{id: "cleanupone", place: atCleanup, title: "delete it", help: "delete the one thing that is named", risk: destroys, footer: 2}),
		byWord(action{id: "cleanupmany", place: atCleanup, title: "delete them", help: "delete what is named, once the word is typed", risk: destroys}),
	}
}
