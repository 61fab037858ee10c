package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// onKey gives a key to the front layer: prompt, overlay, then the screen.
func (m *model) onKey(k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	if m.prompt != nil {
		return m.promptKey(k)
	}
	if m.over != nil {
		if key == "esc" {
			m.over.closed(m)
			m.shut()
			return nil
		}
		if !m.armed { // typed before the dialog could be read (R3)
			return nil
		}
		return m.over.key(m, key, k.Text)
	}
	if key == "esc" {
		m.peel()
		return nil
	}
	if m.movement(key) {
		return nil
	}
	return m.dispatch(key)
}

func (m *model) onPaste(text string) {
	text = strings.TrimRight(fleet.Clean(text), " ")
	if m.prompt != nil {
		m.prompt.in, _ = m.prompt.in.Update(tea.PasteMsg{Content: text})
		m.prompt.changed(m)
		return
	}
	if p, ok := m.over.(interface{ paste(string) }); ok && m.armed {
		p.paste(text)
	}
}

// peel takes away one layer: freeze, pane, marks, filter.
func (m *model) peel() {
	switch {
	case m.pane == paneLog:
		m.pane = paneTable
	case len(m.rows.marks) > 0:
		clear(m.rows.marks)
	case m.rows.filter.text != "" || m.rows.problems:
		m.rows.filter, m.rows.problems = filter{}, false
		m.rows.refilter()
	}
}

// movement handles the keys that move, in the table or the log.
func (m *model) movement(key string) bool {
	half := max(1, m.tableHeight()/2)
	if m.pane == paneLog {
		half = max(1, m.logHeight()/2)
	}
	const far = 1 << 30
	n, ok := map[string]int{
		"j": 1, "down": 1, "k": -1, "up": -1, "g": -far, "home": -far, "G": far, "end": far,
		"ctrl+d": half, "pgdown": half, "ctrl+u": -half, "pgup": -half,
	}[key]
	if !ok {
		return false
	}
	if m.pane == paneLog {
		m.logs.scroll(n, m.logHeight())
	} else {
		m.rows.move(n)
	}
	return true
}

// prompt is an input line at the bottom of the screen. The text and its editing
// keys are Bubbles' text input; the line is drawn by the footer.
type prompt struct {
	label   string
	in      textinput.Model
	changed func(*model)
	done    func(*model) tea.Cmd
	cancel  func(*model)
}

// input makes a text input that has the focus.
func input(text string) textinput.Model {
	in := textinput.New()
	in.SetValue(text)
	in.CursorEnd()
	in.Focus() // its command only blinks a cursor that we draw ourselves
	return in
}

func (m *model) promptKey(k tea.KeyPressMsg) tea.Cmd {
	p := m.prompt
	switch k.String() {
	case "esc", "ctrl+c":
		m.prompt = nil
		p.cancel(m)
	case "enter":
		m.prompt = nil
		return p.done(m)
	case "ctrl+v": // the terminal pastes; a clipboard of this machine is not the person's over SSH
	default:
		p.in, _ = p.in.Update(k) // its command blinks, as above
		p.changed(m)
	}
	return nil
}

func (m *model) askFilter() {
	before := m.rows.filter
	apply := func(m *model) {
		m.rows.filter = parseFilter(m.prompt.in.Value())
		m.rows.refilter()
	}
	m.prompt = &prompt{
		label: "filter", in: input(before.text), changed: apply,
		done:   func(*model) tea.Cmd { return nil },
		cancel: func(m *model) { m.rows.filter = before; m.rows.refilter() },
	}
}

// askRun asks for a command; the instances are those that are chosen now.
func (m *model) askRun() tea.Cmd {
	is := m.rows.chosen()
	m.prompt = &prompt{
		label: "run on " + names(is), in: input(""), changed: func(*model) {}, cancel: func(*model) {},
	}
	p := m.prompt
	p.done = func(m *model) tea.Cmd {
		if strings.TrimSpace(p.in.Value()) == "" {
			return m.say("nothing was run")
		}
		return m.startRun(ids(is), p.in.Value())
	}
	return nil
}

func names(is []fleet.Instance) string {
	if len(is) == 1 {
		return string(is[0].ID)
	}
	return count(len(is), "instance")
}

func ids(is []fleet.Instance) []fleet.InstanceID {
	out := make([]fleet.InstanceID, len(is))
	for n, i := range is {
		out[n] = i.ID
	}
	return out
}

func (m *model) nextSort() {
	m.rows.sortBy = (m.rows.sortBy + 1) % sortKeys
	m.rows.unsorted, m.rows.changed = true, true
	m.rows.settle()
}

func (m *model) toggleFreeze() {
	m.freeze = !m.freeze
	if m.freeze {
		return
	}
	for _, b := range m.frozen {
		m.take(b)
	}
	m.frozen = nil
}

// quit leaves at once when nothing runs, else it shows what keeps running.
func (m *model) quit() tea.Cmd {
	if m.summary.Live == 0 {
		return tea.Quit
	}
	return m.open(&quitPanel{})
}

// shell hands the terminal to a shell on the row's instance.
func (m *model) shell() tea.Cmd {
	i, _ := m.rows.current()
	if i.State != fleet.StateRunning {
		return m.say("shell: " + string(i.ID) + " is not running")
	}
	return tea.Exec(&shellCommand{ctx: m.ctx, face: m.o.Face, id: i.ID, zone: i.Zone}, func(err error) tea.Msg { return shellDoneMsg{err} })
}

// copyText answers with a text for the clipboard.
func copyText(s string) tea.Cmd { return func() tea.Msg { return copyMsg{text: s} } }

// shortest is the least time a program may own the terminal: one that ends at
// once would leave Bubble Tea's screen unpainted (its issue 1778).
const shortest = 30 * time.Millisecond
