package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// detailsView is everything that is known of one instance, by us and by EC2. EC2
// is asked when the page opens. The cursor stands on a value, which can be copied.
type detailsView struct {
	info
	id   fleet.InstanceID
	gen  int
	x    fleet.Inspection
	have bool // EC2 has answered
	err  error
	at   int // the value under the cursor
	of   int // how many there were in the newest frame
	top  int
}

func (*detailsView) place() place { return atDetails }

// details opens the page and asks.
func (m *model) details(id fleet.InstanceID) tea.Cmd {
	v := &detailsView{id: id}
	cmd := m.open(v)
	v.gen = m.overGen
	return tea.Batch(cmd, v.look(m))
}

// look asks EC2 for its part.
func (v *detailsView) look(m *model) tea.Cmd {
	v.have, v.err = false, nil
	m.did("details", string(v.id))
	ctx, face, id, gen := m.ctx, m.o.Face, v.id, v.gen
	return func() tea.Msg { x, err := face.Inspect(ctx, id); return inspectMsg{gen: gen, x: x, err: err} }
}

// scroll moves the cursor; the page follows it.
func (v *detailsView) scroll(n int) { v.at = min(max(0, v.at+n), max(0, v.of-1)) }

// copyValue copies the value under the cursor.
func (v *detailsView) copyValue(m *model) tea.Cmd {
	i, ok := m.rows.of(v.id)
	if !ok {
		return copyText(string(v.id))
	}
	n := 0
	for _, g := range v.groups(i) {
		for _, f := range g.Facts {
			if n++; n-1 != v.at {
				continue
			}
			if f.Value == "" {
				return m.say(f.Name + " has no value to copy: " + f.Why)
			}
			return copyText(fleet.Clean(f.Value))
		}
	}
	return nil
}

func (v *detailsView) page(m *model, w, h int) []string {
	i, ok := m.rows.of(v.id)
	if !ok {
		return []string{m.rule("Details", string(v.id), w), m.line(w).gap(3).put(m.th.Dim, "it has left the table").end()}
	}
	g, st := m.stageLook(i.Stage)
	body := []string{m.line(w).gap(1).put(st, g+" "+i.Stage.String()).put(m.th.Dim, since(i.StageSince)).end()}
	groups, own := v.groups(i), len(ownFacts(i))
	v.of = 0
	at := 0 // the cursor's line
	for n, g := range groups {
		if n == own {
			body = append(body, v.asked(m, w)...)
		}
		body = append(body, m.line(w).end(), m.line(w).gap(1).put(m.th.Accent, g.Name).end())
		for _, f := range g.Facts {
			if v.of == v.at {
				at = len(body)
			}
			body = append(body, m.fact(f, w, v.of == v.at)...)
			v.of++
		}
		if track := i.Track; track != nil && (n == 0 && i.Stage != fleet.StageReady || n == own-1 && i.Stage == fleet.StageReady) { // what one looks for comes first
			ls := m.trackLines(track, w)
			body = append(append(body, m.line(w).end()), ls[:len(ls)-1]...)
		}
	}
	if own == len(groups) {
		body = append(body, v.asked(m, w)...)
	}
	v.at = min(v.at, max(0, v.of-1))
	room := max(1, h-1)
	switch {
	case v.at == 0:
		v.top = 0
	case v.at == v.of-1 && at >= len(body)-room:
		v.top = len(body) - room
	default:
		v.top = max(min(v.top, at-1), at-room+2) // a line of what is around it stays in sight
	}
	v.top = max(0, min(v.top, len(body)-room))
	return m.paged(&scrolling{top: v.top}, "Details", string(i.ID), body, w, h)
}

// asked says how the question to EC2 stands.
func (v *detailsView) asked(m *model, w int) []string {
	switch {
	case v.err != nil:
		ls := []string{m.line(w).end()}
		for _, t := range m.fold(v.err.Error(), w-6) {
			ls = append(ls, m.line(w).gap(1).put(m.th.Bad, t).end())
		}
		return ls
	case !v.have:
		return []string{m.line(w).end(), m.line(w).gap(1).put(m.th.Run, "asking EC2 for its part"+m.th.Glyph("…", "...")).end()}
	}
	return nil
}

