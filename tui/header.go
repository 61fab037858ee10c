package tui

import (
	"fmt"
	"slices"
	"time"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

// header is two lines: what fleet, who, how many, money; regions, end, age.
// Where it is narrow the account leaves first: ready count and money matter more.
func (m *model) header() []string {
	s, t := m.summary, m.th
	ready := s.Counts[fleet.StageReady]
	rs := t.Dim
	if ready > 0 {
		rs = t.OK.Bold(true)
	}
	right := m.line(m.w).put(rs, fmt.Sprint(ready))
	if of := max(s.Target, s.Live); m.w >= 100 {
		right.put(t.Text, fmt.Sprintf(" of %d ready", of))
	} else {
		right.put(t.Text, fmt.Sprintf("/%d ready", of))
	}
	if s.Live > 0 || s.Accrued.USD > 0 {
		m.money(right, s)
	}
	right.gap(1)
	left := m.line(max(0, m.w-right.w-2)).gap(1).put(t.Accent, "spot-tui").gap(2).put(t.Text.Bold(true), string(s.Fleet))
	var who, mode string
	switch {
	case m.o.Demo && m.o.ReadOnly:
		mode = "simulated, read-only"
	case m.o.Demo:
		mode = "simulated"
	case m.o.ReadOnly:
		mode = "read-only"
	}
	switch {
	case s.Identity.Account != "":
		who = s.Identity.Account + " " + t.Glyph("·", "-") + " " + s.Identity.Name
		if left.w+len(who)+len(mode)+4 > left.max {
			who = s.Identity.Account
		}
		if left.w+len(who)+len(mode)+4 > left.max {
			who = ""
		}
	case s.Problem != "":
		left.gap(2).put(t.Bad, "no credentials")
	default:
		who = "asking AWS who you are"
	}
	left.gap(2).put(t.Dim, who)
	if who != "" {
		left.gap(2)
	}
	left.put(t.Cost, mode)
	if kept := keptLine(s); kept != "" && left.w+len(kept)+2 <= left.max {
		if mode != "" {
			left.gap(2)
		}
		left.put(t.Accent, kept)
	}
	left.max = m.w
	return []string{sides(left, right), m.regionLine()}
}

// money adds what the fleet costs; an unknown price is "?", never 0.
func (m *model) money(l *line, s fleet.Summary) {
	if s.PerHour.Known {
		l.gap(3).put(m.th.Cost.Bold(true), format.USD(s.PerHour.USD)).put(m.th.Dim, "/h")
	} else {
		l.gap(3).put(m.th.Cost, "$?").put(m.th.Dim, "/h")
	}
	if m.w >= 100 && s.Live > 0 {
		if s.Saved.Known {
			l.gap(3).put(m.th.Dim, fmt.Sprintf("saved %.0f%%", 100*s.Saved.Value))
		} else {
			l.gap(3).put(m.th.Dim, "saved ?")
		}
	}
	st := m.th.Dim
	switch s.Level() {
	case fleet.BudgetLow:
		st = m.th.Warn
	case fleet.BudgetSpent:
		st = m.th.Bad
	default:
	}
	if s.Accrued.Known && (m.w >= 100 || s.Level() != fleet.BudgetFine) {
		text := format.USD(s.Accrued.USD)
		if s.Estimated > 0.001 {
			text = "~" + text
		}
		if b := s.Guard.Budget; b > 0 {
			text += " of " + format.USD(b)
		}
		l.gap(3).put(st, text+" so far")
	}
}

// regionLine is a dot, name and count per region, when the fleet ends and how
// old the data is. What does not fit is counted; regions in trouble stay.
func (m *model) regionLine() string {
	right := m.line(m.w)
	if s := m.summary; !s.EndsAt.IsZero() && s.Live > 0 && (m.w >= 100 || len(m.regions) < 3) {
		right.put(m.th.Dim, "ends in "+format.Long(s.EndsAt.Sub(m.now)))
	}
	oldest := time.Time{}
	for _, r := range m.regions {
		if !r.Answered.IsZero() && (oldest.IsZero() || r.Answered.Before(oldest)) {
			oldest = r.Answered
		}
	}
	if !oldest.IsZero() {
		age := m.now.Sub(oldest)
		st := m.th.Dim
		if age > 30*time.Second {
			st = m.th.Warn
		}
		right.gap(3).put(st, "data "+format.Long(age))
	}
	if n := len(m.forwards); n > 0 {
		right.gap(3).put(m.th.Accent, count(n, "port")+" forwarded")
	}
	if m.freeze {
		right.gap(3).put(m.th.Warn, "frozen, z goes on")
	}
	right.gap(1)
	rs := slices.Clone(m.regions)
	if m.dots(rs, m.w).w > m.w-right.w-1 { // trouble first, so that it can't be what is left out
		slices.SortStableFunc(rs, func(a, b fleet.RegionStatus) int { return int(b.Health) - int(a.Health) })
	}
	return sides(m.dots(rs, m.w-right.w-1), right)
}

// dots lists regions up to a width, and how many there are more.
func (m *model) dots(rs []fleet.RegionStatus, width int) *line {
	l := m.line(m.w)
	for n, r := range rs {
		more := fmt.Sprintf("+%d", len(rs)-n)
		text := fmt.Sprintf(" %s %d", r.Region, r.Live)
		room := width - l.w - 2 - len(text)
		if room < 0 || n < len(rs)-1 && room < 3+len(more) {
			return l.gap(1).put(m.th.Dim, more)
		}
		g, st := m.healthGlyph(r.Health)
		l.gap(1).put(st, g+" ").put(m.th.Text, string(r.Region)).put(m.th.Dim, fmt.Sprintf(" %d", r.Live))
		if n < len(rs)-1 {
			l.gap(2)
		}
	}
	return l
}

func (m *model) healthGlyph(h fleet.Health) (string, theme.Style) {
	switch h {
	case fleet.HealthOK:
		return m.th.Glyph("●", "*"), m.th.OK
	case fleet.HealthBusy:
		return m.th.Glyph("◐", "~"), m.th.Run
	case fleet.HealthThrottled:
		return m.th.Glyph("▲", "^"), m.th.Warn
	case fleet.HealthDown:
		return m.th.Glyph("✗", "x"), m.th.Bad
	default:
		return m.th.Glyph("○", "-"), m.th.Dim
	}
}
