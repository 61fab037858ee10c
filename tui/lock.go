package tui

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// unlockDialog confirms that instances lose their lock, which protects them from
// being destroyed. Locking asks nothing: it only protects (R1).
type unlockDialog struct {
	confirm
	on []fleet.Instance // frozen when it opened (R5)
}

func (*unlockDialog) place() place  { return atUnlock }
func (*unlockDialog) wants() answer { return wantsY }

func (*unlockDialog) terms(m *model) terms {
	return terms{verb: "unlock", one: "unlock", done: "unlocked", key: m.th.Warn.Bold(true)}
}

// lock locks the marks or the row; where all of them are locked, it asks whether
// they are to be unlocked.
func (m *model) lock() tea.Cmd {
	var open, locked []fleet.Instance
	for _, i := range m.rows.chosen() {
		switch {
		case i.Stage.Leaving():
		case i.Locked:
			locked = append(locked, i)
		default:
			open = append(open, i)
		}
	}
	switch {
	case len(open) > 0:
		return m.setLock(open, true)
	case len(locked) > 0:
		return m.open(&unlockDialog{on: locked})
	}
	return m.say("lock: it leaves already, and can't be kept")
}

func (m *model) setLock(is []fleet.Instance, on bool) tea.Cmd {
	words, what := []string{"lock"}, "locking "
	if !on {
		words, what = []string{"unlock", "--yes"}, "unlocking "
	}
	m.did(append(words, texts(ids(is))...)...)
	face, list := m.o.Face, ids(is)
	return func() tea.Msg {
		_, err := face.Lock(list, on)
		return startedMsg{what: what + count(len(list), "instance"), err: err}
	}
}

func (d *unlockDialog) do(m *model) tea.Cmd {
	seen := m.back()
	return tea.Batch(seen, m.setLock(d.on, false))
}

func (d *unlockDialog) box(m *model, w int) dialog {
	out := dialog{title: "Unlock " + count(len(d.on), "instance"), edge: m.th.Warn}
	out.body = m.wrap(m.th.Text, "Without the lock they can be destroyed, shrunk away and replaced, each after a confirmation of its own.", w)
	out.body = append(out.body, m.boxLine(w))
	for _, i := range d.on {
		out.body = append(out.body, m.boxLine(w).gap(2).cell(m.th.Text, string(i.ID), 19, false).gap(1).cell(m.th.Text, string(i.Zone), 16, false).put(m.th.Dim, i.Stage.String()))
	}
	out.foot = m.askFor(d, w, m.boxLine(w))
	return out
}

// lockMark is how a table's cell of some width shows a lock: with its word where
// there is room beside the stage.
func (m *model) lockMark(i *fleet.Instance, width int) string {
	g := m.th.Glyph("▣", "#")
	if full := g + " locked"; width >= 3+len(i.Stage.String())+ansi.StringWidth(full) {
		return full
	}
	return g
}
