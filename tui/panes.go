package tui

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// openPanes opens a shell on each chosen instance, in tmux.
func (m *model) openPanes() tea.Cmd {
	on := running(m.rows.chosen())
	switch {
	case m.o.Panes == nil:
		return m.say("shells: there is no tmux here")
	case len(on) == 0:
		return m.say("shells: none of the chosen instances runs")
	}
	m.did(append([]string{"shells"}, texts(ids(on))...)...)
	ctx, face, panes := m.ctx, m.o.Face, m.o.Panes
	return func() tea.Msg {
		titles, lines, err := paneLines(face, on)
		if err != nil {
			return panesMsg{err: err}
		}
		attach, err := panes(ctx, titles, lines)
		return panesMsg{n: len(lines), attach: attach, err: err}
	}
}

// running gives those of some instances that a shell can reach.
func running(is []fleet.Instance) []fleet.Instance {
	return slices.DeleteFunc(is, func(i fleet.Instance) bool { return i.State != fleet.StateRunning })
}

// paneLines are the titles of panes and the lines that log in.
func paneLines(face fleet.Face, on []fleet.Instance) (titles, lines []string, err error) {
	for _, i := range on {
		l, err := face.LoginLine(i.ID)
		if err != nil {
			return nil, nil, err
		}
		titles, lines = append(titles, string(i.ID)+" "+string(i.Zone)), append(lines, l)
	}
	return titles, lines, nil
}

// tookPanes shows the panes where they are in a session of their own.
func (m *model) tookPanes(msg panesMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(msg.err.Error())
	}
	if len(msg.attach) == 0 {
		return m.say(count(msg.n, "shell") + " opened in a tmux window")
	}
	return m.exec(&attachCommand{ctx: m.ctx, what: "show the shells", args: msg.attach}, func(err error) tea.Msg { return shellDoneMsg{err} })
}

// attachCommand runs a program of this machine: it owns the terminal until the
// person leaves it, and at least as long as Bubble Tea's screen needs to come back.
type attachCommand struct {
	ctx  context.Context
	what string // for messages
	args []string
	feed io.Reader // what the program reads instead of the terminal; nil: the terminal
	in   io.Reader
	out  io.Writer
	err  io.Writer
}

// SetStdin implements tea.ExecCommand.
func (c *attachCommand) SetStdin(r io.Reader) { c.in = r }

// SetStdout implements tea.ExecCommand.
func (c *attachCommand) SetStdout(w io.Writer) { c.out = w }

// SetStderr implements tea.ExecCommand.
func (c *attachCommand) SetStderr(w io.Writer) { c.err = w }

// Run implements tea.ExecCommand.
func (c *attachCommand) Run() error {
	over := time.NewTimer(shortest)
	defer over.Stop()
	cmd := exec.CommandContext(c.ctx, c.args[0], c.args[1:]...) //nolint:gosec // the person's own editor, or tmux to show its session
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.in, c.out, c.err
	if c.feed != nil {
		cmd.Stdin = c.feed
	}
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", c.what, c.args[0], err)
	}
	select {
	case <-over.C:
	case <-c.ctx.Done():
	}
	return err
}
