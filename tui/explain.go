package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// explainView says how an instance stands and why, with evidence, whatever its stage.
type explainView struct {
	info
	scrolling
	id   fleet.InstanceID
	gen  int
	x    fleet.Explanation
	have bool
	err  error
}

func (*explainView) place() place { return atExplain }

// explain opens the page and asks.
func (m *model) explain(id fleet.InstanceID) tea.Cmd {
	v := &explainView{id: id}
	cmd := m.open(v)
	v.gen = m.overGen
	return tea.Batch(cmd, v.look(m))
}

// look asks EC2 and the instance; it takes a few seconds.
func (v *explainView) look(m *model) tea.Cmd {
	v.have, v.err = false, nil
	m.did("explain", string(v.id))
	ctx, face, id, gen := m.ctx, m.o.Face, v.id, v.gen
	return func() tea.Msg { x, err := face.Explain(ctx, id); return explainMsg{gen: gen, x: x, err: err} }
}

func (v *explainView) page(m *model, w, h int) []string {
	body := []string{m.line(w).end()}
	put := func(l *line) { body = append(body, l.end()) }
	switch {
	case v.err != nil:
		for _, t := range m.fold(v.err.Error(), w-6) {
			put(m.line(w).gap(3).put(m.th.Bad, t))
		}
	case !v.have:
		put(m.line(w).gap(3).put(m.th.Run, "looking at EC2, the console and the instance"+m.th.Glyph("…", "...")))
	default:
		body = append(body, v.found(m, w)...)
		body = append(body, m.line(w).end(), v.nextKeys(m).end())
	}
	if i, ok := m.rows.of(v.id); ok && i.Track != nil {
		body = append(body, m.line(w).end())
		body = append(body, m.trackLines(i.Track, w)...)
	}
	if v.x.Console != "" {
		put(m.line(w).gap(1).put(m.th.Accent, "The end of its console"))
		for _, t := range strings.Split(v.x.Console, "\n") {
			put(m.line(w).gap(3).put(m.th.Dim, t))
		}
	}
	return m.paged(&v.scrolling, "Explain", string(v.id), body, w, h)
}

// found is the answer and what it rests on.
func (v *explainView) found(m *model, w int) []string {
	var ls []string
	look := m.th.OK
	for _, c := range v.x.Checks {
		if c.State == fleet.CheckFail {
			look = m.th.Bad
		}
	}
	for _, t := range m.fold(v.x.Answer, w-6) {
		ls = append(ls, m.line(w).gap(1).put(look.Bold(true), t).end())
	}
	for _, t := range m.fold(v.x.Hint, w-8) {
		if t != "" {
			ls = append(ls, m.line(w).gap(1).put(m.th.Accent, m.th.Glyph("→ ", "> ")).put(m.th.Text, t).end())
		}
	}
	ls = append(ls, m.line(w).end())
	for _, c := range v.x.Checks {
		g, st := m.checkLook(c.State)
		if i, ok := m.rows.of(v.id); ok && c.What == "stage" { // as the table has it
			g, st = m.stageLook(i.Stage)
		}
		for n, t := range m.fold(c.Detail, w-26) {
			l := m.line(w).gap(1)
			if n == 0 {
				l.put(st, g+" ").cell(m.th.Text, c.What, 18, false).gap(1)
			} else {
				l.gap(21)
			}
			ls = append(ls, l.put(m.th.Dim, t).end())
		}
		if c.Hint == "" || c.Hint == v.x.Hint || c.State == fleet.CheckOK {
			continue
		}
		for _, t := range m.fold(c.Hint, w-28) {
			ls = append(ls, m.line(w).gap(21).put(m.th.Accent, m.th.Glyph("→ ", "> ")).put(m.th.Text, t).end())
		}
	}
	return ls
}

// nextKeys names the keys that help from here on, by the instance's stage.
func (v *explainView) nextKeys(m *model) *line {
	l := m.line(m.w).gap(1)
	i, ok := m.rows.of(v.id)
	if !ok {
		return l.put(m.th.Dim, "it has left the table")
	}
	for _, n := range m.nextSteps(i) {
		if key := m.keyFor(n.action); !m.refused(n.action) {
			l.put(m.th.Accent, key).put(m.th.Dim, " "+n.what).gap(3)
		}
	}
	return l
}

// nextStep is an action that helps, and what it does about the instance.
type nextStep struct{ action, what string }

// nextSteps are the actions that help an instance in its stage, the likeliest first.
// Those of the table are a key away from here.
func (m *model) nextSteps(i *fleet.Instance) []nextStep {
	again := nextStep{"explainagain", "looks again"}
	switch i.Stage {
	case fleet.StageRequested, fleet.StagePending:
		return []nextStep{again, {"explainback", "goes back: it comes by itself"}}
	case fleet.StageRunning, fleet.StageReachable, fleet.StageUploading, fleet.StageSettingUp:
		return []nextStep{again, {"explainshell", "opens a shell"}, {"explaindetails", "shows every step"}}
	case fleet.StageFailed:
		return []nextStep{{"explainprovision", "takes up its setup where it failed"}, {"explainoutput", "shows what it printed"}, {"explainshell", "opens a shell"}, again}
	case fleet.StageInterrupted:
		return []nextStep{{"explainshell", "opens a shell while it lives"}, {"explainnew", "plans another one"}, again}
	case fleet.StageShuttingDown, fleet.StageGone:
		return []nextStep{{"explainnew", "plans another one"}, {"explainoutput", "shows what its setup printed"}, {"explaindetails", "shows all that is known"}}
	default:
		return []nextStep{{"explainshell", "opens a shell"}, {"explaindetails", "shows all that is known"}, again}
	}
}

// refused says whether read-only mode refuses an action.
func (m *model) refused(id string) bool {
	n := slices.IndexFunc(m.acts, func(a action) bool { return a.id == id })
	return n < 0 || m.o.ReadOnly && m.acts[n].changes
}

func (m *model) checkLook(s fleet.CheckState) (string, theme.Style) {
	switch s {
	case fleet.CheckOK:
		return m.th.Glyph("●", "*"), m.th.OK
	case fleet.CheckFail:
		return m.th.Glyph("✗", "x"), m.th.Bad
	default:
		return m.th.Glyph("▲", "^"), m.th.Warn
	}
}
