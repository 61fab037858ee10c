package fleet

import (
	"fmt"
	"slices"
)

// Dear says whether spot saves nothing in a pool: it costs what the type costs on
// demand, or more, as some pools do (aws-facts §5.3).
func (p Pool) Dear() bool {
	return p.Price.Known && p.OnDemand.Known && p.Price.USD >= p.OnDemand.USD
}

// leaveDear takes out the pools in which spot saves nothing where another pool of the
// region costs less, and says so. Where that leaves the cheapest pool without a saving,
// the instances are launched on demand if on demand may stand in, or else the plan warns.
func (r *RegionPlan) leaveDear(c CapacitySpec) {
	least := -1.0
	for _, p := range r.Pools {
		if p.Price.Known && !p.Dear() && (least < 0 || p.Price.USD < least) {
			least = p.Price.USD
		}
	}
	r.Pools = slices.DeleteFunc(r.Pools, func(p Pool) bool {
		out := p.Dear() && least >= 0 && least < p.Price.USD
		if out {
			r.Dropped = append(r.Dropped, Dropped{p.Type, FilterDear, fmt.Sprintf("%s/h in %s is no less than the %s on demand, and another pool costs %s", moneyText(p.Price.USD), p.Zone, moneyText(p.OnDemand.USD), moneyText(least))})
		}
		return out
	})
	i := slices.IndexFunc(r.Pools, Pool.Dear)
	if i < 0 {
		return
	}
	p := r.Pools[i]
	w := Check{What: "price", State: CheckWarn, Detail: fmt.Sprintf("spot saves nothing: %s in %s costs %s/h, and %s on demand", p.Type, p.Zone, moneyText(p.Price.USD), moneyText(p.OnDemand.USD)), Hint: "set capacity.on_demand = \"fallback\" to have it launched on demand, or take other types"}
	if low := lowest(r.OnDemandPools); c.OnDemand == OnDemandFallback && low.Known && low.USD <= lowest(r.Pools).USD {
		r.instead = true
		w.Detail += ", so it is launched on demand"
		w.Hint = "or take other types"
	}
	r.Checks = append(r.Checks, w)
}

// hour is what the region's part adds per hour if EC2 takes the cheapest pools.
func (r RegionPlan) hour() Price {
	spot, dear := r.Launch-r.OnDemand, lowest(r.OnDemandPools)
	switch {
	case spot > 0 && !r.Low.Known:
		return Price{Reason: "no spot price is known in " + string(r.Region)}
	case r.OnDemand > 0 && !dear.Known:
		return Price{Reason: "no on-demand price is known in " + string(r.Region)}
	}
	return Price{Known: true, USD: float64(spot)*r.Low.USD + float64(r.OnDemand)*dear.USD}
}
