package fleet

import "fmt"

// QuotaUse is a quota with what a plan asks of it (R24).
type QuotaUse struct {
	Quota
	// AskedLow and AskedHigh are the vCPUs that the plan adds if EC2 takes the
	// smallest or the largest types that it is offered.
	AskedLow  int `json:"asked_low"`
	AskedHigh int `json:"asked_high"`
}

// Asked writes what is asked: "6", or "6-24" where it depends on EC2's choice.
func (q QuotaUse) Asked() string {
	if q.AskedLow == q.AskedHigh {
		return fmt.Sprint(q.AskedLow)
	}
	return fmt.Sprintf("%d-%d", q.AskedLow, q.AskedHigh)
}

// Move is a part of a region's share that its quotas have no room for.
type Move struct {
	From     Region `json:"from"`
	To       Region `json:"to,omitempty"` // empty: no region has room, it is not launched
	Count    int    `json:"count"`
	OnDemand bool   `json:"on_demand,omitempty"` // it is launched there on demand, since no region has room for it as spot
	Reason   string `json:"reason"`
}

// fitQuotas keeps the spot part of each region's launch to what its quotas have room
// for, moves the rest to regions that have room, and takes out the types that would not
// fit. What no region has room for as spot is launched on demand where that may stand
// in. Nothing moves to a region whose count is 0.
func (p *Plan) fitQuotas(spec Spec) {
	parts := make([]quotaPart, len(p.Regions))
	short := make([]string, len(p.Regions)) // why a part can't have its share; empty: it can
	before := make([]int, len(p.Regions))
	for i, r := range p.Regions {
		before[i] = r.Launch
		one := spec.Regions[i]
		parts[i] = quotaPart{have: r.Have + r.OnDemand, launch: r.Launch - r.OnDemand, fits: -1, takes: r.Problem == nil && one.Count != 0, weight: max(weight(one), one.Count)}
		if r.Problem == nil {
			if parts[i].fits = r.fits(false); parts[i].fits >= 0 && parts[i].launch > parts[i].fits {
				short[i] = r.noRoom(parts[i].launch, false)
			}
		} else {
			parts[i].launch = 0
		}
	}
	moves := fitQuotas(parts)
	for i := range p.Regions {
		if r := &p.Regions[i]; r.Problem == nil {
			r.Launch = parts[i].launch + r.OnDemand
		}
	}
	for _, s := range moves {
		m := Move{From: p.Regions[s.from].Region, Count: s.n, Reason: short[s.from]}
		if s.to >= 0 {
			m.To = p.Regions[s.to].Region
		} else if spec.Capacity.OnDemand == OnDemandFallback {
			m.Count -= p.insteadOf(m, spec)
		}
		if m.Count > 0 {
			p.Moves = append(p.Moves, m)
		}
	}
	for i := range p.Regions {
		if r := &p.Regions[i]; r.Problem == nil {
			if r.Launch != before[i] {
				r.Want = r.Have + r.Launch
			}
			r.underQuotas()
			r.checkQuota(short[i])
		}
	}
	p.tellUnplaced()
}

// insteadOf launches on demand what no region has room for as spot, first in the region
// whose share it is, and gives how many of them.
func (p *Plan) insteadOf(m Move, spec Spec) int {
	placed := 0
	for _, own := range []bool{true, false} {
		for i := range p.Regions {
			r := &p.Regions[i]
			if r.Problem != nil || own != (r.Region == m.From) || !own && spec.Regions[i].Count == 0 || len(r.OnDemandPools) == 0 {
				continue
			}
			n := m.Count - placed
			if room := r.fits(true); room >= 0 {
				n = min(n, room-r.OnDemand)
			}
			if n > 0 {
				r.Launch, r.OnDemand, placed = r.Launch+n, r.OnDemand+n, placed+n
				p.Moves = append(p.Moves, Move{From: m.From, To: r.Region, Count: n, OnDemand: true, Reason: m.Reason})
			}
		}
	}
	return placed
}

// tellUnplaced fails the plan for what has no place.
func (p *Plan) tellUnplaced() {
	for _, m := range p.Moves {
		if m.To == "" {
			p.Problems = append(p.Problems, &Error{
				Op: "plan", Region: m.From, Kind: KindQuota, Err: fmt.Errorf("%s can't be launched: %s, and no other region may take more", plural(m.Count, "instance"), m.Reason),
				Hint: "raise the quota at " + p.part(m.From).quotaLink(),
			})
		}
	}
}

// checkQuota adds the preflight's line about quotas (R24). short says why the region
// can't have all of its share; empty: it can. A region without any room does not
// fail the plan as such: others may take its share.
func (r *RegionPlan) checkQuota(short string) {
	c := Check{What: "quota", State: CheckOK}
	for _, q := range r.Quotas {
		if c.Detail != "" {
			c.Detail += "; "
		}
		if !q.Known {
			c.State = CheckWarn
			c.Detail += q.Name() + ": ?, " + orText(q.Reason, "nobody knows")
			c.Hint = "the launch goes on, and EC2 refuses what is too much"
			continue
		}
		c.Detail += fmt.Sprintf("%s: %d used, %s asked, limit %d vCPU", q.Name(), q.Used, q.Asked(), q.Limit)
	}
	switch {
	case short != "":
		c.State, c.Detail, c.Hint = CheckWarn, short, "raise it at "+r.quotaLink()
		if r.Launch == 0 {
			c.State = CheckFail
		}
	case r.base != "":
		c.State, c.Detail, c.Hint = CheckWarn, r.base, "raise it at "+r.quotaLink()
	}
	if c.Detail != "" {
		r.Checks = append(r.Checks, c)
	}
}
