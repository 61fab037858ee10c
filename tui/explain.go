package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// explainView says why an instance can or can't be reached, with evidence.
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
	if i, ok := m.rows.all[v.id]; ok {
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

// nextKeys names the keys that help from here on.
func (v *explainView) nextKeys(m *model) *line {
	l := m.line(m.w).gap(1)
	i, ok := m.rows.all[v.id]
	key := func(k, what string) { l.put(m.th.Accent, k).put(m.th.Dim, " "+what).gap(3) }
	switch {
	case !ok || i.Stage == fleet.StageGone:
		return l.put(m.th.Dim, "it has left: n plans another one")
	case m.o.ReadOnly:
	case i.Stage == fleet.StageFailed:
		key("p", "takes up its setup where it failed")
	case i.State == fleet.StateRunning:
		key("s", "opens a shell")
	}
	key("r", "looks again")
	return l
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
