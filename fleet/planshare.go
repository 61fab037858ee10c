package fleet

import (
	"cmp"
	"fmt"
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
	p.shareOnDemand(spec.Capacity)
	p.fitQuotas(spec)
}

// dear orders prices; an unknown one counts as dear.
func dear(p Price) float64 {
	if !p.Known {
		return 1e9
	}
	return p.USD
}

// shareOnDemand says what of each region's launch is on demand from the start: all of
// it where spot saves nothing and on demand may stand in, and what the base share lacks,
// spread over the regions one by one, so that no region has all of it. No region gets
// more than its on-demand quotas have room for.
func (p *Plan) shareOnDemand(c CapacitySpec) {
	lack := min(c.OnDemandBase, p.Target)
	room := make([]int, len(p.Regions)) // how many more may be on demand
	for i := range p.Regions {
		r := &p.Regions[i]
		lack -= r.HaveOnDemand
		if r.Problem != nil || len(r.OnDemandPools) == 0 {
			continue
		}
		if room[i] = r.Launch; r.fits(true) >= 0 {
			room[i] = min(r.Launch, r.fits(true))
		}
		if r.instead {
			r.OnDemand, room[i] = room[i], 0
			lack -= r.OnDemand
		}
	}
	for given := true; lack > 0 && given; {
		given = false
		for i := range p.Regions {
			if lack > 0 && room[i] > 0 {
				p.Regions[i].OnDemand++
				room[i]--
				lack--
				given = true
			}
		}
	}
	if lack > 0 {
		p.tellBase(lack)
	}
}

// tellBase warns that a part of the base share is launched as spot, where a quota is
// what keeps it from being on demand.
func (p *Plan) tellBase(lack int) {
	for i := range p.Regions {
		r := &p.Regions[i]
		if r.Problem == nil && r.Launch > r.OnDemand && len(r.OnDemandPools) > 0 {
			r.base = fmt.Sprintf("%d of the on-demand base share are launched as spot: %s", lack, r.noRoom(r.Launch, true))
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
