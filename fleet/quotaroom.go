package fleet

import (
	"fmt"
	"slices"
)

// market gives the pools of spot, or of on-demand.
func (r *RegionPlan) market(onDemand bool) *[]Pool {
	if onDemand {
		return &r.OnDemandPools
	}
	return &r.Pools
}

// vcpus gives the fewest and the most vCPUs of the types that a quota counts and that
// have a pool.
func (r RegionPlan) vcpus(q Quota) (low, high int) {
	for _, t := range r.Types {
		if t.Family().Counts(q.OnDemand) != q.Family || !slices.ContainsFunc(*r.market(q.OnDemand), func(p Pool) bool { return p.Type == t.Type }) {
			continue
		}
		if low == 0 || t.VCPU < low {
			low = t.VCPU
		}
		high = max(high, t.VCPU)
	}
	return low, high
}

// fits is how many instances the region's quotas of a market have room for, all in the
// family that has most; negative where nobody knows. One launch has all of them in one
// family at worst, since EC2 chooses.
func (r RegionPlan) fits(onDemand bool) int {
	most := -1
	for _, q := range r.Quotas {
		low, _ := r.vcpus(q.Quota)
		if q.OnDemand != onDemand || low == 0 {
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

// underQuotas takes out the types of which the region's part would not fit, however
// EC2 chooses: it refuses what goes beyond (aws-facts §2.4 D).
func (r *RegionPlan) underQuotas() {
	r.underQuota(false, r.Launch-r.OnDemand)
	r.underQuota(true, r.OnDemand)
	r.Low, r.High = Price{}, Price{}
	for _, pool := range r.Pools {
		r.widen(pool.Price)
	}
	for i := range r.Quotas {
		q := &r.Quotas[i]
		low, high := r.vcpus(q.Quota)
		n := r.Launch - r.OnDemand
		if q.OnDemand {
			n = r.OnDemand
		}
		q.AskedLow, q.AskedHigh = n*low, n*high
		if high > 0 && !r.only(q.Quota) {
			q.AskedLow = 0
		}
	}
}

// underQuota does it for n instances of one market.
func (r *RegionPlan) underQuota(onDemand bool, n int) {
	for _, t := range r.Types {
		i := slices.IndexFunc(r.Quotas, func(q QuotaUse) bool { return q.Family == t.Family().Counts(onDemand) && q.OnDemand == onDemand })
		if i < 0 {
			continue
		}
		room, ok := r.Quotas[i].Room()
		if !ok || t.VCPU*max(1, n) <= room {
			continue
		}
		pools := r.market(onDemand)
		had := len(*pools)
		*pools = slices.DeleteFunc(*pools, func(p Pool) bool { return p.Type == t.Type })
		if len(*pools) < had {
			r.Dropped = append(r.Dropped, Dropped{t.Type, FilterQuota, fmt.Sprintf("%d × %s are more than the %d that the quota of %s leaves", max(1, n), plural(t.VCPU, "vCPU"), room, r.Quotas[i].Name())})
		}
	}
}

// only says whether all types of a market that have a pool are counted by one quota.
func (r RegionPlan) only(q Quota) bool {
	return !slices.ContainsFunc(*r.market(q.OnDemand), func(p Pool) bool { return FamilyOf(p.Type).Counts(q.OnDemand) != q.Family })
}

// noRoom says why quotas of a market keep a region from n instances.
func (r RegionPlan) noRoom(n int, onDemand bool) string {
	best := QuotaUse{}
	for _, q := range r.Quotas {
		if room, ok := q.Room(); ok && q.OnDemand == onDemand && (best.Family == "" || room > best.Limit-best.Used) {
			best = q
		}
	}
	return fmt.Sprintf("the quota of %s in %s has %d of %d vCPU in use, so of %s there is room for %d", best.Name(), r.Region, best.Used, best.Limit, plural(n, "instance"), max(0, r.fits(onDemand)))
}

// quotaLink is the page of the quota that the region's part meets first.
func (r RegionPlan) quotaLink() string {
	for _, q := range r.Quotas {
		if q.Known && q.OnDemand == (r.base != "") {
			return q.Link
		}
	}
	return "the Service Quotas console of " + string(r.Region)
}
