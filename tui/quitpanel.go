package tui

import (
	"fmt"
	"slices"
	"time"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// quitPanel says what keeps running if one leaves now, what that costs, and what
// becomes of the work that goes on.
type quitPanel struct{ info }

func (*quitPanel) place() place   { return atQuit }
func (*quitPanel) escape() string { return "stay" }

func (v *quitPanel) box(m *model, w int) dialog {
	s := m.summary
	n := 0
	for _, r := range m.regions {
		if r.Live > 0 {
			n++
		}
	}
	verb := " keep running"
	if s.Live == 1 {
		verb = " keeps running"
	}
	ls := []*line{m.boxLine(w).put(m.th.Text.Bold(true), count(s.Live, "instance")+verb).put(m.th.Text, " in "+count(n, "region")), m.boxLine(w)}
	ls = append(ls, v.money(m, w)...)
	switch {
	case s.Live == 0:
	case s.EndsAt.IsZero():
		ls = append(ls, m.boxLine(w).put(m.th.Warn, "They never end by themselves."))
	default:
		ls = append(ls, m.boxLine(w).put(m.th.Dim, "They end by themselves in "+format.Long(s.EndsAt.Sub(m.now))+" ("+s.EndsAt.Local().Format("15:04")+")."))
	}
	ls = append(ls, v.work(m, w)...)
	if n := len(m.forwards); n > 0 {
		ls = append(ls, m.boxLine(w).put(m.th.Warn, count(n, "forwarded port")+" will be closed."))
	}
	foot := append([]*line{m.boxLine(w)}, m.options(w, atQuit)...)
	return dialog{title: "If you leave now", edge: m.th.Cost, body: ls, foot: foot}
}

// morning is when a night is over: the hour at which one looks again.
const morning = 8

// night is how long the fleet runs until the next morning, or until its end where
// that is earlier; by the clock of the facts.
func night(now, ends time.Time) (until time.Time, byEnd bool) {
	local := now.Local()
	until = time.Date(local.Year(), local.Month(), local.Day(), morning, 0, 0, 0, local.Location())
	if !until.After(local) {
		until = time.Date(local.Year(), local.Month(), local.Day()+1, morning, 0, 0, 0, local.Location())
	}
	if !ends.IsZero() && ends.Before(until) {
		return ends, true
	}
	return until, false
}

// money is what they cost per hour, until the morning and until their end.
func (v *quitPanel) money(m *model, w int) []*line {
	s := m.summary
	if !s.PerHour.Known {
		if s.Live == 0 {
			return nil
		}
		return m.wrap(m.th.Cost, "What they cost is not known: "+s.PerHour.Reason, w)
	}
	until, byEnd := night(m.now, s.EndsAt)
	of := func(t time.Time) string { return format.USD(s.PerHour.USD * max(0, t.Sub(m.now).Hours())) }
	l := m.boxLine(w).put(m.th.Cost.Bold(true), format.USD(s.PerHour.USD)).put(m.th.Dim, "/h").gap(4).put(m.th.Cost.Bold(true), of(until))
	if byEnd {
		l.put(m.th.Dim, " until they end")
	} else {
		l.put(m.th.Dim, fmt.Sprintf(" until %02d:00", morning))
		if !s.EndsAt.IsZero() {
			l.gap(4).put(m.th.Cost.Bold(true), of(s.EndsAt)).put(m.th.Dim, " until they end")
		}
	}
	return []*line{l}
}

// work says of everything that goes on what becomes of it.
func (v *quitPanel) work(m *model, w int) []*line {
	var ls []*line
	add := func(text string) { ls = append(ls, m.wrap(m.th.Warn, text, w)...) }
	for _, o := range m.ops {
		if o.Running() && o.Kind != fleet.OpForward {
			add(o.Title + ": " + leftBehind(o.Kind))
		}
	}
	setups := 0
	for i := range m.rows.each() {
		if i.Stage.Moving() && i.Track != nil {
			setups++
		}
	}
	provisioning := slices.ContainsFunc(m.ops, func(o fleet.Operation) bool { return o.Running() && o.Kind == fleet.OpProvision })
	if setups > 0 && !provisioning {
		is := count(setups, "instance") + " are being set up: "
		if setups == 1 {
			is = "1 instance is being set up: "
		}
		add(is + leftBehind(fleet.OpProvision))
	}
	if len(ls) > 0 {
		ls = append([]*line{m.boxLine(w)}, ls...)
	}
	return ls
}

// leftBehind is what becomes of an operation when nobody watches it any more.
func leftBehind(k fleet.OpKind) string {
	switch k {
	case fleet.OpLaunch:
		return "what AWS was asked for comes; nothing more is asked for until the next create"
	case fleet.OpDestroy:
		return "what was asked to end does end; the rest waits for the next destroy"
	case fleet.OpProvision:
		return "a script that has begun runs on; the steps after it wait until spot-tui runs again, or the next create"
	case fleet.OpRun:
		return "the command may run on there; its output is read no more"
	case fleet.OpUpload, fleet.OpFetch:
		return "the copy is cut off"
	default:
		return "it is cut off"
	}
}
