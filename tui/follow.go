package tui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// maxFollowed bounds the lines that the page keeps.
const maxFollowed = 5000

// followView is a log as it grows, of one instance or several merged. Scrolling
// up stops the following, for good.
type followView struct {
	read   reader
	gen    int
	name   string
	on     []fleet.InstanceID
	tail   *fleet.Tail
	err    error
	seq    uint64
	open   bool
	lost   int
	lines  []fleet.TailLine
	listed []fleet.TailLine // those of lines that are shown
	times  bool
	only   fleet.InstanceID // one instance; empty: all
}

func (*followView) place() place        { return atFollow }
func (*followView) escape() string      { return "back" }
func (*followView) dangerous() bool     { return false }
func (v *followView) reader() *reader   { return &v.read }
func (v *followView) scroll(n int)      { v.read.scroll(n) }
func (v *followView) text(i int) string { return v.listed[i].Text }

// closed ends the following on every host.
func (v *followView) closed() {
	if v.tail != nil {
		v.tail.Close()
	}
}

// follow opens the page and starts to follow.
func (m *model) follow(q fleet.FollowRequest, name string) tea.Cmd {
	v := &followView{name: name, on: q.Instances, open: true}
	cmd := m.open(v)
	v.gen = m.overGen
	gen, face := v.gen, m.o.Face
	return tea.Batch(cmd, func() tea.Msg { t, err := face.Follow(q); return followingMsg{gen: gen, tail: t, err: err} })
}

func (v *followView) started(m *model, msg followingMsg) tea.Cmd {
	if v.tail, v.err = msg.tail, msg.err; v.err != nil {
		return nil
	}
	return v.wait(m, 0)
}

// wait is the one waiting question for lines.
func (v *followView) wait(m *model, pause time.Duration) tea.Cmd {
	ctx, gen, t, seq := m.ctx, v.gen, v.tail, v.seq
	return func() tea.Msg {
		if err := rest(ctx, pause); err != nil {
			return tailMsg{gen: gen, err: err}
		}
		lines, lost, open, err := t.Next(ctx, seq)
		return tailMsg{gen: gen, lines: lines, lost: lost, open: open, err: err}
	}
}

func (v *followView) take(m *model, msg tailMsg) tea.Cmd {
	if msg.err != nil {
		return nil
	}
	v.lost += msg.lost
	for _, l := range msg.lines {
		v.seq = l.Seq
		if v.lists(l) {
			v.listed = append(v.listed, l)
		}
	}
	v.lines = append(v.lines, msg.lines...)
	if drop := len(v.lines) - maxFollowed; drop > 0 {
		v.lines = append(v.lines[:0:0], v.lines[drop:]...)
		v.dropBefore(v.lines[0].Seq)
	}
	v.read.shown = len(v.listed)
	if v.open = msg.open; !v.open && len(msg.lines) == 0 {
		return nil
	}
	return v.wait(m, frameTime)
}

// dropBefore forgets listed lines that are not kept any more; what is on the
// screen stands still where it does not follow.
func (v *followView) dropBefore(seq uint64) {
	n := 0
	for n < len(v.listed) && v.listed[n].Seq < seq {
		n++
	}
	v.listed = append(v.listed[:0:0], v.listed[n:]...)
	v.read.top = max(0, v.read.top-n)
	v.read.find.found = v.read.find.found && v.read.find.at >= n
	v.read.find.at -= n
}

func (v *followView) lists(l fleet.TailLine) bool {
	return (v.only == "" || l.Instance == v.only) && (l.Notice || v.read.find.lists(l.Text))
}

func (v *followView) relist() {
	v.listed, v.read.find.found = nil, false
	for _, l := range v.lines {
		if v.lists(l) {
			v.listed = append(v.listed, l)
		}
	}
	v.read.shown = len(v.listed)
}

// oneInstance goes through the instances and all of them.
func (v *followView) oneInstance() {
	defer v.relist()
	if v.only == "" {
		v.only = v.on[0]
		return
	}
	n := slices.Index(v.on, v.only) + 1
	if v.only = ""; n < len(v.on) {
		v.only = v.on[n]
	}
}

func (v *followView) page(m *model, w, h int) []string {
	if v.err != nil {
		var body []string
		for _, t := range m.fold(v.err.Error(), w-6) {
			body = append(body, m.line(w).gap(3).put(m.th.Bad, t).end())
		}
		return append([]string{m.rule("Log", v.name, w), m.line(w).end()}, body...)
	}
	body := v.read.draw(len(v.listed), max(1, h-1), func(i int) []string { return v.line(m, i, w) })
	if len(v.listed) == 0 {
		why := "nothing has come yet"
		if len(v.lines) > 0 {
			why = "no line matches"
		}
		body = append(body, m.line(w).gap(3).put(m.th.Dim, why).end())
	}
	return append([]string{m.rule("Log", v.facts(), w)}, body...)
}

func (v *followView) facts() string {
	f := v.name + "  " + count(len(v.on), "instance")
	if v.only != "" {
		f = v.name + "  " + string(v.only)
	}
	if r := v.read.facts(); r != "" && (v.read.stay || v.read.find.text != "") {
		f += "  " + r
	}
	switch {
	case !v.open:
		f += "  ended"
	case v.read.stay:
		f += "  stopped, f follows"
	default:
		f += "  following"
	}
	if v.lost > 0 {
		f += fmt.Sprintf("  %d lines lost", v.lost)
	}
	return f
}

// line draws one line of the log.
func (v *followView) line(m *model, i, w int) []string {
	l := v.listed[i]
	look := m.th.Text
	switch {
	case l.Notice:
		look = m.th.Warn
	case v.read.find.has(l.Text):
		look = m.th.Accent
	}
	head := func() *line {
		out := m.foundMark(&v.read, i, w)
		if v.times {
			out.put(m.th.Dim, l.At.Local().Format("15:04:05")).gap(1)
		}
		if len(v.on) > 1 && v.only == "" {
			out.put(v.hostLook(m, l.Instance), v.nameOf(l.Instance, w)).gap(1)
		}
		return out
	}
	if !v.read.wrap {
		return []string{head().put(look, l.Text).end()}
	}
	var ls []string
	for _, t := range m.fold(l.Text, w-head().w-1) {
		ls = append(ls, head().put(look, t).end())
	}
	return ls
}

// nameOf is an id, whole where there is room.
func (v *followView) nameOf(id fleet.InstanceID, w int) string {
	if w >= 120 {
		return string(id)
	}
	return short(id)
}

// short is an id's first characters, as the table shows them where it is narrow.
func short(id fleet.InstanceID) string { return string(id)[:min(12, len(id))] }

// hostLook gives an instance one of a few colours, always the same on this page.
func (v *followView) hostLook(m *model, id fleet.InstanceID) theme.Style {
	looks := []theme.Style{m.th.Accent, m.th.Run, m.th.OK, m.th.Text.Bold(true)}
	return looks[max(0, slices.Index(v.on, id))%len(looks)]
}
