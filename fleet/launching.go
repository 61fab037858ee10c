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

// maxAsks is how often one launch asks a region for capacity: its share, what
// other pools there can still give, and once more for what others lack or for
// on-demand. More would only ask the same pools again. Requests that EC2 was too
// busy for are not among them.
const maxAsks = 3

// launching is what one launch operation gathers, from all regions.
type launching struct {
	e    *Engine
	op   OpID
	plan Plan
	errs failures

	mu    sync.Mutex
	ids   map[InstanceID]bool
	spare int // how many more than the target there may be already, with what has no answer
	left  int // instances that may still be asked for: never more than the plan says are under way
	at    []*asking
}

// asking is how far a launch is in one region. What stands below the line is
// touched by that region's part of a round only, and rounds follow each other.
type asking struct {
	region  Region     // never changes: other regions' parts look for theirs by it
	plan    RegionPlan // with the subnets that were made
	asked   int        // requests for capacity so far
	missing int        // of its own share
	why     *Error     // why it came short the last time
	shut    bool       // nothing more is asked for here
	unfit   []Pool     // pools that can't serve this launch, whatever their capacity

	ground *ground
}

// want is one thing to ask a region for.
type want struct {
	n        int
	onDemand bool
	own      bool   // of the region's share
	why      string // of Origin
}

func newLaunching(e *Engine, op OpID, p Plan) *launching {
	l := &launching{e: e, op: op, plan: p, ids: map[InstanceID]bool{}, spare: p.Running - p.Target}
	for _, r := range p.Regions {
		if !r.counted {
			l.spare += r.Want
		}
		a := &asking{region: r.Region, plan: r, shut: r.Problem != nil}
		if r.Problem == nil {
			a.missing = r.Launch
			l.left += r.Launch
		}
		l.at = append(l.at, a)
	}
	return l
}

func (l *launching) fail(err error) { l.e.fail(l.op, &l.errs, err) }

func (l *launching) in(r Region) *asking {
	for _, a := range l.at {
		if a.region == r {
			return a
		}
	}
	return &asking{region: r, plan: RegionPlan{Region: r}, shut: true}
}

// take reserves up to n instances of what the plan allows.
func (l *launching) take(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = max(0, min(n, l.left))
	l.left -= n
	return n
}

// give says that n of what was taken did not come.
func (l *launching) give(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left += max(0, n)
}

// found says that a region turned out to have n more than the plan counted.
func (l *launching) found(a *asking, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = max(0, l.left-n)
	a.missing = max(0, a.missing-n)
}

// got notes instances that a region gave.
func (l *launching) got(a *asking, w want, is []Launched) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range is {
		l.ids[i.ID] = true
	}
	if w.own {
		a.missing = max(0, a.missing-len(is))
	}
}

// short notes why a region came short.
func (l *launching) short(a *asking, why *Error) {
	l.mu.Lock()
	a.why = why
	l.mu.Unlock()
	l.e.feed.event(LevelWarn, Event{Kind: EventShort, Region: a.plan.Region, Op: l.op, Text: why.Error()})
}

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

// watch follows the launched instances until none moves any more, then ends
// the operation.
func (l *launching) watch() {
	total := len(l.ids)
	var c Cursor
	settled := map[InstanceID]Stage{}
	for {
		b, err := l.e.Next(l.e.ctx, c)
		if err != nil {
			return
		}
		c = b.Cursor
		for _, i := range b.Instances {
			switch {
			case l.ids[i.ID], !i.Stage.Leaving() && l.follows(i.Region):
				settled[i.ID] = i.Stage
			default:
				delete(settled, i.ID) // not ours, and leaving: nothing to wait for
			}
		}
		ready, failed, moving := 0, 0, 0
		for _, s := range settled {
			switch s {
			case StageReady:
				ready++
			case StageFailed, StageGone:
				failed++
			default:
				moving++
			}
		}
		l.e.feed.opIfChanged(l.op, ready+failed, max(total, len(settled)), fmt.Sprintf("%d ready, %d on the way", ready, moving))
		if moving == 0 && len(settled) >= total {
			text := fmt.Sprintf("%s ready", plural(ready, "instance"))
			if failed > 0 {
				text += fmt.Sprintf(", %d failed", failed)
			}
			l.e.endOp(l.op, &l.errs, text)
			return
		}
	}
}

// follows says whether an instance belongs to what this operation waits for:
// its own, and whatever a confirmed create takes up again.
func (l *launching) follows(r Region) bool {
	return slices.ContainsFunc(l.plan.Regions, func(p RegionPlan) bool { return p.Region == r })
}
