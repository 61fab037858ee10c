package tui

import (
	"os/exec"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// openPanes opens a shell on each chosen instance, in tmux.
func (m *model) openPanes() tea.Cmd {
	var on []fleet.Instance
	for _, i := range m.rows.chosen() {
		if i.State == fleet.StateRunning {
			on = append(on, i)
		}
	}
	switch {
	case m.o.Panes == nil:
		return m.say("shells: there is no tmux here")
	case len(on) == 0:
		return m.say("shells: none of the chosen instances runs")
	}
	ctx, face, panes := m.ctx, m.o.Face, m.o.Panes
	return func() tea.Msg {
		var titles, lines []string
		for _, i := range on {
			l, err := face.LoginLine(i.ID)
			if err != nil {
				return panesMsg{err: err}
			}
			titles, lines = append(titles, string(i.ID)+" "+string(i.Zone)), append(lines, l)
		}
		attach, err := panes(ctx, titles, lines)
		return panesMsg{n: len(lines), attach: attach, err: err}
	}
}

// tookPanes shows the panes where they are in a session of their own.
func (m *model) tookPanes(msg panesMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(msg.err.Error())
	}
	if len(msg.attach) == 0 {
		return m.say(count(msg.n, "shell") + " opened in a tmux window")
	}
	//nolint:gosec,noctx // the command that shows tmux's session; it owns the terminal until the person leaves it
	return tea.ExecProcess(exec.Command(msg.attach[0], msg.attach[1:]...), func(err error) tea.Msg { return shellDoneMsg{err} })
}
