package tui

import (
	"encoding/json"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// info is an overlay that only shows.
type info struct{}

func (info) dangerous() bool { return false }
func (info) closed()         {}
func (info) escape() string  { return "back" }

// helpView lists the keys, from the registry: first those that work where it
// was opened.
type helpView struct {
	info
	scrolling
	here []place
}

func (*helpView) place() place { return atHelp }

func (v *helpView) page(m *model, w, h int) []string {
	var body []string
	done := map[place]bool{}
	for _, p := range append(append([]place(nil), v.here...), places()...) {
		if done[p] {
			continue
		}
		done[p] = true
		title := m.line(w).gap(1).put(m.th.Accent, string(p))
		if len(done) == 1 {
			title.put(m.th.Dim, "  you are here")
		}
		body = append(body, title.end())
		for _, a := range m.acts {
			if a.place != p {
				continue
			}
			l := m.line(w).gap(3).cell(m.th.Accent, keyWords(a.keys), 13, false).cell(m.th.Warn, a.risk.sign(), 2, false).put(m.th.Text, a.help)
			if a.changes && m.o.ReadOnly {
				l.gap(2).put(m.th.Dim, "refused in read-only mode")
			}
			body = append(body, l.end())
		}
		body = append(body, m.line(w).end())
	}
	return m.paged(&v.scrolling, "Help", costs.sign()+" "+costs.String()+"  "+destroys.sign()+" "+destroys.String(), body, w, h)
}

// detailsView is everything that is known of one instance.
type detailsView struct {
	info
	scrolling
	id fleet.InstanceID
}

func (*detailsView) place() place { return atDetails }

func (v *detailsView) page(m *model, w, h int) []string {
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
	g, st := m.stageLook(i.Stage)
	body := []string{
		m.line(w).end(),
		m.line(w).gap(1).put(st, g+" "+i.Stage.String()).put(m.th.Dim, "  since "+at(i.StageSince)).end(),
		m.line(w).end(),
	}
	for _, g := range []struct {
		name string
		kv   [][2]string
	}{
		{"Now", [][2]string{{"why", i.Reason}, {"step", stepText(i.Step)}, {"last line", i.Step.Detail}, {"EC2 state", string(i.State)}, {"last seen", at(i.SeenAt)}}},
		{"Where", [][2]string{{"region", string(i.Region)}, {"zone", string(i.Zone)}, {"public", i.PublicIP}, {"private", i.PrivateIP}, {"subnet", i.Subnet}, {"VPC", i.VPC}}},
		{"What", [][2]string{{"type", string(i.Type) + "  " + i.Arch}, {"image", i.Image}, {"login", i.User}, {"host key", hostKeyText(i)}, {"spot request", i.SpotRequest}, {"price", price}}},
		{"Life", [][2]string{{"launch", string(i.Launch)}, {"launched", at(i.LaunchedAt)}, {"ends", at(i.EndsAt)}, {"gone", at(i.GoneAt)}, {"owner", i.Owner}}},
	} {
		body = append(body, m.line(w).gap(1).put(m.th.Accent, g.name).end())
		for _, p := range g.kv {
			if p[1] == "" {
				continue
			}
			for n, text := range m.fold(p[1], w-18) { // a reason is read whole
				if n > 0 {
					p[0] = ""
				}
				body = append(body, m.line(w).gap(3).cell(m.th.Dim, p[0], 14, false).put(m.th.Text, text).end())
			}
		}
		body = append(body, m.line(w).end())
		if g.name == "Now" && i.Stage != fleet.StageReady { // what one looks for comes first
			body = append(body, m.trackLines(i.Track, w)...)
		}
	}
	if i.Stage == fleet.StageReady {
		body = append(body, m.trackLines(i.Track, w)...)
	}
	return m.paged(&v.scrolling, "Details", string(i.ID), body[:len(body)-1], w, h)
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

func (*copyMenu) place() place   { return atCopy }
func (*copyMenu) escape() string { return "cancel" }

func (v *copyMenu) copyID(m *model) tea.Cmd { return tea.Batch(m.back(), copyText(string(v.id))) }

// copyAddress makes an action's run that copies one of the addresses.
func copyAddress(kind string, of func(i *fleet.Instance) string) func(*model) tea.Cmd {
	return on(func(v *copyMenu, m *model) tea.Cmd {
		if i, ok := m.rows.all[v.id]; ok && of(i) != "" {
			return tea.Batch(m.back(), copyText(of(i)))
		}
		return tea.Batch(m.back(), m.say(string(v.id)+" has no "+kind+" address"))
	})
}

func (v *copyMenu) copyLogin(m *model) tea.Cmd {
	face, id := m.o.Face, v.id
	return tea.Batch(m.back(), func() tea.Msg { l, err := face.LoginLine(id); return copyMsg{text: l, err: err} })
}

func (v *copyMenu) copyJSON(m *model) tea.Cmd {
	i, ok := m.rows.all[v.id]
	if !ok {
		return tea.Batch(m.back(), m.say(string(v.id)+" has left the table"))
	}
	in := *i
	return tea.Batch(m.back(), func() tea.Msg {
		b, err := json.MarshalIndent(in, "", "  ")
		return copyMsg{text: string(b), what: "everything about " + string(in.ID) + " as JSON", err: err}
	})
}

func (v *copyMenu) box(m *model, w int) dialog {
	return dialog{title: "Copy " + string(v.id), edge: m.th.Accent, foot: m.options(w, atCopy)}
}

// options lists the actions of a dialog that is a menu.
func (m *model) options(w int, p place) []*line {
	var ls []*line
	for _, a := range m.acts {
		if a.place == p && a.footer > 0 && (!a.changes || !m.o.ReadOnly) {
			ls = append(ls, m.boxLine(w).gap(2).put(m.th.Accent, a.key()).gap(2).put(m.th.Text, a.help))
		}
	}
	return ls
}

// hostKeyText says how an instance proved itself.
func hostKeyText(i *fleet.Instance) string {
	switch {
	case i.HostKey != "":
		return "the one of its launch, " + i.HostKey
	case i.Verified:
		return "the one on its console"
	}
	return ""
}
