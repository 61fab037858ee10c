package tui

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// info is an overlay that only shows: any of the leaving keys closes it.
type info struct{}

func (info) dangerous() bool          { return false }
func (info) closed(*model)            {}
func (info) hints(*model) [][2]string { return [][2]string{{"esc", "back"}} }
func (info) leave(m *model, key string) { // q and enter are what people try
	if slices.Contains([]string{"q", "enter", "?", "d"}, key) {
		m.shut()
	}
}

// helpView lists every key, from the registry.
type helpView struct {
	info
	top int
}

func (v *helpView) key(m *model, key, _ string) tea.Cmd {
	switch key {
	case "j", "down":
		v.top++
	case "k", "up":
		v.top = max(0, v.top-1)
	default:
		v.leave(m, key)
	}
	return nil
}

func (v *helpView) page(m *model, w, h int) []string {
	ls := []string{m.rule("Help", "j k scroll, Esc back", w)}
	var body []string
	groups := []string{"Fleet", "Instances", "Table", "Everywhere"}
	for _, g := range groups {
		body = append(body, m.line(w).gap(1).put(m.th.Accent, g).end())
		for _, a := range m.acts {
			if a.group != g {
				continue
			}
			words := make([]string, len(a.keys))
			for i, k := range a.keys {
				words[i] = keyWord(k)
			}
			l := m.line(w).gap(3).cell(m.th.Accent, strings.Join(words, " "), 12, false).put(m.th.Text, a.help)
			if a.risk != safe {
				l.gap(2).put(m.th.Warn, a.risk.String())
			}
			body = append(body, l.end())
		}
	}
	body = append(body, m.line(w).gap(1).put(m.th.Accent, "Moving").end())
	for _, p := range moves() {
		body = append(body, m.line(w).gap(3).cell(m.th.Accent, p[0], 12, false).put(m.th.Text, p[1]).end())
	}
	v.top = min(v.top, max(0, len(body)-(h-1)))
	return append(ls, body[v.top:]...)
}

// detailsView is everything that is known of one instance.
type detailsView struct {
	info
	id fleet.InstanceID
}

func (v *detailsView) key(m *model, key, _ string) tea.Cmd {
	switch key {
	case "c":
		return m.open(&copyMenu{id: v.id})
	case "y":
		return copyText(string(v.id))
	}
	v.leave(m, key)
	return nil
}

func (v *detailsView) hints(*model) [][2]string {
	return [][2]string{{"c", "copy…"}, {"y", "copy id"}, {"esc", "back"}}
}

func (v *detailsView) page(m *model, w, _ int) []string {
	i, ok := m.rows.all[v.id]
	if !ok {
		return []string{m.rule("Details", string(v.id), w), m.line(w).gap(3).put(m.th.Dim, "it has left the table").end()}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Local().Format("2006-01-02 15:04:05")
	}
	price := "? (" + i.Price.Reason + ")"
	if i.Price.Known {
		price = format.USD(i.Price.USD) + "/h, as of " + at(i.Price.AsOf)
	}
	ls := []string{m.rule("Details", string(i.ID), w)}
	for _, g := range []struct {
		name string
		kv   [][2]string
	}{
		{"Now", [][2]string{
			{"stage", i.Stage.String() + " since " + at(i.StageSince)},
			{"why", i.Reason},
			{"step", stepText(i.Step)},
			{"last line", i.Step.Detail},
			{"EC2 state", string(i.State)},
			{"last seen", at(i.SeenAt)},
		}},
		{"Where", [][2]string{
			{"region", string(i.Region)},
			{"zone", string(i.Zone)},
			{"public", i.PublicIP},
			{"private", i.PrivateIP},
			{"subnet", i.Subnet},
			{"VPC", i.VPC},
		}},
		{"What", [][2]string{{"type", string(i.Type) + "  " + i.Arch}, {"image", i.Image}, {"login", i.User}, {"spot request", i.SpotRequest}, {"price", price}}},
		{"Life", [][2]string{{"launch", string(i.Launch)}, {"launched", at(i.LaunchedAt)}, {"ends", at(i.EndsAt)}, {"gone", at(i.GoneAt)}, {"owner", i.Owner}}},
	} {
		ls = append(ls, m.line(w).gap(1).put(m.th.Accent, g.name).end())
		for _, p := range g.kv {
			if p[1] != "" {
				ls = append(ls, m.line(w).gap(3).cell(m.th.Dim, p[0], 14, false).put(m.th.Text, p[1]).end())
			}
		}
	}
	return ls
}

func stepText(s fleet.Step) string {
	if s.Name == "" {
		return ""
	}
	t := s.Name
	if s.Of > 0 {
		t += fmt.Sprintf(" (%d of %d)", s.Index, s.Of)
	}
	if s.Percent > 0 {
		t += fmt.Sprintf(" %d %%", s.Percent)
	}
	return t
}

// copyMenu sends a fact of the row to the clipboard.
type copyMenu struct {
	info
	id fleet.InstanceID
}

func (v *copyMenu) key(m *model, key, _ string) tea.Cmd {
	i, ok := m.rows.all[v.id]
	if !ok {
		m.shut()
		return m.say(string(v.id) + " has left the table")
	}
	var cmd tea.Cmd
	switch key {
	case "i":
		cmd = copyText(string(i.ID))
	case "a":
		cmd = copyText(i.PublicIP)
	case "s":
		face, id := m.o.Face, v.id
		cmd = func() tea.Msg { l, err := face.LoginLine(id); return copyMsg{l, err} }
	case "j":
		in := *i
		cmd = func() tea.Msg {
			b, err := json.MarshalIndent(in, "", "  ")
			return copyMsg{string(b), err}
		}
	default:
		return nil
	}
	m.shut()
	return cmd
}

