package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// forward is a forwarded port as the screen knows it.
type forward struct {
	f     *fleet.Forwarding
	state fleet.ForwardState
}

// takeForward takes in a new forwarding, or what became of one.
func (m *model) takeForward(msg forwardMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(msg.err.Error())
	}
	for _, have := range m.forwards {
		if have.f != msg.f {
			continue
		}
		was := have.state
		have.state = msg.state
		return tea.Batch(m.told(was, msg.state), m.waitForward(msg))
	}
	m.forwards = append(m.forwards, &forward{f: msg.f, state: msg.state})
	return m.waitForward(msg)
}

// told says what a person waits to hear: the address, and a bad end.
func (m *model) told(was, is fleet.ForwardState) tea.Cmd {
	switch {
	case is.Ended:
		m.dropForwards()
		if is.Err != nil {
			return m.say(is.Err.Error())
		}
	case was.Notice != "" && is.Notice == "":
		return m.say(fmt.Sprintf("%s is %s of %s", is.Local, is.Remote, is.Instance))
	}
	return nil
}

func (m *model) dropForwards() {
	var open []*forward
	for _, f := range m.forwards {
		if !f.state.Ended {
			open = append(open, f)
		}
	}
	m.forwards = open
}

// waitForward is the one waiting question to a forwarding.
func (m *model) waitForward(msg forwardMsg) tea.Cmd {
	if msg.state.Ended {
		return nil
	}
	ctx := m.ctx
	return func() tea.Msg {
		s, now, err := msg.f.Next(ctx, msg.rev)
		if err != nil {
			return nil
		}
		return forwardMsg{f: msg.f, state: s, rev: now}
	}
}

// forwardsView lists the forwarded ports.
type forwardsView struct {
	info
	at int
}

func (*forwardsView) place() place { return atForwards }

func (m *model) openForwards() tea.Cmd { return m.open(&forwardsView{}) }

func (v *forwardsView) move(m *model, n int) tea.Cmd {
	v.at = min(max(0, v.at+n), max(0, len(m.forwards)-1))
	return nil
}

// stop closes the chosen one.
func (v *forwardsView) stop(m *model) tea.Cmd {
	if v.at >= len(m.forwards) {
		return nil
	}
	f := m.forwards[v.at].f
	return func() tea.Msg { f.Close(); return startedMsg{what: "closed; what went through it is cut"} }
}

func (v *forwardsView) box(m *model, w int) dialog {
	d := dialog{title: "Forwarded ports", edge: m.th.Accent}
	v.at = min(v.at, max(0, len(m.forwards)-1))
	if len(m.forwards) == 0 {
		d.body = append(d.body, m.boxLine(w).put(m.th.Dim, "none is open"))
	}
	for n, f := range m.forwards {
		mark := "  "
		if n == v.at {
			mark = m.th.Glyph("▸ ", "> ")
		}
		l := m.boxLine(w).put(m.th.Accent, mark).put(m.th.Text, f.state.Local).put(m.th.Dim, m.th.Glyph(" → ", " > ")+f.state.Remote+" of "+string(f.state.Instance))
		d.body = append(d.body, l)
		if f.state.Notice != "" {
			d.body = append(d.body, m.boxLine(w).gap(4).put(m.th.Warn, f.state.Notice))
		}
	}
	d.foot = append([]*line{m.boxLine(w)}, m.options(w, atForwards)...)
	return d
}
