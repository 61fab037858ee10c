package tui

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

const atPrices place = "Prices screen"

// pricesAge is how old prices may be when the screen comes back: a pool's price
// changes every few hours.
const pricesAge = 5 * time.Minute

// pricesView is what capacity costs: a row per region and type, what is known of
// its zones below. Marked rows go into a plan.
type pricesView struct {
	grid[fleet.PriceCell]
	layer   int // its own number among the overlays
	asked   int // number of the newest question
	stop    context.CancelFunc
	at      time.Time            // when the report was made; zero: there is none
	types   []fleet.InstanceType // asked for instead of the fleet's
	regions []fleet.Region
}

// pricesMsg answers a pricesView's question.
type pricesMsg struct {
	layer, ask int
	report     fleet.PriceReport
	err        error
}

func newPricesView() screen {
	v := &pricesView{}
	v.title, v.id = "Prices", func(c *fleet.PriceCell) string { return string(c.Region) + " " + string(c.Type) }
	v.columns = priceColumns()
	v.column = spotHead
	v.empty.none, v.empty.next = "No type has a price here.", "r asks again, t asks for other types"
	return v
}

func (*pricesView) place() place     { return atPrices }
func (*pricesView) dangerous() bool  { return false }
func (v *pricesView) escape() string { return v.grid.escape() }

// opened asks for the prices, unless those that are there are young.
func (v *pricesView) opened(m *model) tea.Cmd {
	v.layer = m.overGen
	if !v.at.IsZero() && m.now.Sub(v.at) < pricesAge {
		return nil
	}
	return v.reload(m)
}

// reload asks the regions; an older question is given up.
func (v *pricesView) reload(m *model) tea.Cmd {
	v.closed()
	v.asked++
	n := len(v.regions)
	if n == 0 {
		n = len(m.regions)
	}
	v.empty.asking = "asking " + count(n, "region") + " what spot capacity costs"
	m.did(slices.Concat([]string{"prices"}, texts(v.types), regionWords(v.regions))...)
	ctx, stop := context.WithCancel(m.ctx)
	v.stop = stop
	layer, ask, face, q := v.layer, v.asked, m.o.Face, fleet.PriceRequest{Types: v.types, Regions: v.regions}
	return func() tea.Msg {
		p, err := face.Prices(ctx, q)
		return pricesMsg{layer: layer, ask: ask, report: p, err: err}
	}
}

// regionWords are regions as arguments of a verb.
func regionWords(rs []fleet.Region) []string {
	if len(rs) == 0 {
		return nil
	}
	return []string{"--regions", strings.Join(texts(rs), ",")}
}

// closed gives up the question that is under way.
func (v *pricesView) closed() {
	if v.stop != nil {
		v.stop()
		v.stop, v.empty.asking = nil, ""
	}
}

// take takes an answer in. What failed stands above the rows that came.
func (v *pricesView) take(m *model, msg pricesMsg) {
	v.empty.asking, v.empty.failed, v.stop = "", "", nil
	if msg.err != nil {
		v.empty.failed = msg.err.Error()
		return
	}
	v.at, v.notes = msg.report.At, nil
	for _, e := range msg.report.Problems {
		v.notes = append(v.notes, gridNote{text: e.Error()})
	}
	cells := msg.report.Cells()
	v.columns = priceColumns()
	if !slices.ContainsFunc(cells, func(c fleet.PriceCell) bool { return c.Benched() > 0 }) {
		v.columns = slices.DeleteFunc(v.columns, func(c gridColumn[fleet.PriceCell]) bool { return c.head == memoryHead })
	}
	v.set(cells)
}

// askTypes opens the line in which other types than the fleet's are named.
func (v *pricesView) askTypes(m *model) tea.Cmd {
	return askWords(v, m, "types", "such as m7g.large c7g.large; empty: the fleet's", &v.types)
}

// askRegions opens the line in which other regions than the fleet's are named.
func (v *pricesView) askRegions(m *model) tea.Cmd {
	return askWords(v, m, "regions", "such as eu-north-1 us-east-2; empty: the fleet's", &v.regions)
}

// askWords opens a line for names, and asks for prices with them.
func askWords[T ~string](v *pricesView, m *model, label, facts string, names *[]T) tea.Cmd {
	p := &prompt{label: label, in: input(strings.Join(texts(*names), " ")), changed: func(*model) {}, cancel: func(*model) {}, history: m.said[label]}
	p.done = func(m *model) tea.Cmd {
		*names = nil
		for _, w := range strings.FieldsFunc(p.in.Value(), func(r rune) bool { return r == ' ' || r == ',' }) {
			*names = append(*names, T(w))
		}
		if len(*names) > 0 {
			m.remember(label, strings.Join(texts(*names), " "))
		}
		clear(v.marks)
		return v.reload(m)
	}
	p.facts = func(m *model) string { return m.promptHints(p, facts) }
	m.prompt = p
	return nil
}
