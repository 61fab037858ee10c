package tui

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

// receiptView is the proof after a destroy.
type receiptView struct {
	info
	r    fleet.Receipt
	errs []string
}

func (*receiptView) place() place { return atReceipt }

func (v *receiptView) box(m *model, w int) dialog {
	gone, not := "fleet "+string(v.r.Fleet)+" is gone", "fleet "+string(v.r.Fleet)+" is not gone yet"
	if v.r.Fleet == "" {
		gone, not = "what was named is gone", "not all of what was named is gone"
	}
	d := dialog{title: "Receipt: " + gone, edge: m.th.OK}
	head := m.th.OK.Bold(true)
	if !v.r.Clean() {
		d.title, d.edge, head = "Receipt: "+not, m.th.Bad, m.th.Bad
	}
	put := func(l *line) { d.body = append(d.body, l) }
	put(m.boxLine(w).put(head, fmt.Sprintf("%d left", v.r.Left)).put(m.th.Text, " in "+count(len(v.r.RegionsScanned), "region")+" of account "+v.r.Account))
	if n := len(v.r.RegionsFailed); n > 0 {
		put(m.boxLine(w).put(m.th.Bad, count(n, "region")+" could not be scanned: nothing is proven there"))
	}
	put(m.boxLine(w))
	for _, l := range v.r.Leftovers { // what is left comes before what is done
		put(m.boxLine(w).gap(2).put(m.th.Bad, fmt.Sprintf("left: %s %s in %s", l.Kind, l.ID, l.Region)).put(m.th.Cost, " "+month(l)))
		if strings.HasPrefix(l.State, "held by ") {
			d.body = append(d.body, m.wrap(m.th.Warn, "  "+fleet.Clean(l.State), w)...)
		}
	}
	for _, r := range v.r.RegionsFailed {
		put(m.boxLine(w).gap(2).put(m.th.Bad, "not scanned: "+string(r)))
	}
	kinds := make([]fleet.ResourceKind, 0, len(v.r.Removed))
	for k := range v.r.Removed {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b fleet.ResourceKind) int { return kindRank(a) - kindRank(b) })
	for _, k := range kinds {
		put(m.boxLine(w).gap(2).cell(m.th.Text, fmt.Sprint(v.r.Removed[k]), 4, true).put(m.th.Dim, strings.TrimLeft(count(v.r.Removed[k], string(k)), "0123456789")+" removed"))
	}
	for _, e := range v.errs {
		d.body = append(d.body, m.wrap(m.th.Warn, e, w)...)
	}
	cost := "Cost: " + v.r.CostNote
	if v.r.TotalCostUSD != nil {
		cost = "Cost about " + format.USD(*v.r.TotalCostUSD) + "; " + v.r.CostNote
	}
	if !v.r.FirstLaunch.IsZero() {
		cost = "Lifetime " + format.Long(v.r.Lifetime()) + ". " + cost
	}
	d.foot = append([]*line{m.boxLine(w)}, m.wrap(m.th.Dim, cost, w)...)
	if v.r.File != "" {
		d.foot = append(d.foot, m.wrap(m.th.Dim, "Kept in "+v.r.File, w)...)
	}
	next := func(parts ...string) {
		l := m.boxLine(w).put(m.th.Text, "Next: ")
		for n, p := range parts {
			l.put([]theme.Style{m.th.Accent, m.th.Text}[n%2], p)
		}
		d.foot = append(d.foot, l)
	}
	switch {
	case v.r.Clean():
		d.foot = append(d.foot, m.boxLine(w).put(m.th.Dim, "Enter closes this."))
	case v.r.Fleet != "":
		next(m.keyFor("destroy"), " takes the destroy up where it stopped.")
	default:
		next(m.keyFor("screenleftovers"), " shows what is left, ", m.keyFor("destroy"), " tries again.")
	}
	return d
}

// month is what a leftover costs, without the reason where that is unknown.
func month(r fleet.Resource) string {
	switch {
	case r.USDMonth == nil:
		return "?/month"
	case *r.USDMonth == 0:
		return ""
	}
	return format.USD(*r.USDMonth) + "/month"
}