// fact draws one value: what is not known is a question mark with its reason.
func (m *model) fact(f fleet.Fact, w int, cursor bool) []string {
	room := 17
	if w >= 110 { // tags have long names
		room = 28
	}
	var ls []string
	for n, text := range m.fold(f.String(), w-room-5) { // a reason is read whole
		l := m.line(w)
		l.selected = cursor
		mark, name := " ", f.Name
		if cursor && n == 0 {
			mark = m.th.Glyph("▌", ">")
		}
		if n > 0 {
			name = ""
		}
		l.put(m.th.Accent, mark).gap(2).cell(m.th.Dim, name, room, false).gap(1)
		switch {
		case f.Value != "":
			l.put(m.th.Text, text)
		case n == 0 && !f.None:
			l.put(m.th.Warn, "?").put(m.th.Dim, strings.TrimPrefix(text, "?"))
		default:
			l.put(m.th.Dim, text)
		}
		ls = append(ls, l.end())
	}
	return ls
}

// groups are all facts: ours, and EC2's as soon as it has answered.
func (v *detailsView) groups(i *fleet.Instance) []fleet.FactGroup {
	return append(ownFacts(i), v.x.Groups...)
}

// ownFacts are what the fleet knows of an instance by itself; always the same
// facts in the same order, so that the cursor stays where it is.
func ownFacts(i *fleet.Instance) []fleet.FactGroup {
	known := func(name, value, why string) fleet.Fact {
		if value != "" {
			why = ""
		}
		return fleet.Fact{Name: name, Value: value, Why: why}
	}
	none := func(name, value, why string) fleet.Fact {
		f := known(name, value, why)
		f.None = value == ""
		return f
	}
	price := ""
	if i.Price.Known {
		price = fmt.Sprintf("$%.4f/h, as of %s", i.Price.USD, moment(i.Price.AsOf))
	}
	const later = "EC2 has not said yet"
	return []fleet.FactGroup{
		{Name: "Now", Facts: []fleet.Fact{
			known("id", string(i.ID), ""),
			none("why", i.Reason, "nothing went wrong"),
			none("lock", lockText(i), "it can be destroyed, shrunk away and replaced"),
			none("EC2's code", i.ReasonCode, "EC2 gives one when an instance stops or ends"),
			none("step", stepText(i.Step), "no step goes on"),
			none("last line", i.Step.Detail, "no step goes on"),
			known("EC2 state", string(i.State), later),
			known("last seen", moment(i.SeenAt), "no answer of EC2 has shown it yet"),
		}},
		{Name: "Where", Facts: withIPv6(i, []fleet.Fact{
			known("region", string(i.Region), later), known("zone", string(i.Zone), later),
			known("public address", i.PublicIP, noAddress(i)), known("private address", i.PrivateIP, later),
			known("subnet", i.Subnet, later), known("VPC", i.VPC, later),
		})},
		{Name: "What", Facts: []fleet.Fact{
			known("type", string(i.Type), later), known("architecture", i.Arch, later), known("image", i.Image, later),
			known("login", i.User, "the image's login name has not been found out yet"),
			known("host key", hostKeyText(i), "it was pinned at the first login, and nothing has vouched for it"),
			none("spot request", i.SpotRequest, "it is no spot instance, or EC2 has not said yet"),
			known("price", price, i.Price.Reason),
		}},
		{Name: "Life", Facts: []fleet.Fact{
			known("launch", string(i.Launch), "its tag is missing"), known("origin", i.Origin.String(), originMissing(i)), known("launched", moment(i.LaunchedAt), later),
			none("ends", moment(i.EndsAt), "the fleet has no end"), none("gone", moment(i.GoneAt), "it is there"), known("owner", i.Owner, "its tag is missing"),
		}},
	}
}

// lockText says that an instance is locked; empty where it is not.
func lockText(i *fleet.Instance) string {
	if !i.Locked {
		return ""
	}
	return "locked: it can't be destroyed, shrunk away or replaced"
}

// originMissing is why nobody knows which request launched an instance.
func originMissing(i *fleet.Instance) string {
	if i.Keeper != "" {
		return "AWS launched it by itself, to keep the fleet's target"
	}
	return "its tag is missing"
}

// withIPv6 adds the IPv6 address where there is one: most fleets have none.
func withIPv6(i *fleet.Instance, facts []fleet.Fact) []fleet.Fact {
	if i.IPv6 == "" {
		return facts
	}
	return append(facts, fleet.Fact{Name: "IPv6 address", Value: i.IPv6})
}

func noAddress(i *fleet.Instance) string {
	switch {
	case i.Stage.Leaving():
		return "EC2 takes it away when an instance ends"
	case i.State == fleet.StateRunning:
		return "its subnet gives none"
	}
	return "EC2 gives it when the instance runs"
}

// moment is a time on this machine's clock; empty where there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "  since " + moment(t)
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
