package fleet

import (
	"cmp"
	"slices"
)

// fit keeps the plan's parts to the target. A region may have more than its
// share, since it took what another had no capacity for; then the others launch
// less, the dearest first. Of a region that did not answer nobody knows what it
// has, so it counts as having its share.
func (p *Plan) fit(spec Spec) {
	room := p.Target
	var parts []*RegionPlan
	for i := range p.Regions {
		r := &p.Regions[i]
		if !r.counted {
			room -= r.Want
			continue
		}
		room -= r.Have
		if r.Problem == nil && r.Launch > 0 {
			parts = append(parts, r)
		}
	}
	launch := 0
	for _, r := range parts {
		launch += r.Launch
	}
	slices.SortStableFunc(parts, func(a, b *RegionPlan) int { return cmp.Compare(dear(b.Low), dear(a.Low)) })
	for _, r := range parts {
		less := min(r.Launch, max(0, launch-max(0, room)))
		r.Launch -= less
		launch -= less
	}
	p.fitQuotas(spec)
	p.shareOnDemand(spec.Capacity.OnDemandBase)
}

// dear orders prices; an unknown one counts as dear.
func dear(p Price) float64 {
	if !p.Known {
		return 1e9
	}
	return p.USD
}

// shareOnDemand spreads what the base share of on-demand lacks over the regions
// that launch something, one by one, so that no region has all of it.
func (p *Plan) shareOnDemand(base int) {
	lack := min(base, p.Target)
	for _, r := range p.Regions {
		lack -= r.HaveOnDemand
	}
	for lack > 0 {
		given := false
		for i := range p.Regions {
			r := &p.Regions[i]
			if lack > 0 && r.Problem == nil && r.OnDemand < r.Launch && len(r.OnDemandPools) > 0 {
				r.OnDemand++
				lack--
				given = true
			}
		}
		if !given {
			return
		}
	}
}

// may says in sentences what a launch does if EC2 has less than the plan asks for.
func (p *Plan) may(c CapacitySpec) []string {
	if p.Launch == 0 {
		return nil
	}
	can := 0
	for _, r := range p.Regions {
		if r.Problem == nil && len(r.Pools) > 0 {
			can++
		}
	}
	var out []string
	if can > 1 {
		out = append(out, "what a region has no capacity for is asked for in the others")
	}
	if c.OnDemand == OnDemandFallback {
		out = append(out, "what no region has spot capacity for is launched on-demand")
	}
	return out
}
