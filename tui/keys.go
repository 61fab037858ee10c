package tui

import (
	"errors"
	"fmt"
	"slices"
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
		if a, ok := m.find(atInput, key); ok && a.enabled(m) {
			return m.do(a)
		}
		return m.write(k)
	}
	if m.over != nil && !m.armed && key != "esc" { // typed before the dialog could be read (R3)
		return nil
	}
	return m.dispatch(key, k.Text)
}

func (m *model) onPaste(text string) {
	text = strings.TrimRight(fleet.Clean(text), " ")
	if m.prompt != nil {
		m.prompt.in, _ = m.prompt.in.Update(tea.PasteMsg{Content: text})
		m.prompt.changed(m)
		return
	}
	if !m.armed {
		return
	}
	switch o := m.over.(type) {
	case confirmation:
		m.spell(o, text)
	case interface{ paste(string) }:
		o.paste(text)
	}
}

// peel takes away one layer: overlay, log, marks, filter.
func (m *model) peel() tea.Cmd {
	if s, ok := m.over.(gridScreen); ok && s.ops().peel() {
		return nil
	}
	switch {
	case m.over != nil:
		return m.back()
	case m.rows.anchor != "":
		m.rows.anchor = ""
	case len(m.rows.marks) > 0:
		clear(m.rows.marks)
	case m.rows.filter.text != "" || m.rows.problems:
		m.rows.filter, m.rows.problems = filter{}, false
		m.rows.refilter()
	}
	return nil
}

// move scrolls the overlay or the table.
func (m *model) move(n int) {
	if v, ok := m.over.(scroller); ok {
		v.scroll(n)
		return
	}
	m.rows.move(n)
}

// half is half a page of what moves.
func (m *model) half() int {
	switch {
	case m.inLog():
		return max(1, m.logs.read.height/2)
	case m.over != nil:
		return max(1, (m.h-4)/2)
	}
	return max(1, m.tableHeight()/2)
}

// prompt is an input line at the bottom of the screen. The text and its editing
// keys are Bubbles' text input; the line is drawn by the footer.
type prompt struct {
	label   string
	in      textinput.Model
	changed func(*model)
	done    func(*model) tea.Cmd
	cancel  func(*model)
	facts   func(*model) string // stands at the right; nil: what Enter and Esc do

	verb    string   // what is done, before the name of the choice
	choices []choice // of instances; Tab takes the next
	choice  int
	local   func(text string) (word string, ok bool) // the part that is a path here, where it is the last
	offer   func(text string) string                 // what would complete it, where that is known here
	ghost   string                                   // what would complete it
	history []string                                 // earlier lines, newest first
	line    int                                      // which of them is shown; 0: what was typed
	typed   string
}

// input makes a text input that has the focus.
func input(text string) textinput.Model {
	in := textinput.New()
	in.SetValue(text)
	in.CursorEnd()
	in.Focus() // its command only blinks a cursor that we draw ourselves
	return in
}

// write puts a key into the input line. Ctrl+V is left to the terminal: the
// clipboard of this machine is not the person's over SSH.
func (m *model) write(k tea.KeyPressMsg) tea.Cmd {
	if k.Mod.Contains(tea.ModCtrl) && k.Code == 'v' {
		return nil
	}
	m.prompt.in, _ = m.prompt.in.Update(k) // its command blinks, as above
	m.prompt.changed(m)
	return m.prompt.seek()
}

func (m *model) askFilter() {
	before := m.rows.filter
	apply := func(m *model) {
		m.rows.filter = m.rows.filter.write(m.prompt.in.Value())
		m.rows.refilter()
	}
	m.prompt = &prompt{
		label: "filter", in: input(before.text), changed: apply, offer: m.filterOffer, history: m.said["filter"],
		done: func(m *model) tea.Cmd {
			err := m.rows.filter.err
			if err == nil {
				if text := strings.TrimSpace(m.rows.filter.text); text != "" {
					m.remember("filter", text)
				}
				return nil
			}
			m.rows.filter = before
			m.rows.refilter()
			return m.say(err.Error())
		},
		cancel: func(m *model) { m.rows.filter = before; m.rows.refilter() },
		facts: func(m *model) string {
			if err := m.rows.filter.err; err != nil {
				return cause(err)
			}
			return m.promptHints(m.prompt, fmt.Sprintf("%d of %d shown; enter keeps it, esc does not", len(m.rows.shown), len(m.rows.all)))
		},
	}
}

