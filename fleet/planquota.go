package fleet

import (
	"fmt"
	"slices"
)

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
	From   Region `json:"from"`
	To     Region `json:"to,omitempty"` // empty: no region has room, it is not launched
	Count  int    `json:"count"`
	Reason string `json:"reason"`
}

// fitQuotas keeps each region's part to what its spot quotas have room for, moves
// the rest to regions that have room, and takes out the types that would not fit.
// Where the config says how many each region gets exactly, nothing moves.
func (p *Plan) fitQuotas(spec Spec) {
	parts := make([]quotaPart, len(p.Regions))
	short := make([]string, len(p.Regions)) // why a part can't have its share; empty: it can
	for i, r := range p.Regions {
		parts[i] = quotaPart{have: r.Have, launch: r.Launch, fits: -1, takes: r.Problem == nil && spec.Regions[i].Count < 0, weight: weight(spec.Regions[i])}
		if r.Problem == nil {
			if parts[i].fits = r.fits(); parts[i].fits >= 0 && r.Launch > parts[i].fits {
				short[i] = r.noRoom(r.Launch)
			}
		} else {
			parts[i].launch = 0
		}
	}
	for _, s := range fitQuotas(parts) {
		m := Move{From: p.Regions[s.from].Region, Count: s.n, Reason: short[s.from]}
		if s.to >= 0 {
			m.To = p.Regions[s.to].Region
		}
		p.Moves = append(p.Moves, m)
	}
	for i := range p.Regions {
		r := &p.Regions[i]
		if r.Problem != nil {
			continue
		}
		if r.Launch != parts[i].launch {
			r.Launch = parts[i].launch
			r.Want = r.Have + r.Launch
		}
		r.underQuota()
		r.checkQuota(short[i])
	}
	for _, m := range p.Moves {
		if m.To == "" {
			p.Problems = append(p.Problems, &Error{
				Op: "plan", Region: m.From, Kind: KindQuota, Err: fmt.Errorf("%s can't be launched: %s, and no other region may take more", plural(m.Count, "instance"), m.Reason),
				Hint: "raise the quota at " + p.part(m.From).quotaLink(),
			})
		}
	}
}

// vcpus gives the fewest and the most vCPUs of the types of a family that have a pool.
func (r RegionPlan) vcpus(f QuotaFamily) (low, high int) {
	for _, t := range r.Types {
		if t.Family() != f || !slices.ContainsFunc(r.Pools, func(p Pool) bool { return p.Type == t.Type }) {
			continue
		}
		if low == 0 || t.VCPU < low {
			low = t.VCPU
		}
		high = max(high, t.VCPU)
	}
	return low, high
}

// fits is how many instances the region's quotas have room for, all in the family
// that has most; negative where nobody knows. One launch has all of them in one
// family at worst, since EC2 chooses.
func (r RegionPlan) fits() int {
	most := -1
	for _, q := range r.Quotas {
		low, _ := r.vcpus(q.Family)
		if low == 0 {
			continue
		}
		room, ok := q.Room()
		if !ok {
			return -1
		}
		most = max(most, room/low)
	}
	return most
}

// underQuota takes out the types of which the region's launch would not fit, however
// EC2 chooses: it refuses what goes beyond (aws-facts §2.4 D).
func (r *RegionPlan) underQuota() {
	for _, t := range r.Types {
		i := slices.IndexFunc(r.Quotas, func(q QuotaUse) bool { return q.Family == t.Family() })
		if i < 0 {
			continue
		}
		room, ok := r.Quotas[i].Room()
		if !ok || t.VCPU*max(1, r.Launch) <= room {
			continue
		}
		n := len(r.Pools)
		r.Pools = slices.DeleteFunc(r.Pools, func(p Pool) bool { return p.Type == t.Type })
		if len(r.Pools) < n {
			r.Dropped = append(r.Dropped, Dropped{t.Type, FilterQuota, fmt.Sprintf("%d × %s are more than the %d that the quota of %s leaves", max(1, r.Launch), plural(t.VCPU, "vCPU"), room, r.Quotas[i].Name())})
		}
	}
	r.Low, r.High = Price{}, Price{}
	for _, pool := range r.Pools {
		r.widen(pool.Price)
	}
	for i := range r.Quotas {
		q := &r.Quotas[i]
		low, high := r.vcpus(q.Family)
		q.AskedLow, q.AskedHigh = r.Launch*low, r.Launch*high
		if len(r.Quotas) > 1 && high > 0 && !r.only(q.Family) {
			q.AskedLow = 0
		}
	}
}

// only says whether all types that have a pool are of one family.
func (r RegionPlan) only(f QuotaFamily) bool {
	return !slices.ContainsFunc(r.Pools, func(p Pool) bool { return FamilyOf(p.Type) != f })
}

// noRoom says why quotas keep a region from n instances.
func (r RegionPlan) noRoom(n int) string {
	best := QuotaUse{}
	for _, q := range r.Quotas {
		if room, ok := q.Room(); ok && (best.Family == "" || room > best.Limit-best.Used) {
			best = q
		}
	}
	return fmt.Sprintf("the quota of %s in %s has %d of %d vCPU in use, so of %s there is room for %d", best.Name(), r.Region, best.Used, best.Limit, plural(n, "instance"), max(0, r.fits()))
}

// quotaLink is the page of the quota that the region's part meets first.
func (r RegionPlan) quotaLink() string {
	for _, q := range r.Quotas {
		if q.Known {
			return q.Link
		}
	}
	return "the Service Quotas console of " + string(r.Region)
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
	if short != "" {
		c.State, c.Detail, c.Hint = CheckWarn, short, "raise it at "+r.quotaLink()
		if r.Launch == 0 {
			c.State = CheckFail
		}
	}
	if c.Detail != "" {
		r.Checks = append(r.Checks, c)
	}
}
