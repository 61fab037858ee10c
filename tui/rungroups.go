package tui

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// shownLines is how much of a group's output stands in the run's page; `o` shows
// the rest.
const shownLines = 200

// groupLines shows a group: how many ended how and where, and what they wrote.
func (m *model) groupLines(g fleet.Group, w int, most bool) []string {
	st := m.th.Warn
	switch {
	case g.Failed():
		st = m.th.Bad
	case most:
		st = m.th.OK.Bold(true)
	}
	h := g.Hosts[0]
	head := m.line(w).gap(1).put(m.th.Accent, m.th.Glyph("▾ ", "v ")).put(st, count(len(g.Hosts), "host")+", "+ended(h))
	ls := []string{head.gap(3).put(m.th.Dim, where(g.Hosts, m.th.Glyph("·", "-"))).end()}
	if h.Err != nil { // a failure names its hosts and says why in whole words
		for _, t := range m.fold(g.Reason(), w-8) {
			ls = append(ls, m.line(w).gap(5).put(m.th.Text, t).end())
		}
	}
	if g.Failed() && len(g.Hosts) > 1 {
		var names []string
		for _, h := range g.Hosts {
			names = append(names, string(h.Instance))
		}
		for _, t := range m.fold(strings.Join(names, " "), w-8) {
			ls = append(ls, m.line(w).gap(5).put(m.th.Dim, t).end())
		}
	}
	out := outputLines(h)
	for n, o := range out {
		if n == shownLines {
			ls = append(ls, m.line(w).gap(5).put(m.th.Dim, fmt.Sprintf("(%d lines more: o shows them)", len(out)-n)).end())
			break
		}
		ls = append(ls, m.line(w).gap(5).put(m.th.Text, o).end())
	}
	if h.Err == nil && strings.TrimSpace(h.Output) == "" {
		ls = append(ls, m.line(w).gap(5).put(m.th.Dim, "no output").end())
	}
	return ls
}

func ended(h fleet.HostResult) string {
	switch {
	case h.Err != nil:
		switch k := fleet.KindOf(h.Err); k {
		case fleet.KindTimeout:
			return "no answer in " + format.Long(h.Took)
		case fleet.KindUnknown:
			return "result unknown"
		default:
			return string(k)
		}
	case h.Exit.Signal != "":
		return "ended by " + h.Exit.Signal
	}
	return fmt.Sprintf("exit %d", h.Exit.Code)
}

// lastLine is the newest line of a bounded output, without splitting all of it.
func lastLine(out string) string {
	out = strings.TrimRight(out, "\n ")
	return out[strings.LastIndexByte(out, '\n')+1:]
}

func where(hs []fleet.HostResult, dot string) string {
	if len(hs) == 1 {
		return string(hs[0].Instance) + " " + string(hs[0].Zone)
	}
	by := map[fleet.Region]int{}
	for _, h := range hs {
		by[h.Region]++
	}
	var parts []string
	for r, n := range by {
		parts = append(parts, fmt.Sprintf("%s %d", r, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, " "+dot+" ")
}

func outputLines(h fleet.HostResult) []string {
	text := strings.TrimRight(h.Output, "\n ")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
