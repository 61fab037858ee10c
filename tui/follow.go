package tui

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
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
	scrolling
	gen    int
	name   string
	on     []fleet.InstanceID
	tail   *fleet.Tail
	err    error
	seq    uint64
	open   bool
	lost   int
	lines  []fleet.TailLine
	stay   bool // does not follow
	wrap   bool
	times  bool
	only   fleet.InstanceID // one instance; empty: all
	search string
	keep   bool // only lines that match
	shown  int  // lines of the newest page, to know where its end is
	height int
}

func (*followView) place() place    { return atFollow }
func (*followView) escape() string  { return "back" }
func (*followView) dangerous() bool { return false }

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
	}
	v.lines = append(v.lines, msg.lines...)
	if drop := len(v.lines) - maxFollowed; drop > 0 {
		v.lines = append(v.lines[:0:0], v.lines[drop:]...)
		if v.stay {
			v.top = max(0, v.top-drop)
		}
	}
	if v.open = msg.open; !v.open && len(msg.lines) == 0 {
		return nil
	}
	return v.wait(m, frameTime)
}

// scroll stops the following on the way up, and takes it up at the very end.
func (v *followView) scroll(n int) {
	if !v.stay {
		v.top = max(0, v.shown-v.height)
	}
	v.top = max(0, v.top+n)
	v.stay = v.top < v.shown-v.height
}

// toggle follows again, or stops where it is.
func (v *followView) toggle() {
	if !v.stay {
		v.top = max(0, v.shown-v.height)
	}
	v.stay = !v.stay
}

func (v *followView) flip(what *bool) tea.Cmd { *what = !*what; return nil }

// oneInstance goes through the instances and all of them.
func (v *followView) oneInstance() {
	if v.only == "" {
		v.only = v.on[0]
		return
	}
	for n, id := range v.on {
		if id == v.only {
			v.only = ""
			if n+1 < len(v.on) {
				v.only = v.on[n+1]
			}
			return
		}
	}
}

func (v *followView) askSearch(m *model) tea.Cmd {
	p := &prompt{label: "search", in: input(v.search), cancel: func(*model) {}}
	p.changed = func(*model) { v.search = p.in.Value() }
	p.done = func(m *model) tea.Cmd { return v.next(m, 1) }
	m.prompt = p
	return nil
}

// next goes to the next line that matches, upwards for -1.
func (v *followView) next(m *model, n int) tea.Cmd {
	hit := v.matcher()
	if hit == nil {
		return nil
	}
	at := v.top
	if !v.stay {
		at = max(0, v.shown-v.height)
	}
	lines := v.listed()
	for i := at + n; i >= 0 && i < len(lines); i += n {
		if hit(lines[i].Text) {
			v.top, v.stay = i, true
			return nil
		}
	}
	return m.say("no line further on has " + v.search)
}

// matcher finds what is searched: an expression, or the text where it is none.
func (v *followView) matcher() func(string) bool {
	if v.search == "" {
		return nil
	}
	if re, err := regexp.Compile("(?i)" + v.search); err == nil {
		return re.MatchString
	}
	want := strings.ToLower(v.search)
	return func(s string) bool { return strings.Contains(strings.ToLower(s), want) }
}

// listed are the lines that are shown.
func (v *followView) listed() []fleet.TailLine {
	hit := v.matcher()
	if v.only == "" && (!v.keep || hit == nil) {
		return v.lines
	}
	var ls []fleet.TailLine
	for _, l := range v.lines {
		if (v.only == "" || l.Instance == v.only) && (!v.keep || hit == nil || l.Notice || hit(l.Text)) {
			ls = append(ls, l)
		}
	}
	return ls
}

func (v *followView) page(m *model, w, h int) []string {
	room := max(1, h-1)
	var body []string
	if v.err != nil {
		for _, t := range m.fold(v.err.Error(), w-6) {
			body = append(body, m.line(w).gap(3).put(m.th.Bad, t).end())
		}
		return m.paged(&v.scrolling, "Log", v.name, body, w, h)
	}
	lines := v.listed()
	v.shown, v.height = len(lines), room
	from := max(0, len(lines)-room)
	if v.stay {
		from = min(v.top, max(0, len(lines)-1))
	}
	hit := v.matcher()
	for n := from; n < len(lines) && len(body) < room; n++ {
		body = append(body, v.line(m, lines[n], w, hit)...)
	}
	if over := len(body) - room; over > 0 { // wrapped lines: the newest stay
		if v.stay {
			body = body[:room]
		} else {
			body = body[over:]
		}
	}
	if len(lines) == 0 {
		body = append(body, m.line(w).gap(3).put(m.th.Dim, "nothing has come yet").end())
	}
	return append([]string{m.rule("Log", v.facts(), w)}, body...)
}

func (v *followView) facts() string {
	f := v.name + "  " + count(len(v.on), "instance")
	if v.only != "" {
		f = v.name + "  " + string(v.only)
	}
	switch {
	case !v.open:
		f += "  ended"
	case v.stay:
		f += "  stopped, f follows"
	default:
		f += "  following"
	}
	if v.search != "" {
		f += "  /" + v.search
	}
	if v.lost > 0 {
		f += fmt.Sprintf("  %d lines lost", v.lost)
	}
	return f
}

// line draws one line of the log.
func (v *followView) line(m *model, l fleet.TailLine, w int, hit func(string) bool) []string {
	look := m.th.Text
	switch {
	case l.Notice:
		look = m.th.Warn
	case hit != nil && hit(l.Text):
		look = m.th.Cost
	}
	head := func() *line {
		out := m.line(w).gap(1)
		if v.times {
			out.put(m.th.Dim, l.At.Local().Format("15:04:05")).gap(1)
		}
		if len(v.on) > 1 && v.only == "" {
			out.put(m.hostLook(l.Instance), short(l.Instance)).gap(1)
		}
		return out
	}
	if !v.wrap {
		return []string{head().put(look, l.Text).end()}
	}
	var ls []string
	for _, t := range m.fold(l.Text, w-head().w-1) {
		ls = append(ls, head().put(look, t).end())
	}
	return ls
}

// short is an id's first characters, as the table shows them where it is narrow.
func short(id fleet.InstanceID) string { return string(id)[:min(12, len(id))] }

// hostLook gives an instance one of a few colours, always the same.
func (m *model) hostLook(id fleet.InstanceID) theme.Style {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	looks := []theme.Style{m.th.Accent, m.th.OK, m.th.Run, m.th.Cost, m.th.Dim}
	return looks[h.Sum32()%uint32(len(looks))]
}
