package tui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// replaceDialog confirms that instances are replaced, or moved to cheaper pools:
// each substitute is ready before the instance that it stands in for is destroyed.
type replaceDialog struct {
	asked
	on      []fleet.InstanceID // frozen when it opened (R5); empty: whatever is worth moving
	cheaper bool
	plan    fleet.ReplacePlan
}

func (*replaceDialog) place() place { return atReplace }

// openReplace asks what would stand in for the marks or the row.
func (m *model) openReplace() tea.Cmd {
	var on []fleet.InstanceID
	for _, i := range m.rows.chosen() {
		switch {
		case i.Locked:
			return m.say("replace: " + string(i.ID) + " is locked; " + m.keyFor("lock") + " unlocks it")
		case !i.Stage.Leaving():
			on = append(on, i.ID)
		}
	}
	if len(on) == 0 {
		return m.say("replace: it leaves already; " + m.keyFor("new") + " launches what is missing")
	}
	return m.askReplace(&replaceDialog{on: on})
}

// openMove asks what can move to cheaper pools: of the marks, or of the whole fleet.
func (m *model) openMove() tea.Cmd {
	return m.askReplace(&replaceDialog{on: ids(living(m.rows.marked())), cheaper: true})
}

func (m *model) askReplace(d *replaceDialog) tea.Cmd {
	d.word = string(m.summary.Fleet)
	cmd := m.open(d)
	d.layer = m.overGen
	d.anew()
	face, q := m.o.Face, fleet.ReplaceRequest{Instances: d.on, Cheaper: d.cheaper}
	return tea.Batch(cmd, d.send(m, func(ctx context.Context) shapeMsg {
		p, err := face.PlanReplace(ctx, q)
		return shapeMsg{replace: p, err: err}
	}))
}

func (d *replaceDialog) wants() answer { return d.wantsFor(len(d.plan.Swaps)) }

func (d *replaceDialog) terms(m *model) terms {
	return terms{verb: d.verb(), one: d.verb() + " it", done: "replaced", name: "the fleet's name", key: m.th.Bad}
}

// old are the instances that are replaced.
func old(p fleet.ReplacePlan) []fleet.Instance {
	is := make([]fleet.Instance, len(p.Swaps))
	for n, s := range p.Swaps {
		is[n] = s.Old
	}
	return is
}

// verb is the command line's word for it.
func (d *replaceDialog) verb() string {
	if d.cheaper {
		return "move"
	}
	return "replace"
}

// do hands the confirmed plan to the engine.
func (d *replaceDialog) do(m *model) tea.Cmd {
	m.did(append([]string{d.verb(), "--yes"}, texts(ids(old(d.plan)))...)...)
	face, p, what := m.o.Face, d.plan, "began: "+d.verb()+" "+count(len(d.plan.Swaps), "instance")
	seen := m.home()
	clear(m.rows.marks)
	return tea.Batch(seen, func() tea.Msg {
		_, err := face.Replace(p)
		return startedMsg{what: what, err: err}
	})
}

func (d *replaceDialog) box(m *model, w int) dialog {
	out := dialog{title: "Replace", edge: m.th.Bad, body: d.waits(m, w)}
	if d.cheaper {
		out.title = "Move to cheaper pools"
	}
	if d.wants() != closes {
		out.title += ": " + count(len(d.plan.Swaps), "instance")
	}
	if out.body == nil {
		out.body = d.swaps(m, w)
	}
	out.foot = m.askFor(d, w, m.boxLine(w))
	return out
}

// cheaper sums up what moving to cheaper pools may bring.
func (m *model) cheaper() (c fleet.Cheaper) {
	for _, r := range m.regions {
		c.Instances += r.Cheaper.Instances
		c.SavesUSD += r.Cheaper.SavesUSD
	}
	return c
}

// advice is one quiet line about cheaper pools; empty where there are none, or where
// a look has shown that nothing can be moved after all.
func (m *model) advice() string {
	c := m.cheaper()
	if c.Instances == 0 || c == m.looked || m.summary.Keep == fleet.KeepAWS {
		return ""
	}
	return fmt.Sprintf("cheaper pools: moving %s may save %s/h; %s shows the plan", count(c.Instances, "instance"), format.USD(c.SavesUSD), m.keyFor("move"))
}

// nothingToMove is what a move that moves nothing says.
const nothingToMove = "No pool is a tenth cheaper than what is paid now; there is nothing to move."

// surplusText says how many run twice meanwhile, and what that costs.
func surplusText(p fleet.ReplacePlan) string {
	return fmt.Sprintf("Each is destroyed only when its substitute is ready. Up to %d at a time run twice until then: at most %s more.", p.Surplus, hourly(p.Extra))
}

// swaps lists what is replaced, and out of how many pools the substitute comes.
func (d *replaceDialog) swaps(m *model, w int) []*line {
	p := d.plan
	switch {
	case len(p.Swaps) == 0 && d.cheaper:
		return m.wrap(m.th.Text, nothingToMove, w)
	case len(p.Swaps) == 0:
		return m.wrap(m.th.Text, "They have left; there is nothing to replace.", w)
	}
	is := old(p)
	rs := byRegion(is)
	ls := []*line{m.extent(w, len(is), "instance", len(rs), p.Account)}
	if d.cheaper {
		ls = append(ls, m.boxLine(w).put(m.th.Dim, "saves ").put(m.th.Cost.Bold(true), hourly(p.Saves)))
	}
	ls = append(append(ls, m.wrap(m.th.Dim, surplusText(p), w)...), m.boxLine(w))
	if len(is) > 1 {
		ls = append(append(ls, m.placeLines(w, rs)...), m.boxLine(w))
	}
	for _, s := range p.Swaps {
		l := m.boxLine(w).gap(2).cell(m.th.Text, string(s.Old.ID), 19, false).gap(1)
		switch {
		case s.Keeper != "":
			l.put(m.th.Dim, "AWS chooses out of "+count(len(s.Pools), "pool"))
		case len(s.Pools) == 0:
			l.put(m.th.Warn, "no other pool of its region is open")
		case d.cheaper:
			l.put(m.th.Cost, "saves "+hourly(s.Saves)).put(m.th.Dim, " in "+count(len(s.Pools), "pool"))
		default:
			l.put(m.th.Dim, "out of "+count(len(s.Pools), "other pool"))
		}
		ls = append(ls, l)
	}
	return ls
}
