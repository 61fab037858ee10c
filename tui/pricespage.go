package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

const week = 7 * 24 * time.Hour

// page is the table, the zones of the row under the cursor, and what the marked
// rows would cost. Where it is low, the zones leave first.
func (v *pricesView) page(m *model, w, h int) []string {
	spark := 14
	if w > 110 {
		spark = min(42, 14+(w-110)/2)
	}
	c := v.of(weekHead)
	c.width, c.most = spark, spark
	foot := v.tally(m, w)
	below := v.zones(m, w)
	if len(v.shown)+6+len(below)+len(foot) > h && h < 26 { // the table keeps what it needs, in a low window all
		below = nil
	}
	if most := h/2 - len(foot); len(below) > most {
		below = below[:max(0, most)]
	}
	room := h - len(below) - len(foot)
	ls := v.draw(m, w, room, v.read(m)...)
	if len(ls) < room && len(below) > 0 { // the zones stand under the last row
		ls = append(ls, m.line(w).end())
	}
	return append(fit(append(ls, below...), h-len(foot), w), foot...)
}

// read says how old the prices are.
func (v *pricesView) read(m *model) []string {
	if v.at.IsZero() {
		return nil
	}
	return []string{"read " + format.Short(m.now.Sub(v.at)) + " ago"}
}

// zones are the pools of the row under the cursor, each with its week.
func (v *pricesView) zones(m *model, w int) []string {
	c := v.current()
	if c == nil {
		return nil
	}
	dot := " " + m.th.Glyph("·", "-") + " "
	ls := []string{m.rule(string(c.Region)+dot+string(c.Type), strings.Join(v.about(m, c), dot), w)}
	wide := w - 84
	if c.Benched() > 0 { // why takes the room
		wide -= 22
	}
	wide = max(10, wide)
	for _, r := range c.Pools {
		l := m.line(w).gap(3)
		if !r.Spot.Known {
			ls = append(ls, m.reason(w, "spot price", r.Spot.Reason)...)
			continue
		}
		l.cell(m.th.Text, string(r.Zone), 16, false).cell(m.th.Cost, fmt.Sprintf("%.4f", r.Spot.USD), 8, true).gap(2)
		l.cell(m.th.Dim, "for "+format.Short(m.now.Sub(r.Spot.AsOf)), 10, false)
		if w >= 100 {
			l.put(m.th.Cost, m.sparkline(r.History, m.now.Add(-week), m.now, wide)).gap(2)
		}
		low, high := bounds(r.History)
		l.put(m.th.Dim, fmt.Sprintf("%.4f%s%.4f", low, m.th.Glyph("–", "-"), high)).gap(2)
		if s, ok := r.Saving(); ok && s < 0 {
			l.put(m.th.Warn, fmt.Sprintf("%.0f%% dearer than on-demand", -s)).gap(2)
		} else if ok {
			l.put(m.th.Dim, "saves ").put(m.th.Text, fmt.Sprintf("%.0f%%", s)).gap(2)
		}
		if b := r.Benched; b != nil {
			l.put(m.th.Warn, "benched "+format.Short(b.Until.Sub(m.now))).put(m.th.Dim, " "+b.Why)
		}
		ls = append(ls, l.end())
	}
	r := c.Pools[0]
	if !r.OnDemand.Known {
		ls = append(ls, m.reason(w, "on-demand", r.OnDemand.Reason)...)
	}
	if !r.Advised.Known {
		ls = append(ls, m.reason(w, "interruptions", r.Advised.Reason)...)
	}
	if !r.Score.Known {
		ls = append(ls, m.reason(w, "score", r.Score.Reason)...)
	}
	return ls
}

// reason says why something is unknown (R26).
func (m *model) reason(w int, what, why string) []string {
	return []string{m.line(w).gap(3).cell(m.th.Dim, what, 16, false).cell(m.th.Cost, "?", 8, true).gap(2).put(m.th.Dim, why).end()}
}

// about are the facts of a type in a region that hold for all its zones.
func (v *pricesView) about(m *model, c *fleet.PriceCell) []string {
	var fs []string
	r := c.Pools[0]
	if r.OnDemand.Known {
		fs = append(fs, fmt.Sprintf("on-demand %.4f, read %s ago", r.OnDemand.USD, format.Short(m.now.Sub(r.OnDemand.AsOf))))
	}
	if r.Advised.Known {
		fs = append(fs, fmt.Sprintf("last month %s interrupted, saved %d%%", r.Advised.Band, r.Advised.Saving))
	}
	if r.Score.Known {
		fs = append(fs, fmt.Sprintf("score %d of 10", r.Score.Score))
	}
	return fs
}

// tally says what the fleet's missing instances would cost in the marked rows.
func (v *pricesView) tally(m *model, w int) []string {
	c := v.chosen()
	if len(c) == 0 {
		return nil
	}
	l := m.line(w).gap(1).put(m.th.Accent, m.th.Glyph("✓", "+")).put(m.th.Text.Bold(true), " "+count(len(v.marked()), "choice")+" for the plan").gap(2)
	n := m.missing()
	if n == 0 {
		l.put(m.th.Dim, "the fleet has its "+fmt.Sprint(m.summary.Target)+"; one more costs ")
		n = 1
	} else {
		l.put(m.th.Dim, count(n, "missing instance")+" would cost ")
	}
	if usd, ok := c.cost(n); ok {
		l.put(m.th.Cost.Bold(true), format.USD(usd)).put(m.th.Dim, "/h")
	} else {
		l.put(m.th.Cost, "$?").put(m.th.Dim, "/h: a price is not known")
	}
	right := m.line(w).put(m.th.Accent, "enter").put(m.th.Dim, " plans it ")
	if ansi.StringWidth("enter plans it ")+l.w+2 > w {
		return []string{l.end()}
	}
	return []string{m.rule("In the plan", "", w), sides(l, right)}
}
