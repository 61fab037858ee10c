package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// shapeMsg is the engine's answer to a dialog that changes which instances a fleet
// has.
type shapeMsg struct {
	layer, ask int
	shrink     fleet.ShrinkPlan
	replace    fleet.ReplacePlan
	err        error
}

// asked is a confirmation that asks the engine first what it would change.
type asked struct {
	layer  int // its own number among the overlays
	number int // of the newest question; answers to older ones are dropped
	stop   context.CancelFunc
	have   bool // the newest question is answered
	err    error
	confirm
}

// wantsFor is what passes a dialog whose answer is about n instances.
func (a *asked) wantsFor(n int) answer {
	switch {
	case !a.have || a.err != nil || n == 0:
		return closes
	case n == 1:
		return wantsY
	}
	return wantsWord
}

// closed stops the question that is under way.
func (a *asked) closed() {
	if a.stop != nil {
		a.stop()
		a.stop = nil
	}
}

// anew makes the next question; what was typed was for another answer.
func (a *asked) anew() {
	a.closed()
	a.number++
	a.have, a.err, a.typed, a.wrong = false, nil, "", false
}

// send asks the engine in a command; the answer finds the dialog by its number.
func (a *asked) send(m *model, ask func(context.Context) shapeMsg) tea.Cmd {
	ctx, stop := context.WithCancel(m.ctx)
	a.stop = stop
	layer, number := a.layer, a.number
	return func() tea.Msg {
		msg := ask(ctx)
		msg.layer, msg.ask = layer, number
		return msg
	}
}

// noTyped says why the number can't change while a word is typed for another one.
func (a *asked) noTyped() string {
	if a.typed != "" {
		return "a word is being typed; delete it first"
	}
	return ""
}

// waits is what stands in a dialog that has no answer; nil where it has one.
func (a *asked) waits(m *model, w int) []*line {
	switch {
	case a.err != nil:
		return m.wrap(m.th.Bad, a.err.Error(), w)
	case !a.have:
		return []*line{m.boxLine(w).put(m.th.Run, "asking the regions"+m.th.Glyph("…", "..."))}
	}
	return nil
}

// takeShape gives an answer to the dialog that asked. The dialog shows another thing
// now, so that its quiet time begins again: a key that was on its way was not typed
// for this (R3).
func (m *model) takeShape(msg shapeMsg) tea.Cmd {
	var a *asked
	switch d := m.layer(msg.layer).(type) {
	case *shrinkDialog:
		if a = &d.asked; a.number == msg.ask {
			d.plan = msg.shrink
		}
	case *replaceDialog:
		if a = &d.asked; a.number == msg.ask {
			d.plan = msg.replace
			if d.cheaper && len(d.on) == 0 && msg.err == nil && len(msg.replace.Swaps) == 0 {
				m.looked = m.cheaper()
			}
		}
	}
	if a == nil || a.number != msg.ask {
		return nil
	}
	a.have, a.err = true, msg.err
	if msg.layer != m.overGen {
		return nil // it gets its quiet time when it comes to the front
	}
	m.lastGen++
	a.layer = m.lastGen
	m.front(layer{m.over, m.lastGen})
	return m.arm()
}