func (v *copyMenu) box(m *model, w int) (string, lipgloss.Style, []*line) {
	opt := func(k, what string) *line {
		return m.boxLine(w).gap(2).put(m.th.Accent, k).gap(2).put(m.th.Text, what)
	}
	return "Copy " + string(v.id), m.th.Accent, []*line{opt("i", "id"), opt("a", "address"), opt("s", "ssh line"), opt("j", "everything as JSON")}
}

// quitPanel says what keeps running and what it costs.
type quitPanel struct{ info }

func (v *quitPanel) key(m *model, key, _ string) tea.Cmd {
	switch key {
	case "q", "ctrl+c":
		return tea.Quit
	case "D":
		m.shut()
		return m.dispatch("D")
	}
	return nil
}

func (v *quitPanel) hints(*model) [][2]string {
	return [][2]string{{"q", "leave"}, {"D", "destroy"}, {"esc", "stay"}}
}

func (v *quitPanel) box(m *model, w int) (string, lipgloss.Style, []*line) {
	s := m.summary
	n := 0
	for _, r := range m.regions {
		if r.Live > 0 {
			n++
		}
	}
	ls := []*line{m.boxLine(w).put(m.th.Text.Bold(true), count(s.Live, "instance")+" keep running").put(m.th.Text, " in "+count(n, "region")), m.boxLine(w)}
	if s.PerHour.Known {
		l := m.boxLine(w).put(m.th.Cost.Bold(true), format.USD(s.PerHour.USD)).put(m.th.Dim, "/h").gap(4).
			put(m.th.Cost.Bold(true), format.USD(12*s.PerHour.USD)).put(m.th.Dim, " tonight (12 h)")
		if !s.EndsAt.IsZero() {
			l.gap(4).put(m.th.Cost.Bold(true), format.USD(s.PerHour.USD*max(0, s.EndsAt.Sub(m.now).Hours()))).put(m.th.Dim, " until they end")
		}
		ls = append(ls, l)
	} else {
		ls = append(ls, m.boxLine(w).put(m.th.Cost, "what they cost is not known: "+s.PerHour.Reason))
	}
	if s.EndsAt.IsZero() {
		ls = append(ls, m.boxLine(w).put(m.th.Warn, "They never end by themselves."))
	} else {
		ls = append(ls, m.boxLine(w).put(m.th.Dim, "They end by themselves in "+format.Long(s.EndsAt.Sub(m.now))+" ("+s.EndsAt.Local().Format("15:04")+")."))
	}
	if o, ok := m.running(); ok {
		ls = append(ls, m.boxLine(w).put(m.th.Warn, "Still going on, and cut off by leaving: "+o.Title))
	}
	opt := func(k, what string) *line {
		return m.boxLine(w).gap(2).put(m.th.Accent, k).gap(2).put(m.th.Text, what)
	}
	return "If you leave now", m.th.Cost, append(ls, m.boxLine(w), opt("q", "leave them running"), opt("D", "destroy…"), opt("Esc", "stay"))
}

// receiptView is the proof after a destroy.
type receiptView struct {
	info
	r    fleet.Receipt
	errs []string
}

func (v *receiptView) key(m *model, key, _ string) tea.Cmd { v.leave(m, key); return nil }

func (v *receiptView) box(m *model, w int) (string, lipgloss.Style, []*line) {
	edge, head := m.th.OK, m.th.OK.Bold(true)
	if !v.r.Clean() {
		edge, head = m.th.Bad, m.th.Bad
	}
	ls := []*line{
		m.boxLine(w).put(head, fmt.Sprintf("%d left", v.r.Left)).put(m.th.Text, " in "+count(len(v.r.RegionsScanned), "region")+" of account "+v.r.Account),
		m.boxLine(w),
	}
	kinds := make([]fleet.ResourceKind, 0, len(v.r.Removed))
	for k := range v.r.Removed {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		ls = append(ls, m.boxLine(w).gap(2).cell(m.th.Text, fmt.Sprint(v.r.Removed[k]), 4, true).gap(1).put(m.th.Dim, string(k)+" removed"))
	}
	for _, l := range v.r.Leftovers {
		ls = append(ls, m.boxLine(w).gap(2).put(m.th.Bad, fmt.Sprintf("left: %s %s in %s", l.Kind, l.ID, l.Region)))
	}
	for _, r := range v.r.RegionsFailed {
		ls = append(ls, m.boxLine(w).gap(2).put(m.th.Bad, "not scanned: "+string(r)))
	}
	for _, e := range v.errs {
		ls = append(ls, m.wrap(m.th.Warn, e, w)...)
	}
	cost := "cost: " + v.r.CostNote
	if v.r.TotalCostUSD != nil {
		cost = "cost about " + format.USD(*v.r.TotalCostUSD) + "; " + v.r.CostNote
	}
	ls = append(ls, m.boxLine(w))
	ls = append(ls, m.wrap(m.th.Dim, cost, w)...)
	title := "Receipt: fleet " + string(v.r.Fleet) + " is gone"
	if !v.r.Clean() {
		title = "Receipt: something is left; D again finishes it"
	}
	return title, edge, ls
}
