package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// choose asks the chain of filters which types will do in the region. Where nothing
// is needed but the names, the survey says the same with a call less.
func (w *worker) choose(ctx context.Context, spec Spec) (chosen, error) {
	if !spec.Needs.Given() {
		return chosen{types: spec.Types}, nil
	}
	infos, err := w.cloud.Types(ctx, spec.Types)
	if err != nil {
		return chosen{}, err
	}
	return spec.Needs.choose(spec.Types, infos), nil
}

// survey asks for what a launch of the types would build on, and for the quotas,
// side by side. Quotas are never a reason not to plan: without them nobody knows
// whether they are met, and that is said.
func (w *worker) survey(ctx context.Context, spec Spec, types []InstanceType) (s Survey, qs []Quota, err error) {
	var wg sync.WaitGroup
	wg.Add(1)
	w.e.group.run("quotas "+string(w.region), func() {
		defer wg.Done()
		var failure error
		if qs, failure = w.cloud.Quotas(ctx); failure != nil {
			qs = []Quota{{Family: FamilyStandard, Reason: failure.Error()}}
		}
	})
	s, err = w.cloud.Survey(ctx, SurveyRequest{Fleet: spec.Name, Image: spec.Image, Types: types, Zones: spec.Regions[0].Zones, Network: spec.Network})
	wg.Wait()
	return s, qs, err
}

// narrow keeps the cheapest of the types, and the facts and quotas of what is left.
func (r *RegionPlan) narrow(spec Spec, infos []TypeInfo, quotas []Quota) {
	kept, dropped := cheapest(r.Pools, spec.most())
	r.Pools, r.Dropped = kept, append(r.Dropped, dropped...)
	for _, i := range infos {
		if slices.ContainsFunc(kept, func(p Pool) bool { return p.Type == i.Type }) {
			r.Types = append(r.Types, i)
		}
	}
	r.need(quotas, false)
	if spec.Capacity.wanted() {
		r.need(quotas, true)
	}
}

// need keeps the quotas that count the region's types in a market.
func (r *RegionPlan) need(quotas []Quota, onDemand bool) {
	for _, i := range r.Types {
		f := i.Family().Counts(onDemand)
		if slices.ContainsFunc(r.Quotas, func(q QuotaUse) bool { return q.Family == f && q.OnDemand == onDemand }) {
			continue
		}
		q, ok := quotaFor(quotas, f, onDemand)
		if !ok && len(quotas) == 1 && quotas[0].Reason != "" { // what could not be asked at all has one reason
			q.Reason = quotas[0].Reason
		}
		r.Quotas = append(r.Quotas, QuotaUse{Quota: q})
	}
}

// nothing says why a region has no pool left.
func (r *RegionPlan) nothing(spec Spec) *Error {
	e := &Error{Op: "plan", Region: r.Region, Kind: KindCapacity, Err: errText("none of the instance types is offered here"), Hint: "add a type to capacity.instance_types or take the region out"}
	if !spec.Needs.Given() {
		return e
	}
	counts := r.Filters()
	e.Err, e.Hint = fmt.Errorf("no instance type meets the needs of [capacity]"), "ask for less, or take the region out; `spot-tui plan --explain` shows what each filter took out"
	if len(counts) > 0 {
		last := counts[len(counts)-1]
		e.Err = fmt.Errorf("no instance type meets the needs of [capacity]: of %s the last were taken out by %s", plural(len(r.Dropped), "type"), last.Filter)
	}
	return e
}

// DropCount is how many types a filter took out.
type DropCount struct {
	Filter string `json:"filter"`
	Types  int    `json:"types"`
}

// Filters counts the types that were taken out by filter, in the order in which the filters are asked.
func (r RegionPlan) Filters() []DropCount {
	order := []string{
		FilterKnown, FilterSpot, FilterExclude, FilterGeneration, FilterBareMetal, FilterArch, FilterVCPU, FilterMemory, FilterGPU,
		FilterAccelerator, FilterBurstable, FilterImage, FilterZone, FilterMaxTypes, FilterDear, FilterQuota,
	}
	types := map[string]map[InstanceType]bool{}
	for _, d := range r.Dropped {
		if types[d.Filter] == nil {
			types[d.Filter] = map[InstanceType]bool{}
			if !slices.Contains(order, d.Filter) {
				order = append(order, d.Filter)
			}
		}
		types[d.Filter][d.Type] = true
	}
	var out []DropCount
	for _, f := range order {
		if n := len(types[f]); n > 0 {
			out = append(out, DropCount{f, n})
		}
	}
	return out
}

// ScoreCard is what AWS's placement scores say of a region's part of a plan, or why
// there are none.
type ScoreCard struct {
	Scores []Score `json:"scores,omitempty"` // by zone, best first
	Reason string  `json:"reason,omitempty"` // why there is none
}

// of gives a zone's score as text.
func (s ScoreCard) of(z Zone) string {
	i := slices.IndexFunc(s.Scores, func(one Score) bool { return one.Zone == z })
	if i < 0 {
		return "?"
	}
	return fmt.Sprintf("%d/10", s.Scores[i].Score)
}

// scores asks for the placement scores of a part's types, by zone.
func (w *worker) scores(ctx context.Context, p RegionPlan) ScoreCard {
	var types []InstanceType
	for _, t := range p.Types {
		types = append(types, t.Type)
	}
	got, err := w.cloud.Scores(ctx, ScoreRequest{Types: types, Count: max(1, p.Launch), ByZone: true})
	if err != nil {
		return ScoreCard{Reason: err.Error()}
	}
	return ScoreCard{Scores: got}
}
