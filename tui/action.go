package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// risk is what an action can do to AWS.
type risk uint8

const (
	safe     risk = iota
	costs         // may spend money, after a confirmation
	destroys      // may end instances, after a confirmation
)

func (r risk) String() string { return [...]string{"safe", "costs money", "destroys"}[r] }

// action is one thing that a key does. The table of actions drives dispatch,
// footer, help and docs/keys.md.
type action struct {
	id      string
	keys    []string
	title   string // one or two words, for the footer
	help    string
	group   string
	risk    risk
	footer  int  // place in the footer; 0: not there
	changes bool // refused in read-only mode
	run     func(*model) tea.Cmd
	// off says why the action can't be done now; empty: it can.
	off func(*model) string
}

// actions is the registry.
func actions() []action {
	needRow := func(m *model) string {
		if m.rows.at == "" {
			return "there is no instance here"
		}
		return ""
	}
	act := func(f func(*model)) func(*model) tea.Cmd {
		return func(m *model) tea.Cmd { f(m); return nil }
	}
	return []action{
		{id: "details", keys: []string{"enter", "d"}, title: "details", help: "everything that is known of the row", group: "Instances", footer: 1, off: needRow, run: func(m *model) tea.Cmd { return m.open(&detailsView{id: m.rows.at}) }},
		{id: "shell", keys: []string{"s"}, title: "shell", help: "a shell on the row's instance; it returns to this cursor", group: "Instances", footer: 2, changes: true, off: needRow, run: (*model).shell},
		{id: "run", keys: []string{"x"}, title: "run", help: "run a command on the marked instances, or the row", group: "Instances", footer: 3, changes: true, off: needRow, run: (*model).askRun},
		{id: "new", keys: []string{"n"}, title: "new", help: "plan a launch: what is missing, where, what it costs", group: "Fleet", risk: costs, footer: 4, changes: true, run: (*model).openPlan},
		{id: "destroy", keys: []string{"D"}, title: "destroy", help: "destroy the row, the marks, the region or the fleet; asks first", group: "Fleet", risk: destroys, footer: 5, changes: true, run: (*model).openDestroy},
		{id: "filter", keys: []string{"/"}, title: "filter", help: "text, field:value, !not", group: "Table", footer: 6, run: act((*model).askFilter)},
		{id: "mark", keys: []string{"space"}, title: "mark", help: "mark the row and go down", group: "Table", footer: 7, off: needRow, run: act(func(m *model) { m.rows.mark() })},
		{id: "markall", keys: []string{"*"}, title: "mark all", help: "mark every shown row", group: "Table", footer: 8, off: needRow, run: act(func(m *model) { m.rows.markShown() })},
		{id: "invert", keys: []string{"!"}, title: "invert marks", help: "marked becomes unmarked and the other way round", group: "Table", off: needRow, run: act(func(m *model) { m.rows.invert() })},
		{id: "problems", keys: []string{"E"}, title: "problems", help: "only interrupted and failed rows, or all again", group: "Table", run: act(func(m *model) { m.rows.problems = !m.rows.problems; m.rows.refilter() })},
		{id: "sort", keys: []string{"o"}, title: "sort", help: "sort by the next column: stage, zone, age, price", group: "Table", run: act((*model).nextSort)},
		{id: "copyid", keys: []string{"y"}, title: "copy id", help: "copy the row's id", group: "Instances", footer: 10, off: needRow, run: func(m *model) tea.Cmd { return copyText(string(m.rows.at)) }},
		{id: "copy", keys: []string{"c"}, title: "copy…", help: "copy id, address, ssh line or JSON", group: "Instances", footer: 9, off: needRow, run: func(m *model) tea.Cmd { return m.open(&copyMenu{id: m.rows.at}) }},
		{id: "refresh", keys: []string{"r"}, title: "refresh", help: "ask every region now", group: "Everywhere", run: func(m *model) tea.Cmd {
			face := m.o.Face
			return func() tea.Msg { face.Refresh(); return startedMsg{what: "asking every region"} }
		}},
		{id: "freeze", keys: []string{"z"}, title: "freeze", help: "stop the screen from changing, or let it go on", group: "Everywhere", run: act((*model).toggleFreeze)},
		{id: "pane", keys: []string{"tab"}, title: "log", help: "move in the log, or in the table again", group: "Everywhere", run: act(func(m *model) { m.pane = 1 - m.pane })},
		{id: "redraw", keys: []string{"ctrl+l"}, title: "redraw", help: "draw the screen anew", group: "Everywhere", run: func(*model) tea.Cmd { return tea.ClearScreen }},
		{id: "suspend", keys: []string{"ctrl+z"}, title: "suspend", help: "back to the shell; fg returns", group: "Everywhere", run: func(*model) tea.Cmd { return tea.Suspend }},
		{id: "help", keys: []string{"?"}, title: "help", help: "this list", group: "Everywhere", run: func(m *model) tea.Cmd { return m.open(&helpView{}) }},
		{id: "quit", keys: []string{"q", "ctrl+c"}, title: "quit", help: "what keeps running and what it costs, then leave", group: "Everywhere", run: (*model).quit},
	}
}

// moves are the keys that move; they are the same in every list.
func moves() [][2]string {
	return [][2]string{
		{"j ↓", "down"},
		{"k ↑", "up"},
		{"g Home", "first row"},
		{"G End", "last row"},
		{"Ctrl+D PgDn", "half a page down"},
		{"Ctrl+U PgUp", "half a page up"},
		{"Esc", "peels one layer: input, dialog, marks, filter"},
	}
}

// find gives the action of a key.
func (m *model) find(key string) (action, bool) {
	i := slices.IndexFunc(m.acts, func(a action) bool { return slices.Contains(a.keys, key) })
	if i < 0 {
		return action{}, false
	}
	return m.acts[i], true
}

// dispatch runs a key's action, or says why it can't be done.
func (m *model) dispatch(key string) tea.Cmd {
	a, ok := m.find(key)
	if !ok {
		return nil
	}
	if a.changes && m.o.ReadOnly {
		return m.say(a.title + " is refused in read-only mode; start without --read-only")
	}
	if a.off != nil {
		if why := a.off(m); why != "" {
			return m.say(a.title + ": " + why)
		}
	}
	return a.run(m)
}

// keyWord writes a key as help shows it.
func keyWord(k string) string {
	switch k {
	case "enter", "esc", "tab", "space":
		return strings.ToUpper(k[:1]) + k[1:]
	}
	if c, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return "Ctrl+" + strings.ToUpper(c)
	}
	return k
}

// KeysPage gives docs/keys.md, made from the registry.
func KeysPage() string {
	var b strings.Builder
	b.WriteString("# Keys\n\nThis page is made from the program's own table of actions; `?` shows the same on the screen.\n")
	group := ""
	as := actions()
	slices.SortStableFunc(as, func(a, b action) int { return strings.Compare(a.group, b.group) })
	for _, a := range as {
		if a.group != group {
			group = a.group
			fmt.Fprintf(&b, "\n## %s\n\n| key | what | risk |\n|---|---|---|\n", group)
		}
		words := make([]string, len(a.keys))
		for i, k := range a.keys {
			words[i] = "`" + keyWord(k) + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(words, " "), a.help, a.risk)
	}
	b.WriteString("\n## Moving\n\n| key | what |\n|---|---|\n")
	for _, v := range moves() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v[0], v[1])
	}
	return b.String()
}
