package tui

import (
	"fmt"
	"slices"

	"spot-tui/fleet"

	"spot-tui/tui/theme"
)

// column is one column of the table. A column with a lower drop leaves later
// when it gets narrow.
type column struct {
	head  string
	width int
	drop  int
	right bool
	order order
	cell  func(m *model, i *fleet.Instance, l *line, width int)
}

// The heads that the code asks for by name.
const (
	zoneHead  = "ZONE"
	stageHead = "STAGE"
)

// columns lists all columns from left to right.
func columns() []column {
	text := func(st func(m *model) theme.Style, f func(i *fleet.Instance) string) func(*model, *fleet.Instance, *line, int) {
		return func(m *model, i *fleet.Instance, l *line, w int) { l.cell(st(m), f(i), w, false) }
	}
	plain := func(m *model) theme.Style { return m.th.Text }
	dim := func(m *model) theme.Style { return m.th.Dim }
	return []column{
		{head: "INSTANCE", width: 19, order: byText(func(i *fleet.Instance) fleet.InstanceID { return i.ID }), cell: func(m *model, i *fleet.Instance, l *line, w int) {
			l.cell(m.th.Text, string(i.ID)[:min(len(i.ID), w)], w, false) // its first characters, without a sign that takes one of them
		}},
		{head: zoneHead, width: 15, order: byText(func(i *fleet.Instance) fleet.Zone { return i.Zone }), cell: text(plain, func(i *fleet.Instance) string { return string(i.Zone) })},
		{head: "TYPE", width: 12, drop: 2, order: byText(func(i *fleet.Instance) fleet.InstanceType { return i.Type }), cell: text(plain, func(i *fleet.Instance) string { return string(i.Type) })},
		{head: stageHead, width: 29, order: byStage(), cell: (*model).stageCell},
		{head: "AGE", width: 5, right: true, order: byAge(), cell: func(m *model, i *fleet.Instance, l *line, w int) {
			l.cell(m.th.Dim, m.age(i), w, true)
		}},
		{head: "$/H", width: 7, right: true, order: byPrice(), cell: func(m *model, i *fleet.Instance, l *line, w int) {
			price := "?"
			if i.Price.Known {
				price = fmt.Sprintf("%.4f", i.Price.USD)
			}
			l.cell(m.th.Cost, price, w, true)
		}},
		{head: "ADDRESS", width: 15, drop: 1, order: byAddress(func(i *fleet.Instance) string { return i.PublicIP }), cell: text(dim, func(i *fleet.Instance) string { return i.PublicIP })},
		{head: "PRIVATE", width: 15, drop: 3, order: byAddress(func(i *fleet.Instance) string { return i.PrivateIP }), cell: text(dim, func(i *fleet.Instance) string { return i.PrivateIP })},
		{head: "LAUNCH", width: 12, drop: 4, order: byText(func(i *fleet.Instance) fleet.LaunchID { return i.Launch }), cell: text(dim, func(i *fleet.Instance) string { return string(i.Launch) })},
		{head: "IMAGE", width: 21, drop: 5, order: byText(func(i *fleet.Instance) string { return i.Image }), cell: text(dim, func(i *fleet.Instance) string { return i.Image })},
		{head: "SPOT REQUEST", width: 14, drop: 6, order: byText(func(i *fleet.Instance) string { return i.SpotRequest }), cell: text(dim, func(i *fleet.Instance) string { return i.SpotRequest })},
		{head: "SUBNET", width: 24, drop: 8, order: byText(func(i *fleet.Instance) string { return i.Subnet }), cell: text(dim, func(i *fleet.Instance) string { return i.Subnet })},
		{head: "ARCH", width: 6, drop: 7, order: byText(func(i *fleet.Instance) string { return i.Arch }), cell: text(dim, func(i *fleet.Instance) string { return i.Arch })},
	}
}

// layout is the columns that fit a width, and how many blanks stand between them.
type layout struct {
	cs  []column
	gap int
}

// fitting gives the columns that fit, the stage as wide as is left over, two
// blanks between them where no column has to leave for it.
func (m *model) fitting(width int) layout {
	cs := columns()
	zone := 10
	for _, r := range m.regions {
		zone = max(zone, len(r.Region)+1) // a zone is its region and a letter
	}
	brought := false // the cursor is on a column that could leave
	for i := range cs {
		if cs[i].head == m.rows.column {
			brought, cs[i].drop = cs[i].drop > 0, 0
		}
		if cs[i].head == zoneHead {
			cs[i].width = min(16, zone)
		}
	}
	gap := 1
	total := func() int {
		n := 3 + gap
		for _, c := range cs {
			n += c.width + gap
		}
		return n
	}
	for total() > width {
		worst := -1
		for i, c := range cs {
			if c.drop > 0 && (worst < 0 || c.drop > cs[worst].drop) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		cs = append(cs[:worst], cs[worst+1:]...)
	}
	for i := range cs {
		switch {
		case total() > width && cs[i].head == "INSTANCE":
			cs[i].width = 12 // the id's first characters are unique enough to the eye
		case total() > width && cs[i].head == stageHead:
			cs[i].width = max(14, cs[i].width-(total()-width))
		}
	}
	if brought && total() > width { // the zone leaves for the column that the cursor is on
		cs = slices.DeleteFunc(cs, func(c column) bool { return c.head == zoneHead })
		i := slices.IndexFunc(cs, func(c column) bool { return c.head == m.rows.column })
		cs[i].width = max(5, cs[i].width-max(0, total()-width))
	}
	if gap = 2; total() > width {
		gap = 1
	}
	for i := range cs {
		if cs[i].head == stageHead {
			cs[i].width += min(30, max(0, width-total()))
		}
	}
	return layout{cs, gap}
}
