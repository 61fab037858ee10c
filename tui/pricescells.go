package tui

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// The heads that the code asks for by name.
const (
	spotHead   = "SPOT $/H"
	weekHead   = "7 DAYS"
	memoryHead = "MEMORY" // there only while something is benched
)

// priceColumns lists the columns of the Prices screen. What stands in a row is of
// the cheapest pool that is not benched.
func priceColumns() []gridColumn[fleet.PriceCell] {
	type cell = fleet.PriceCell
	dim := func(m *model, _ *cell) theme.Style { return m.th.Dim }
	price := func(p fleet.Price) string {
		if !p.Known {
			return "?"
		}
		return fmt.Sprintf("%.4f", p.USD)
	}
	money := func(of func(fleet.PriceRow) fleet.Price) (text func(*cell) string, compare func(a, b *cell) int) {
		return func(c *cell) string { return price(of(c.Best())) },
			func(a, b *cell) int { return cmp.Compare(of(a.Best()).USD, of(b.Best()).USD) }
	}
	spot, bySpot := money(func(r fleet.PriceRow) fleet.Price { return r.Spot })
	demand, byDemand := money(func(r fleet.PriceRow) fleet.Price { return r.OnDemand })
	return []gridColumn[cell]{
		{head: "REGION", text: func(c *cell) string { return string(c.Region) }},
		{head: "TYPE", text: func(c *cell) string { return string(c.Type) }},
		{head: spotHead, right: true, text: spot, compare: bySpot, style: func(m *model, _ *cell) theme.Style { return m.th.Cost }},
		{head: weekHead, drop: 2, width: 14, most: 14, text: weekText, compare: func(a, b *cell) int { return cmp.Compare(weekChange(a), weekChange(b)) }, draw: drawWeek},
		{head: "CHANGE", drop: 7, right: true, text: weekText, compare: func(a, b *cell) int { return cmp.Compare(weekChange(a), weekChange(b)) }, style: dim},
		{head: "ON-DEMAND", drop: 4, right: true, text: demand, compare: byDemand, style: dim},
		{head: "SAVES", drop: 1, right: true, text: savingText, compare: func(a, b *cell) int { return cmp.Compare(saving(a), saving(b)) }, style: func(m *model, c *cell) theme.Style {
			if c.Best().Dearer() {
				return m.th.Warn
			}
			return m.th.Text
		}},
		{head: "INTERRUPTED", drop: 3, width: 12, text: bandText, compare: func(a, b *cell) int { return cmp.Compare(a.Best().Advised.Band, b.Best().Advised.Band) }, draw: drawBand},
		{head: "SCORE", drop: 5, right: true, text: scoreText, compare: func(a, b *cell) int { return cmp.Compare(a.Best().Score.Score, b.Best().Score.Score) }, style: dim},
		{head: "ZONES", drop: 6, right: true, text: zonesText, compare: func(a, b *cell) int { return cmp.Compare(len(a.Pools), len(b.Pools)) }, style: dim},
		{head: memoryHead, drop: 3, text: benchText, style: func(m *model, _ *cell) theme.Style { return m.th.Warn }},
	}
}

// weekChange is by how much the price has changed over the week, in per cent.
func weekChange(c *fleet.PriceCell) float64 {
	h := c.Best().History
	if len(h) == 0 || h[0].USD <= 0 {
		return 0
	}
	return 100 * (h[len(h)-1].USD/h[0].USD - 1)
}

func weekText(c *fleet.PriceCell) string {
	if len(c.Best().History) == 0 {
		return "?"
	}
	change := math.Round(weekChange(c))
	if change == 0 {
		return "0%"
	}
	return fmt.Sprintf("%+.0f%%", change)
}

func drawWeek(m *model, c *fleet.PriceCell, l *line, width int) {
	r := c.Best()
	l.cell(m.th.Dim, m.sparkline(r.History, m.now.Add(-week), m.now, width), width, false)
}

func saving(c *fleet.PriceCell) float64 { s, _ := c.Best().Saving(); return s }

func savingText(c *fleet.PriceCell) string {
	s, ok := c.Best().Saving()
	if !ok {
		return "?"
	}
	return fmt.Sprintf("%.0f%%", s)
}

func bandText(c *fleet.PriceCell) string {
	if a := c.Best().Advised; a.Known {
		return a.Band.String()
	}
	return "?"
}

// drawBand draws a band as its number and as marks: each is five per cent more.
func drawBand(m *model, c *fleet.PriceCell, l *line, width int) {
	a := c.Best().Advised
	if !a.Known {
		l.cell(m.th.Dim, "?", width, false)
		return
	}
	n := int(a.Band) + 1
	l.put(m.bandStyle(a.Band), strings.Repeat(m.th.Glyph("■", "#"), n)).put(m.th.Line, strings.Repeat(m.th.Glyph("·", "."), 5-n))
	l.gap(1).cell(m.bandStyle(a.Band), a.Band.String(), width-6, false)
}

func (m *model) bandStyle(b fleet.Band) theme.Style {
	switch {
	case b == fleet.BandUnder5:
		return m.th.OK
	case b >= fleet.Band15to20:
		return m.th.Warn
	}
	return m.th.Text
}

func scoreText(c *fleet.PriceCell) string {
	if s := c.Best().Score; s.Known {
		return fmt.Sprint(s.Score)
	}
	return "?"
}

func zonesText(c *fleet.PriceCell) string {
	if c.Pools[0].Zone == "" {
		return "0"
	}
	return fmt.Sprint(len(c.Pools))
}

func benchText(c *fleet.PriceCell) string {
	switch n := c.Benched(); {
	case n == 0:
		return ""
	case n == len(c.Pools):
		return "benched"
	default:
		return fmt.Sprintf("%d of %d benched", n, len(c.Pools))
	}
}