// cause is what is wrong, without what was tried: that stands beside it.
func cause(err error) string {
	var e *fleet.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}

// markRange begins a range of marks at the cursor, or ends it there.
func (m *model) markRange() tea.Cmd {
	from := m.rows.anchor
	m.rows.anchor = ""
	if from != "" && m.rows.between(from, m.rows.at) > 0 {
		return nil
	}
	m.rows.anchor = m.rows.at
	return nil
}

func ids(is []fleet.Instance) []fleet.InstanceID {
	out := make([]fleet.InstanceID, len(is))
	for n, i := range is {
		out[n] = i.ID
	}
	return out
}

// sort sorts by the column under the cursor; once more reverses.
func (m *model) sort() {
	r := &m.rows
	if r.sortBy.head == r.column {
		r.sortBy.reverse = !r.sortBy.reverse
	} else {
		for _, c := range columns() {
			if c.head == r.column {
				r.sortBy = sorting{head: c.head, order: c.order}
			}
		}
	}
	r.unsorted, r.changed = true, true
	r.settle()
}

// toColumn moves the column cursor. A column that had to leave comes back while
// the cursor is on it.
func (m *model) toColumn(n int) {
	cs := m.rows.arranged()
	at := slices.IndexFunc(cs, func(c column) bool { return c.head == m.rows.column })
	m.rows.column = cs[min(max(0, at+n), len(cs)-1)].head
}

func (m *model) refresh() tea.Cmd {
	face := m.o.Face
	m.did("list")
	return func() tea.Msg { face.Refresh(); return startedMsg{what: "asking every region"} }
}

func (m *model) help() tea.Cmd {
	if _, ok := m.over.(*helpView); ok {
		return m.back()
	}
	return m.open(&helpView{here: m.chain()})
}

// quit leaves at once when nothing runs, else it shows what keeps running; in
// the panel that shows it, it leaves.
func (m *model) quit() tea.Cmd {
	_, busy := m.running()
	if _, asked := m.over.(*quitPanel); asked || m.summary.Live == 0 && !busy {
		return m.leave()
	}
	return m.open(&quitPanel{})
}

// interrupt stops the run in front, if it goes on; else it is the way out.
func (m *model) interrupt() tea.Cmd {
	if v, ok := m.over.(*runView); ok && v.live() && !v.stopped {
		return v.stopAll(m)
	}
	return m.quit()
}

// leave ends the program, also when the terminal takes no more output.
func (m *model) leave() tea.Cmd {
	left := m.left
	m.left = nil
	return func() tea.Msg {
		if left != nil {
			close(left)
		}
		return tea.QuitMsg{}
	}
}

// shell hands the terminal to a shell on the row's instance.
func (m *model) shell() tea.Cmd { return m.shellOn(m.rows.at) }

// shellOn hands the terminal to a shell on an instance.
func (m *model) shellOn(id fleet.InstanceID) tea.Cmd {
	i, ok := m.rows.of(id)
	if !ok || i.State != fleet.StateRunning {
		return m.say("shell: " + string(id) + " is not running")
	}
	m.did("ssh", string(id))
	return tea.Exec(&shellCommand{ctx: m.ctx, face: m.o.Face, id: i.ID, zone: i.Zone}, func(err error) tea.Msg { return shellDoneMsg{err} })
}

// copyText answers with a text for the clipboard.
func copyText(s string) tea.Cmd { return func() tea.Msg { return copyMsg{text: s} } }

// shortest is the least time a program may own the terminal: one that ends at
// once would leave Bubble Tea's screen unpainted (its issue 1778).
const shortest = 30 * time.Millisecond
