package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// runView shows a command's results: live, then grouped by identical output.
type runView struct {
	line string
	on   []fleet.InstanceID
	run  *fleet.Run
	snap fleet.RunSnapshot
	gs   []group // the hosts that have ended, by how
	err  error
	gen  int // its number among the overlays

	scrolling
}

// startRun opens the view and starts the command.
func (m *model) startRun(on []fleet.InstanceID, text string) tea.Cmd {
	v := &runView{line: text, on: on}
	m.open(v) // it starts no quiet time: the command was typed and sent
	v.gen = m.overGen
	gen, face := v.gen, m.o.Face
	return func() tea.Msg {
		r, err := face.Run(fleet.RunRequest{Instances: on, Line: text})
		return runStartedMsg{gen: gen, run: r, err: err}
	}
}

func (v *runView) started(m *model, msg runStartedMsg) tea.Cmd {
	v.run, v.err = msg.run, msg.err
	if msg.err != nil {
		return nil
	}
	return v.wait(m, 0)
}

// wait is the one waiting question for the run's progress, asked pause later:
// more than one answer per frame would be work that nobody sees.
func (v *runView) wait(m *model, pause time.Duration) tea.Cmd {
	ctx, gen, run, rev := m.ctx, v.gen, v.run, v.snap.Rev
	return func() tea.Msg {
		if err := rest(ctx, pause); err != nil {
			return runMsg{gen: gen, err: err}
		}
		s, err := run.Next(ctx, rev)
		return runMsg{gen: gen, snap: s, err: err}
	}
}

func (v *runView) take(m *model, msg runMsg) tea.Cmd {
	if msg.err != nil {
		return nil
	}
	if v.gs == nil || msg.snap.Done != v.snap.Done {
		v.gs = groups(msg.snap.Hosts)
	}
	v.snap = msg.snap
	if v.ended() {
		return nil
	}
	return v.wait(m, frameTime)
}

func (*runView) place() place    { return atRun }
func (*runView) escape() string  { return "back" }
func (*runView) dangerous() bool { return false }

// closed leaves the command running: its end is in the log.
func (*runView) closed() {}

// ended says whether every host is done.
func (v *runView) ended() bool { return v.run != nil && v.snap.Done == len(v.snap.Hosts) }

func (v *runView) again(m *model) tea.Cmd {
	m.back()
	return m.startRun(v.on, v.line)
}

func (v *runView) stop(*model) tea.Cmd {
	run := v.run
	return func() tea.Msg { run.Cancel(); return startedMsg{what: "canceled on the hosts that had not ended"} }
}

// markOdd marks the hosts that differ from the majority or failed.
func (v *runView) markOdd(m *model) tea.Cmd {
	clear(m.rows.marks)
	for n, g := range v.gs {
		if n == 0 && !g.failed() {
			continue // the majority
		}
		for _, h := range g.hosts {
			if _, ok := m.rows.all[h.Instance]; ok {
				m.rows.marks[h.Instance] = true
			}
		}
	}
	return tea.Batch(m.back(), m.say(count(len(m.rows.marks), "instance")+" marked"))
}

func (v *runView) page(m *model, w, h int) []string {
	facts := "on " + count(len(v.on), "instance")
	if v.run != nil {
		facts = fmt.Sprintf("%d of %d done", v.snap.Done, len(v.snap.Hosts))
	}
	body := []string{m.line(w).end()}
	if v.err != nil {
		for _, t := range m.fold(v.err.Error(), w-6) {
			body = append(body, m.line(w).gap(3).put(m.th.Bad, t).end())
		}
	} else if v.run == nil {
		body = append(body, m.line(w).gap(3).put(m.th.Run, "starting").end())
	}
	if len(v.gs) > 0 {
		body = append(body, v.totals(m, w, v.gs), m.line(w).end())
	}
	for n, g := range v.gs {
		body = append(body, g.lines(m, w, n == 0)...)
		body = append(body, m.line(w).end())
	}
	for _, r := range v.snap.Hosts {
		if !r.Done {
			body = append(body, m.line(w).gap(1).put(m.th.Run, m.th.Glyph("◐ ", "~ ")).put(m.th.Text, string(r.Instance)).gap(2).put(m.th.Dim, string(r.Zone)).gap(2).put(m.th.Dim, lastLine(r.Output)).end())
		}
	}
	return m.paged(&v.scrolling, "Run", v.line+"  "+facts, body, w, h)
}

func (v *runView) totals(m *model, w int, gs []group) string {
	same, differ, failed := 0, 0, 0
	for n, g := range gs {
		switch {
		case g.failed():
			failed += len(g.hosts)
		case n == 0:
			same = len(g.hosts)
		default:
			differ += len(g.hosts)
		}
	}
	l := m.line(w).gap(3).put(m.th.OK.Bold(true), fmt.Sprint(same)).put(m.th.Text, " same")
	if differ > 0 {
		l.gap(3).put(m.th.Warn, fmt.Sprint(differ)).put(m.th.Text, " different")
	}
	if failed > 0 {
		l.gap(3).put(m.th.Bad, fmt.Sprint(failed)).put(m.th.Text, " failed")
	}
	return l.end()
}
