package fleet

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

// moveOn asks for what is missing where it may still be had, until all of it is
// there or nobody is left to ask: other pools of the region, then other regions
// by price and score, then on-demand if the config says so.
func (l *launching) moveOn(ctx context.Context) {
	l.askScores(ctx)
	for ctx.Err() == nil {
		next := l.next()
		if len(next) == 0 {
			break
		}
		var wg sync.WaitGroup
		for a, n := range next {
			w := l.e.worker(a.plan.Region)
			wg.Add(1)
			l.e.group.run("launch "+string(w.region), func() {
				defer wg.Done()
				if w.do(ctx, func() { w.busy++ }) != nil {
					return
				}
				defer w.post(func() { w.busy--; w.pollNow() })
				w.get(ctx, l, a, n)
			})
		}
		wg.Wait()
	}
	l.tellShort()
}

// tellShort fails the operation for what is missing in the end, each region with
// its reason.
func (l *launching) tellShort() {
	l.mu.Lock()
	left := l.left
	l.mu.Unlock()
	if left == 0 {
		return
	}
	told := false
	for _, a := range l.at {
		if a.why != nil {
			l.fail(a.why)
			told = true
		}
	}
	if !told && l.errs.count() == 0 {
		l.fail(&Error{Op: "launch instances", Kind: KindCapacity, Err: fmt.Errorf("%d are missing, and no region is left to ask", left), Hint: "run create again later"})
	}
}

// next says what to ask for now, by region.
func (l *launching) next() map[*asking]want {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left <= 0 {
		return nil
	}
	fallback := l.e.spec.Capacity.OnDemand == OnDemandFallback
	limit := maxAsks
	if fallback {
		limit-- // the last one is for on-demand
	}
	if next := l.nextIn(false, limit); len(next) > 0 || !fallback {
		return next
	}
	return l.nextIn(true, maxAsks)
}

// nextIn spreads what is left over the regions that can still be asked for a
// market: each takes what its own share lacks, the best of the others the rest.
func (l *launching) nextIn(onDemand bool, limit int) map[*asking]want {
	next := map[*asking]want{}
	rest := l.left
	var others []*asking
	for _, a := range l.ranked(onDemand) {
		n := min(a.missing, rest)
		switch {
		case a.asked >= limit:
		case n > 0:
			next[a] = want{n: n, onDemand: onDemand, own: true, why: l.whyAgain(a, onDemand)}
			rest -= n
		default:
			others = append(others, a)
		}
	}
	if rest > 0 && len(others) > 0 {
		next[others[0]] = want{n: rest, onDemand: onDemand, why: l.whyMoved(onDemand)}
	}
	return next
}

// ranked lists the regions that have a pool to ask, the best first: by the price
// of their cheapest pool, where a placement score of 5 of 10 makes it twice as dear.
func (l *launching) ranked(onDemand bool) []*asking {
	type ranked struct {
		a *asking
		v float64
	}
	var rs []ranked
	for _, a := range l.at {
		if a.shut || l.e.unwanted(a.plan.Region) {
			continue
		}
		if pools, _ := l.open(a, onDemand); len(pools) > 0 {
			rs = append(rs, ranked{a, rank(pools, a.plan.score())})
		}
	}
	slices.SortStableFunc(rs, func(a, b ranked) int { return cmp.Compare(a.v, b.v) })
	out := make([]*asking, len(rs))
	for i, r := range rs {
		out[i] = r.a
	}
	return out
}

// unwanted says whether the config wants nothing in a region: its count is 0.
func (e *Engine) unwanted(r Region) bool {
	return slices.ContainsFunc(e.spec.Regions, func(s RegionSpec) bool { return s.Name == r && s.Count == 0 })
}

func rank(pools []Pool, score int) float64 {
	least := math.Inf(1) // an unknown price is no bargain
	for _, p := range pools {
		if p.Price.Known {
			least = min(least, p.Price.USD)
		}
	}
	return least * 10 / float64(score)
}

// middling stands for a placement score that nobody knows.
const middling = 5

// score is the placement score of the region's best zone, 1 to 10: the request may
// be met in any of them.
func (r RegionPlan) score() int {
	best := 0
	for _, s := range r.Scores.Scores {
		best = max(best, s.Score)
	}
	if best < 1 {
		return middling
	}
	return best
}

// open are the pools of a region that may be asked now.
func (l *launching) open(a *asking, onDemand bool) ([]Pool, []Bench) {
	pools := a.plan.Pools
	if onDemand {
		pools = a.plan.OnDemandPools
	}
	pools = slices.DeleteFunc(slices.Clone(pools), func(p Pool) bool {
		return slices.ContainsFunc(a.unfit, func(u Pool) bool { return u.Type == p.Type && u.Zone == p.Zone })
	})
	return l.e.open(a.plan.Region, pools, onDemand)
}

func (l *launching) whyAgain(a *asking, onDemand bool) string {
	why := "other pools"
	if onDemand {
		why = "on-demand"
	}
	if a.why != nil && a.why.Code != "" {
		why += ": " + a.why.Code
	}
	return why
}

// whyMoved says from where, and why, in words that may stand in a tag.
func (l *launching) whyMoved(onDemand bool) string {
	var from []string
	code := ""
	for _, a := range l.at {
		if a.missing > 0 && a.why != nil {
			from = append(from, string(a.plan.Region))
			code = orText(code, a.why.Code)
		}
	}
	why := "moved here"
	if len(from) > 0 {
		why = "moved from " + from[0]
	}
	if n := len(from) - 1; n > 0 {
		why += fmt.Sprintf(" and %d more", n)
	}
	if onDemand {
		why = "on-demand - " + why
	}
	return strings.TrimSuffix(why+": "+code, ": ")
}
