package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// scope is one choice of how much a destroy takes, with its targets frozen when
// the dialog opened (R5).
type scope struct {
	title string
	kind  fleet.ScopeKind
	is    []fleet.Instance
	in    fleet.Region
}

// destroyDialog asks what to destroy and wants a confirmation that can't
// happen by accident: y for one instance, the fleet's name for more (R3).
type destroyDialog struct {
	confirm
	scopes []scope
	// over is the plan that hands the targets over to AWS, where it is that which is
	// confirmed: each ends when its replacement is ready.
	over *launchDialog
}

// openDestroy freezes the targets of each scope and opens the dialog, on the
// whole fleet if all is set, else on the marks or the row.
func (m *model) openDestroy(all bool) tea.Cmd {
	d := &destroyDialog{confirm: confirm{word: string(m.summary.Fleet)}}
	if i, ok := m.rows.current(); ok && i.Stage != fleet.StageGone {
		d.scopes = append(d.scopes, scope{title: "Destroy " + string(i.ID), is: []fleet.Instance{i}})
	}
	if is := living(m.rows.marked()); len(is) > 0 {
		d.at = len(d.scopes)
		d.scopes = append(d.scopes, scope{title: "Destroy " + count(len(is), "marked instance"), is: is})
	}
	var fl []fleet.Instance
	for i := range m.rows.each() {
		fl = append(fl, *i)
	}
	fl = living(fl)
	if i, ok := m.rows.current(); ok {
		var here []fleet.Instance
		for _, o := range fl {
			if o.Region == i.Region {
				here = append(here, o)
			}
		}
		if len(here) > 0 {
			d.scopes = append(d.scopes, scope{title: fmt.Sprintf("Destroy all %d in %s", len(here), i.Region), kind: fleet.ScopeRegion, is: here, in: i.Region})
		}
	}
	d.scopes = append(d.scopes, scope{title: "Destroy the fleet " + d.word, kind: fleet.ScopeFleet, is: fl})
	if all {
		d.at = len(d.scopes) - 1
	}
	return m.open(d)
}

func living(is []fleet.Instance) []fleet.Instance {
	return slices.DeleteFunc(is, func(i fleet.Instance) bool { return i.Stage == fleet.StageGone })
}

func (*destroyDialog) place() place { return atDestroy }

// single says whether y is enough.
func (s scope) single() bool { return s.kind != fleet.ScopeFleet && len(s.is) == 1 }

func (d *destroyDialog) wants() answer {
	if d.scopes[d.at].single() {
		return wantsY
	}
	return wantsWord
}

func (*destroyDialog) terms(m *model) terms {
	return terms{verb: "destroy", one: "destroy it", done: "destroyed", name: "the fleet's name", key: m.th.Bad}
}

// do hands the confirmed destroy to the engine.
func (d *destroyDialog) do(m *model) tea.Cmd {
	s := d.scopes[d.at]
	if d.over != nil {
		return d.over.do(m)
	}
	seen := m.home()
	clear(m.rows.marks)
	words := []string{"destroy", "--yes"}
	if s.kind != fleet.ScopeFleet {
		words = append(words, texts(ids(s.is))...)
	}
	m.did(words...)
	face, q := m.o.Face, fleet.DestroyRequest{Scope: s.kind, Region: s.in, Instances: ids(s.is)}
	return tea.Batch(seen, func() tea.Msg {
		_, err := face.Destroy(q)
		return startedMsg{what: "began: " + strings.ToLower(s.title[:1]) + s.title[1:], err: err}
	})
}

func (d *destroyDialog) box(m *model, w int) dialog {
	s := d.scopes[d.at]
	out := dialog{title: s.title, edge: m.th.Bad}
	rs := byRegion(s.is)
	head := m.extent(w, len(s.is), "instance", len(rs), m.summary.Identity.Account)
	belong := "and their disks. The fleet's target is lowered with them."
	if len(s.is) == 1 {
		belong = "and its disks. The fleet's target is lowered with it."
	}
	if d.over != nil {
		belong = handOverText(d.over.plan)
	} else if s.kind == fleet.ScopeFleet {
		belong = "and what belongs to them in every region: disks, security groups, launch templates, the fleet record." + costsOf(m.summary)
	}
	room := m.h - 4 - 2 - 6 // border, head and foot: what is about the targets gives way first
	about := m.wrap(m.th.Dim, belong, w)
	out.body = append([]*line{head}, d.targets(m, w, rs, room-len(about)-1)...)
	if len(out.body)+len(about)+1 <= room+1 {
		out.body = append(append(out.body, m.boxLine(w)), about...)
	}
	choice := m.boxLine(w)
	if len(d.scopes) > 1 {
		choice = m.choiceLine(w, fmt.Sprintf("how much (%d of %d)", d.at+1, len(d.scopes)))
	}
	out.foot = m.askFor(d, w, choice)
	return out
}

// targets lists what is destroyed: counts by region and stage, and the frozen
// ids as far as there is room.
func (d *destroyDialog) targets(m *model, w int, rs []regionCount, room int) []*line {
	var ls []*line
	for n, r := range rs {
		if n == room-1 && len(rs) > room {
			rest := 0
			for _, r := range rs[n:] {
				rest += r.total()
			}
			return append(ls, m.boxLine(w).gap(2).put(m.th.Text, fmt.Sprintf("and %d in %s", rest, count(len(rs)-n, "more region"))))
		}
		ls = append(ls, m.placeLine(w, string(r.region), r.stages()))
	}
	is := d.scopes[d.at].is
	if len(is) < 2 {
		return ls
	}
	var names []string
	for _, i := range is {
		names = append(names, string(i.ID))
	}
	ids := m.fold(strings.Join(names, " "), w-2)
	if free := max(0, room-len(ls)-1); len(ids) > free {
		per := max(1, (w-2)/20)
		if free < 2 {
			return ls
		}
		ids = append(ids[:free-1:free-1], fmt.Sprintf("and %d more", len(is)-(free-1)*per))
	}
	ls = append(ls, m.boxLine(w))
	for _, t := range ids {
		ls = append(ls, m.boxLine(w).gap(2).put(m.th.Dim, t))
	}
	return ls
}

func costsOf(s fleet.Summary) string {
	out := ""
	if s.Accrued.Known && s.Accrued.USD > 0 {
		out += " Cost so far " + format.USD(s.Accrued.USD) + "."
	}
	if s.PerHour.Known && s.PerHour.USD > 0 {
		out += " Stops " + format.USD(s.PerHour.USD) + "/h."
	}
	return out
}
