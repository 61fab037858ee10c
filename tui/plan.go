package tui

import (
	"cmp"
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// planView shows what a launch would be. Nothing is made before its
// confirmation is passed.
type planView struct {
	layer  int // its own number among the overlays
	asked  int // number of the newest question
	stop   context.CancelFunc
	asking bool
	have   bool
	plan   fleet.Plan
	err    error
	form   form
	// enabled are the account's regions, once they were asked for.
	enabled    []fleet.Region
	enabledErr error
	choice     planChoice // where what is missing goes; nil: as the form says
}

// openPlan opens the plan and asks the engine for it.
func (m *model) openPlan() tea.Cmd { return m.openPlanOf(nil) }

// openPlanOf opens the plan of a choice of regions and types, in place of the form's.
func (m *model) openPlanOf(c planChoice) tea.Cmd { return m.openPlanFor(c, 0) }

// openPlanFor is openPlanOf for a target; 0: the fleet's.
func (m *model) openPlanFor(c planChoice, target int) tea.Cmd {
	v := &planView{form: newForm(m.o.Offer), choice: c}
	v.form.target = target
	if c != nil {
		v.form.regions, v.form.types = nil, nil
	}
	m.open(v) // it starts no quiet time: it changes nothing
	v.layer = m.overGen
	v.ask()
	return v.send(m)
}

// ask makes a new question; answers to older ones are dropped.
func (v *planView) ask() {
	v.closed()
	v.asked++
	v.asking = true
}

// send asks the engine for the plan with the changed fields.
func (v *planView) send(m *model) tea.Cmd {
	ctx, stop := context.WithCancel(m.ctx)
	v.stop = stop
	offer := m.o.Offer
	if v.choice != nil {
		offer.Types = nil
	}
	layer, ask, face, q := v.layer, v.asked, m.o.Face, v.form.request(offer)
	if v.choice != nil {
		q.Target = cmp.Or(q.Target, m.summary.Target)
		q.Regions = v.choice.request(m, q.Target)
	}
	return func() tea.Msg {
		p, err := face.Plan(ctx, q)
		return planMsg{layer: layer, ask: ask, plan: p, err: err}
	}
}

func (v *planView) take(msg planMsg) {
	v.asking, v.err = false, msg.err
	if msg.err == nil {
		v.have, v.plan, v.form.target = true, msg.plan, msg.plan.Target
	}
}

func (*planView) place() place    { return atPlan }
func (*planView) escape() string  { return "back" }
func (*planView) dangerous() bool { return false }

// closed stops the question that is under way.
func (v *planView) closed() {
	if v.stop != nil {
		v.stop()
		v.stop = nil
	}
}

// ready says whether the plan on the screen is the answer to what was asked.
func (v *planView) ready() bool { return v.have && !v.asking && v.err == nil }

func (v *planView) review(m *model) tea.Cmd {
	if v.plan.Empty() {
		return m.say(fmt.Sprintf("nothing is missing: the fleet has its %d; → asks for more", v.plan.Target))
	}
	o, ok := m.confirmPlan(&launchDialog{plan: v.plan, asked: v.form.request(m.o.Offer)})
	if !ok {
		return m.say("the table does not show yet which instances AWS would take over; try again in a moment")
	}
	return m.open(o)
}

// pauseBeforeAsking is how long the fields must rest before the regions are
// asked again: a held key asks once.
const pauseBeforeAsking = 250 * time.Millisecond

func (v *planView) change(m *model, step int) tea.Cmd {
	if !v.form.change(v.plan, m.o.Offer, step) {
		return nil
	}
	return v.askSoon()
}

func (v *planView) toggle(m *model) tea.Cmd {
	if why := v.form.toggle(); why != "" {
		return m.say(why)
	}
	return v.askSoon()
}

// askSoon asks for the plan of the changed form when it has rested.
func (v *planView) askSoon() tea.Cmd {
	v.ask()
	layer, ask := v.layer, v.asked
	return tea.Tick(pauseBeforeAsking, func(time.Time) tea.Msg { return replanMsg{layer: layer, ask: ask} })
}
