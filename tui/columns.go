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
	// changed says whether what it shows has changed, other than by the passing
	// of time or of a step; nil: never
	changed func(old, is *fleet.Instance) bool
	cell    func(m *model, i *fleet.Instance, l *line, width int)
}

// The heads that the code asks for by name.
const (
	idHead    = "INSTANCE"
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
		{head: idHead, width: 19, order: byText(func(i *fleet.Instance) fleet.InstanceID { return i.ID }), cell: func(m *model, i *fleet.Instance, l *line, w int) {
			l.cell(m.th.Text, string(i.ID)[:min(len(i.ID), w)], w, false) // its first characters, without a sign that takes one of them
		}},
		{head: zoneHead, width: 15, order: byText(func(i *fleet.Instance) fleet.Zone { return i.Zone }), changed: changes(func(i *fleet.Instance) string { return string(i.Zone) }), cell: text(plain, func(i *fleet.Instance) string { return string(i.Zone) })},
		{head: "TYPE", width: 12, drop: 2, order: byText(func(i *fleet.Instance) fleet.InstanceType { return i.Type }), cell: text(plain, func(i *fleet.Instance) string { return string(i.Type) })},
		{head: stageHead, width: 29, order: byStage(), changed: func(old, is *fleet.Instance) bool { return old.Stage != is.Stage || old.Reason != is.Reason }, cell: (*model).stageCell},
		{head: "AGE", width: 5, right: true, order: byAge(), cell: func(m *model, i *fleet.Instance, l *line, w int) {
			l.cell(m.th.Dim, m.age(i), w, true)
		}},
		{head: "$/H", width: 7, right: true, order: byPrice(), changed: func(old, is *fleet.Instance) bool {
			return old.Price.Known != is.Price.Known || old.Price.USD != is.Price.USD
		}, cell: func(m *model, i *fleet.Instance, l *line, w int) {
			price := "?"
			if i.Price.Known {
				price = fmt.Sprintf("%.4f", i.Price.USD)
			}
			l.cell(m.th.Cost, price, w, true)
		}},
		{head: "ADDRESS", width: 15, drop: 1, order: byAddress((*fleet.Instance).Host), changed: changes(func(i *fleet.Instance) string { return i.PublicIP }), cell: text(dim, (*fleet.Instance).Host)},
		{head: "PRIVATE", width: 15, drop: 3, order: byAddress(func(i *fleet.Instance) string { return i.PrivateIP }), changed: changes(func(i *fleet.Instance) string { return i.PrivateIP }), cell: text(dim, func(i *fleet.Instance) string { return i.PrivateIP })},
		{head: "LAUNCH", width: 12, drop: 4, order: byText(func(i *fleet.Instance) fleet.LaunchID { return i.Launch }), cell: text(dim, func(i *fleet.Instance) string { return string(i.Launch) })},
		{head: "IMAGE", width: 21, drop: 5, order: byText(func(i *fleet.Instance) string { return i.Image }), cell: text(dim, func(i *fleet.Instance) string { return i.Image })},
		{head: "SPOT REQUEST", width: 14, drop: 6, order: byText(func(i *fleet.Instance) string { return i.SpotRequest }), changed: changes(func(i *fleet.Instance) string { return i.SpotRequest }), cell: text(dim, func(i *fleet.Instance) string { return i.SpotRequest })},
		{head: "SUBNET", width: 24, drop: 8, order: byText(func(i *fleet.Instance) string { return i.Subnet }), cell: text(dim, func(i *fleet.Instance) string { return i.Subnet })},
		{head: "ARCH", width: 6, drop: 7, order: byText(func(i *fleet.Instance) string { return i.Arch }), cell: text(dim, func(i *fleet.Instance) string { return i.Arch })},
	}
}

// changes is a change of a text.
func changes(f func(*fleet.Instance) string) func(old, is *fleet.Instance) bool {
	return func(old, is *fleet.Instance) bool { return f(old) != f(is) }
}

// layout is the columns that fit a width, and how many blanks stand between them.
type layout struct {
	cs  []column
	gap int
	// how many columns are out of sight on either side
	left, right int
}

// total is how wide the table is.
func (l layout) total() int {
	n := 3 + l.gap
	for _, c := range l.cs {
		n += c.width + l.gap
	}
	return n
}

// of gives a column by its head; nil where it has left.
func (l layout) of(head string) *column {
	i := slices.IndexFunc(l.cs, func(c column) bool { return c.head == head })
	if i < 0 {
		return nil
	}
	return &l.cs[i]
}

// widthOf is a column's width; 0 where it has left.
func (l layout) widthOf(head string) int {
	if c := l.of(head); c != nil {
		return c.width
	}
	return 0
}

// without drops the columns of a head.
func (l *layout) without(head string) {
	l.cs = slices.DeleteFunc(l.cs, func(c column) bool { return c.head == head })
}

// roomy is the width from which a reason is shown whole.
const roomy = 180

// fitting gives the columns that fit, the stage as wide as is left over, two
// blanks between them where no column has to leave for it.
func (m *model) fitting(width int) layout {
	if m.rows.wide {
		l, left, right := m.wideLayout(width)
		l.left, l.right = left, right
		return l
	}
	l := layout{cs: m.rows.arranged(), gap: 1}
	zone := 10
	for _, r := range m.regions {
		zone = max(zone, len(r.Region)+1) // a zone is its region and a letter
	}
	if z := l.of(zoneHead); z != nil {
		z.width = min(16, zone)
	}
	if width >= roomy { // why a row is in trouble matters more than the last columns
		l.of(stageHead).width = len("interrupted  AWS took it back for lack of spot capacity") + 2
	}
	mine := l.of(m.rows.column)
	brought := mine.drop > 0 // the cursor is on a column that could leave
	mine.drop = 0
	l.narrow(width)
	if brought && l.total() > width { // the zone leaves for the column that the cursor is on
		l.without(zoneHead)
		c := l.of(m.rows.column)
		c.width = max(5, c.width-max(0, l.total()-width))
	}
	if l.gap = 2; l.total() > width {
		l.gap = 1
	}
	l.of(stageHead).width += min(30, max(0, width-l.total()))
	return l
}

// narrow makes the table narrower while it is wider than width: columns leave,
// the first with the highest drop; then the id and the stage are cut.
func (l *layout) narrow(width int) {
	for l.total() > width {
		worst := slices.MaxFunc(l.cs, func(a, b column) int { return a.drop - b.drop })
		if worst.drop == 0 {
			break
		}
		l.without(worst.head)
	}
	if l.total() > width {
		l.of(idHead).width = 12 // its first characters are unique enough to the eye
	}
	if stage := l.of(stageHead); l.total() > width {
		stage.width = max(14, stage.width-(l.total()-width))
	}
}
