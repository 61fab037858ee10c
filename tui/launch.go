package tui

import (
	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// launchDialog confirms a plan: it costs money, and destroys nothing. The plan
// that it shows is the value that is launched.
type launchDialog struct {
	confirm
	plan  fleet.Plan
	asked fleet.PlanRequest // what made it
}

func (*launchDialog) place() place  { return atLaunch }
func (*launchDialog) wants() answer { return wantsY }

func (*launchDialog) terms(m *model) terms {
	return terms{verb: "launch", one: "launch", done: "launched", key: m.th.Cost.Bold(true)}
}

func (d *launchDialog) do(m *model) tea.Cmd {
	face, p := m.o.Face, d.plan
	m.didCreate(p, d.asked)
	return tea.Batch(m.home(), func() tea.Msg {
		_, err := face.Launch(p)
		return startedMsg{what: "launching " + count(p.Launch, "instance"), err: err}
	})
}

func (d *launchDialog) box(m *model, w int) dialog {
	p := d.plan
	n := 0
	for _, r := range p.Regions {
		if r.Launch > 0 && r.Problem == nil {
			n++
		}
	}
	money := m.boxLine(w).put(m.th.Cost, "$?").put(m.th.Dim, "/h: "+p.PerHour.Reason)
	if p.PerHour.Known {
		hour := p.PerHour.USD + p.IPv4Hour.USD + p.DiskHour.USD
		money = m.boxLine(w).put(m.th.Cost.Bold(true), format.USD(hour)).put(m.th.Dim, "/h with addresses and disks")
		if p.Lifetime > 0 {
			money.gap(4).put(m.th.Cost.Bold(true), format.USD(hour*p.Lifetime.Hours())).put(m.th.Dim, " in "+format.Long(p.Lifetime))
		}
	}
	end := "They never end by themselves."
	if !p.EndsAt.IsZero() {
		end = "They end by themselves at " + p.EndsAt.Local().Format("2006-01-02 15:04") + "."
	}
	return dialog{
		title: "Launch", edge: m.th.Cost,
		body: append([]*line{
			m.extent(w, p.Launch, "instance", n, p.Account),
			m.boxLine(w), money, m.boxLine(w).put(m.th.Dim, end),
		}, d.where(m, w)...),
		foot: m.askFor(d, w, m.boxLine(w)),
	}
}

// where lists what goes into which region.
func (d *launchDialog) where(m *model, w int) []*line {
	ls := []*line{m.boxLine(w)}
	for _, r := range d.plan.Regions {
		switch {
		case r.Problem != nil:
			ls = append(ls, m.boxLine(w).gap(2).cell(m.th.Text, string(r.Region), 16, false).put(m.th.Warn, "takes no part: "+string(r.Problem.Kind)))
		case r.Launch > 0:
			ls = append(ls, m.placeLine(w, string(r.Region), count(r.Launch, "instance")))
		}
	}
	return ls
}
