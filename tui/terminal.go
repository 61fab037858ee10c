package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// dress tells the terminal what it shows beside the frame: its window's title, a
// progress bar while something goes on, and whether the mouse is ours.
func (m *model) dress(v *tea.View) {
	v.AltScreen, v.ReportFocus = true, true
	v.WindowTitle = m.title()
	if m.tellsStatus {
		v.ProgramStatus = m.status()
	}
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if o, ok := m.running(); ok {
		v.ProgressBar = tea.NewProgressBar(tea.ProgressBarIndeterminate, 0)
		if o.Total > 0 {
			v.ProgressBar = tea.NewProgressBar(tea.ProgressBarDefault, 100*o.Done/o.Total)
		}
		if len(o.Errors) > 0 {
			v.ProgressBar.State = tea.ProgressBarWarning
		}
	}
}

// title is what a person who looks elsewhere wants to know: the fleet, how many
// are ready, and the worst of the rest.
func (m *model) title() string {
	s := m.summary
	title := "spot-tui " + string(m.o.Name)
	if of := max(s.Target, s.Live); s.Scanned && of > 0 {
		title += fmt.Sprintf(" %d/%d ready", s.Counts[fleet.StageReady], of)
	}
	switch {
	case s.Problem != "":
		title += ", needs a login"
	case s.Counts[fleet.StageInterrupted] > 0:
		title += fmt.Sprintf(", %d interrupted", s.Counts[fleet.StageInterrupted])
	case s.Counts[fleet.StageFailed] > 0:
		title += fmt.Sprintf(", %d failed", s.Counts[fleet.StageFailed])
	}
	return fleet.Clean(title)
}

// toggleMouse takes the mouse, or gives it back to the terminal, which selects
// text with it.
func (m *model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return m.say("the mouse is on: a click goes to a row or the log, a second one opens it, the wheel scrolls; " + m.keyFor("mouse") + " gives it back to the terminal")
	}
	return m.say("the mouse is the terminal's again")
}

// wheelLines is how far one notch of the wheel scrolls.
const wheelLines = 3

// onMouse moves and opens, and does nothing else: nothing that changes AWS or an
// instance is ever a click away (R1).
func (m *model) onMouse(msg tea.MouseMsg) tea.Cmd {
	_, scrolls := m.over.(scroller)
	if m.prompt != nil || m.over != nil && !scrolls {
		return nil
	}
	at := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		switch at.Button {
		case tea.MouseWheelUp:
			m.move(-wheelLines)
		case tea.MouseWheelDown:
			m.move(wheelLines)
		default:
			return nil
		}
		m.dirty = true
	case tea.MouseClickMsg:
		if at.Button == tea.MouseLeft && m.over == nil {
			m.dirty = true
			return m.click(at.Y)
		}
	}
	return nil
}

// click is a click on a line of the Fleet screen.
func (m *model) click(y int) tea.Cmd {
	const above = 4 // header, rule and heads
	n, h := y-above-len(m.banner()), m.tableHeight()
	switch {
	case n < 0, y >= m.h-m.footH:
		return nil
	case n >= h:
		return m.focusLog()
	case m.rows.top+n >= len(m.rows.shown):
		return nil
	}
	id := m.rows.shown[m.rows.top+n].ID
	if id == m.rows.at {
		return m.details(id)
	}
	m.rows.at = id
	return nil
}
