package tui

import (
	"encoding/json"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// info is an overlay that only shows.
type info struct{}

func (info) dangerous() bool { return false }
func (info) closed()         {}
func (info) escape() string  { return "back" }

// helpView lists the keys, from the registry: first those that work where it
// was opened.
type helpView struct {
	info
	scrolling
	here []place
}

func (*helpView) place() place { return atHelp }

func (v *helpView) page(m *model, w, h int) []string {
	var body []string
	done := map[place]bool{}
	for _, p := range append(append([]place(nil), v.here...), places()...) {
		if done[p] {
			continue
		}
		done[p] = true
		title := m.line(w).gap(1).put(m.th.Accent, string(p))
		if len(done) == 1 {
			title.put(m.th.Dim, "  you are here")
		}
		body = append(body, title.end())
		for _, a := range m.acts {
			if a.place != p {
				continue
			}
			l := m.line(w).gap(3).cell(m.th.Accent, keyWords(a.keys), 13, false).cell(m.th.Warn, a.risk.sign(), 2, false).put(m.th.Text, a.help)
			if a.changes && m.o.ReadOnly {
				l.gap(2).put(m.th.Dim, "refused in read-only mode")
			}
			body = append(body, l.end())
		}
		body = append(body, m.line(w).end())
	}
	return m.paged(&v.scrolling, "Help", costs.sign()+" "+costs.String()+"  "+destroys.sign()+" "+destroys.String(), body, w, h)
}

// copyMenu sends a fact of the row to the clipboard.
type copyMenu struct {
	info
	id fleet.InstanceID
}

func (*copyMenu) place() place   { return atCopy }
func (*copyMenu) escape() string { return "cancel" }

func (v *copyMenu) copyID(m *model) tea.Cmd { return tea.Batch(m.back(), copyText(string(v.id))) }

// copyAddress makes an action's run that copies one of the addresses.
func copyAddress(kind string, of func(i *fleet.Instance) string) func(*model) tea.Cmd {
	return on(func(v *copyMenu, m *model) tea.Cmd {
		if i, ok := m.rows.of(v.id); ok && of(i) != "" {
			return tea.Batch(m.back(), copyText(of(i)))
		}
		return tea.Batch(m.back(), m.say(string(v.id)+" has no "+kind+" address"))
	})
}

func (v *copyMenu) copyLogin(m *model) tea.Cmd {
	face, id := m.o.Face, v.id
	return tea.Batch(m.back(), func() tea.Msg { l, err := face.LoginLine(id); return copyMsg{text: l, err: err} })
}

func (v *copyMenu) copyJSON(m *model) tea.Cmd {
	i, ok := m.rows.of(v.id)
	if !ok {
		return tea.Batch(m.back(), m.say(string(v.id)+" has left the table"))
	}
	in := *i
	return tea.Batch(m.back(), func() tea.Msg {
		b, err := json.MarshalIndent(in, "", "  ")
		return copyMsg{text: string(b), what: "everything about " + string(in.ID) + " as JSON", err: err}
	})
}

func (v *copyMenu) box(m *model, w int) dialog {
	return dialog{title: "Copy " + string(v.id), edge: m.th.Accent, foot: m.options(w, atCopy)}
}

// options lists the actions of a dialog that is a menu.
func (m *model) options(w int, p place) []*line {
	var ls []*line
	for _, a := range m.acts {
		if a.place == p && a.footer > 0 && (!a.changes || !m.o.ReadOnly) {
			ls = append(ls, m.boxLine(w).gap(2).put(m.th.Accent, a.key()).gap(2).put(m.th.Text, a.help))
		}
	}
	return ls
}
