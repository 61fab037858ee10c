package tui

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// group is hosts that ended alike.
type group struct {
	hosts []fleet.HostResult
}

func (g group) failed() bool { return g.hosts[0].Failed() }

// groups puts hosts together that ended alike: successes first, then by size.
func groups(hosts []fleet.HostResult) []group {
	at := map[string]int{}
	var gs []group
	for _, h := range hosts {
		if !h.Done {
			continue
		}
		key := fmt.Sprint(h.Exit.Code, h.Exit.Signal, h.Err != nil, "\x00", h.Output)
		if h.Err != nil {
			key = fmt.Sprint("\x01", fleet.KindOf(h.Err), h.Output)
		}
		n, ok := at[key]
		if !ok {
			n = len(gs)
			at[key] = n
			gs = append(gs, group{})
		}
		gs[n].hosts = append(gs[n].hosts, h)
	}
	slices.SortStableFunc(gs, func(a, b group) int {
		if a.failed() != b.failed() {
			if a.failed() {
				return 1
			}
			return -1
		}
		return len(b.hosts) - len(a.hosts)
	})
	return gs
}

// lines shows a group: how many ended how and where, and what they wrote.
func (g group) lines(m *model, w int, most bool) []string {
	st := m.th.Warn
	switch {
	case g.failed():
		st = m.th.Bad
	case most:
		st = m.th.OK.Bold(true)
	}
	h := g.hosts[0]
	head := m.line(w).gap(1).put(m.th.Accent, m.th.Glyph("▾ ", "v ")).put(st, count(len(g.hosts), "host")+", "+ended(h))
	ls := []string{head.gap(3).put(m.th.Dim, where(g.hosts, m.th.Glyph("·", "-"))).end()}
	if h.Err != nil { // a failure names its hosts and says why in whole words
		for _, t := range m.fold(h.Err.Error(), w-8) {
			ls = append(ls, m.line(w).gap(5).put(m.th.Text, t).end())
		}
	}
	if g.failed() && len(g.hosts) > 1 {
		var names []string
		for _, h := range g.hosts {
			names = append(names, string(h.Instance))
		}
		for _, t := range m.fold(strings.Join(names, " "), w-8) {
			ls = append(ls, m.line(w).gap(5).put(m.th.Dim, t).end())
		}
	}
	for _, o := range outputLines(h) {
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
	ls := strings.Split(text, "\n")
	if h.Cut > 0 {
		ls = append(ls, fmt.Sprintf("(%d bytes more)", h.Cut))
	}
	return ls
}
