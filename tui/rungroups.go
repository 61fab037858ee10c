package tui

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// groupPictures are the drawn lines of a run's groups, for as long as they hold:
// outputs are long, and most frames change none of them.
type groupPictures struct {
	look  look
	lines [][]string
}

func (p groupPictures) hold(m *model, w int) bool {
	return p.look == look{width: w, dark: m.dark, few: m.few}
}

// shownLines is how many lines of output the page shows of all groups together;
// Enter shows all of one.
const shownLines = 1000

func (m *model) drawGroups(gs []fleet.Group, w int) groupPictures {
	p := groupPictures{look: look{width: w, dark: m.dark, few: m.few}}
	for n, g := range gs {
		p.lines = append(p.lines, append(m.groupLines(g, w, n == 0, max(5, min(200, shownLines/len(gs)))), m.line(w).end()))
	}
	return p
}

// groupLines shows a group: how many ended how and where, and at most so many
// lines of what they wrote.
func (m *model) groupLines(g fleet.Group, w int, most bool, room int) []string {
	st := m.th.Warn
	switch h := g.Hosts[0]; {
	case h.Err != nil && fleet.KindOf(h.Err) == fleet.KindCanceled:
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
		names := m.fold(strings.Join(hostNames(g.Hosts), " "), w-8)
		for n, t := range names {
			if n == 4 && len(names) > 5 {
				ls = append(ls, m.line(w).gap(5).put(m.th.Dim, "and more: enter names them all").end())
				break
			}
			ls = append(ls, m.line(w).gap(5).put(m.th.Dim, t).end())
		}
	}
	out := outputLines(h)
	for n, o := range out {
		if n == room {
			ls = append(ls, m.line(w).gap(5).put(m.th.Dim, count(len(out)-n, "more line")+": enter shows all").end())
			break
		}
		ls = append(ls, m.line(w).gap(5).put(m.th.Text, o).end())
	}
	if h.Err == nil && strings.TrimSpace(h.Output) == "" {
		ls = append(ls, m.line(w).gap(5).put(m.th.Dim, "no output").end())
	}
	return ls
}

func hostNames(hs []fleet.HostResult) []string {
	names := make([]string, len(hs))
	for n, h := range hs {
		names[n] = string(h.Instance)
	}
	return names
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
