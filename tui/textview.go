package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// textView is a page of lines that came from elsewhere.
type textView struct {
	info
	read         reader
	title, facts string
	head         []string // said before the lines
	lines        []string
	listed       []string
	raw          string
	quiet        func(line string) bool // lines that stand back; nil: none
	live         func() string          // the whole text as it is now; nil: it does not grow
}

// newText makes a page that begins at its first line.
func newText(title, facts string, head, lines []string) *textView {
	v := &textView{title: title, facts: facts, head: head, lines: lines, read: reader{stay: true}}
	v.relist()
	return v
}

func (*textView) place() place        { return atText }
func (v *textView) reader() *reader   { return &v.read }
func (v *textView) scroll(n int)      { v.read.scroll(n) }
func (v *textView) text(i int) string { return v.listed[i] }

func (v *textView) relist() {
	defer func() { v.read.shown = len(v.listed) }()
	v.listed = v.lines
	if !v.read.find.keep || v.read.find.hit == nil {
		return
	}
	v.listed = nil
	for _, l := range v.lines {
		if v.read.find.lists(l) {
			v.listed = append(v.listed, l)
		}
	}
}

// refresh takes in what has come, if the text grows.
func (v *textView) refresh() {
	if v.live == nil {
		return
	}
	if now := v.live(); now != v.raw {
		v.raw, v.lines = now, textLines(now)
		v.relist()
	}
}

func textLines(s string) []string {
	if s = strings.TrimRight(s, "\n "); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

func (v *textView) page(m *model, w, h int) []string {
	v.refresh()
	var top []string
	for _, t := range v.head {
		for _, f := range m.fold(t, w-4) {
			top = append(top, m.line(w).gap(1).put(m.th.Dim, f).end())
		}
	}
	room := max(1, h-1)
	if most := room / 3; len(top) > most {
		top = append(top[:max(0, most-1):max(0, most-1)], m.line(w).gap(1).put(m.th.Dim, "and more"+m.th.Glyph("…", "...")).end())
	}
	if len(top) > 0 {
		top = append(top, m.line(w).end())
	}
	body := v.read.draw(len(v.listed), max(1, room-len(top)), func(i int) []string { return v.line(m, i, w) })
	if len(v.listed) == 0 {
		why := "nothing was printed"
		if len(v.lines) > 0 {
			why = "no line matches"
		}
		body = append(body, m.line(w).gap(3).put(m.th.Dim, why).end())
	}
	facts := strings.TrimSpace(v.facts + "  " + v.read.facts())
	return append(append([]string{m.rule(v.title, facts, w)}, top...), body...)
}

func (v *textView) line(m *model, i, w int) []string {
	head := func() *line { return m.foundMark(&v.read, i, w) }
	look := m.th.Text
	switch {
	case v.read.find.has(v.listed[i]):
		look = m.th.Accent
	case v.quiet != nil && v.quiet(v.listed[i]):
		look = m.th.Dim
	}
	if !v.read.wrap {
		return []string{head().put(look, v.listed[i]).end()}
	}
	var ls []string
	for _, t := range m.fold(v.listed[i], w-2) {
		ls = append(ls, head().put(look, t).end())
	}
	return ls
}

// foundMark begins a line; the one that was found last is marked.
func (m *model) foundMark(r *reader, i, w int) *line {
	if r.find.found && r.find.at == i {
		return m.line(w).put(m.th.Accent, m.th.Glyph("▌", ">"))
	}
	return m.line(w).gap(1)
}

// output opens all that is kept of what the host under the cursor printed; of a
// group, whose hosts printed the same, with all of them named.
func (v *runView) output(m *model) tea.Cmd {
	h, ok := v.chosen()
	if !ok {
		return m.say("nothing has been printed yet")
	}
	hosts := []fleet.HostResult{h}
	if n, done := v.in[h.Instance]; done {
		hosts = v.gs[n].Hosts
	}
	var head []string
	if len(hosts) > 1 {
		head = append(head, "the same on "+count(len(hosts), "host")+": "+strings.Join(hostNames(hosts), " "))
	}
	if h.Err != nil {
		head = append(head, h.Err.Error())
	}
	for _, o := range hosts {
		if o.File != "" {
			head = append(head, "all of "+string(o.Instance)+": "+o.File)
		}
	}
	facts := string(h.Instance) + " " + string(h.Zone)
	if h.Done {
		facts += "  " + ended(h)
	}
	t := newText("Output", facts, head, textLines(h.Output))
	if !h.Done {
		t.read.stay = false
		t.live = func() string {
			for _, now := range v.snap.Hosts {
				if now.Instance == h.Instance {
					return now.Output
				}
			}
			return ""
		}
	}
	return m.open(t)
}
