package fleet

import (
	"fmt"
	"slices"
)

// PlanGuard is what a plan's fleet may cost, and would (R28).
type PlanGuard struct {
	MaxHourly float64 `json:"max_hourly_usd,omitempty"` // 0: no limit
	Budget    float64 `json:"budget_usd,omitempty"`     // 0: none
	// PerHour is what the fleet costs now together with the most that the plan
	// may add: its dearest pools, disks and addresses. EC2 chooses among them.
	PerHour Price `json:"per_hour"`
	// AtMost is the plan's part of it.
	AtMost Price `json:"at_most"`
	Spent  Price `json:"spent"` // of the budget, in USD, not per hour
	// Refused says why the plan can't be launched; empty: it can.
	Refused string `json:"refused,omitempty"`
}

// adds is what a plan adds at most, in USD per hour.
func (g PlanGuard) adds(p Plan) Price {
	if p.Launch == 0 {
		return Price{Known: true}
	}
	return g.AtMost
}

// limit takes out the pools that fleet.max_hourly_cost leaves no money for. EC2
// chooses among what it is offered, so a pool that is too dear is not offered. now
// is what the fleet costs per hour.
func (p *Plan) limit(spec Spec, now Price) {
	n, gib := 0, 0
	for _, r := range p.Regions {
		if r.Problem == nil {
			n += r.Launch
			gib += r.Launch * r.rootGiB(spec)
		}
	}
	if spec.Guard.MaxHourly <= 0 || n == 0 || !now.Known {
		return
	}
	each := (spec.Guard.MaxHourly - now.USD - float64(n)*spec.Network.addressHour() - float64(gib)*gp3GiBHour) / float64(n)
	for i := range p.Regions {
		if r := &p.Regions[i]; r.Problem == nil { // also one that launches nothing: it may get another's share
			r.limit(each)
		}
	}
}

// limit takes out the pools of a region that cost more than each per hour, or
// nobody knows how much.
func (r *RegionPlan) limit(each float64) {
	var kept []Pool
	r.Low, r.High = Price{}, Price{}
	for _, pool := range r.Pools {
		switch {
		case !pool.Price.Known:
			r.Dropped = append(r.Dropped, Dropped{pool.Type, "max_hourly_cost", fmt.Sprintf("its price in %s is not known (%s), so fleet.max_hourly_cost can't be kept", pool.Zone, pool.Price.Reason)})
		case pool.Price.USD > each+cent:
			r.Dropped = append(r.Dropped, Dropped{pool.Type, "max_hourly_cost", fmt.Sprintf("%s/h in %s is more than the %s per instance that fleet.max_hourly_cost leaves", moneyText(pool.Price.USD), pool.Zone, moneyText(max(0, each)))})
		default:
			kept = append(kept, pool)
			r.widen(pool.Price)
		}
	}
	r.OnDemandPools = slices.DeleteFunc(slices.Clone(r.OnDemandPools), func(p Pool) bool { return !p.Price.Known || p.Price.USD > each+cent })
	if r.Pools = kept; len(kept) == 0 && r.Launch > 0 {
		r.Low.Reason = "no pool is cheap enough"
		r.Problem = &Error{
			Op: "plan", Region: r.Region, Kind: KindGuard, Err: fmt.Errorf("no pool is as cheap as fleet.max_hourly_cost wants it: %s per instance and hour, disk and address aside", moneyText(max(0, each))),
			Hint: "lower the target, take cheaper types, or raise the limit",
		}
	}
}

// widen takes a pool's price into a region's lowest and highest.
func (r *RegionPlan) widen(p Price) {
	if p.Known && (!r.Low.Known || p.USD < r.Low.USD) {
		r.Low = p
	}
	if p.Known && (!r.High.Known || p.USD > r.High.USD) {
		r.High = p
	}
}

// planGuard says what the limits make of a plan. now is what is committed per hour.
func (e *Engine) planGuard(p Plan, now Price) PlanGuard {
	g := e.spec.Guard
	out := PlanGuard{MaxHourly: g.MaxHourly, Budget: g.Budget, Spent: e.spent(), AtMost: p.atMost()}
	out.PerHour = Price{USD: now.USD + out.AtMost.USD, Known: now.Known && out.AtMost.Known, Reason: orText(now.Reason, out.AtMost.Reason), AsOf: p.At}
	refused := 0
	for _, r := range p.Regions {
		if KindOf(problemOf(r)) == KindGuard {
			refused++
			out.Refused = r.Problem.Error()
		}
	}
	if refused == 0 || p.Launch > 0 {
		out.Refused = ""
	}
	if p.Launch > 0 {
		if err := e.costGuard(out.AtMost); err != nil {
			out.Refused = err.Error()
		}
	}
	return out
}

// problemOf is a region's problem as an error that is nil where there is none.
func problemOf(r RegionPlan) error {
	if r.Problem == nil {
		return nil
	}
	return r.Problem
}

// atMost is what a plan adds per hour if EC2 takes its dearest pools. What one
// region has no capacity for may come from any other, and on demand if that is
// wanted, so the dearest of all counts for each instance.
func (p *Plan) atMost() Price {
	sum := Price{Known: true, AsOf: p.At, USD: p.IPv4Hour.USD + p.DiskHour.USD}
	most := 0.0
	for _, r := range p.Regions {
		if r.Problem != nil || p.Launch == 0 {
			continue
		}
		for _, pool := range slices.Concat(r.Pools, r.OnDemandPools) {
			if !pool.Price.Known {
				sum.Known, sum.Reason = false, fmt.Sprintf("no price of %s in %s: %s", pool.Type, pool.Zone, orText(pool.Price.Reason, PriceNotAsked))
			}
			most = max(most, pool.Price.USD)
		}
	}
	sum.USD += float64(p.Launch) * most
	return sum
}
