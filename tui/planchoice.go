package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// planChoice is where a person wants what is missing: types by region, in the order
// in which they were chosen.
type planChoice []chosenRegion

// chosenRegion is a region with the types that were chosen there.
type chosenRegion struct {
	region fleet.Region
	types  []fleet.InstanceType
	low    fleet.Price // of the cheapest chosen type
}

// chosen are the marked rows by region; without a mark, none.
func (v *pricesView) chosen() planChoice {
	var c planChoice
	for _, cell := range v.marked() {
		c = c.with(cell)
	}
	return c
}

func (c planChoice) with(cell *fleet.PriceCell) planChoice {
	i := slices.IndexFunc(c, func(r chosenRegion) bool { return r.region == cell.Region })
	if i < 0 {
		i = len(c)
		c = append(c, chosenRegion{region: cell.Region})
	}
	c[i].types = append(c[i].types, cell.Type)
	if p := cell.Best().Spot; p.Known && (!c[i].low.Known || p.USD < c[i].low.USD) {
		c[i].low = p
	}
	return c
}

// String names what was chosen: "us-west-2 t3.medium, m5.large; eu-west-1 t3.medium".
func (c planChoice) String() string {
	var parts []string
	for _, r := range c {
		parts = append(parts, string(r.region)+" "+strings.Join(texts(r.types), ", "))
	}
	return strings.Join(parts, "; ")
}

// also takes a type in, in each chosen region.
func (c planChoice) also(t fleet.InstanceType) planChoice {
	c = slices.Clone(c)
	for i := range c {
		if !slices.Contains(c[i].types, t) {
			c[i].types = append(slices.Clone(c[i].types), t)
		}
	}
	return c
}

// shares spreads n instances evenly over the chosen regions.
func (c planChoice) shares(n int) []int {
	regions := make([]fleet.RegionSpec, len(c))
	for i := range regions {
		regions[i] = fleet.RegionSpec{Count: -1}
	}
	shares, _ := fleet.Spread(n, regions) // without counts it never fails
	return shares
}

// cost is what n more instances cost per hour, as a plan reckons: each at the
// cheapest of its region.
func (c planChoice) cost(n int) (usd float64, ok bool) {
	for i, share := range c.shares(n) {
		if share > 0 && !c[i].low.Known {
			return 0, false
		}
		usd += float64(share) * c[i].low.USD
	}
	return usd, true
}

// here counts the instances that a region has of the target.
func (m *model) here(r fleet.Region) int {
	n := 0
	for i := range m.rows.each() {
		if i.Region == r && !i.Stage.Leaving() {
			n++
		}
	}
	return n
}

// missing is how many instances the fleet lacks.
func (m *model) missing() int {
	n := m.summary.Target
	for i := range m.rows.each() {
		if !i.Stage.Leaving() {
			n--
		}
	}
	return max(0, n)
}

// request asks for a plan that launches what is missing of a target in the chosen
// regions only, and leaves what runs elsewhere in its place. The fleet's home comes
// first, where a second machine looks for its record.
func (c planChoice) request(m *model, target int) []fleet.RegionSpec {
	home := m.summary.Record.Home
	if home == "" && len(m.regions) > 0 {
		home = m.regions[0].Region
	}
	have, regions := 0, []fleet.Region{home}
	for _, r := range m.regions {
		regions = append(regions, r.Region)
	}
	for _, r := range c {
		regions = append(regions, r.region)
	}
	var specs []fleet.RegionSpec
	for _, r := range regions {
		if r == "" || slices.ContainsFunc(specs, func(s fleet.RegionSpec) bool { return s.Name == r }) {
			continue
		}
		n := m.here(r)
		have += n
		specs = append(specs, fleet.RegionSpec{Name: r, Count: n})
	}
	for i, share := range c.shares(max(0, target-have)) {
		for n := range specs {
			if specs[n].Name == c[i].region {
				specs[n].Count += share
				specs[n].Types = c[i].types
			}
		}
	}
	return slices.DeleteFunc(specs, func(s fleet.RegionSpec) bool { return s.Count == 0 && s.Name != home })
}

// plan opens a plan of the marked rows, or of the row under the cursor.
func (v *pricesView) plan(m *model) tea.Cmd {
	c := v.chosen()
	if cell := v.current(); len(c) == 0 && cell != nil {
		c = c.with(cell)
	}
	return m.openPlanOf(c)
}

func pricesActions() []action {
	row := func(m *model) string {
		if v, ok := m.over.(*pricesView); ok && v.current() != nil {
			return ""
		}
		return "there is no price yet"
	}
	mark := gridMarks(atPrices, "prices")
	mark[0].title, mark[0].help, mark[0].footer = "into the plan", "put the type in this region into the plan, or take it out, and go down", 2
	as := []action{
		{id: "plan", keys: []string{"enter", "n"}, title: "plan", help: "plan what is missing with the marked rows, or the one under the cursor; nothing is made before its confirmation", risk: costs, footer: 1, changes: true, off: row, run: on((*pricesView).plan)},
		{id: "types", keys: []string{"t"}, title: "types", help: "ask for other types than the fleet's", footer: 3, run: on((*pricesView).askTypes)},
		{id: "regions", keys: []string{"R"}, title: "regions", help: "ask for other regions than the fleet's", footer: 4, run: on((*pricesView).askRegions)},
	}
	return slices.Concat(placed(atPrices, "prices", as), mark, gridActions(atPrices, "prices"))
}
