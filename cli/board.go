package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// board is what a person sees of a create or destroy while it runs: one row per
// region. It is plain data; live draws it.
type board struct {
	heads   []string // of the counts
	ascii   bool
	started time.Time
	rows    []*boardRow // in config order, others as they come
	detail  string      // what the operation waits for now
	count   func(m *model, r fleet.Region) tally
}

// boardRow is one region.
type boardRow struct {
	region fleet.Region
	tally  tally
	ended  time.Time // when nothing was left to do; zero while something is
	last   string    // its newest log line
}

// tally is how far a region is.
type tally struct {
	asked      int
	counts     []int // one per head, the asked ones first
	good, half int   // of asked: done, and on its way
	bad        int   // of asked: failed
}

func (t tally) done() bool { return t.good+t.bad >= t.asked }

// launchBoard shows a plan's regions.
func launchBoard(p fleet.Plan, m *model, now time.Time) *board {
	want := map[fleet.Region]int{}
	b := &board{heads: []string{"ASKED", "GOT", "READY", "FAILED"}, started: now}
	for _, r := range p.Regions {
		want[r.Region] = r.Want
		row := b.row(r.Region)
		if r.Problem != nil {
			row.last = fleet.Clean(r.Problem.Error())
		}
	}
	b.count = func(m *model, r fleet.Region) tally {
		t := tally{asked: want[r]}
		got := 0
		for _, i := range m.instances {
			if i.Region != r || i.Stage == fleet.StageGone {
				continue
			}
			got++
			switch {
			case i.Stage == fleet.StageReady:
				t.good++
			case i.Stage == fleet.StageFailed || i.Stage.Leaving():
				t.bad++
			default:
				t.half++
			}
		}
		t.counts = []int{t.asked, got, t.good, t.bad}
		return t
	}
	b.tallyAll(m, now)
	return b
}

// destroyBoard shows the regions of what a destroy takes.
func destroyBoard(q fleet.DestroyRequest, m *model, now time.Time) *board {
	home := map[fleet.InstanceID]fleet.Region{}
	b := &board{heads: []string{"ASKED", "LEAVING", "GONE"}, started: now}
	for _, id := range q.Instances {
		home[id] = m.instances[id].Region
	}
	for _, r := range m.regions {
		if q.Scope == fleet.ScopeFleet || slices.Contains(slices.Collect(maps.Values(home)), r.Region) {
			b.row(r.Region)
		}
	}
	b.count = func(m *model, r fleet.Region) tally {
		if q.Scope == fleet.ScopeFleet { // what appears later goes too
			for id, i := range m.instances {
				if i.Stage != fleet.StageGone {
					home[id] = i.Region
				}
			}
		}
		t := tally{}
		for id, region := range home {
			if region != r {
				continue
			}
			t.asked++
			switch i, ok := m.instances[id]; {
			case !ok || i.Stage == fleet.StageGone:
				t.good++
			case i.Stage.Leaving():
				t.half++
			}
		}
		t.counts = []int{t.asked, t.half, t.good}
		return t
	}
	b.tallyAll(m, now)
	return b
}

// row finds a region's row, or makes one.
func (b *board) row(r fleet.Region) *boardRow {
	if i := slices.IndexFunc(b.rows, func(have *boardRow) bool { return have.region == r }); i >= 0 {
		return b.rows[i]
	}
	row := &boardRow{region: r}
	b.rows = append(b.rows, row)
	return row
}

// take takes in what happened.
func (b *board) take(m *model, batch fleet.Batch, op fleet.OpID) {
	for _, l := range batch.Logs {
		if l.Region == "" {
			continue
		}
		text := l.Text
		if l.Instance != "" {
			text = string(l.Instance) + ": " + text
		}
		b.row(l.Region).last = text
	}
	if o, ok := m.ops[op]; ok {
		b.detail = o.Detail
	}
	b.tallyAll(m, batch.At)
}

