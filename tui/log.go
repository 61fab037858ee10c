package tui

import (
	"fmt"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/format"

	"spot-tui/tui/theme"
)

// keptLines is how many log lines the panel can scroll back.
const keptLines = 2000

// logPanel is the newest log lines. It follows until someone scrolls up, and
// then really stands still.
type logPanel struct {
	lines  []fleet.LogLine
	lost   int
	follow bool
	bottom int // index after the last visible line, where it does not follow
}

func (p *logPanel) add(ls []fleet.LogLine, lost int) {
	p.lines = append(p.lines, ls...)
	p.lost += lost
	if over := len(p.lines) - keptLines; over > 0 {
		p.lines = append(p.lines[:0:0], p.lines[over:]...)
		p.bottom = max(0, p.bottom-over)
	}
}

func (p *logPanel) scroll(n, h int) {
	if p.follow {
		p.bottom = len(p.lines)
	}
	p.bottom = min(len(p.lines), max(min(h, len(p.lines)), p.bottom+max(-len(p.lines), min(n, len(p.lines)))))
	p.follow = p.bottom == len(p.lines)
}

func (p *logPanel) visible(h int) []fleet.LogLine {
	end := len(p.lines)
	if !p.follow {
		end = min(end, p.bottom)
	}
	return p.lines[max(0, end-h):end]
}

// logView draws the running operation, the rule and h lines of the log.
func (m *model) logView(h int) []string {
	var ls []string
	if o, ok := m.running(); ok {
		ls = append(ls, m.opLine(o))
	}
	if h == 0 {
		return append(ls, m.rule("Log", "closed, l opens it", m.w))
	}
	facts := "following"
	if !m.logs.follow {
		facts = fmt.Sprintf("standing still, %d newer, G follows", len(m.logs.lines)-m.logs.bottom)
	}
	if m.logs.lost > 0 {
		facts = fmt.Sprintf("%d lines came too fast and are in the log file only  ", m.logs.lost) + facts
	}
	if m.pane == paneLog {
		facts += " " + m.th.Glyph("·", "-") + " Tab back to the table"
	}
	ls = append(ls, m.rule("Log", facts, m.w))
	shown := m.logs.visible(h)
	for _, v := range shown {
		ls = append(ls, m.logLine(v))
	}
	return fit(ls, len(ls)-len(shown)+h, m.w)
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

func (m *model) logLine(v fleet.LogLine) string {
	st := m.levelStyle(v.Level)
	l := m.line(m.w).gap(1).put(m.th.Dim, v.At.Local().Format("15:04:05")).gap(2)
	if m.w >= 100 {
		l.cell(m.th.Text, string(v.Region), 15, false).gap(1)
	}
	id := string(v.Instance)
	if len(id) > 11 {
		id = id[:11]
	}
	l.cell(st, id, 11, false).gap(2)
	if v.Level == fleet.LevelInfo || v.Level == fleet.LevelOK {
		st = m.th.Text
	}
	if m.w < 100 && v.Instance == "" && v.Region != "" {
		l.put(m.th.Dim, string(v.Region)+" ")
	}
	return l.put(st, strings.TrimSpace(v.Text)).end()
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
