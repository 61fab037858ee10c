package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

func (v *runView) page(m *model, w, h int) []string {
	if !v.pics.hold(m, w) {
		v.pics = m.drawGroups(v.gs, w)
	}
	title, head := m.rule(runTitle(v.snap.Kind), v.facts(m, w, ""), w), v.head(m, w)
	if len(v.snap.Hosts) == 0 {
		return append([]string{title}, head...)
	}
	segs := []segment{{len(head), func(i int) string { return head[i] }}}
	for n := range v.pics.lines {
		lines := v.pics.lines[n]
		segs = append(segs, segment{len(lines), func(i int) string { return lines[i] }})
	}
	segs = append(segs, segment{len(v.going), func(i int) string { return v.goes(m, v.going[i], w) }})
	ls, from, total := v.window(segs, max(1, h-1))
	if total > len(ls) {
		title = m.rule(runTitle(v.snap.Kind), v.facts(m, w, fmt.Sprintf("  lines %d to %d of %d", from+1, from+len(ls), total)), w)
	}
	if at := v.cursor() - from; at >= 0 && at < len(ls) { // every line begins with a blank
		ls[at] = m.line(1).put(m.th.Accent, m.th.Glyph("▌", ">")).end() + strings.TrimPrefix(ls[at], " ")
	}
	return append([]string{title}, ls...)
}

// facts says what runs, how far it is, how long it takes and what else there is
// to say. Of a long command the end leaves first.
func (v *runView) facts(m *model, w int, more string) string {
	rest := "on " + count(len(v.on), "instance")
	if v.run != nil {
		rest = fmt.Sprintf("%d of %d done %s %s", v.snap.Done, len(v.snap.Hosts), m.th.Glyph("·", "-"), format.Short(v.took(m)))
	}
	rest += more
	const around = 20 // the title, the rule's ends and blanks
	return ansi.Truncate(fleet.Clean(v.line), max(10, w-ansi.StringWidth(rest)-around), m.th.Glyph("…", "~")) + "  " + rest
}

// took is how long the run has taken, or took.
func (v *runView) took(m *model) time.Duration {
	if !v.ended() {
		return max(0, m.now.Sub(v.snap.Started))
	}
	var most time.Duration
	for _, h := range v.snap.Hosts {
		most = max(most, h.Began.Add(h.Took).Sub(v.snap.Started))
	}
	return most
}

func runTitle(k fleet.OpKind) string {
	switch k {
	case fleet.OpUpload:
		return "Upload"
	case fleet.OpFetch:
		return "Fetch"
	default:
		return "Run"
	}
}

// head is what stands above the groups: runHead lines, or why there are none.
func (v *runView) head(m *model, w int) []string {
	blank := m.line(w).end()
	switch {
	case v.err != nil:
		ls := []string{blank}
		for _, t := range m.fold(v.err.Error(), w-6) {
			ls = append(ls, m.line(w).gap(3).put(m.th.Bad, t).end())
		}
		return ls
	case v.run == nil:
		return []string{blank, m.line(w).gap(3).put(m.th.Run, "starting").end()}
	}
	return []string{blank, v.totals(m, w), blank}
}

func (v *runView) totals(m *model, w int) string {
	t := v.counts
	l := m.line(w).gap(3)
	add := func(n int, st theme.Style, word string) {
		if n > 0 {
			l.put(st, fmt.Sprint(n)).put(m.th.Text, " "+word).gap(3)
		}
	}
	same, copies := "same", v.snap.Kind == fleet.OpUpload || v.snap.Kind == fleet.OpFetch
	if copies { // what copies print differs by its nature
		t.Same, t.Different, same = t.Same+t.Different, 0, "done"
	}
	canceled := 0
	for _, g := range v.gs {
		if g.Hosts[0].Err != nil && fleet.KindOf(g.Hosts[0].Err) == fleet.KindCanceled {
			canceled += len(g.Hosts)
		}
	}
	t.Failed -= canceled // they did what they were told
	add(t.Same, m.th.OK.Bold(true), same)
	add(t.Different, m.th.Warn, "different")
	add(t.Failed, m.th.Bad, "failed")
	add(t.TimedOut, m.th.Bad, "timed out")
	add(t.Unknown, m.th.Bad, "result unknown")
	add(canceled, m.th.Warn, "canceled")
	add(len(v.going), m.th.Run, "going on")
	if copies {
		v.moved(m, l)
	}
	return l.end()
}

// moved sums up what a copy has moved on all hosts, how fast, and how long the
// slowest of them still takes.
func (v *runView) moved(m *model, l *line) {
	var moved, size int64
	var rate float64
	var left time.Duration
	known := true
	for _, h := range v.snap.Hosts {
		moved += h.Moved
		if h.Size < 0 && !h.Failed() {
			known = false
		}
		size += max(h.Size, h.Moved)
		if !h.Done {
			rate += h.Rate()
			if d, ok := h.Left(); ok {
				left = max(left, d)
			}
		}
	}
	switch {
	case moved == 0:
		return
	case known && moved < size:
		l.put(m.th.Text, format.Bytes(moved)).put(m.th.Dim, " of "+format.Bytes(size)).gap(3)
	default:
		l.put(m.th.Text, format.Bytes(moved)).gap(3)
	}
	if rate > 0 {
		l.put(m.th.Text, format.Bytes(int64(rate))+"/s").gap(3)
	}
	if left > 0 {
		l.put(m.th.Dim, format.Long(left)+" left")
	}
}

// goes is a host that has not ended: how long it has been at what, how far a
// copy is, and the newest line.
func (v *runView) goes(m *model, r fleet.HostResult, w int) string {
	l := m.line(w).gap(1)
	name := string(r.Instance)
	if w < 80 || w < 100 && r.Size > 0 { // a copy's figures take the room
		name = short(r.Instance)
	}
	if r.Phase == fleet.PhaseQueued {
		return l.put(m.th.Dim, m.th.Glyph("○ ", "- ")).put(m.th.Dim, name).gap(2).cell(m.th.Dim, string(r.Zone), 16, false).put(m.th.Dim, r.Phase.String()).end()
	}
	l.put(m.th.Run, m.th.Glyph("◐ ", "~ ")).put(m.th.Text, name).gap(2).cell(m.th.Dim, string(r.Zone), 16, false)
	l.cell(m.th.Dim, format.Short(v.elapsed(m, r)), 5, true).gap(2)
	switch {
	case r.Size > 0:
		m.bar(l, int(100*r.Moved/r.Size), 10)
		l.cell(m.th.Dim, fmt.Sprintf("%d%%", 100*r.Moved/r.Size), 5, true).gap(2)
		if rate := r.Rate(); rate > 0 {
			l.put(m.th.Text, format.Bytes(int64(rate))+"/s").gap(2)
		}
		if left, ok := r.Left(); ok {
			l.put(m.th.Dim, format.Long(left)+" left").gap(2)
		}
	case r.Size < 0 && r.Moved > 0:
		l.put(m.th.Text, format.Bytes(r.Moved)).gap(2)
	default:
		l.put(m.th.Dim, r.Phase.String()).gap(2)
	}
	return l.put(m.th.Dim, lastLine(r.Output)).end()
}

// elapsed counts on while a host is silent.
func (*runView) elapsed(m *model, r fleet.HostResult) time.Duration {
	if r.Began.IsZero() {
		return max(0, r.Took)
	}
	return max(0, r.Took, m.now.Sub(r.Began))
}