func (b *board) tallyAll(m *model, now time.Time) {
	for _, r := range b.rows {
		r.tally = b.count(m, r.region)
		switch {
		case !r.tally.done():
			r.ended = time.Time{}
		case r.ended.IsZero():
			r.ended = now
		}
	}
}

// total sums the regions up.
func (b *board) total() tally {
	t := tally{counts: make([]int, len(b.heads))}
	for _, r := range b.rows {
		t.asked, t.good, t.half, t.bad = t.asked+r.tally.asked, t.good+r.tally.good, t.half+r.tally.half, t.bad+r.tally.bad
		for i, n := range r.tally.counts {
			t.counts[i] += n
		}
	}
	return t
}

const (
	barWide   = 16 // a bar's width where there is room for it
	lastLeast = 20 // the least room for a log line: less says nothing
)

// lines draws the board: never wider than width cells nor more than height
// lines. Regions that have no room are counted.
func (b *board) lines(width, height int, now time.Time) []string {
	name := len("REGION")
	for _, r := range b.rows {
		name = max(name, len(r.region))
	}
	bar := min(barWide, max(0, width-name-b.countsWide()-10))
	head := fmt.Sprintf("%-*s", name, "REGION")
	for _, h := range b.heads {
		head += "  " + h
	}
	lines := []string{lipgloss.NewStyle().Bold(true).Render(head)}
	rows, hidden := b.rows, 0
	if room := max(0, height-3); len(rows) > room { // the head, what is hidden, the sum
		rows, hidden = rows[:room], len(rows)-room
	}
	for _, r := range rows {
		until := now
		if !r.ended.IsZero() {
			until = r.ended
		}
		lines = append(lines, b.line(width, name, bar, string(r.region), r.tally, until, r.last))
	}
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf("… and %s more", counted(hidden, "region")))
	}
	lines = append(lines, b.line(width, name, bar, "all", b.total(), now, b.detail))
	for i, l := range lines {
		lines[i] = ansi.Truncate(l, width, "…")
	}
	return lines[:min(len(lines), max(height, 1))]
}

func (b *board) countsWide() int {
	n := 0
	for _, h := range b.heads {
		n += 2 + len(h)
	}
	return n
}

func (b *board) line(width, name, bar int, region string, t tally, until time.Time, last string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%-*s", name, region)
	for i, h := range b.heads {
		cell := fmt.Sprintf("  %*d", len(h), t.counts[i])
		if h == "FAILED" && t.counts[i] > 0 {
			cell = bad().Render(cell)
		}
		s.WriteString(cell)
	}
	if bar > 3 {
		s.WriteString("  " + b.bar(bar, t))
	}
	fmt.Fprintf(&s, "  %6s", until.Sub(b.started).Truncate(time.Second))
	if last != "" && width-ansi.StringWidth(s.String()) >= lastLeast {
		s.WriteString("  " + lipgloss.NewStyle().Faint(true).Render(last))
	}
	return s.String()
}

// bar draws done, failed, on its way and missing, each with a sign of its own:
// colour alone says nothing (R38).
func (b *board) bar(width int, t tally) string {
	signs := []string{"█", "x", "▒", "·"}
	if b.ascii {
		signs = []string{"#", "x", "+", "."}
	}
	all := max(t.asked, t.good+t.bad+t.half, 1)
	upTo := func(n int) int { return n * width / all }
	done := upTo(t.good)
	failed := upTo(t.good+t.bad) - done
	moving := upTo(t.good+t.bad+t.half) - done - failed
	return good().Render(strings.Repeat(signs[0], done)) + bad().Render(strings.Repeat(signs[1], failed)) +
		strings.Repeat(signs[2], moving) + strings.Repeat(signs[3], width-done-failed-moving)
}

// The sixteen colours of the terminal itself fit whatever background it has.
func good() lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Green) }
func bad() lipgloss.Style  { return lipgloss.NewStyle().Foreground(lipgloss.Red) }
