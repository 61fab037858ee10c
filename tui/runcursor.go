package tui

import "spot-tui/fleet"

// segment is lines that are drawn only where they are on the screen.
type segment struct {
	n  int
	at func(i int) string
}

// runHead is how many lines stand before the first group: a blank one, the
// totals, a blank one.
const runHead = 3

// heights gives the lines of each group, and of the hosts that go on.
func (v *runView) heights() (groups []int, going int) {
	for _, lines := range v.pics.lines {
		groups = append(groups, len(lines))
	}
	return groups, len(v.going)
}

// chosen gives the host under the cursor: of a group, the first, or the one to
// which the cursor is bound.
func (v *runView) chosen() (fleet.HostResult, bool) {
	if n, ok := v.in[v.at]; ok {
		for _, h := range v.gs[n].Hosts {
			if h.Instance == v.at {
				return h, true
			}
		}
	}
	for _, h := range v.going {
		if h.Instance == v.at {
			return h, true
		}
	}
	switch {
	case len(v.gs) > 0:
		return v.gs[0].Hosts[0], true
	case len(v.going) > 0:
		return v.going[0], true
	}
	return fleet.HostResult{}, false
}

// cursor gives the cursor's line.
func (v *runView) cursor() int {
	h, ok := v.chosen()
	if !ok {
		return 0
	}
	at := runHead
	groups, _ := v.heights()
	group, ended := v.in[h.Instance]
	for n, lines := range groups {
		if ended && n == group {
			return at + min(v.off, max(0, lines-1))
		}
		at += lines
	}
	for n, g := range v.going {
		if g.Instance == h.Instance {
			return at + n
		}
	}
	return runHead
}

// point puts the cursor on a line.
func (v *runView) point(line int) {
	at := runHead
	groups, going := v.heights()
	for n, lines := range groups {
		if line < at+lines || n == len(groups)-1 && going == 0 {
			off := min(max(0, line-at), lines-1)
			if group, ended := v.in[v.at]; !ended || group != n { // within a group it stays bound to its instance
				v.at = v.gs[n].Hosts[0].Instance
			}
			v.off = off
			return
		}
		at += lines
	}
	if going > 0 {
		v.at, v.off = v.going[min(max(0, line-at), going-1)].Instance, 0
	}
}

// scroll moves the cursor; the page goes with it.
func (v *runView) scroll(n int) {
	groups, going := v.heights()
	last := runHead + going - 1
	for _, lines := range groups {
		last += lines
	}
	if to := v.cursor() + min(n, last); to <= runHead {
		v.point(runHead)
		v.top = 0
	} else {
		v.point(min(to, last))
	}
}

// next goes to the head of the next group or host, and from the last to the first.
func (v *runView) next() {
	at, line := runHead, v.cursor()
	groups, going := v.heights()
	for _, lines := range groups {
		if at > line {
			v.point(at)
			return
		}
		at += lines
	}
	if line = max(line+1, at); line < at+going {
		v.point(line)
		return
	}
	v.point(runHead)
	v.top = 0
}

// window gives h lines of segments, with the cursor's line among them.
func (v *runView) window(segs []segment, h int) (lines []string, from, total int) {
	for _, s := range segs {
		total += s.n
	}
	at := v.cursor()
	if v.at == "" {
		at = 0
	}
	v.top = max(min(v.top, at), at-h+1)
	v.top = max(0, min(v.top, total-h))
	n := 0
	for _, s := range segs {
		for i := max(0, v.top-n); i < s.n && n+i < v.top+h; i++ {
			lines = append(lines, s.at(i))
		}
		n += s.n
	}
	return lines, v.top, total
}
