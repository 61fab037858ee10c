package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// IntentReplace is of one instance: a substitute first, then its end. It stays
// open until both are done, so that a crash in between is taken up.
const IntentReplace IntentKind = "replace"

const (
	// replaceAtOnce bounds the surplus: so many instances run twice at a time.
	replaceAtOnce = 5
	// replaceTries is how many substitutes are tried where AWS takes them away.
	replaceTries = 3
	// worthMoving is the share of the price that a move must save: less is within
	// what prices wander in a day (aws-facts §5.3).
	worthMoving = 0.1
)

// ReplaceRequest names instances to replace.
type ReplaceRequest struct {
	Instances []InstanceID // empty with Cheaper: every one that is worth moving
	Cheaper   bool         // only into pools that cost less by a tenth or more
}

// ReplacePlan is what a replacement does. The value that is shown is the value
// that Replace executes; its ids are frozen.
type ReplacePlan struct {
	Fleet   Name   `json:"fleet"`
	Account string `json:"account"`
	Swaps   []Swap `json:"swaps"`
	Surplus int    `json:"surplus"` // instances that run beside those they replace, at most
	Extra   Price  `json:"extra"`   // what the surplus costs per hour at most, disks and addresses included
	Saves   Price  `json:"saves"`   // per hour, for a move; disks and addresses stay as they are
	base    Plan
}

// Swap is one instance that is replaced.
type Swap struct {
	Old   Instance `json:"old"`
	Pools []Pool   `json:"pools"` // for the substitute; EC2 chooses among them
	Saves Price    `json:"saves"`
	// Keeper is the EC2 Fleet that launches the substitute, where AWS keeps the fleet.
	Keeper KeeperID `json:"keeper,omitempty"`
}

// PlanReplace implements Face.
func (e *Engine) PlanReplace(ctx context.Context, q ReplaceRequest) (ReplacePlan, error) {
	if err := e.mayReplace(q.Cheaper); err != nil {
		return ReplacePlan{}, err
	}
	base, err := e.Plan(ctx, PlanRequest{})
	if err != nil {
		return ReplacePlan{}, err
	}
	p := ReplacePlan{Fleet: e.spec.Name, Account: base.Account, base: base, Saves: Price{Known: true, AsOf: base.At}}
	for _, i := range e.known() {
		switch {
		case len(q.Instances) > 0 && !slices.Contains(q.Instances, i.ID), i.Stage.Leaving():
		case len(q.Instances) == 0 && (!q.Cheaper || i.Locked || i.Stage != StageReady):
		default:
			s, err := e.swapOf(i, base.part(i.Region), q.Cheaper)
			if err != nil {
				return p, err
			}
			if len(s.Pools) == 0 && q.Cheaper {
				continue
			}
			if low := lowest(s.Pools); q.Cheaper {
				s.Saves = Price{USD: i.Price.USD - low.USD, Known: true, AsOf: low.AsOf}
				p.Saves.USD += s.Saves.USD
			}
			p.Swaps = append(p.Swaps, s)
		}
	}
	p.Surplus = min(replaceAtOnce, len(p.Swaps))
	p.Extra = p.extra(e.spec)
	return p, nil
}

// substitutes are the pools that may stand in for an instance: not its own.
func (e *Engine) substitutes(i Instance, r RegionPlan, cheaper bool) []Pool {
	pools, _ := e.open(i.Region, r.Pools, false)
	return slices.DeleteFunc(pools, func(p Pool) bool {
		own := p.Type == i.Type && p.Zone == i.Zone && !i.OnDemand
		dear := !p.Price.Known || !i.Price.Known || p.Price.USD > i.Price.USD*(1-worthMoving)
		return own || cheaper && dear
	})
}

func lowest(pools []Pool) Price {
	var low Price
	for _, p := range pools {
		if p.Price.Known && (!low.Known || p.Price.USD < low.USD) {
			low = p.Price
		}
	}
	return low
}

// extra is what the surplus costs at most.
func (p ReplacePlan) extra(spec Spec) Price {
	sum := Price{Known: true, AsOf: p.base.At}
	most := 0.0
	for _, s := range p.Swaps {
		for _, pool := range s.Pools {
			if !pool.Price.Known {
				sum.Known, sum.Reason = false, pool.Price.Reason
			}
			most = max(most, pool.Price.USD+ipv4Hour+float64(p.base.part(s.Old.Region).rootGiB(spec))*gp3GiBHour)
		}
	}
	sum.USD = most * float64(p.Surplus)
	return sum
}

// Replace implements Face.
func (e *Engine) Replace(p ReplacePlan) (OpID, error) {
	const op = "replace"
	if err := e.guard(op, true); err != nil {
		return "", err
	}
	if p.Account != e.account() || p.Fleet != e.spec.Name || len(p.Swaps) == 0 {
		return "", &Error{Op: op, Kind: KindInvalid, Err: errText("there is nothing to replace"), Hint: "plan again"}
	}
	if err := e.keptAsPlanned(p.Swaps); err != nil { // AWS may have taken over since the plan
		return "", err
	}
	// Each substitute reserves its own money before it is asked for: what others add
	// meanwhile counts, and so does a substitute that is dearer than what it replaced.
	if err := e.costGuard(p.Extra); err != nil {
		return "", err
	}
	id := e.newOp(OpReplace, "replace "+plural(len(p.Swaps), "instance"), len(p.Swaps))
	e.group.run(string(id), func() { e.replaceAll(id, p) })
	return id, nil
}

func (e *Engine) replaceAll(op OpID, p ReplacePlan) {
	t := &tally{e: e, op: op, stays: true}
	ids := make([]InstanceID, len(p.Swaps))
	for i, s := range p.Swaps {
		ids[i] = s.Old.ID
	}
	refuse := func(err error) {
		t.fail(err)
		e.endOp(op, &t.errs, "nothing was replaced: "+err.Error())
	}
	by, _ := e.byRegion(ids)
	if err := e.unlocked("replace", by); err != nil {
		refuse(err)
		return
	}
	if err := e.allOurs(e.asResources(ids), false); err != nil {
		refuse(err)
		return
	}
	release, err := e.lease("replace")
	if err != nil {
		refuse(err)
		return
	}
	defer release()
	slots := make(chan struct{}, replaceAtOnce)
	var wg sync.WaitGroup
	for _, s := range p.Swaps {
		wg.Add(1)
		e.group.run("replace "+string(s.Old.ID), func() {
			defer wg.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := e.swap(op, p.base, s, t, ""); err != nil && e.ctx.Err() == nil {
				t.fail(err)
			}
		})
	}
	wg.Wait()
	e.endOp(op, &t.errs, fmt.Sprintf("%d of %s replaced", t.done, plural(len(p.Swaps), "instance")))
}
