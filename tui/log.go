package tui

import (
	"fmt"
	"strings"
	"time"

	"spot-tui/fleet"
	"spot-tui/tui/format"

	"spot-tui/tui/theme"
)

// keptLines is how many log lines the panel can scroll back.
const keptLines = 5000

// logPanel is the newest log lines. It follows until someone scrolls up, and
// then really stands still.
type logPanel struct {
	lines  []fleet.LogLine
	listed []fleet.LogLine // those of lines that are shown
	lost   int
	newer  int // lines that came while it stands still
	read   reader

	least  fleet.Level      // lighter lines are not shown
	region fleet.Region     // only this one's lines; empty: all
	only   fleet.InstanceID // only this one's lines; empty: all
	times  logTimes
}

// logTimes is how a line says when it came.
type logTimes uint8

const (
	timesOfDay logTimes = iota
	timesAgo
	timesOff
	logTimesKinds // how many there are
)

// lists says whether a line is shown.
func (p *logPanel) lists(l fleet.LogLine) bool {
	return l.Level >= p.least && (p.region == "" || l.Region == p.region) && (p.only == "" || l.Instance == p.only) && p.read.find.lists(l.Text)
}

// relist finds the lines that are shown.
func (p *logPanel) relist() {
	p.listed = nil
	for _, l := range p.lines {
		if p.lists(l) {
			p.listed = append(p.listed, l)
		}
	}
	p.read.shown = len(p.listed)
	p.read.find.found = false
}

// add takes new lines in. What stands still stands still, also when the oldest
// lines leave.
func (p *logPanel) add(ls []fleet.LogLine, lost int) {
	p.lost += lost
	p.lines = append(p.lines, ls...)
	for _, l := range ls {
		if p.lists(l) {
			p.listed = append(p.listed, l)
			p.newer++
		}
	}
	if !p.read.stay {
		p.newer = 0
	}
	over := len(p.lines) - keptLines
	if over <= 0 {
		p.read.shown = len(p.listed)
		return
	}
	oldest := p.lines[over].Seq
	p.lines = without(p.lines, over)
	gone := 0
	for gone < len(p.listed) && p.listed[gone].Seq < oldest {
		gone++
	}
	p.listed = without(p.listed, gone)
	p.read.top = max(0, p.read.top-gone)
	p.read.find.at -= gone
	p.read.find.found = p.read.find.found && p.read.find.at >= 0
	p.read.shown = len(p.listed)
}

// without drops the oldest lines where they are: they are copied only when append
// needs room, not with each batch.
func without(ls []fleet.LogLine, n int) []fleet.LogLine {
	clear(ls[:n]) // their texts go at once
	return ls[n:]
}

// facts says what is shown, and whether it follows.
func (p *logPanel) facts() string {
	var parts []string
	if p.lost > 0 {
		parts = append(parts, fmt.Sprintf("%d lines came too fast and are in the log file only", p.lost))
	}
	if p.least > fleet.LevelDebug {
		parts = append(parts, p.least.String()+" and worse")
	}
	if p.region != "" {
		parts = append(parts, string(p.region))
	}
	if p.only != "" {
		parts = append(parts, string(p.only))
	}
	if f := p.read.find; f.text != "" {
		sign := "/"
		if f.keep {
			sign = "&"
		}
		parts = append(parts, sign+f.text)
	}
	state := "following"
	if p.read.stay {
		state = "standing still"
		if p.newer > 0 {
			state = fmt.Sprintf("standing still, %d newer", p.newer)
		}
	}
	return strings.Join(append(parts, state), "  ")
}

// logView draws the running operation, the rule and h lines of the log.
func (m *model) logView(h int) []string {
	var ls []string
	if o, ok := m.running(); ok {
		ls = append(ls, m.opLine(o))
	}
	if h == 0 {
		return append(ls, m.rule("Log", "closed, "+m.keyFor("logsize")+" opens it", m.w))
	}
	ls = append(ls, m.rule("Log", m.logs.facts(), m.w))
	body := m.logs.read.draw(len(m.logs.listed), h, func(i int) []string { return m.logLines(i) })
	if len(m.logs.listed) == 0 && len(m.logs.lines) > 0 {
		body = append(body, m.line(m.w).gap(3).put(m.th.Dim, fmt.Sprintf("none of %d lines matches", len(m.logs.lines))).end())
	}
	return append(ls, fit(body, h, m.w)...)
}

func (m *model) opLine(o fleet.Operation) string {
	l := m.line(m.w).gap(1).put(m.th.Run, m.th.Glyph("◐", "~")+" "+o.Title).gap(2)
	if o.Total > 0 {
		m.bar(l, 100*o.Done/o.Total, 12)
		l.gap(1).put(m.th.Dim, fmt.Sprintf("%d/%d", o.Done, o.Total)).gap(2)
	}
	l.put(m.th.Dim, o.Detail)
	if n := len(o.Errors); n > 0 {
		l.gap(2).put(m.th.Warn, count(n, "failure"))
	}
	return sides(l, m.line(m.w).put(m.th.Dim, format.Short(m.now.Sub(o.Started))+" "))
}

// logLines draws line i of what is listed: one line, or more where long ones are
// broken.
func (m *model) logLines(i int) []string {
	v := m.logs.listed[i]
	st := m.levelStyle(v.Level)
	head := m.foundMark(&m.logs.read, i, m.w)
	if at := m.logTime(v.At); at != "" {
		head.put(m.th.Dim, at).gap(2)
	}
	if m.w >= 100 {
		head.cell(m.th.Text, string(v.Region), 15, false).gap(1)
	}
	head.cell(st, string(v.Instance)[:min(11, len(v.Instance))], 11, false).gap(2)
	if m.w < 100 && v.Instance == "" && v.Region != "" {
		head.put(m.th.Dim, string(v.Region)+" ")
	}
	switch {
	case m.logs.read.find.has(v.Text):
		st = m.th.Accent
	case v.Level == fleet.LevelInfo || v.Level == fleet.LevelOK:
		st = m.th.Text
	}
	text := strings.TrimSpace(v.Text)
	if !m.logs.read.wrap {
		return []string{head.put(st, text).end()}
	}
	var ls []string
	used := head.w
	for n, t := range m.fold(text, max(20, m.w-used-1)) {
		if n > 0 {
			head = m.line(m.w).gap(used)
		}
		ls = append(ls, head.put(st, t).end())
	}
	return ls
}

// logTime is when a line came, as it was chosen.
func (m *model) logTime(at time.Time) string {
	switch m.logs.times {
	case timesAgo:
		return fmt.Sprintf("%8s", format.Short(m.now.Sub(at)))
	case timesOff:
		return ""
	case timesOfDay, logTimesKinds:
	}
	return at.Local().Format(time.TimeOnly)
}

func (m *model) levelStyle(v fleet.Level) theme.Style {
	switch v {
	case fleet.LevelWarn:
		return m.th.Warn.Bold(false)
	case fleet.LevelError:
		return m.th.Bad.Bold(false)
	case fleet.LevelOK:
		return m.th.OK
	case fleet.LevelInfo:
		return m.th.Run
	default:
		return m.th.Dim
	}
}
