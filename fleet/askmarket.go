package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// priceWeek is how far back a report's history goes.
const priceWeek = 7 * 24 * time.Hour

// Prices implements Face. Each region and each of its answers is asked for side by
// side; an answer that does not come is a reason in the rows and one of the
// report's problems. It is an error only where nothing can be asked for.
func (e *Engine) Prices(ctx context.Context, q PriceRequest) (PriceReport, error) {
	asks := e.marketAsks(q)
	var wg sync.WaitGroup
	run := func(name string, f func()) {
		wg.Add(1)
		e.group.run(name, func() { defer wg.Done(); f() })
	}
	for _, a := range asks {
		if len(q.Types) == 0 {
			run("types "+string(a.region), func() { a.types, a.typesErr = e.fleetTypes(ctx, a.region) })
		}
	}
	wg.Wait() // the question for scores is about the types of all regions
	since := time.Now().Add(-priceWeek)
	for _, a := range asks {
		cloud := gated{e, e.opts.Account.In(a.region)}
		run("price history "+string(a.region), func() { a.history, a.historyErr = cloud.PriceHistory(ctx, a.types, since) })
		run("on-demand prices "+string(a.region), func() { a.onDemand, a.demandErr = cloud.OnDemandPrices(ctx, a.types) })
		run("spot advisor "+string(a.region), func() { a.advice, a.advErr = cloud.Advice(ctx, a.types) })
	}
	var scores scored
	run("placement scores", func() { scores = e.askScores(ctx, asks) })
	var benches []Bench
	var benchErr error
	run("benches", func() { benches, benchErr = e.Benches(ctx) })
	wg.Wait()
	if ctx.Err() != nil {
		return PriceReport{}, AsError("read prices", "", ctx.Err())
	}
	p := PriceReport{At: time.Now()}
	for _, a := range asks {
		for _, r := range a.rows() {
			r.Score, r.Benched = scores.of(a.region), benchedFor(benches, r)
			p.Rows = append(p.Rows, r)
		}
		p.Problems = append(p.Problems, a.problems()...)
	}
	for _, err := range []error{scores.err, benchErr} {
		if err != nil {
			p.Problems = append(p.Problems, AsError("read prices", "", err))
		}
	}
	p.Problems = sameOnce(p.Problems)
	if len(p.Rows) == 0 && len(p.Problems) == 0 {
		return p, &Error{Op: "read prices", Kind: KindInvalid, Err: errText("no instance type is named"), Hint: "name one, or set capacity.instance_types in the config"}
	}
	return p, nil
}

// marketAsks says which types are asked for in which region.
func (e *Engine) marketAsks(q PriceRequest) []*marketAnswers {
	regions := q.Regions
	if len(regions) == 0 {
		for _, r := range e.spec.Regions {
			regions = append(regions, r.Name)
		}
	}
	var asks []*marketAnswers
	for _, name := range once(regions) {
		asks = append(asks, &marketAnswers{region: name, types: once(q.Types)})
	}
	return asks
}

// fleetTypes are the types that the fleet would take in a region: those that the
// config names, or the cheapest that have what it needs.
func (e *Engine) fleetTypes(ctx context.Context, r Region) ([]InstanceType, error) {
	spec, cloud := e.spec.in(e.spec.region(r)), gated{e, e.opts.Account.In(r)}
	if !spec.Needs.Given() {
		return once(spec.Types), nil
	}
	infos, err := cloud.Types(ctx, spec.Types)
	if err != nil {
		return nil, err
	}
	ts := spec.Needs.choose(spec.Types, infos).types
	if len(ts) == 0 {
		return nil, &Error{Op: "choose types", Region: r, Kind: KindCapacity, Err: errText("no instance type meets the needs of [capacity]"), Hint: "`spot-tui plan --explain` shows what each filter took out"}
	}
	if most := spec.most(); most <= 0 || len(ts) <= most {
		return ts, nil
	}
	prices, err := cloud.Prices(ctx, ts)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(prices, func(a, b PoolPrice) int { return cmp.Compare(a.USD, b.USD) })
	pools := make([]Pool, 0, len(prices))
	for _, p := range prices {
		pools = append(pools, Pool{Type: p.Type, Zone: p.Zone})
	}
	kept, _ := cheapest(pools, spec.most())
	return typesOf(kept), nil
}

// once gives the values without repetitions, in their order.
func once[T comparable](vs []T) []T {
	var out []T
	for _, v := range vs {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// scored are the placement scores of the asked regions, or why there are none.
type scored struct {
	by     map[Region]int
	reason string
	err    error // a failure; too few types is none
}

func (s scored) of(r Region) RegionScore {
	if n, ok := s.by[r]; ok {
		return RegionScore{Score: n, Known: true}
	}
	return RegionScore{Reason: s.reason}
}

// askScores asks once for all regions, since AWS counts the questions: for all types
// together and the fleet's target, in the first region that answers.
func (e *Engine) askScores(ctx context.Context, asks []*marketAnswers) scored {
	q := ScoreRequest{Count: max(1, e.spec.Target)}
	for _, a := range asks {
		q.Regions = append(q.Regions, a.region)
		q.Types = append(q.Types, a.types...)
	}
	q.Types = once(q.Types)
	if len(q.Types) < MinScoreTypes {
		return scored{reason: fmt.Sprintf("a placement score is of at least %d types together", MinScoreTypes)}
	}
	var err error
	for _, r := range q.Regions {
		var got []Score
		got, err = gated{e, e.opts.Account.In(r)}.Scores(ctx, q)
		if err == nil {
			s := scored{by: map[Region]int{}, reason: "it is not among the ten best regions, which is all that AWS tells"}
			for _, one := range got {
				if one.Zone == "" {
					s.by[one.Region] = one.Score
				}
			}
			return s
		}
		if k := KindOf(err); k != KindTimeout && k != KindNetwork && k != KindInternal {
			break // another region would say the same
		}
	}
	return scored{reason: err.Error(), err: err}
}

// sameOnce says once, of no region in particular, what several regions say in the
// same words.
func sameOnce(es []*Error) []*Error {
	var out []*Error
	first := map[string]int{}
	for _, e := range es {
		key := fmt.Sprint(e.Op, e.Kind, e.Code, e.Err)
		if n, said := first[key]; said {
			general := *out[n]
			general.Region = ""
			out[n] = &general
			continue
		}
		first[key] = len(out)
		out = append(out, e)
	}
	return out
}
