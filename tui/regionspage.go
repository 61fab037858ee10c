package tui

import (
	"cmp"
	"fmt"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

// quotaHead is the column with the bar.
const quotaHead = "SPOT VCPU"

func regionColumns() []gridColumn[regionRow] {
	type row = regionRow
	dim := func(m *model, _ *row) theme.Style { return m.th.Dim }
	number := func(of func(*row) int) (func(*row) string, func(a, b *row) int) {
		return func(r *row) string { return fmt.Sprint(of(r)) }, func(a, b *row) int { return cmp.Compare(of(a), of(b)) }
	}
	live, byLive := number(func(r *row) int { return r.Live })
	return []gridColumn[row]{
		{head: "REGION", text: func(r *row) string { return string(r.Region) }},
		{head: "HEALTH", width: 11, text: func(r *row) string { return r.Health.String() }, compare: func(a, b *row) int { return cmp.Compare(b.Health, a.Health) }, draw: drawHealth},
		{head: "ANSWERED", right: true, drop: 3, text: answeredText, compare: func(a, b *row) int { return cmp.Compare(a.age, b.age) }, style: dim},
		{head: "LIVE", right: true, text: live, compare: byLive},
		{head: "BENCHED", right: true, drop: 2, text: benchedText, compare: func(a, b *row) int { return cmp.Compare(len(a.benches), len(b.benches)) }, style: func(m *model, r *row) theme.Style {
			if len(r.benches) > 0 {
				return m.th.Warn
			}
			return m.th.Dim
		}},
		{head: quotaHead, width: 20, most: 20, text: quotaText, compare: func(a, b *row) int { return cmp.Compare(fullest(a), fullest(b)) }, draw: drawQuota},
		{head: "PREFLIGHT", width: 12, drop: 1, text: preflightText, style: func(m *model, r *row) theme.Style { return m.preflightStyle(r) }},
	}
}

func drawHealth(m *model, r *regionRow, l *line, width int) {
	g, st := m.healthGlyph(r.Health)
	l.put(st, g+" ").cell(m.th.Text, r.Health.String(), width-2, false)
}

func answeredText(r *regionRow) string {
	if r.age < 0 {
		return "never"
	}
	return format.Short(r.age) + " ago"
}

func benchedText(r *regionRow) string {
	if len(r.benches) == 0 {
		return "-"
	}
	return fmt.Sprint(len(r.benches))
}

func fullest(r *regionRow) int {
	q, ok := r.spot()
	if !ok {
		return -1
	}
	return fullness(q)
}

func quotaText(r *regionRow) string {
	q, ok := r.spot()
	if !ok || !q.Known {
		return "?"
	}
	return quotaNumbers(q)
}

// quotaNumbers writes used and limit, and whose they are where they are not those
// of Standard types.
func quotaNumbers(q fleet.Quota) string {
	text := fmt.Sprintf("%d/%d", q.Used, q.Limit)
	if q.Family != fleet.FamilyStandard {
		text += " " + string(q.Family)
	}
	return text
}

func drawQuota(m *model, r *regionRow, l *line, width int) {
	q, ok := r.spot()
	if !ok || !q.Known {
		l.cell(m.th.Dim, "?", width, false)
		return
	}
	const bar = 6
	m.quotaBar(l, q, bar)
	l.cell(m.th.Text, " "+quotaNumbers(q), width-bar, false)
}

// quotaBar draws how full a quota is, in the colour of how near its end is; the
// numbers beside it say the same.
func (m *model) quotaBar(l *line, q fleet.Quota, width int) {
	full := min(width, max(0, fullness(q)*width/100))
	if q.Used > 0 {
		full = max(1, full)
	}
	st := m.th.OK
	switch n := fullness(q); {
	case n >= 100:
		st = m.th.Bad
	case n >= 80:
		st = m.th.Warn
	}
	for i := range width {
		if i < full {
			l.put(st, m.th.Glyph("━", "="))
		} else {
			l.put(m.th.Line, m.th.Glyph("─", "-"))
		}
	}
}

// worst gives the worst checks of a region's preflight.
func (r *regionRow) worst() (state fleet.CheckState, checks []fleet.Check) {
	for _, s := range []fleet.CheckState{fleet.CheckFail, fleet.CheckWarn} {
		for _, c := range r.part.Checks {
			if c.State == s {
				checks = append(checks, c)
			}
		}
		if len(checks) > 0 {
			return s, checks
		}
	}
	return fleet.CheckOK, nil
}

func preflightText(r *regionRow) string {
	switch {
	case r.part == nil:
		return "?"
	case r.part.Problem != nil && len(r.part.Checks) == 0:
		return string(r.part.Problem.Kind)
	}
	switch state, checks := r.worst(); state {
	case fleet.CheckFail:
		return "fail: " + checks[0].What
	case fleet.CheckWarn:
		return "warn: " + checks[0].What
	default:
		return "ok"
	}
}

func (m *model) preflightStyle(r *regionRow) theme.Style {
	if r.part == nil {
		return m.th.Dim
	}
	state, _ := r.worst()
	switch {
	case state == fleet.CheckFail, r.part.Problem != nil:
		return m.th.Bad
	case state == fleet.CheckWarn:
		return m.th.Warn
	}
	return m.th.OK
}

// page is the table and what is known of the region under the cursor.
func (v *regionsView) page(m *model, w, h int) []string {
	below := v.about(m, w)
	if most := h - len(v.shown) - 4; len(below) > most { // the table keeps what it needs
		below = below[:max(0, min(len(below), most))]
	}
	if len(below) < 2 {
		below = nil
	}
	var facts []string
	switch {
	case v.stop != nil:
		facts = append(facts, "asking for quotas and checks"+m.th.Glyph("…", "..."))
	case !v.at.IsZero():
		facts = append(facts, "quotas and checks read "+format.Short(max(0, m.now.Sub(v.at)))+" ago")
	}
	ls := v.draw(m, w, h-len(below), facts...)
	if len(below) > 0 && len(ls)+len(below) < h {
		ls = append(ls, m.line(w).end())
	}
	return fit(append(ls, below...), h, w)
}

// about is everything that the row has no room for.
func (v *regionsView) about(m *model, w int) []string {
	r := v.current()
	if r == nil {
		return nil
	}
	ls := []string{m.rule(string(r.Region), r.facts(m), w)}
	say := func(st theme.Style, head, text string) {
		for i, t := range m.fold(text, w-23) {
			if i > 0 {
				head = ""
			}
			ls = append(ls, m.line(w).gap(3).cell(m.th.Dim, head, 17, false).gap(1).put(st, t).end())
		}
	}
	if r.Problem != "" {
		say(m.th.Warn, "health", r.Problem)
	}
	for _, k := range r.Keepers {
		m.keeperLines(k, say)
	}
	for _, q := range r.quotas {
		if !q.Known && q.Family == fleet.FamilyStandard {
			say(m.th.Dim, q.Name(), "?, "+q.Reason)
		}
		if q.Known && (q.Used > 0 || q.Family == fleet.FamilyStandard) {
			l := m.line(w).gap(3).cell(m.th.Dim, q.Name(), 20, false).gap(1)
			m.quotaBar(l, q, 20)
			l.put(m.th.Text, fmt.Sprintf(" %d used", q.Used)).put(m.th.Dim, fmt.Sprintf(" of %d vCPU", q.Limit))
			ls = append(ls, l.end())
		}
	}
	if r.noQuotas != "" {
		say(m.th.Dim, "quotas", "?, "+r.noQuotas)
	}
	for _, b := range r.benches {
		say(m.th.Warn, "benched "+format.Short(b.Until.Sub(m.now)), benchWhat(b)+": "+b.Why)
	}
	r.preflight(m, say)
	return ls
}

// preflight says what stands in the way of a launch in the region.
func (r *regionRow) preflight(m *model, say func(st theme.Style, head, text string)) {
	if r.part == nil {
		if r.noPart != "" {
			say(m.th.Dim, "preflight", "?, "+r.noPart)
		}
		return
	}
	for _, c := range r.part.Checks {
		st := m.th.Warn
		switch c.State {
		case fleet.CheckFail:
			st = m.th.Bad
		case fleet.CheckWarn:
		default:
			continue
		}
		say(st, c.What, c.Detail)
		if c.Hint != "" {
			say(m.th.Dim, "", c.Hint)
		}
	}
	if p := r.part.Problem; p != nil && len(r.part.Checks) == 0 {
		say(m.th.Bad, "preflight", p.Error())
	}
}

// facts stand in the rule of a region.
func (r *regionRow) facts(m *model) string {
	if r.part == nil {
		return ""
	}
	text := "no VPC yet"
	if r.part.VPC != "" {
		text = r.part.VPC
	}
	return text + " " + m.th.Glyph("·", "-") + " " + count(len(r.part.Pools), "pool") + " for a launch"
}

// benchWhat says which part of a region is benched.
func benchWhat(b fleet.Bench) string {
	text := "spot "
	if b.OnDemand {
		text = "on-demand "
	}
	switch {
	case b.Type != "" && b.Zone != "":
		return text + string(b.Type) + " in " + string(b.Zone)
	case b.Type != "":
		return text + string(b.Type)
	case b.Family != "":
		return text + b.Family + " types"
	case b.Zone != "":
		return text + "in " + string(b.Zone)
	}
	return text + "in the whole region"
}
