package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"
)

// paletteView finds an action by a few letters of its words. What it runs goes
// the way that its key would go: the same refusals, the same dialogs.
type paletteView struct {
	info
	in    textinput.Model
	all   offers
	found []action
	at    int
}

// offers are actions as the search sees them.
type offers []action

// String implements fuzzy.Source.
func (o offers) String(n int) string { return o[n].title }

// Len implements fuzzy.Source.
func (o offers) Len() int { return len(o) }

func (*paletteView) place() place { return atPalette }

// inDialog says why nothing can be looked for while a question is open: its
// answer is what counts (R1, R2).
func inDialog(m *model) string {
	if _, ok := m.over.(full); m.over == nil || ok {
		return ""
	}
	return "answer or leave the dialog first"
}

// openPalette offers what works where it is opened.
func (m *model) openPalette() tea.Cmd {
	v := &paletteView{in: input("")}
	for _, p := range m.chain() {
		for _, a := range m.acts {
			if a.place == p && p != moving && a.id != "palette" {
				v.all = append(v.all, a)
			}
		}
	}
	v.search()
	return m.open(v)
}

// search keeps the order of the registry while nothing is typed, the most used
// first. Else a title that has the letters in their order comes first, the best
// match on top, and then what only explains itself by the text.
func (v *paletteView) search() {
	v.at = 0
	text := strings.TrimSpace(v.in.Value())
	if text == "" {
		v.found = v.all
		return
	}
	v.found = nil
	there := map[string]bool{}
	for _, hit := range fuzzy.FindFrom(text, v.all) {
		v.found = append(v.found, v.all[hit.Index])
		there[v.all[hit.Index].id] = true
	}
	for _, a := range v.all {
		if !there[a.id] && strings.Contains(strings.ToLower(a.help), strings.ToLower(text)) {
			v.found = append(v.found, a)
		}
	}
}

func (v *paletteView) other(_ *model, key, text string) tea.Cmd {
	if text == "" && key != "backspace" {
		return nil
	}
	if key == "backspace" {
		r := []rune(v.in.Value())
		v.in.SetValue(string(r[:max(0, len(r)-1)]))
	} else {
		v.in.SetValue(v.in.Value() + text)
	}
	v.search()
	return nil
}

func (v *paletteView) paste(text string) {
	v.in.SetValue(v.in.Value() + text)
	v.search()
}

func (v *paletteView) move(n int) {
	v.at = min(max(0, v.at+n), max(0, len(v.found)-1))
}

// run does the chosen action where the palette was opened.
func (v *paletteView) run(m *model) tea.Cmd {
	if v.at >= len(v.found) {
		return nil
	}
	a := v.found[v.at]
	return tea.Batch(m.back(), m.do(a))
}

func (v *paletteView) box(m *model, w int) dialog {
	d := dialog{title: "Commands", edge: m.th.Accent}
	d.body = append(d.body, m.boxLine(w).put(m.th.Accent, ": ").put(m.th.Text, v.in.Value()).put(m.th.Accent, m.th.Glyph("▏", "_")), m.boxLine(w))
	if len(v.found) == 0 {
		d.body = append(d.body, m.boxLine(w).put(m.th.Dim, "nothing is called like that"))
	}
	d.body = append(d.body, m.offered(v.found, v.at, w)...)
	d.foot = m.choosing(w)
	return d
}

// offered lists actions around the chosen one: as many as there is room for.
func (m *model) offered(as []action, at, w int) []*line {
	room := min(14, max(3, m.h-11))
	from := min(max(0, at-room/2), max(0, len(as)-room))
	var ls []*line
	for n, a := range as[from:min(len(as), from+room)] {
		l := m.boxLine(w)
		if from+n == at {
			l.put(m.th.Accent, m.th.Glyph("▸ ", "> "))
		} else {
			l.gap(2)
		}
		words, why := m.th.Text, ""
		switch {
		case a.changes && m.o.ReadOnly:
			why = "refused in read-only mode"
		case a.off != nil:
			why = a.off(m)
		}
		if why != "" {
			words = m.th.Dim
		} else {
			why = a.help
		}
		l.cell(m.th.Accent, a.key(), 7, false).cell(m.th.Warn, a.risk.sign(), 2, false)
		ls = append(ls, l.cell(words, a.title, 16, false).put(m.th.Dim, why))
	}
	return ls
}

// choosing is the foot of a list that one chooses from.
func (m *model) choosing(w int) []*line {
	return []*line{m.boxLine(w), m.boxLine(w).put(m.th.Accent, m.th.Glyph("↑↓", "up down")).put(m.th.Dim, " choose   ").put(m.th.Accent, "enter").put(m.th.Dim, " does it   ").put(m.th.Accent, "esc").put(m.th.Dim, " back")}
}

// menuView lists what can be done with the marks or the row; each is also on its
// own key.
type menuView struct {
	info
	title string
	acts  []action
	at    int
}

func (*menuView) place() place { return atMenu }

// aboutRows are the actions of the menu, by what they do: look, work, change,
// copy.
func aboutRows() []string {
	return []string{"details", "explain", "shell", "run", "follow", "upload", "fetch", "forward", "panes", "provision", "provisionall", "replace", "lock", "destroy", "copyid", "copy", "console"}
}

func (m *model) openMenu() tea.Cmd {
	v := &menuView{title: "With " + string(m.rows.at)}
	if n := len(m.rows.marks); n > 0 {
		v.title = "With " + count(n, "marked instance") + ", or " + string(m.rows.at)
	}
	for _, id := range aboutRows() {
		n := slices.IndexFunc(m.acts, func(a action) bool { return a.id == id })
		v.acts = append(v.acts, m.acts[n])
	}
	return m.open(v)
}

// other runs an action by the key that it has in the table.
func (v *menuView) other(m *model, key, _ string) tea.Cmd {
	for _, a := range v.acts {
		if slices.Contains(a.keys, key) {
			return tea.Batch(m.back(), m.do(a))
		}
	}
	return nil
}

func (v *menuView) move(n int) { v.at = min(max(0, v.at+n), len(v.acts)-1) }

func (v *menuView) run(m *model) tea.Cmd { return tea.Batch(m.back(), m.do(v.acts[v.at])) }

func (v *menuView) box(m *model, w int) dialog {
	return dialog{title: v.title, edge: m.th.Accent, body: m.offered(v.acts, v.at, w), foot: m.choosing(w)}
}
