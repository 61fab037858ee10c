package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

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
	scopes []scope
	at     int
	typed  string
	word   string
	wrong  bool
}

// openDestroy freezes the targets of each scope and opens the dialog.
func (m *model) openDestroy() tea.Cmd {
	d := &destroyDialog{word: string(m.summary.Fleet)}
	if i, ok := m.rows.current(); ok && i.Stage != fleet.StageGone {
		d.scopes = append(d.scopes, scope{title: "Destroy " + string(i.ID), is: []fleet.Instance{i}})
	}
	if is := living(m.rows.marked()); len(is) > 0 {
		d.at = len(d.scopes)
		d.scopes = append(d.scopes, scope{title: "Destroy " + count(len(is), "marked instance"), is: is})
	}
	var all []fleet.Instance
	for _, i := range m.rows.order {
		all = append(all, *i)
	}
	all = living(all)
	if i, ok := m.rows.current(); ok {
		var here []fleet.Instance
		for _, o := range all {
			if o.Region == i.Region {
				here = append(here, o)
			}
		}
		if len(here) > 0 {
			d.scopes = append(d.scopes, scope{title: fmt.Sprintf("Destroy all %d in %s", len(here), i.Region), kind: fleet.ScopeRegion, is: here, in: i.Region})
		}
	}
	d.scopes = append(d.scopes, scope{title: "Destroy the fleet " + d.word, kind: fleet.ScopeFleet, is: all})
	return m.open(d)
}

func living(is []fleet.Instance) []fleet.Instance {
	return slices.DeleteFunc(is, func(i fleet.Instance) bool { return i.Stage == fleet.StageGone })
}

func (d *destroyDialog) dangerous() bool { return true }
func (d *destroyDialog) closed(*model)   {}

func (d *destroyDialog) hints(*model) [][2]string {
	return [][2]string{{"esc", "cancel"}, {"←→", "how much"}}
}

// single says whether y is enough.
func (d *destroyDialog) single() bool {
	s := d.scopes[d.at]
	return s.kind != fleet.ScopeFleet && len(s.is) == 1
}

func (d *destroyDialog) key(m *model, key, text string) tea.Cmd {
	d.wrong = false
	switch {
	case key == "left" || key == "right":
		step := 1
		if key == "left" {
			step = -1
		}
		d.at, d.typed = (d.at+step+len(d.scopes))%len(d.scopes), ""
	case d.single():
		if key == "y" {
			return d.do(m)
		}
		m.shut() // everything else is the button under the focus: Cancel
	case key == "enter":
		if d.typed == d.word {
			return d.do(m)
		}
		if d.typed == "" {
			m.shut()
			return nil
		}
		d.wrong = true
	case key == "backspace":
		if r := []rune(d.typed); len(r) > 0 {
			d.typed = string(r[:len(r)-1])
		}
	default:
		d.paste(text)
	}
	return nil
}

func (d *destroyDialog) paste(text string) {
	if !d.single() && len(d.typed)+len(text) <= 80 {
		d.typed += text
	}
}

// do hands the confirmed destroy to the engine.
func (d *destroyDialog) do(m *model) tea.Cmd {
	s := d.scopes[d.at]
	m.shut()
	clear(m.rows.marks)
	face, q := m.o.Face, fleet.DestroyRequest{Scope: s.kind, Region: s.in, Instances: ids(s.is)}
	return func() tea.Msg {
		_, err := face.Destroy(q)
		return startedMsg{what: s.title + " began", err: err}
	}
}

func (d *destroyDialog) box(m *model, w int) (string, lipgloss.Style, []*line) {
	s := d.scopes[d.at]
	ls := []*line{
		m.boxLine(w).put(m.th.Text.Bold(true), count(len(s.is), "instance")).put(m.th.Text, " in "+count(len(byRegion(s.is)), "region")+" of account "+m.summary.Identity.Account),
	}
	for _, r := range byRegion(s.is) {
		ls = append(ls, m.boxLine(w).gap(2).cell(m.th.Text, string(r.region), 16, false).put(m.th.Dim, r.stages()))
	}
	ls = append(ls, m.boxLine(w))
	if s.kind == fleet.ScopeFleet {
		ls = append(ls, m.wrap(m.th.Dim, "and what belongs to them in every region: disks, security groups, launch templates, the fleet record."+costs1(m.summary), w)...)
	} else {
		ls = append(ls, m.boxLine(w).put(m.th.Dim, "and their disks. The fleet's target is lowered with them."))
	}
	ls = append(ls, m.boxLine(w))
	if d.single() {
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Press ").put(m.th.Bad, "y").put(m.th.Text, " to destroy it; any other key does nothing."))
	} else {
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Type ").put(m.th.Bad, d.word).put(m.th.Text, " to destroy them: ").put(m.th.Text.Bold(true), d.typed).put(m.th.Accent, m.th.Glyph("▏", "_")))
	}
	if d.wrong {
		ls = append(ls, m.boxLine(w).put(m.th.Warn, "That is not the fleet's name."))
	}
	button := m.boxLine(w)
	off := m.th.Dim
	if d.typed == d.word && !d.single() {
		off = m.th.Bad
	}
	button.gap(max(0, w-34)).put(m.th.Accent, "[ Cancel ]").gap(5).put(off, "Destroy")
	if len(d.scopes) > 1 {
		button = m.boxLine(w).put(m.th.Accent, m.th.Glyph("← →", "<- ->")).put(m.th.Dim, fmt.Sprintf(" how much (%d of %d)", d.at+1, len(d.scopes))).gap(max(0, w-58)).put(m.th.Accent, "[ Cancel ]").gap(5).put(off, "Destroy")
	}
	return s.title, m.th.Bad, append(ls, m.boxLine(w), button)
}

func costs1(s fleet.Summary) string {
	out := ""
	if s.Accrued.Known && s.Accrued.USD > 0 {
		out += " Cost so far " + format.USD(s.Accrued.USD) + "."
	}
	if s.PerHour.Known && s.PerHour.USD > 0 {
		out += " Stops " + format.USD(s.PerHour.USD) + "/h."
	}
	return out
}

// regionCount is how many instances of each stage a region has.
type regionCount struct {
	region fleet.Region
	by     map[fleet.Stage]int
}

func (r regionCount) stages() string {
	var parts []string
	for s := fleet.StageRequested; s <= fleet.StageGone; s++ {
		if n := r.by[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

func byRegion(is []fleet.Instance) []regionCount {
	var rs []regionCount
	for _, i := range is {
		at := slices.IndexFunc(rs, func(r regionCount) bool { return r.region == i.Region })
		if at < 0 {
			at = len(rs)
			rs = append(rs, regionCount{region: i.Region, by: map[fleet.Stage]int{}})
		}
		rs[at].by[i.Stage]++
	}
	slices.SortFunc(rs, func(a, b regionCount) int { return strings.Compare(string(a.region), string(b.region)) })
	return rs
}
