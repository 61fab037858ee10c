package tui

import (
	"fmt"
	"slices"
	"strings"
)

// The smallest size at which the screen is useful.
const (
	minWidth  = 60
	minHeight = 15
)

// compose draws the whole screen: exactly m.h lines of m.w cells.
func (m *model) compose() string {
	if m.w <= 0 || m.h <= 0 {
		return ""
	}
	if m.w < minWidth || m.h < minHeight {
		return m.tooSmall()
	}
	foot := m.footer()
	m.footH = len(foot)
	ls := m.header()
	if f, ok := m.page(); ok {
		room := m.h - 2 - m.footH
		var log []string
		if _, runs := f.(*runView); runs && m.h >= 30 { // what a run is about may be said there
			log = m.logView(6)
		}
		ls = append(ls, fit(f.page(m, m.w, room-len(log)), room-len(log), m.w)...)
		ls = append(ls, log...)
	} else if m.logWhole() {
		ls = append(ls, m.logView(m.free()+2)...) // and the table's rule and head
	} else {
		ls = append(ls, m.banner()...)
		ls = append(ls, m.table(m.tableHeight())...)
		ls = append(ls, m.logView(m.logHeight())...)
	}
	ls = append(fit(ls, m.h-m.footH, m.w), foot...)
	return m.lay(strings.Join(ls, "\n"))
}

// page gives the overlay that takes the place of table and log: the front one,
// or the one behind a dialog.
func (m *model) page() (full, bool) {
	if f, ok := m.over.(full); ok {
		return f, true
	}
	for n := len(m.below) - 1; n >= 0; n-- {
		if f, ok := m.below[n].over.(full); ok {
			return f, true
		}
	}
	return nil, false
}

// problems lists what is wrong with the whole fleet, the worst first.
func (m *model) problems() []string {
	var ps []string
	for _, p := range []string{m.summary.Problem, m.summary.StoreProblem, m.summary.BudgetText()} {
		if p != "" {
			ps = append(ps, p)
		}
	}
	return ps
}

// banner says what is wrong with the whole fleet while its rows are shown.
func (m *model) banner() []string {
	if len(m.rows.all) == 0 {
		return nil // the empty screen says it
	}
	var ls []string
	for _, problem := range m.problems() {
		for n, t := range m.fold(problem, m.w-4) {
			mark := m.th.Glyph("✗", "x")
			if n > 0 {
				mark = " "
			}
			if n < 2 {
				ls = append(ls, m.line(m.w).gap(1).put(m.th.Bad, mark+" "+t).end())
			}
		}
	}
	if len(ls) == 0 {
		if advice := m.advice(); advice != "" {
			ls = append(ls, m.line(m.w).gap(1).put(m.th.Cost, advice).end())
		}
	}
	return ls
}

// fit makes ls exactly h lines.
func fit(ls []string, h, w int) []string {
	for len(ls) < h {
		ls = append(ls, strings.Repeat(" ", w))
	}
	return ls[:h]
}

func (m *model) tooSmall() string {
	text := fmt.Sprintf("spot-tui needs %dx%d, this is %dx%d", minWidth, minHeight, m.w, m.h)
	return strings.Join(fit([]string{m.line(m.w).put(m.th.Text, text).end()}, m.h, m.w), "\n")
}

// logSize is how much of the screen the log takes.
type logSize uint8

const (
	logNormal logSize = iota
	logLarge
	logClosed
	logSizes // how many there are
)

// free is what header (2), rules (2), table head (1), footer and the lines that
// come and go leave for table and log.
func (m *model) free() int {
	free := m.h - 5 - max(1, m.footH) - len(m.banner())
	if _, ok := m.running(); ok {
		free--
	}
	return max(0, free)
}

func (m *model) logHeight() int {
	free := m.free()
	switch {
	case m.logSize == logClosed && !m.logInFront():
		return 0
	case m.logInFront() || m.logSize == logLarge:
		return min(max(3, free*2/3+m.logMore), max(3, free-1))
	}
	return min(max(2, min(8, max(2, free/4))+m.logMore), max(2, free-3))
}

// logInFront says whether the log is what one reads, perhaps with a dialog or the
// help in front of it.
func (m *model) logInFront() bool { return m.readsLog(func(*logFocus) bool { return true }) }

func (m *model) logWhole() bool { return m.readsLog(func(v *logFocus) bool { return v.whole }) }

func (m *model) readsLog(is func(*logFocus) bool) bool {
	if v, ok := m.over.(*logFocus); ok {
		return is(v)
	}
	return slices.ContainsFunc(m.below, func(l layer) bool { v, ok := l.over.(*logFocus); return ok && is(v) })
}

func (m *model) tableHeight() int { return max(0, m.free()-m.logHeight()) }
