package tui

import (
	tea "charm.land/bubbletea/v2"
)

// onAnswer takes answers to questions; those of an overlay that was closed are
// dropped here and nowhere else.
func (m *model) onAnswer(msg tea.Msg) tea.Cmd {
	was := m.dirty
	m.dirty = true
	switch msg := msg.(type) {
	case planMsg, replanMsg, enabledMsg, shapeMsg, pricesMsg, regionsMsg, liftedMsg, leftoversMsg, costsMsg:
		return m.onPage(msg)
	case startedMsg:
		if msg.err != nil {
			return m.say(msg.err.Error())
		}
		return m.say(msg.what)
	case runStartedMsg:
		if v, ok := m.layer(msg.gen).(*runView); ok {
			return v.started(m, msg)
		}
	case runMsg:
		if v, ok := m.layer(msg.gen).(*runView); ok {
			return v.take(m, msg)
		}
	case shellDoneMsg, historyMsg, completeMsg, textMsg, explainMsg, inspectMsg, followingMsg, tailMsg, forwardMsg, panesMsg:
		return m.onRemote(msg)
	case stopMsg:
		return m.onStop(msg)
	case resumedMsg:
		return m.resumed(msg)
	case editedMsg:
		return m.edited(msg)
	case copyMsg:
		return m.onCopy(msg)
	default:
		m.dirty = was
	}
	return nil
}

// onPage takes answers that a page or a screen has asked for.
func (m *model) onPage(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case planMsg, replanMsg, enabledMsg, shapeMsg:
		return m.onPlan(msg)
	case pricesMsg:
		if v, ok := m.layer(msg.layer).(*pricesView); ok && msg.ask == v.asked {
			v.take(m, msg)
		}
	case regionsMsg:
		if v, ok := m.layer(msg.layer).(*regionsView); ok && msg.ask == v.asked {
			v.take(m, msg)
		}
	case liftedMsg:
		return m.say(msg.words())
	case leftoversMsg:
		msg.v.take(msg)
	case costsMsg:
		if v, ok := m.layer(msg.layer).(*costsView); ok && msg.ask == v.asked {
			v.take(m, msg)
		}
	}
	return nil
}

// onPlan takes answers that are about what the fleet is to become.
func (m *model) onPlan(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case planMsg:
		if p, ok := m.layer(msg.layer).(*planView); ok && msg.ask == p.asked {
			p.take(msg)
		}
	case replanMsg:
		if p, ok := m.layer(msg.layer).(*planView); ok && msg.ask == p.asked {
			return p.send(m)
		}
		if d, ok := m.layer(msg.layer).(*shrinkDialog); ok && msg.ask == d.number {
			return d.ask(m)
		}
	case enabledMsg:
		return m.takeEnabled(msg)
	case shapeMsg:
		return m.takeShape(msg)
	}
	return nil
}

// onRemote takes answers that are about work on instances.
func (m *model) onRemote(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case shellDoneMsg:
		if msg.err != nil {
			return m.say(msg.err.Error())
		}
	case historyMsg:
		if m.prompt == msg.p {
			m.prompt.history = msg.lines
		}
	case completeMsg:
		if m.prompt == msg.p && msg.p.in.Value() == msg.text {
			msg.p.ghost = msg.rest
		}
	case textMsg:
		if msg.gen == m.overGen && m.prompt == nil {
			return m.openOutput(msg)
		}
	case explainMsg:
		if v, ok := m.layer(msg.gen).(*explainView); ok {
			v.x, v.err, v.have = msg.x, msg.err, true
		}
	case inspectMsg:
		if v, ok := m.layer(msg.gen).(*detailsView); ok {
			v.x, v.err, v.have = msg.x, msg.err, true
		}
	case followingMsg, tailMsg:
		return m.onTail(msg)
	case forwardMsg:
		return m.takeForward(msg)
	case panesMsg:
		return m.tookPanes(msg)
	}
	return nil
}

// onTail takes answers that are about a followed log.
func (m *model) onTail(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case followingMsg:
		if v, ok := m.layer(msg.gen).(*followView); ok {
			return v.started(m, msg)
		}
		if msg.tail != nil { // the page was closed before it began
			return func() tea.Msg { msg.tail.Close(); return nil }
		}
	case tailMsg:
		if v, ok := m.layer(msg.gen).(*followView); ok {
			return v.take(m, msg)
		}
	}
	return nil
}

// onCopy sends a text to the clipboard.
func (m *model) onCopy(msg copyMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(msg.err.Error())
	}
	what := msg.what
	if what == "" {
		what = msg.text
	}
	return tea.Batch(tea.SetClipboard(msg.text), m.say("sent to clipboard: "+what))
}
