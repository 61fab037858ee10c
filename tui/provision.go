package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

// provisionDialog confirms that instances are set up again: it runs their setup.
// Its targets are frozen when it opens (R5).
type provisionDialog struct {
	confirm
	on        []fleet.InstanceID
	fromStart bool
	skipped   int // chosen, but there is nothing to take up
}

// openProvision asks about some instances.
func (m *model) openProvision(is []fleet.Instance, fromStart bool) tea.Cmd {
	d := &provisionDialog{fromStart: fromStart}
	for _, i := range is {
		if i.State == fleet.StateRunning && (fromStart || i.Stage != fleet.StageReady) {
			d.on = append(d.on, i.ID)
		} else {
			d.skipped++
		}
	}
	if len(d.on) == 0 {
		if fromStart {
			return m.say("provision: only a running instance can be set up")
		}
		return m.say("provision: nothing is unfinished there; P does all of it again")
	}
	return m.open(d)
}

func (*provisionDialog) place() place  { return atProvision }
func (*provisionDialog) wants() answer { return wantsY }

func (*provisionDialog) terms(m *model) terms {
	return terms{verb: "set up", one: "set up", done: "set up", key: m.th.Run.Bold(true)}
}

func (d *provisionDialog) do(m *model) tea.Cmd {
	face, on, fromStart := m.o.Face, d.on, d.fromStart
	words := []string{"provision"}
	if fromStart {
		words = append(words, "--from-start")
	}
	m.did(append(words, texts(on)...)...)
	return tea.Batch(m.back(), func() tea.Msg {
		_, err := face.Provision(on, fromStart)
		return startedMsg{what: "setting up " + count(len(on), "instance"), err: err}
	})
}

func (d *provisionDialog) box(m *model, w int) dialog {
	head, what := "Provision", "Each goes on at the first step that was not done."
	if d.fromStart {
		head, what = "Provision from the start", "Every step is done again, the setup script included."
	}
	names := string(d.on[0])
	if len(d.on) > 1 {
		names = count(len(d.on), "instance")
	}
	body := []*line{m.boxLine(w).put(m.th.Text.Bold(true), names), m.boxLine(w)}
	body = append(body, m.wrap(m.th.Text, what, w)...)
	if d.skipped > 0 {
		left := count(d.skipped, "chosen instance") + " is left alone: ready, or not running."
		if d.skipped > 1 {
			left = count(d.skipped, "chosen instance") + " are left alone: ready, or not running."
		}
		body = append(body, m.wrap(m.th.Dim, left, w)...)
	}
	for n, id := range d.on {
		if i, ok := m.rows.of(id); ok && n < 8 && i.Reason != "" {
			body = append(body, m.boxLine(w).gap(2).put(m.th.Dim, string(id)+"  ").put(m.th.Bad, i.Reason))
		}
	}
	return dialog{title: head, edge: m.th.Run, body: body, foot: m.askFor(d, w, m.boxLine(w))}
}

// stepLook is a step's sign and colour.
func (m *model) stepLook(s fleet.StepState) (string, theme.Style) {
	switch s {
	case fleet.StepOK, fleet.StepSkipped:
		return m.th.Glyph("●", "*"), m.th.OK
	case fleet.StepRunning:
		return m.th.Glyph("◐", "~"), m.th.Run
	case fleet.StepFailed:
		return m.th.Glyph("✗", "x"), m.th.Bad
	default:
		return m.th.Glyph("○", "-"), m.th.Dim
	}
}

// trackLines shows an instance's provisioning, step by step.
func (m *model) trackLines(t *fleet.Track, w int) []string {
	if t == nil {
		return nil
	}
	ls := []string{m.line(w).gap(1).put(m.th.Accent, "Provisioning").end()}
	for _, s := range t.Steps {
		g, st := m.stepLook(s.State)
		l := m.line(w).gap(3).put(st, g+" ").cell(m.th.Text, s.Name, 24, false).gap(1).cell(st, string(s.State), 10, false)
		took := s.Took
		if s.State == fleet.StepRunning {
			took = m.now.Sub(s.Began)
		}
		if s.State == fleet.StepTodo {
			l.gap(6)
		} else {
			l.cell(m.th.Dim, format.Short(took), 6, true)
		}
		ls = append(ls, l.gap(2).put(m.th.Dim, m.stepFacts(s)).end())
		if last := s.Last; last != "" && s.State != fleet.StepTodo {
			look := m.th.Dim
			if s.State == fleet.StepFailed {
				look = m.th.Bad
			}
			for n, text := range m.fold(last, w-10) {
				if n < 3 {
					ls = append(ls, m.line(w).gap(7).put(look, text).end())
				}
			}
		}
	}
	return append(ls, m.line(w).end())
}

// stepFacts says what else there is to a step.
func (m *model) stepFacts(s fleet.TrackStep) string {
	var parts []string
	if s.Tries > 1 {
		parts = append(parts, fmt.Sprintf("%d tries", s.Tries))
	}
	switch s.State {
	case fleet.StepRunning:
		if left := s.Deadline.Sub(m.now); left > 0 {
			parts = append(parts, format.Long(left)+" left")
		}
		if s.Size > 0 {
			parts = append(parts, fmt.Sprintf("%s of %s", format.Bytes(s.Moved), format.Bytes(s.Size)))
		}
	case fleet.StepFailed:
		if s.Exit != 0 {
			parts = append(parts, fmt.Sprintf("exit %d", s.Exit))
		}
	default:
	}
	return strings.Join(parts, "  ")
}

// output opens what an instance's provisioning printed.
func (m *model) output(id fleet.InstanceID) tea.Cmd {
	face, gen := m.o.Face, m.overGen
	return func() tea.Msg {
		lines, file := face.Output(id)
		return textMsg{gen: gen, title: "Output of " + string(id), file: file, lines: lines}
	}
}

// openOutput opens the page of what was printed, at its end.
func (m *model) openOutput(msg textMsg) tea.Cmd {
	if msg.page != nil {
		return m.open(msg.page)
	}
	var head []string
	if msg.file != "" {
		head = []string{"all of it: " + msg.file}
	}
	v := newText(msg.title, "", head, msg.lines)
	v.read.stay = false
	return m.open(v)
}
