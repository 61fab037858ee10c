package tui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

const atRegions place = "Regions screen"

// regionsAge is how old quotas and checks may be when the screen comes back.
const regionsAge = time.Minute

// regionRow is a region with all that is known of it.
type regionRow struct {
	fleet.RegionStatus
	age      time.Duration // since the last answer; negative: there was none
	benches  []fleet.Bench
	quotas   []fleet.Quota
	noQuotas string // why there are none
	part     *fleet.RegionPlan
	noPart   string // why its preflight is not known
}

// regionsView is the worker of each region: its health, what is benched, what
// quotas leave, and what a launch would find.
type regionsView struct {
	grid[regionRow]
	layer, asked int
	stop         context.CancelFunc
	at           time.Time // of the newest answer; zero: there is none
	answer       regionsMsg
}

// regionsMsg answers a regionsView's question.
type regionsMsg struct {
	layer, ask int
	quotas     []fleet.RegionQuotas
	err        error
	plan       fleet.Plan
	planErr    error
}

// liftedMsg says what became of lifted benches.
type liftedMsg struct {
	region fleet.Region
	n      int
	err    error
}

func (l liftedMsg) words() string {
	if l.err != nil {
		return l.err.Error()
	}
	what := "1 bench"
	if l.n != 1 {
		what = fmt.Sprintf("%d benches", l.n)
	}
	return what + " of " + string(l.region) + " lifted: the next launch asks there again"
}

func newRegionsView() screen {
	v := &regionsView{}
	v.title, v.id = "Regions", func(r *regionRow) string { return string(r.Region) }
	v.columns = regionColumns()
	v.empty.none, v.empty.next = "The config names no region.", "r asks again"
	return v
}

func (*regionsView) place() place     { return atRegions }
func (*regionsView) dangerous() bool  { return false }
func (v *regionsView) escape() string { return v.grid.escape() }

// opened asks what the regions' workers don't know by themselves.
func (v *regionsView) opened(m *model) tea.Cmd {
	v.layer = m.overGen
	v.fill(m)
	if !v.at.IsZero() && m.now.Sub(v.at) < regionsAge {
		return nil
	}
	return v.reload(m)
}

// reload asks for quotas, and for the plan whose checks are the preflight.
func (v *regionsView) reload(m *model) tea.Cmd {
	v.closed()
	v.asked++
	m.did("plan")
	ctx, stop := context.WithCancel(m.ctx)
	v.stop = stop
	layer, ask, face := v.layer, v.asked, m.o.Face
	return func() tea.Msg {
		a := regionsMsg{layer: layer, ask: ask}
		a.quotas, a.err = face.Quotas(ctx)
		a.plan, a.planErr = face.Plan(ctx, fleet.PlanRequest{})
		return a
	}
}

// closed gives up the question that is under way.
func (v *regionsView) closed() {
	if v.stop != nil {
		v.stop()
		v.stop = nil
	}
}

func (v *regionsView) take(m *model, msg regionsMsg) {
	v.stop, v.answer, v.at, v.notes = nil, msg, m.now, nil
	if msg.err != nil {
		v.notes = append(v.notes, gridNote{text: msg.err.Error()})
	}
	if msg.planErr != nil {
		v.notes = append(v.notes, gridNote{text: msg.planErr.Error()})
	}
	v.fill(m)
}

// followRegions takes what the workers say into the Regions screen, and lets ages
// grow.
func (m *model) followRegions() {
	if v, ok := m.screens[atRegions].(*regionsView); ok && m.over == v {
		v.fill(m)
	}
}

// fill makes the rows of what is known now.
func (v *regionsView) fill(m *model) {
	rows := make([]regionRow, 0, len(m.regions))
	for _, s := range m.regions {
		r := regionRow{RegionStatus: s, age: -1}
		if !s.Answered.IsZero() {
			r.age = max(0, m.now.Sub(s.Answered))
		}
		for _, b := range m.benches {
			if b.Region == s.Region && b.Until.After(m.now) {
				r.benches = append(r.benches, b)
			}
		}
		v.limits(&r)
		rows = append(rows, r)
	}
	v.set(rows)
}

// limits adds what was answered about a region.
func (v *regionsView) limits(r *regionRow) {
	a := v.answer
	if v.at.IsZero() {
		return
	}
	if i := slices.IndexFunc(a.quotas, func(q fleet.RegionQuotas) bool { return q.Region == r.Region }); i >= 0 {
		r.quotas = a.quotas[i].Quotas
		if p := a.quotas[i].Problem; p != nil {
			r.noQuotas = p.Error()
		}
	} else if a.err != nil {
		r.noQuotas = a.err.Error()
	}
	if i := slices.IndexFunc(a.plan.Regions, func(p fleet.RegionPlan) bool { return p.Region == r.Region }); i >= 0 {
		r.part = &a.plan.Regions[i]
	} else if a.planErr != nil {
		r.noPart = a.planErr.Error()
	}
}

// lift lets the benched pools of the region under the cursor be asked again. It
// changes nothing in AWS.
func (v *regionsView) lift(m *model) tea.Cmd {
	r := v.current()
	if r == nil || len(r.benches) == 0 {
		return nil
	}
	ctx, face, benches, region := m.ctx, m.o.Face, slices.Clone(r.benches), r.Region
	return func() tea.Msg {
		done := liftedMsg{region: region}
		for _, b := range benches {
			if err := face.LiftBench(ctx, b); err != nil && fleet.KindOf(err) != fleet.KindGone {
				done.err = err
				return done
			}
			done.n++
		}
		return done
	}
}

// regionsActions are the keys of the Regions screen.
func regionsActions() []action {
	benched := func(m *model) string {
		if v, ok := m.over.(*regionsView); ok {
			if r := v.current(); r != nil && len(r.benches) > 0 {
				return ""
			}
		}
		return "nothing is benched here"
	}
	as := []action{
		{id: "lift", keys: []string{"u"}, title: "lift benches", help: "let the region's benched pools be asked again by the next launch; changes nothing in AWS", footer: 1, off: benched, run: on((*regionsView).lift)},
		{id: "plan", keys: []string{"enter", "n"}, title: "plan", help: "plan what is missing; nothing is made before its confirmation", risk: costs, footer: 2, changes: true, run: (*model).openPlan},
	}
	return slices.Concat(placed(atRegions, "regions", as), gridActions(atRegions, "regions"))
}

// spot is the quota that most types count against, or the fullest that is in use.
func (r *regionRow) spot() (fleet.Quota, bool) {
	var qs []fleet.Quota
	for _, q := range r.quotas {
		if !q.OnDemand && (q.Family == fleet.FamilyStandard || q.Used > 0) {
			qs = append(qs, q)
		}
	}
	if len(qs) == 0 {
		return fleet.Quota{}, false
	}
	slices.SortStableFunc(qs, func(a, b fleet.Quota) int { return cmp.Compare(fullness(b), fullness(a)) })
	return qs[0], true
}

// fullness is how much of a quota is used, in per cent; -1: nobody knows.
func fullness(q fleet.Quota) int {
	switch {
	case !q.Known:
		return -1
	case q.Limit <= 0:
		return 100
	}
	return min(100, 100*q.Used/q.Limit)
}
