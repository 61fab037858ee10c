package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"spot-tui/fleet"
)

// runView shows a command's results: live, then grouped by identical output.
type runView struct {
	line string
	on   []fleet.InstanceID
	run  *fleet.Run
	snap fleet.RunSnapshot
	err  error
	top  int
}

// startRun opens the view and starts the command.
func (m *model) startRun(on []fleet.InstanceID, text string) tea.Cmd {
	v := &runView{line: text, on: on}
	m.open(v)
	gen, face := m.overGen, m.o.Face
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
	return v.wait(m)
}

// wait is the one waiting question for the run's progress.
func (v *runView) wait(m *model) tea.Cmd {
	ctx, gen, run, rev := m.ctx, m.overGen, v.run, v.snap.Rev
	return func() tea.Msg {
		s, err := run.Next(ctx, rev)
		return runMsg{gen: gen, snap: s, err: err}
	}
}

func (v *runView) take(m *model, msg runMsg) tea.Cmd {
	if msg.err != nil {
		return nil
	}
	v.snap = msg.snap
	if v.snap.Done == len(v.snap.Hosts) {
		return nil
	}
	return v.wait(m)
}

func (v *runView) dangerous() bool { return false }

// closed leaves the command running: its end is in the log.
func (v *runView) closed(*model) {}

func (v *runView) hints(*model) [][2]string {
	hs := [][2]string{{"↑↓", "scroll"}, {"space", "mark those that differ or failed"}, {"x", "run again"}, {"esc", "back"}}
	if v.run != nil && v.snap.Done < len(v.snap.Hosts) {
		hs = append([][2]string{{"X", "cancel"}}, hs...)
	}
	return hs
}

func (v *runView) key(m *model, key, _ string) tea.Cmd {
	switch key {
	case "j", "down":
		v.top++
	case "k", "up":
		v.top = max(0, v.top-1)
	case "q":
		m.shut()
	case "x":
		if v.run != nil && v.snap.Done == len(v.snap.Hosts) {
			return m.startRun(v.on, v.line)
		}
	case "X":
		if v.run != nil {
			run := v.run
			return func() tea.Msg { run.Cancel(); return startedMsg{what: "canceled on the hosts that had not ended"} }
		}
	case "space":
		clear(m.rows.marks)
		for n, g := range groups(v.snap.Hosts) {
			if n == 0 && !g.failed() {
				continue // the majority
			}
			for _, h := range g.hosts {
				m.rows.marks[h.Instance] = true
			}
		}
		m.shut()
		return m.say(count(len(m.rows.marks), "instance") + " marked")
	}
	return nil
}

// group is hosts that ended alike.
type group struct {
	hosts []fleet.HostResult
}

func (g group) failed() bool { return g.hosts[0].Failed() }

// groups puts hosts together that ended alike: successes first, then by size.
func groups(hosts []fleet.HostResult) []group {
	at := map[string]int{}
	var gs []group
	for _, h := range hosts {
		if !h.Done {
			continue
		}
		key := fmt.Sprint(h.Exit.Code, h.Exit.Signal, h.Err != nil, "\x00", h.Output)
		if h.Err != nil {
			key = fmt.Sprint("\x01", fleet.KindOf(h.Err), h.Output)
		}
		n, ok := at[key]
		if !ok {
			n = len(gs)
			at[key] = n
			gs = append(gs, group{})
		}
		gs[n].hosts = append(gs[n].hosts, h)
	}
	slices.SortStableFunc(gs, func(a, b group) int {
		if a.failed() != b.failed() {
			if a.failed() {
				return 1
			}
			return -1
		}
		return len(b.hosts) - len(a.hosts)
	})
	return gs
}

func (v *runView) page(m *model, w, h int) []string {
	facts := "on " + count(len(v.on), "instance")
	if v.run != nil {
		facts = fmt.Sprintf("%d of %d done", v.snap.Done, len(v.snap.Hosts))
	}
	ls := []string{m.rule("Run", v.line+"  "+facts, w), m.line(w).end()}
	var body []string
	put := func(st lipgloss.Style, text string) { body = append(body, m.line(w).gap(3).put(st, text).end()) }
	if v.err != nil {
		put(m.th.Bad, v.err.Error())
	}
	gs := groups(v.snap.Hosts)
	if len(gs) > 0 {
		body = append(body, v.totals(m, w, gs), m.line(w).end())
	}
	for n, g := range gs {
		st := m.th.OK.Bold(true)
		switch {
		case g.failed():
			st = m.th.Bad
		case n > 0:
			st = m.th.Warn
		}
		body = append(body, m.line(w).gap(1).put(m.th.Accent, m.th.Glyph("▾ ", "v ")).put(st, count(len(g.hosts), "host")+", "+ended(g.hosts[0])).gap(3).put(m.th.Dim, where(g.hosts)).end())
		for _, o := range outputLines(g.hosts[0]) {
			body = append(body, m.line(w).gap(5).put(m.th.Text, o).end())
		}
		body = append(body, m.line(w).end())
	}
	for _, r := range v.snap.Hosts {
		if !r.Done {
			last := ""
			if o := outputLines(r); len(o) > 0 {
				last = o[len(o)-1]
			}
			body = append(body, m.line(w).gap(1).put(m.th.Run, m.th.Glyph("◐ ", "~ ")).put(m.th.Text, string(r.Instance)).gap(2).put(m.th.Dim, string(r.Zone)).gap(2).put(m.th.Dim, last).end())
		}
	}
	v.top = min(v.top, max(0, len(body)-(h-2)))
	return append(ls, body[v.top:]...)
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

func ended(h fleet.HostResult) string {
	switch {
	case h.Err != nil:
		return h.Err.Error()
	case h.Exit.Signal != "":
		return "ended by " + h.Exit.Signal
	}
	return fmt.Sprintf("exit %d", h.Exit.Code)
}

func where(hs []fleet.HostResult) string {
	if len(hs) == 1 {
		return string(hs[0].Instance) + " " + string(hs[0].Zone)
	}
	by := map[fleet.Region]int{}
	for _, h := range hs {
		by[h.Region]++
	}
	var parts []string
	for r, n := range by {
		parts = append(parts, fmt.Sprintf("%s %d", r, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, " · ")
}

func outputLines(h fleet.HostResult) []string {
	text := strings.TrimRight(h.Output, "\n ")
	if text == "" {
		return nil
	}
	ls := strings.Split(text, "\n")
	if h.Cut > 0 {
		ls = append(ls, fmt.Sprintf("(%d bytes more)", h.Cut))
	}
	return ls
}
