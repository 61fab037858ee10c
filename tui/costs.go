package tui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

const atCosts place = "Cost screen"

// costsView is what the fleet has cost, by the ledger: a row per instance, region,
// launch or life of the fleet, and where the money went below.
type costsView struct {
	grid[fleet.CostGroup]
	layer  int // its own number among the overlays
	asked  int // number of the newest question
	stop   context.CancelFunc
	report fleet.CostReport // At is zero while there is none
	by     fleet.CostBy
}

// costsMsg answers a costsView's question.
type costsMsg struct {
	layer, ask int
	report     fleet.CostReport
	err        error
}

func newCostsView() screen {
	v := &costsView{by: fleet.ByRegion}
	v.title, v.id = "Cost", func(g *fleet.CostGroup) string { return g.Name }
	v.empty.none, v.empty.next = "This fleet has cost nothing yet, as far as the ledger on this machine knows.", "r asks again"
	v.regroup()
	return v
}

func (*costsView) place() place     { return atCosts }
func (*costsView) dangerous() bool  { return false }
func (v *costsView) escape() string { return v.grid.escape() }

// opened reads the ledger: what has been spent grows all the time.
func (v *costsView) opened(m *model) tea.Cmd {
	v.layer = m.overGen
	return v.reload(m)
}

// reload asks the engine; an older question is given up.
func (v *costsView) reload(m *model) tea.Cmd {
	v.closed()
	v.asked++
	v.empty.asking = "reading the ledger and the newest prices"
	m.did("cost", "--by", string(v.by))
	ctx, stop := context.WithCancel(m.ctx)
	v.stop = stop
	layer, ask, face := v.layer, v.asked, m.o.Face
	return func() tea.Msg {
		r, err := face.Costs(ctx)
		return costsMsg{layer: layer, ask: ask, report: r, err: err}
	}
}

// closed gives up the question that is under way.
func (v *costsView) closed() {
	if v.stop != nil {
		v.stop()
		v.stop, v.empty.asking = nil, ""
	}
}

// take takes an answer in. What failed stands above the rows that came before.
func (v *costsView) take(m *model, msg costsMsg) {
	v.empty.asking, v.empty.failed, v.stop = "", "", nil
	if msg.err != nil {
		v.empty.failed = msg.err.Error()
		return
	}
	v.report, v.notes = msg.report, nil
	for _, e := range msg.report.Problems {
		v.notes = append(v.notes, gridNote{text: e.Error()})
	}
	v.regroup()
}

// shownReport is what the rows are of: the fleet's present life, or the last one;
// by lives, all of them.
func (v *costsView) shownReport() fleet.CostReport {
	if v.by == fleet.ByFleet {
		return v.report
	}
	return v.report.Life()
}

// regroup makes the rows anew.
func (v *costsView) regroup() {
	v.columns = costColumns(v.by)
	v.column = v.columns[0].head
	v.sortBy, v.reverse = "", false
	v.set(v.shownReport().By(v.by))
}

// nextGroup groups by the next way.
func (v *costsView) nextGroup(*model) tea.Cmd {
	bys := fleet.CostBys()
	v.by = bys[(slices.Index(bys, v.by)+1)%len(bys)]
	v.at = ""
	v.regroup()
	return nil
}

// askFile asks for a file and writes the rows as CSV.
func (v *costsView) askFile(m *model) tea.Cmd {
	p := &prompt{label: "write " + count(len(v.all), "line") + " of CSV to", in: input(""), changed: func(*model) {}, cancel: func(*model) {}, history: m.said["export"]}
	p.facts = func(m *model) string { return m.promptHints(p, "a new file here") }
	p.local = func(text string) (string, bool) { return text, true }
	p.done = func(m *model) tea.Cmd {
		name := strings.TrimSpace(p.in.Value())
		if name == "" {
			return m.say("nothing was written")
		}
		m.remember("export", name)
		text := v.shownReport().CSV(v.by)
		return func() tea.Msg {
			where, err := export(atHome(name), text)
			return startedMsg{what: "wrote what the fleet has cost to " + where, err: err}
		}
	}
	m.prompt = p
	return nil
}

func costActions() []action {
	none := func(m *model) string {
		if v, ok := m.over.(*costsView); ok && len(v.all) > 0 {
			return ""
		}
		return "there is nothing in the ledger yet"
	}
	as := []action{
		{id: "by", keys: []string{"b", "tab"}, title: "group", help: "a row per region, launch, life of the fleet, or instance", footer: 1, run: on((*costsView).nextGroup)},
		{id: "csv", keys: []string{"W"}, title: "write", help: "write the rows to a new file, as CSV", footer: 2, off: none, run: on((*costsView).askFile)},
	}
	return slices.Concat(placed(atCosts, "cost", as), gridActions(atCosts, "cost"))
}

