package tui

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

const (
	atLeftovers place = "Leftovers screen"
	atCleanup   place = "Cleanup confirmation"
)

// leftoversView is what fleets have left behind in the account, in every enabled
// region, with what each is, why it is there and what it costs.
type leftoversView struct {
	grid[fleet.Leftover]
	info
	rep   fleet.LeftoverReport
	have  bool
	old   bool // the predecessor's too
	asked int  // the newest question; answers to older ones are dropped
	stale bool // a cleanup has ended since
}

// leftoversMsg is the answer to a scan.
type leftoversMsg struct {
	v     *leftoversView
	asked int
	rep   fleet.LeftoverReport
	err   error
}

func newLeftovers() screen {
	v := &leftoversView{}
	v.title, v.id = "Leftovers", func(l *fleet.Leftover) string { return l.Key() }
	v.empty.none = "Nothing of any fleet is left in any region that was scanned."
	v.empty.next = "r scans again; p also looks for what the predecessor left."
	quiet := func(m *model, l *fleet.Leftover) theme.Style {
		if l.Refused != "" {
			return m.th.Dim
		}
		return m.th.Text
	}
	v.columns = []gridColumn[fleet.Leftover]{
		{head: "OF", most: 18, text: func(l *fleet.Leftover) string { return l.Group() }, style: quiet},
		{head: "KIND", most: 17, text: func(l *fleet.Leftover) string { return string(l.Kind) }, style: quiet, compare: func(a, b *fleet.Leftover) int { return cmp.Compare(kindRank(a.Kind), kindRank(b.Kind)) }},
		{head: "ID", most: 26, text: func(l *fleet.Leftover) string { return l.ID }, style: quiet},
		{head: "REGION", drop: 2, text: func(l *fleet.Leftover) string { return string(l.Region) }, style: quiet},
		{head: "$/MONTH", right: true, text: monthly, known: func(l *fleet.Leftover) bool { return l.USDMonth != nil }, compare: func(a, b *fleet.Leftover) int { return cmp.Compare(*a.USDMonth, *b.USDMonth) }, style: func(m *model, l *fleet.Leftover) theme.Style {
			if l.USDMonth != nil && *l.USDMonth == 0 {
				return m.th.Dim
			}
			return m.th.Cost
		}},
		{head: "OWNER", drop: 4, most: 16, text: func(l *fleet.Leftover) string { return l.Owner }, style: quiet},
		{head: "WHAT", drop: 3, most: 38, text: func(l *fleet.Leftover) string {
			if l.Refused != "" {
				return "stays: " + fleet.Clean(l.Refused)
			}
			return fleet.Clean(l.Why)
		}, style: quiet},
	}
	return v
}

func kindRank(k fleet.ResourceKind) int { return slices.Index(fleet.ResourceKinds(), k) }

func monthly(l *fleet.Leftover) string {
	if l.USDMonth == nil {
		return "?"
	}
	return format.USD(*l.USDMonth)
}

func (*leftoversView) place() place     { return atLeftovers }
func (v *leftoversView) escape() string { return v.grid.escape() }

func (v *leftoversView) opened(m *model) tea.Cmd {
	if v.empty.asking != "" || v.have && !v.stale {
		return nil
	}
	return v.reload(m)
}

// reload scans every enabled region again.
func (v *leftoversView) reload(m *model) tea.Cmd {
	v.asked++
	v.stale, v.empty.asking = false, "every enabled region is asked"
	ctx, face, q, n := m.ctx, m.o.Face, fleet.LeftoversRequest{Predecessor: v.old}, v.asked
	return func() tea.Msg {
		rep, err := face.Leftovers(ctx, q)
		return leftoversMsg{v, n, rep, err}
	}
}

// take takes a scan in. One that failed keeps what was shown, and says so.
func (v *leftoversView) take(msg leftoversMsg) {
	if msg.asked != v.asked {
		return
	}
	v.empty.asking, v.empty.failed = "", ""
	if msg.err != nil {
		v.empty.failed = msg.err.Error()
		return
	}
	v.rep, v.have = msg.rep, true
	v.set(msg.rep.Items)
}

// togglePredecessor looks for the predecessor's things too, or not any more. They
// are never among the rows without that.
func (v *leftoversView) togglePredecessor(m *model) tea.Cmd {
	v.old = !v.old
	clear(v.marks)
	return v.reload(m)
}

