package tui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// logFocus has the keys while one reads the log panel; the table stays above it,
// unless the log has the whole screen.
type logFocus struct {
	info
	p     *logPanel
	whole bool
}

func (*logFocus) place() place        { return atLog }
func (v *logFocus) reader() *reader   { return &v.p.read }
func (v *logFocus) relist()           { v.p.relist() }
func (v *logFocus) text(i int) string { return v.p.listed[i].Text }

// copied is a line with all that is known of it.
func (v *logFocus) copied(i int) string {
	l := v.p.listed[i]
	return fmt.Sprintf("%s %-5s %s %s %s", l.At.Local().Format(time.DateTime), l.Level, l.Region, l.Instance, l.Text)
}

func (v *logFocus) scroll(n int) { v.p.read.scroll(n) }

// inLog says whether the log has the keys.
func (m *model) inLog() bool {
	_, ok := m.over.(*logFocus)
	return ok
}

func (m *model) focusLog() tea.Cmd { return m.open(&logFocus{p: &m.logs}) }

// level goes through the levels: all, info, warnings and worse, errors.
func (v *logFocus) level(*model) tea.Cmd {
	steps := []fleet.Level{fleet.LevelDebug, fleet.LevelInfo, fleet.LevelWarn, fleet.LevelError}
	v.p.least = steps[(slices.Index(steps, v.p.least)+1)%len(steps)]
	v.p.relist()
	return nil
}

// nextRegion goes through the regions and all of them.
func (v *logFocus) nextRegion(m *model) tea.Cmd {
	names := []fleet.Region{""}
	for _, r := range m.regions {
		names = append(names, r.Region)
	}
	v.p.region = names[(slices.Index(names, v.p.region)+1)%len(names)]
	v.p.relist()
	return nil
}

// ofRow ties the log to the instance under the cursor, or unties it.
func (v *logFocus) ofRow(m *model) tea.Cmd {
	if v.p.only != "" || m.rows.at == "" {
		v.p.only = ""
	} else {
		v.p.only = m.rows.at
	}
	v.p.relist()
	return nil
}

// grow gives the log lines of the table's, or back.
func (m *model) grow(n int) { m.logMore = min(max(-m.h, m.logMore+n), m.h) }

func logActions() []action {
	do := func(f func(v *logFocus, m *model) tea.Cmd) func(*model) tea.Cmd { return on(f) }
	as := []action{
		{id: "panelfollow", keys: []string{"f"}, title: "follow", help: "follow the log again, or stand still", footer: 1, run: do(func(v *logFocus, _ *model) tea.Cmd { v.p.read.halt(); return nil })},
		{id: "panellevel", keys: []string{"v"}, title: "level", help: "all lines, info and worse, warnings and worse, only errors", footer: 4, run: do((*logFocus).level)},
		{id: "panelregion", keys: []string{"r"}, title: "region", help: "the lines of one region, of the next, of all", footer: 5, run: do((*logFocus).nextRegion)},
		{id: "panelrow", keys: []string{"i"}, title: "this row", help: "only the lines of the instance under the table's cursor, or all again", footer: 6, run: do((*logFocus).ofRow)},
		{id: "paneltimes", keys: []string{"t"}, title: "times", help: "when each line came: the time of day, how long ago, or not at all", footer: 8, run: do(func(v *logFocus, _ *model) tea.Cmd { v.p.times = (v.p.times + 1) % logTimesKinds; return nil })},
		{id: "panelmore", keys: []string{">"}, title: "more lines", help: "a larger log", run: act(func(m *model) { m.grow(2) })},
		{id: "panelless", keys: []string{"<"}, title: "fewer lines", help: "a smaller log", run: act(func(m *model) { m.grow(-2) })},
		{id: "panelwhole", keys: []string{"enter", "="}, title: "whole screen", help: "the log on the whole screen, or below the table again", footer: 9, run: do(func(v *logFocus, _ *model) tea.Cmd { v.whole = !v.whole; return nil })},
		{id: "panelback", keys: []string{"tab", "q"}, title: "back", help: "back to the table", run: (*model).back},
	}
	for n := range as {
		as[n].place = atLog
	}
	return append(as, readingActions(atLog, "panel")...)
}