// costColumns lists the columns for a way to group.
func costColumns(by fleet.CostBy) []gridColumn[fleet.CostGroup] {
	type group = fleet.CostGroup
	dim := func(m *model, _ *group) theme.Style { return m.th.Dim }
	usd := func(v float64, known bool) string {
		if !known {
			return "?"
		}
		return format.USD(v)
	}
	money := func(head string, drop int, st func(*model, *group) theme.Style, of func(*group) (float64, bool)) gridColumn[group] {
		return gridColumn[group]{head: head, drop: drop, right: true, style: st, text: func(g *group) string { return usd(of(g)) }, compare: func(a, b *group) int {
			x, _ := of(a)
			y, _ := of(b)
			return cmp.Compare(x, y)
		}}
	}
	total := money("TOTAL", 0, func(m *model, _ *group) theme.Style { return m.th.Cost }, func(g *group) (float64, bool) { return g.USD(), g.Known })
	plain := total.text
	total.text = func(g *group) string {
		if g.Known && g.Estimated() {
			return "~" + plain(g)
		}
		return plain(g)
	}
	cs := []gridColumn[group]{{head: strings.ToUpper(string(by)), text: func(g *group) string { return g.Name }}}
	if by == fleet.ByInstance {
		cs = append(cs,
			gridColumn[group]{head: "ZONE", drop: 4, text: func(g *group) string { return string(g.Line.Zone) }, style: dim},
			gridColumn[group]{head: "TYPE", drop: 3, text: func(g *group) string { return string(g.Line.Type) }, style: dim})
	} else {
		cs = append(cs, gridColumn[group]{
			head: "RUNS", drop: 5, right: true, text: func(g *group) string { return fmt.Sprintf("%d/%d", g.Running, g.Instances) },
			compare: func(a, b *group) int { return cmp.Compare(a.Running, b.Running) }, style: dim,
		})
	}
	return append(cs,
		gridColumn[group]{head: "HOURS", drop: 6, right: true, text: func(g *group) string { return fmt.Sprintf("%.1f", g.Hours) }, compare: func(a, b *group) int { return cmp.Compare(a.Hours, b.Hours) }, style: dim},
		total,
		money("COMPUTE", 7, dim, func(g *group) (float64, bool) { return g.Machine, g.Known }),
		money("DISK", 9, dim, func(g *group) (float64, bool) { return g.Disk, true }),
		money("IPV4", 8, dim, func(g *group) (float64, bool) { return g.IPv4, true }),
		money("SAVED", 2, func(m *model, _ *group) theme.Style { return m.th.OK }, func(g *group) (float64, bool) { return g.Saved() }),
		money("$/H", 1, func(m *model, _ *group) theme.Style { return m.th.Text }, func(g *group) (float64, bool) { return g.PerHour.USD, g.PerHour.Known }),
		gridColumn[group]{head: "NOTE", drop: 10, text: func(g *group) string { return g.Note() }, style: dim, most: 60})
}

// page is the table, what the row under the cursor says, and where the money went.
func (v *costsView) page(m *model, w, h int) []string {
	foot := v.sums(m, w)
	if len(foot)+6 > h {
		foot = foot[:max(0, min(len(foot), h-6))]
	}
	var facts []string
	if !v.report.At.IsZero() {
		facts = append(facts, "read "+format.Short(m.now.Sub(v.report.At))+" ago")
	}
	facts = append(facts, "by "+string(v.by))
	return append(fit(v.draw(m, w, h-len(foot), facts...), h-len(foot), w), foot...)
}

// sums is the whole: what it cost, what for, and what limits it.
func (v *costsView) sums(m *model, w int) []string {
	if len(v.all) == 0 {
		return nil
	}
	t := v.shownReport().Total()
	title := "In all"
	if !t.From.IsZero() {
		title += ", over " + format.Long(v.report.At.Sub(t.From))
	}
	ls := []string{m.rule(title, "", w)}
	l := m.line(w).gap(3)
	if t.Known {
		mark := ""
		if t.Estimated() {
			mark = "~"
		}
		l.put(m.th.Cost.Bold(true), mark+format.USD(t.USD()))
	} else {
		l.put(m.th.Cost.Bold(true), "at least "+format.USD(t.USD())).put(m.th.Dim, ": "+t.Reason)
	}
	if t.PerHour.Known {
		l.gap(3).put(m.th.Text, format.USD(t.PerHour.USD)).put(m.th.Dim, "/h now")
	}
	if usd, ok := t.Saved(); ok && t.List > 0 {
		l.gap(3).put(m.th.OK, format.USD(usd)).put(m.th.Dim, fmt.Sprintf(" (%.0f%%) less than on demand", 100*usd/t.List))
	}
	if t.Estimated() {
		l.gap(3).put(m.th.Dim, "~"+format.USD(t.Guess)+" of it estimated")
	}
	ls = append(ls, l.end())
	if t.USD() > 0 {
		for _, part := range []struct {
			name string
			usd  float64
		}{{"instances", t.Machine}, {"disks", t.Disk}, {"public IPv4", t.IPv4}} {
			ls = append(ls, m.share(w, part.name, part.usd, t.USD(), m.th.Cost))
		}
	}
	if b := v.report.Guard.Budget; b > 0 {
		st := m.th.OK
		switch m.summary.Level() {
		case fleet.BudgetLow:
			st = m.th.Warn
		case fleet.BudgetSpent:
			st = m.th.Bad
		default:
		}
		ls = append(ls, m.share(w, "budget "+format.USD(b), t.USD(), b, st))
	}
	if c := v.current(); c != nil && c.Note() != "" {
		ls = append(ls, m.line(w).gap(3).put(m.th.Dim, c.Name+": "+c.Note()).end())
	}
	return ls
}

// share is a line with a bar: how much of a whole something is.
func (m *model) share(w int, name string, part, whole float64, st theme.Style) string {
	wide := max(10, min(60, w-50))
	n := int(float64(wide)*min(1, max(0, part/whole)) + 0.5)
	return m.line(w).gap(3).cell(m.th.Dim, name, 14, false).cell(m.th.Text, format.USD(part), 9, true).gap(2).
		put(st, strings.Repeat(m.th.Glyph("█", "#"), n)).put(m.th.Line, strings.Repeat(m.th.Glyph("░", "."), wide-n)).
		gap(2).put(m.th.Dim, fmt.Sprintf("%.0f%%", 100*part/whole)).end()
}