func (v *leftoversView) page(m *model, w, h int) []string {
	v.notes = v.noted(m)
	var facts []string
	if v.have && len(v.all) > 0 {
		can := v.rep.Takable()
		facts = append(facts, fmt.Sprintf("%d can go", len(can)), monthSum(can))
	}
	if v.old {
		facts = append(facts, "with the predecessor's")
	}
	about := v.about(m, w)
	ls := fit(v.draw(m, w, h-len(about), facts...), h-len(about), w)
	return append(ls, about...)
}

// noted says what is not proven.
func (v *leftoversView) noted(m *model) []gridNote {
	var ns []gridNote
	for _, p := range v.rep.Problems {
		ns = append(ns, gridNote{text: "not scanned: " + p.Error()})
	}
	return ns
}

// about explains the row under the cursor: what it is, why it is there, what it
// costs, and why it can't go where it can't.
func (v *leftoversView) about(m *model, w int) []string {
	l := v.current()
	if l == nil || m.h < 20 {
		return nil
	}
	cost := l.MonthText()
	if l.USDNote != "" && l.USDMonth != nil {
		cost += " (" + l.USDNote + ")"
	}
	ls := []string{m.rule(string(l.Kind)+" "+l.ID, "", w)}
	put := func(st theme.Style, text string) {
		for n, t := range m.fold(fleet.Clean(text), w-4) {
			if n < 2 {
				ls = append(ls, m.line(w).gap(3).put(st, t).end())
			}
		}
	}
	put(m.th.Text, l.Why+".")
	put(m.th.Cost, cost)
	if l.Refused != "" {
		put(m.th.Warn, "It stays: "+l.Refused+".")
	}
	return ls
}

// monthSum adds up what leftovers cost in a month.
func monthSum(ls []fleet.Leftover) string {
	rs := make([]fleet.Resource, len(ls))
	for i, l := range ls {
		rs[i] = l.Resource
	}
	usd, known := fleet.MonthOf(rs)
	text := format.USD(usd) + "/month"
	if !known {
		text = "more than " + text
	}
	return text
}

// targets gives what a cleanup would take: the marks, or the row; those that must
// stay are left out. R6: only rows that are shown can be marked.
func (v *leftoversView) targets() (take []fleet.Leftover, stay int) {
	rows := v.marked()
	if len(rows) == 0 {
		if r := v.current(); r != nil {
			rows = []*fleet.Leftover{r}
		}
	}
	for _, r := range rows {
		if r.Refused != "" {
			stay++
			continue
		}
		take = append(take, *r)
	}
	return take, stay
}

// noTargets says why nothing can be deleted now.
func noTargets(m *model) string {
	v, ok := m.over.(*leftoversView)
	if !ok {
		return "it is on the Leftovers screen"
	}
	if why := known(m); why != "" {
		return why
	}
	switch take, stay := v.targets(); {
	case len(take) > 0:
		return ""
	case stay == 1 && len(v.marked()) == 0:
		return "it stays: " + v.current().Refused
	case stay > 0:
		return "everything that is marked must stay; the lines below the table say why"
	}
	return "there is nothing here"
}

// cleaned has the screen scan again after a cleanup.
func (m *model) cleaned() {
	if v, ok := m.screens[atLeftovers].(*leftoversView); ok {
		v.stale = true
		clear(v.marks)
	}
}

// rescan asks again if a cleanup has ended and the screen is in front.
func (m *model) rescan() tea.Cmd {
	if v, ok := m.over.(*leftoversView); ok && v.stale {
		return v.opened(m)
	}
	return nil
}

func leftoversActions() []action {
	own := []action{
		{id: "leftoversdelete", place: atLeftovers, keys: []string{"D"}, title: "delete…", help: "delete the marks or the row; asks first", risk: destroys, footer: 1, changes: true, off: noTargets, run: (*model).openCleanup},
		{id: "leftoversold", place: atLeftovers, keys: []string{"p"}, title: "predecessor's", help: "also look for what the Python tool that came before has left, or not any more", footer: 12, run: on((*leftoversView).togglePredecessor)},
		{id: "leftoverscopy", place: atLeftovers, keys: []string{"y"}, title: "copy id", help: "copy the row's id", footer: 13, off: gridFilled, run: on(func(v *leftoversView, _ *model) tea.Cmd {
			if l := v.current(); l != nil {
				return copyText(l.ID)
			}
			return nil
		})},
	}
	return slices.Concat(own, gridMarks(atLeftovers, "leftovers"), gridActions(atLeftovers, "leftovers"), cleanupActions())
}
