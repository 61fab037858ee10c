package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"

	"spot-tui/tui/theme"
)

// page shows the plan. Where it is low, first the blank lines leave, then the
// end of the list of regions: what it costs and makes always stays.
func (v *planView) page(m *model, w, h int) []string {
	dot := " " + m.th.Glyph("·", "-") + " "
	title := m.rule("New launch", m.th.Glyph("←→", "<- ->")+" changes a field"+dot+"nothing is made before enter, then y", w)
	blank := m.line(w).end()
	put := func(st theme.Style, text string) string { return m.line(w).gap(3).put(st, text).end() }
	if !v.have && v.err == nil {
		return []string{title, blank, put(m.th.Run, "asking "+count(len(m.regions), "region")+" what they offer"+m.th.Glyph("…", "...")), blank, put(m.th.Dim, "Esc goes back without it")}
	}
	var trouble []string
	if v.err != nil {
		for _, t := range m.fold(v.err.Error(), w-6) {
			trouble = append(trouble, put(m.th.Bad, t))
		}
		if !v.have {
			return append(append([]string{title, blank}, trouble...), blank, put(m.th.Dim, "Esc goes back; n asks again"))
		}
		trouble = append(trouble, put(m.th.Dim, "What stands below is the plan before that."))
	}
	p := v.plan
	top := append(trouble, v.rows(m, w)...)
	where := append([]string{m.rule("Where", "price-capacity-optimized over "+count(pools(p), "pool"), w), v.whereHead(m, w)}, append(v.where(m, w), v.warnings(m, w)...)...)
	cost := []string{m.rule("What it costs", saves(p, dot)+"cheapest pools; spot prices move", w), v.cost(m, w)}
	makes := []string{m.rule("What it makes", "tagged spot-tui:fleet="+string(p.Fleet), w)}
	if p.Empty() {
		makes = append(makes, put(m.th.Text, fmt.Sprintf("Nothing: the fleet has its %d. %s asks for more.", p.Target, m.th.Glyph("→", "->"))))
	} else {
		for _, t := range m.fold(strings.Join(p.Makes, dot), w-6) {
			makes = append(makes, put(m.th.Text, t))
		}
	}
	fixed := 1 + len(top) + len(cost) + len(makes)
	if fixed+len(where)+4 <= h {
		return slices.Concat([]string{title, blank}, top, []string{blank}, where, []string{blank}, cost, []string{blank}, makes)
	}
	if room := max(2, h-fixed); len(where) > room {
		n := len(where) - room + 1
		where = append(where[:room-1:room-1], put(m.th.Warn, "and "+count(n, "line")+" more: needs a taller window"))
	}
	return slices.Concat([]string{title}, top, where, cost, makes)
}

func (v *planView) whereHead(m *model, w int) string {
	l := m.line(w).gap(3).cell(m.th.Dim, "REGION", 16, false)
	for _, h := range []string{"LAUNCH", "HAVE", "POOLS"} {
		l.cell(m.th.Dim, h, 8, true)
	}
	if v.limited(w) {
		l.cell(m.th.Dim, "VCPU +ASKED/LIMIT", quotaWidth, true)
	}
	return l.gap(3).put(m.th.Dim, "SPOT $/H").end()
}

// quotaWidth is the width of the plan's column for quotas.
const quotaWidth = 20

// limited says whether there is a quota to show, and room for it.
func (v *planView) limited(w int) bool {
	return w >= 80 && slices.ContainsFunc(v.plan.Regions, func(r fleet.RegionPlan) bool { return len(r.Quotas) > 0 })
}

// quota shows what is used, asked and allowed of the region's first quota (R24).
func (v *planView) quota(m *model, r fleet.RegionPlan, l *line) {
	switch {
	case len(r.Quotas) == 0:
		l.cell(m.th.Dim, "", quotaWidth, true)
	case !r.Quotas[0].Known:
		l.cell(m.th.Dim, "?", quotaWidth, true)
	default:
		q := r.Quotas[0]
		st := m.th.Text
		if q.Used+q.AskedHigh >= q.Limit {
			st = m.th.Warn
		}
		l.cell(st, fmt.Sprintf("%d +%s/%d", q.Used, q.Asked(), q.Limit), quotaWidth, true)
	}
}

// explain opens the plan's explanation: filters, pools, quotas, what moved.
func (v *planView) explain(m *model) tea.Cmd {
	var lines []string
	for _, r := range v.plan.Explain(m.benches) {
		lines = append(lines, string(r.Region))
		for _, l := range r.Lines {
			lines = append(lines, "  "+l)
		}
		lines = append(lines, "")
	}
	return m.open(newText("Why this plan", count(len(v.plan.Regions), "region"), nil, lines))
}

