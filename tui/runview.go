package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

// runView shows a command's or a copy's results: live, then grouped by identical
// output.
type runView struct {
	line  string
	on    []fleet.InstanceID
	begin func() (*fleet.Run, error)
	run   *fleet.Run
	snap  fleet.RunSnapshot
	gs    []fleet.Group
	err   error
	gen   int              // its number among the overlays
	at    fleet.InstanceID // the chosen one of those that have not ended; empty: none

	scrolling
}

// startRun opens the view and starts the command.
func (m *model) startRun(on []fleet.InstanceID, text string) tea.Cmd {
	face := m.o.Face
	return m.startCopy(on, text, func() (*fleet.Run, error) {
		return face.Run(fleet.RunRequest{Instances: on, Line: text})
	})
}

// startCopy opens the view and starts what begin starts.
func (m *model) startCopy(on []fleet.InstanceID, line string, begin func() (*fleet.Run, error)) tea.Cmd {
	v := &runView{line: line, on: on, begin: begin}
	m.open(v) // it starts no quiet time: it was typed and sent
	v.gen = m.overGen
	gen := v.gen
	return func() tea.Msg {
		r, err := begin()
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
		v.gs = fleet.Groups(msg.snap.Hosts)
	}
	v.snap = msg.snap
	if h, ok := v.chosen(); !ok || h.Done {
		v.at = ""
	}
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
	return m.startCopy(v.on, v.line, v.begin)
}

// chosen gives the host that was chosen.
func (v *runView) chosen() (fleet.HostResult, bool) {
	for _, h := range v.snap.Hosts {
		if h.Instance == v.at {
			return h, true
		}
	}
	return fleet.HostResult{}, false
}

// choose goes to the next host that has not ended, and to none after the last.
func (v *runView) choose(*model) tea.Cmd {
	past := v.at == ""
	for _, h := range v.snap.Hosts {
		if past && !h.Done {
			v.at = h.Instance
			return nil
		}
		past = past || h.Instance == v.at
	}
	v.at = ""
	return nil
}

// stop cancels the chosen host, or all that have not ended.
func (v *runView) stop(*model) tea.Cmd {
	run, at := v.run, v.at
	if at != "" {
		return func() tea.Msg { run.CancelHosts(at); return startedMsg{what: "canceled on " + string(at)} }
	}
	return func() tea.Msg { run.Cancel(); return startedMsg{what: "canceled on the hosts that had not ended"} }
}

// output opens all that is kept of a host's output: the chosen one's, or that of
// the group that stands on top of the screen.
func (v *runView) output(m *model) tea.Cmd {
	h, ok := v.chosen()
	if !ok && len(v.gs) > 0 {
		h, ok = v.gs[v.topGroup(m)].Hosts[0], true
	}
	if !ok {
		return m.say("nothing has been printed yet")
	}
	facts := string(h.Instance)
	if h.File != "" {
		facts += "  all of it: " + h.File
	}
	return m.open(&textView{title: "Output", facts: facts, lines: strings.Split(strings.TrimRight(h.Output, "\n"), "\n")})
}

// topGroup is the first group of which a line is on the screen.
func (v *runView) topGroup(m *model) int {
	at := 3 // the lines before the first group
	for n, g := range v.gs {
		at += len(m.groupLines(g, m.w, n == 0)) + 1
		if at > v.top {
			return n
		}
	}
	return len(v.gs) - 1
}

// markOdd marks the hosts that differ from the majority or failed.
func (v *runView) markOdd(m *model) tea.Cmd {
	clear(m.rows.marks)
	for n, g := range v.gs {
		if n == 0 && !g.Failed() {
			continue // the majority
		}
		for _, h := range g.Hosts {
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
		body = append(body, v.totals(m, w), m.line(w).end())
	}
	for n, g := range v.gs {
		body = append(body, m.groupLines(g, w, n == 0)...)
		body = append(body, m.line(w).end())
	}
	for _, r := range v.snap.Hosts {
		if !r.Done {
			body = append(body, v.going(m, r, w))
		}
	}
	return m.paged(&v.scrolling, runTitle(v.snap.Kind), v.line+"  "+facts, body, w, h)
}

func runTitle(k fleet.OpKind) string {
	switch k {
	case fleet.OpUpload:
		return "Upload"
	case fleet.OpFetch:
		return "Fetch"
	default:
		return "Run"
	}
}

// going is a host that has not ended: how long it has been at what, how far a
// copy is, and the newest line.
func (v *runView) going(m *model, r fleet.HostResult, w int) string {
	l := m.line(w)
	l.selected = r.Instance == v.at
	l.gap(1).put(m.th.Run, m.th.Glyph("◐ ", "~ ")).put(m.th.Text, string(r.Instance)).gap(2).cell(m.th.Dim, string(r.Zone), 16, false)
	if r.Phase == fleet.PhaseQueued {
		return l.put(m.th.Dim, r.Phase.String()).end()
	}
	l.cell(m.th.Dim, format.Short(max(r.Took, 0)), 5, true).gap(2)
	switch {
	case r.Size > 0:
		m.bar(l, int(100*r.Moved/r.Size), 10)
		l.cell(m.th.Dim, fmt.Sprintf("%d%%", 100*r.Moved/r.Size), 5, true).gap(2)
		if rate := r.Rate(); rate > 0 {
			l.put(m.th.Text, format.Bytes(int64(rate))+"/s").gap(2)
		}
		if left, ok := r.Left(); ok {
			l.put(m.th.Dim, format.Long(left)+" left").gap(2)
		}
	case r.Phase == fleet.PhaseConnecting:
		l.put(m.th.Dim, r.Phase.String()).gap(2)
	}
	return l.put(m.th.Dim, lastLine(r.Output)).end()
}

func (v *runView) totals(m *model, w int) string {
	t := fleet.Count(v.snap.Hosts)
	l := m.line(w).gap(3)
	add := func(n int, st theme.Style, word string) {
		if n > 0 {
			l.put(st, fmt.Sprint(n)).put(m.th.Text, " "+word).gap(3)
		}
	}
	same := "same"
	if v.snap.Kind != fleet.OpRun && v.snap.Kind != "" { // what copies print differs by its nature
		t.Same, t.Different, same = t.Same+t.Different, 0, "done"
	}
	add(t.Same, m.th.OK.Bold(true), same)
	add(t.Different, m.th.Warn, "different")
	add(t.Failed, m.th.Bad, "failed")
	add(t.TimedOut, m.th.Bad, "timed out")
	add(t.Unknown, m.th.Bad, "result unknown")
	return l.end()
}
