package tui

import (
	"context"
	"fmt"
	"math"
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
func (m *model) staying() int { return m.stayingUpTo(math.MaxInt) }

// stayingUpTo counts no further than most: what asks with every frame wants to know
// whether there are any.
func (m *model) stayingUpTo(most int) int {
	n := 0
	for i := range m.rows.each() {
		if !i.Stage.Leaving() {
			n++
		}
		if n >= most {
			break
		}
	}
	return n
}

// cantShrink says why no smaller fleet can be asked for.
func cantShrink(m *model) string {
	n := m.stayingUpTo(2)
	switch why := known(m); {
	case why != "":
		return why
	case n == 0:
		return "there is no instance here"
	case n == 1:
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
	d := &shrinkDialog{target: m.staying() - 1}
	d.word = string(m.summary.Fleet)
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

func (d *shrinkDialog) wants() answer { return d.wantsFor(len(d.plan.Leave)) }

func (*shrinkDialog) terms(m *model) terms {
	return terms{verb: "shrink", one: "destroy it", done: "destroyed", name: "the fleet's name", key: m.th.Bad}
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
	out.foot = m.askFor(d, w, m.choiceLine(w, fmt.Sprintf("how many stay (%d)", d.target)))
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
		m.extent(w, len(is), "instance", len(rs), p.Account),
		m.boxLine(w).put(m.th.Dim, fmt.Sprintf("running %d, target %d to %d, saves ", p.Running, p.Was, p.Target)).put(m.th.Cost, hourly(p.PerHour)),
	}
	if p.Locked > 0 {
		ls = append(ls, m.boxLine(w).put(m.th.Dim, fmt.Sprintf("%d locked, which never go", p.Locked)))
	}
	if len(is) > 1 {
		ls = append(ls, m.placeLines(w, rs)...)
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