// where lists the regions; one that can't take part says why in whole words.
func (v *planView) where(m *model, w int) []string {
	var ls []string
	for _, r := range v.plan.Regions {
		n := m.th.Text.Bold(true)
		if r.Launch == 0 || r.Problem != nil {
			n = m.th.Dim
		}
		l := m.line(w).gap(3).cell(m.th.Text, string(r.Region), 16, false).cell(n, fmt.Sprint(r.Launch), 8, true).cell(m.th.Dim, fmt.Sprint(r.Have), 8, true).cell(m.th.Dim, fmt.Sprint(len(r.Pools)), 8, true)
		if v.limited(w) {
			v.quota(m, r, l)
		}
		l.gap(3)
		switch {
		case r.Problem != nil:
			l.put(m.th.Bad, "takes no part: "+string(r.Problem.Kind))
		case r.Low.Known:
			l.put(m.th.Cost, fmt.Sprintf("%.4f%s%.4f", r.Low.USD, m.th.Glyph("–", "-"), r.High.USD))
		default:
			l.put(m.th.Cost, "?").put(m.th.Dim, " "+r.Low.Reason)
		}
		ls = append(ls, l.end())
		if r.Problem != nil {
			for _, t := range m.fold(r.Problem.Error(), w-8) {
				ls = append(ls, m.line(w).gap(5).put(m.th.Dim, t).end())
			}
		}
	}
	return ls
}

// whichVPC says where the instances will live.
func whichVPC(p fleet.Plan) string {
	parts, made := 0, 0
	for _, r := range p.Regions {
		if r.Launch == 0 || r.Problem != nil {
			continue
		}
		parts++
		if r.VPC == "" {
			made++
		}
	}
	switch made {
	case 0:
		return "existing VPC"
	case parts:
		return "a VPC of its own"
	}
	return fmt.Sprintf("a VPC of its own in %s", count(made, "region"))
}

// warnings lists what the preflight found that a person may not expect.
func (v *planView) warnings(m *model, w int) []string {
	var ls []string
	for _, r := range v.plan.Regions {
		for _, c := range r.Checks {
			if c.State != fleet.CheckWarn && (c.State != fleet.CheckFail || r.Problem != nil) {
				continue
			}
			for _, t := range m.fold(string(r.Region)+": "+c.What+": "+c.Detail, w-5) {
				ls = append(ls, m.line(w).gap(3).put(m.th.Warn, t).end())
			}
		}
	}
	return ls
}

func (v *planView) cost(m *model, w int) string {
	p := v.plan
	gap := 4
	if w < 100 {
		gap = 2
	}
	if w < 80 { // one sum: its parts have no room
		all := p.PerHour.USD + p.IPv4Hour.USD + p.DiskHour.USD
		l := m.line(w).gap(3).put(m.th.Cost.Bold(true), format.USD(all)).put(m.th.Dim, "/h in all")
		if !p.PerHour.Known {
			l = m.line(w).gap(3).put(m.th.Cost, "$?").put(m.th.Dim, "/h: "+p.PerHour.Reason)
		} else if p.Lifetime > 0 {
			l.gap(gap).put(m.th.Cost.Bold(true), format.USD(all*p.Lifetime.Hours())).put(m.th.Dim, " in "+format.Long(p.Lifetime))
		}
		return l.end()
	}
	l := m.line(w).gap(3)
	if p.PerHour.Known {
		l.put(m.th.Cost.Bold(true), format.USD(p.PerHour.USD))
	} else {
		l.put(m.th.Cost, "$?")
	}
	l.put(m.th.Dim, "/h instances").gap(gap).put(m.th.Cost.Bold(true), format.USD(p.IPv4Hour.USD)).put(m.th.Dim, "/h public IPv4").gap(gap).put(m.th.Cost.Bold(true), format.USD(p.DiskHour.USD)).put(m.th.Dim, "/h disks")
	if p.PerHour.Known && p.Lifetime > 0 {
		l.gap(gap).put(m.th.Cost.Bold(true), format.USD((p.PerHour.USD+p.IPv4Hour.USD+p.DiskHour.USD)*p.Lifetime.Hours())).put(m.th.Dim, " in "+format.Long(p.Lifetime))
	}
	return l.end()
}

// saves says how much less than on-demand a plan costs, where that is known.
func saves(p fleet.Plan, dot string) string {
	s, ok := p.Saving()
	switch {
	case !ok:
		return ""
	case s < 0:
		return fmt.Sprintf("%.0f%% dearer than on-demand %s/h", -s, format.USD(p.OnDemandHour.USD)) + dot
	}
	return fmt.Sprintf("saves %.0f%% of on-demand %s/h", s, format.USD(p.OnDemandHour.USD)) + dot
}

func pools(p fleet.Plan) int {
	n := 0
	for _, r := range p.Regions {
		n += len(r.Pools)
	}
	return n
}
