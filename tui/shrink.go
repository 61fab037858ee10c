package tui

import (
	"context"
	"fmt"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// shrinkDialog lists who goes for a smaller target, and why. What it shows is the
// plan that is carried out (R5).
type shrinkDialog struct {
	asked
	target int
	plan   fleet.ShrinkPlan
}

func (*shrinkDialog) place() place { return atShrink }

// staying counts the instances that are not leaving.
func (m *model) staying() int {
	n := 0
	for _, i := range m.rows.order {
		if !i.Stage.Leaving() {
			n++
		}
	}
	return n
}

// cantShrink says why no smaller fleet can be asked for.
func cantShrink(m *model) string {
	switch why := known(m); {
	case why != "":
		return why
	case m.staying() == 0:
		return "there is no instance here"
	case m.staying() == 1:
		return "it is the last one; " + m.keyFor("destroy") + " destroys it"
	}
	return ""
}

// openGrow opens the plan with one more instance than the fleet is to have.
func (m *model) openGrow() tea.Cmd {
	return m.openPlanFor(nil, max(m.summary.Target, m.staying())+1)
}

// openShrink asks who would go if the fleet had one instance less.
func (m *model) openShrink() tea.Cmd {
	d := &shrinkDialog{asked: asked{word: string(m.summary.Fleet)}, target: m.staying() - 1}
	cmd := m.open(d)
	d.layer = m.overGen
	d.anew()
	return tea.Batch(cmd, d.ask(m))
}

func (d *shrinkDialog) ask(m *model) tea.Cmd {
	face, target := m.o.Face, d.target
	return d.send(m, func(ctx context.Context) shapeMsg {
		p, err := face.PlanShrink(ctx, target)
		return shapeMsg{shrink: p, err: err}
	})
}

// change asks for another target, when it has rested.
func (d *shrinkDialog) change(m *model, step int) tea.Cmd {
	n := min(max(1, d.target+step), max(1, m.staying()-1))
	if n == d.target {
		return nil
	}
	d.target = n
	d.anew()
	layer, number := d.layer, d.number
	return tea.Tick(pauseBeforeAsking, func(time.Time) tea.Msg { return replanMsg{layer: layer, ask: number} })
}

// going is how many instances the confirmation ends; 0 while it can't be passed.
func (d *shrinkDialog) going() int {
	if !d.have || d.err != nil {
		return 0
	}
	return len(d.plan.Leave)
}

func (d *shrinkDialog) single() bool { return d.going() == 1 }

// enter is Cancel, which has the focus until the name is typed.
func (d *shrinkDialog) enter(m *model) tea.Cmd {
	switch {
	case d.typed == "" || d.going() == 0:
		return m.back()
	case d.typed != d.word:
		d.wrong = true
		return nil
	}
	return d.do(m)
}

// other takes the typed word; for one instance, whatever is not y is Cancel.
func (d *shrinkDialog) other(m *model, key, text string) tea.Cmd {
	if d.single() {
		return tea.Batch(m.back(), m.say("nothing was destroyed"))
	}
	d.text(key, text)
	return nil
}

// do hands the confirmed plan to the engine.
func (d *shrinkDialog) do(m *model) tea.Cmd {
	m.did("scale", "--yes", strconv.Itoa(d.plan.Target))
	face, p := m.o.Face, d.plan
	return tea.Batch(m.home(), func() tea.Msg {
		_, err := face.Shrink(p)
		return startedMsg{what: fmt.Sprintf("began: shrink to %d", p.Target), err: err}
	})
}

// leaving are the instances that go.
func (d *shrinkDialog) leaving() []fleet.Instance {
	is := make([]fleet.Instance, len(d.plan.Leave))
	for n, l := range d.plan.Leave {
		is[n] = l.Instance
	}
	return is
}

func (d *shrinkDialog) box(m *model, w int) dialog {
	out := dialog{title: fmt.Sprintf("Shrink the fleet %s to %d", d.word, d.target), edge: m.th.Bad, body: d.waits(m, w)}
	if out.body == nil {
		out.body = d.who(m, w)
	}
	number := m.boxLine(w).put(m.th.Accent, m.th.Glyph("← →", "<- ->")).put(m.th.Dim, fmt.Sprintf(" how many stay (%d)", d.target))
	out.foot = d.foot(m, w, d.going(), "shrink", number)
	if d.going() == 1 { // what it does to that one
		out.foot[1] = m.boxLine(w).put(m.th.Text, "Press ").put(m.th.Bad, "y").put(m.th.Text, " to destroy it; any other key cancels.")
	}
	return out
}

// who lists those that go, each with why it and no other.
func (d *shrinkDialog) who(m *model, w int) []*line {
	p := d.plan
	is := d.leaving()
	if len(is) == 0 {
		return m.wrap(m.th.Text, fmt.Sprintf("Nothing would go: %d run.", p.Running), w)
	}
	rs := byRegion(is)
	ls := []*line{
		m.boxLine(w).put(m.th.Text.Bold(true), count(len(is), "instance")).put(m.th.Text, " in "+count(len(rs), "region")+" of account "+p.Account),
		m.boxLine(w).put(m.th.Dim, fmt.Sprintf("running %d, target %d to %d, saves ", p.Running, p.Was, p.Target)).put(m.th.Cost, hourly(p.PerHour)),
	}
	if p.Locked > 0 {
		ls = append(ls, m.boxLine(w).put(m.th.Dim, fmt.Sprintf("%d locked, which never go", p.Locked)))
	}
	if len(is) > 1 {
		for _, r := range rs {
			ls = append(ls, m.boxLine(w).gap(2).cell(m.th.Text, string(r.region), 16, false).put(m.th.Dim, r.stages()))
		}
	}
	ls = append(ls, m.boxLine(w))
	for _, l := range p.Leave {
		ls = append(ls, m.boxLine(w).gap(2).cell(m.th.Text, string(l.Instance.ID), 19, false).gap(1).put(m.th.Dim, l.Why))
	}
	return ls
}

// hourly is a price per hour; an unknown one is a question mark, never 0 (R26).
func hourly(p fleet.Price) string {
	if !p.Known {
		return "$?/h"
	}
	return format.USD(p.USD) + "/h"
}
