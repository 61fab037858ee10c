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

// asked is what a dialog needs that asks the engine before it can be confirmed, and
// wants the fleet's name where more than one instance is meant (R3).
type asked struct {
	layer  int // its own number among the overlays
	number int // of the newest question; answers to older ones are dropped
	stop   context.CancelFunc
	have   bool // the newest question is answered
	err    error

	word  string
	typed string
	wrong bool
}

func (*asked) escape() string  { return "cancel" }
func (*asked) dangerous() bool { return true }

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

// text takes a key of the typed word.
func (a *asked) text(key, text string) {
	a.wrong = false
	if key == "backspace" {
		if r := []rune(a.typed); len(r) > 0 {
			a.typed = string(r[:len(r)-1])
		}
		return
	}
	a.paste(text)
}

func (a *asked) paste(text string) {
	if a.have && a.err == nil && len(a.typed)+len(text) <= 80 {
		a.typed += text
	}
}

// noTyped says why the number can't change while a word is typed for another one.
func (a *asked) noTyped() string {
	if a.typed != "" {
		return "a word is being typed; delete it first"
	}
	return ""
}

// foot is how a dialog is confirmed: y for one instance, the fleet's name for more.
func (a *asked) foot(m *model, w, n int, verb string, first *line) []*line {
	ls := []*line{m.boxLine(w)}
	switch {
	case a.err != nil || !a.have || n == 0:
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Enter closes this; nothing is changed."), m.boxLine(w))
	case n == 1:
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Press ").put(m.th.Bad, "y").put(m.th.Text, " to "+verb+" it; any other key cancels."), m.boxLine(w))
	default:
		ls = append(ls, m.boxLine(w).put(m.th.Text, "Type ").put(m.th.Bad, a.word).put(m.th.Text, " to "+verb+" them: ").put(m.th.Text.Bold(true), a.typed).put(m.th.Accent, m.th.Glyph("▏", "_")))
		switch {
		case a.wrong:
			ls = append(ls, m.boxLine(w).put(m.th.Warn, "That is not the fleet's name. Nothing was changed."))
		case a.typed == a.word:
			ls = append(ls, m.boxLine(w).put(m.th.Text, "Enter does it."))
		default:
			ls = append(ls, m.boxLine(w))
		}
	}
	return append(ls, m.buttons(first, w, capital(verb), m.th.Bad, n > 1 && a.typed == a.word))
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

// capital writes a verb as a button does.
func capital(verb string) string { return string(verb[0]-'a'+'A') + verb[1:] }
