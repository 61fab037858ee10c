package tui

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// stageCell is a glyph, a word and, in motion, how far it is; what failed shows
// why.
func (m *model) stageCell(i *fleet.Instance, l *line, width int) {
	g, st := m.stageLook(i.Stage)
	from := l.w
	if i.Locked { // at the cell's end, below that of other rows
		mark := m.lockMark(i, width)
		own := *i
		own.Locked = false
		m.stageCell(&own, l, width-ansi.StringWidth(mark)-1)
		l.gap(1).put(m.th.Accent, mark)
		return
	}
	l.put(st, g+" ")
	word := i.Stage.String()
	switch {
	case i.Stage == fleet.StageReady:
		l.cell(m.th.Text, word, width-2, false)
	case i.Stage == fleet.StageFailed, i.Stage == fleet.StageInterrupted:
		l.cell(st, word+"  "+i.Reason, width-2, false)
	case i.Stage.Moving():
		m.movingCell(i, l, width-2)
	case i.Reason != "": // why it ends, or has ended (R22)
		l.cell(st, word+"  "+i.Reason, width-2, false)
	default:
		l.cell(st, word, width-2, false)
	}
	l.gap(width - (l.w - from))
}

// movingCell is the word, the step's number, a thin bar with a percentage where
// one is known, how long the step has taken and its newest line, as far as there
// is room.
func (m *model) movingCell(i *fleet.Instance, l *line, width int) {
	const (
		words   = 20 // "waiting for ssh 1/6" and a blank
		bar     = 12 // a blank, six cells and "100%"
		elapsed = 5
	)
	_, st := m.stageLook(i.Stage)
	known, took, end, room := i.Step.Percent > 0, m.stepTime(i), l.w+width, width
	if known && width >= 25 {
		room -= bar
	}
	word := i.Stage.String()
	if n := fmt.Sprintf(" %d/%d", i.Step.Index, i.Step.Of); i.Step.Of > 0 && len(word)+len(n) <= room { // a number is never cut
		word += n
	}
	switch {
	case width >= words+bar+elapsed+13: // wide: the parts of all rows stand below each other
		l.cell(st, word, words, false)
		if known {
			m.percentBar(l, i.Step.Percent)
		} else {
			l.gap(bar)
		}
		l.cell(m.th.Dim, took, elapsed, true).gap(2)
	case known && width >= len(word)+bar+elapsed:
		l.cell(st, word, width-bar-elapsed, false).cell(m.th.Dim, took, elapsed, true)
		m.percentBar(l, i.Step.Percent)
		return
	case known && width >= 25:
		l.cell(st, word, width-bar, false)
		m.percentBar(l, i.Step.Percent)
		return
	default:
		l.cell(st, word, min(width, len(word)), false)
		if took != "" && end-l.w >= elapsed {
			l.gap(1).put(m.th.Dim, took).gap(1)
		}
	}
	if room = end - l.w; room >= 6 && i.Step.Detail != "" {
		l.cell(m.th.Dim, i.Step.Detail, room, false)
	}
}

func (m *model) percentBar(l *line, percent int) {
	l.gap(1)
	m.bar(l, percent, 6)
	l.cell(m.th.Dim, fmt.Sprintf("%d%%", percent), 5, true)
}

// stepTime is how long the step that runs has taken.
func (m *model) stepTime(i *fleet.Instance) string {
	if i.Track == nil || !i.Stage.Moving() {
		return ""
	}
	for _, s := range i.Track.Steps {
		if s.State == fleet.StepRunning {
			return format.Short(max(0, m.now.Sub(s.Began)))
		}
	}
	return ""
}
