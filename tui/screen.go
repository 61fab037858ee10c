package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// The smallest size at which the screen is useful.
const (
	minWidth  = 60
	minHeight = 15
)

// compose draws the whole screen: exactly m.h lines of m.w cells.
func (m *model) compose() string {
	if m.w <= 0 || m.h <= 0 {
		return ""
	}
	if m.w < minWidth || m.h < minHeight {
		return m.tooSmall()
	}
	ls := m.header()
	if f, ok := m.over.(full); ok {
		ls = append(ls, f.page(m, m.w, m.h-3)...)
		ls = fit(ls, m.h-1, m.w)
		return strings.Join(append(ls, m.footer()), "\n")
	}
	ls = append(ls, m.table(m.tableHeight())...)
	ls = append(ls, m.logView(m.logHeight())...)
	ls = fit(ls, m.h-1, m.w)
	screen := strings.Join(append(ls, m.footer()), "\n")
	if m.over == nil {
		return screen
	}
	return m.lay(screen)
}

// fit makes ls exactly h lines.
func fit(ls []string, h, w int) []string {
	for len(ls) < h {
		ls = append(ls, strings.Repeat(" ", w))
	}
	return ls[:h]
}

func (m *model) tooSmall() string {
	text := fmt.Sprintf("spot-tui needs %d×%d, this is %d×%d", minWidth, minHeight, m.w, m.h)
	return strings.Join(fit([]string{m.line(m.w).put(m.th.Text, text).end()}, m.h, m.w), "\n")
}

// logHeight and tableHeight share what header (2), rules (2), table head (1)
// and footer (1) leave.
func (m *model) logHeight() int {
	free := m.h - 6
	if _, ok := m.running(); ok {
		free--
	}
	if m.pane == paneLog {
		return max(3, free*2/3)
	}
	return min(8, max(2, free/4))
}

func (m *model) tableHeight() int {
	free := m.h - 6
	if _, ok := m.running(); ok {
		free--
	}
	return free - m.logHeight()
}

// header is two lines: what fleet, who, how many, money; regions, end, age.
// Where it is narrow the account leaves first: ready count and money matter more.
func (m *model) header() []string {
	s, t := m.summary, m.th
	ready := s.Counts[fleet.StageReady]
	rs := t.Dim
	if ready > 0 {
		rs = t.OK.Bold(true)
	}
	right := m.line(m.w).put(rs, fmt.Sprint(ready)).put(t.Text, fmt.Sprintf(" of %d ready", max(s.Target, s.Live)))
	if s.Live > 0 || s.Accrued.USD > 0 {
		m.money(right, s)
	}
	right.gap(1)
	left := m.line(max(0, m.w-right.w-1)).gap(1).put(t.Accent, "spot-tui").gap(2).put(t.Text.Bold(true), string(s.Fleet))
	switch {
	case s.Identity.Account != "":
		left.gap(2).put(t.Dim, s.Identity.Account+" "+t.Glyph("·", "-")+" "+s.Identity.Name)
	case s.Problem != "":
		left.gap(2).put(t.Bad, "no credentials")
	default:
		left.gap(2).put(t.Dim, "asking AWS who you are")
	}
	if m.o.Demo {
		left.gap(2).put(t.Cost, "simulated")
	}
	if m.o.ReadOnly {
		left.gap(2).put(t.Cost, "read-only")
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
	if s.Accrued.Known && m.w >= 100 {
		l.gap(3).put(m.th.Dim, format.USD(s.Accrued.USD)+" so far")
	}
}

func (m *model) regionLine() string {
	l := m.line(m.w)
	oldest := time.Time{}
	for _, r := range m.regions {
		g, st := m.healthGlyph(r.Health)
		l.gap(1).put(st, g+" ").put(m.th.Text, string(r.Region)).put(m.th.Dim, fmt.Sprintf(" %d", r.Live)).gap(2)
		if !r.Answered.IsZero() && (oldest.IsZero() || r.Answered.Before(oldest)) {
			oldest = r.Answered
		}
	}
	right := m.line(m.w)
	if s := m.summary; !s.EndsAt.IsZero() && s.Live > 0 && m.w >= 100 {
		right.put(m.th.Dim, "ends in "+format.Long(s.EndsAt.Sub(m.now)))
	}
	if !oldest.IsZero() {
		age := m.now.Sub(oldest)
		st := m.th.Dim
		if age > 30*time.Second {
			st = m.th.Warn
		}
		right.gap(3).put(st, "data "+format.Long(age))
	}
	if m.freeze {
		right.gap(3).put(m.th.Warn, "frozen, z goes on")
	}
	return sides(l, right.gap(1))
}

func (m *model) healthGlyph(h fleet.Health) (string, lipgloss.Style) {
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

// footer is the keys that work here, most used first, cut from the right.
func (m *model) footer() string {
	if p := m.prompt; p != nil {
		text := []rune(p.in.Value())
		before, after := string(text[:p.in.Position()]), string(text[p.in.Position():])
		l := m.line(m.w).gap(1).put(m.th.Accent, p.label+": ").put(m.th.Text, before).put(m.th.Accent, m.th.Glyph("▏", "_")).put(m.th.Text, after)
		return sides(l, m.line(m.w).put(m.th.Dim, "enter does it, esc does not "))
	}
	if m.toast != "" {
		return m.line(m.w).gap(1).put(m.th.Text, m.toast).end()
	}
	right := m.line(m.w).put(m.th.Accent, "?").put(m.th.Dim, " help ")
	l := m.line(m.w).gap(1)
	for _, h := range m.hints() {
		if l.w+len(h[0])+len(h[1])+3+right.w+2 > m.w {
			break
		}
		l.put(m.th.Accent, h[0]).put(m.th.Dim, " "+h[1]).gap(2)
	}
	return sides(l, right)
}

// hints are pairs of key and word.
func (m *model) hints() [][2]string {
	if m.over != nil {
		return m.over.hints(m)
	}
	as := slices.Clone(m.acts)
	slices.SortStableFunc(as, func(a, b action) int { return a.footer - b.footer })
	var hs [][2]string
	if len(m.rows.all) == 0 {
		hs = append(hs, [2]string{"n", "new"}, [2]string{"r", "refresh"}, [2]string{"q", "quit"})
		return hs
	}
	for _, a := range as {
		if a.footer > 0 && (a.off == nil || a.off(m) == "") {
			hs = append(hs, [2]string{strings.ToLower(keyWord(a.keys[0])[:1]) + keyWord(a.keys[0])[1:], a.title})
		}
	}
	for i := range hs { // a single letter keeps its case: D is not d
		if len(hs[i][0]) == 1 {
			hs[i][0] = keyOf(as, hs[i][1])
		}
	}
	return hs
}

func keyOf(as []action, title string) string {
	for _, a := range as {
		if a.title == title {
			return a.keys[0]
		}
	}
	return ""
}
