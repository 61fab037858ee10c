package fleet

import (
	"maps"
	"slices"
	"time"
)

// tariff gives a pool's prices; those of a pool that nobody asked for are empty.
func (b *book) tariff(e *Entry) Tariff {
	if t, ok := b.tariffs[Place{e.Type, e.Zone}]; ok {
		return *t
	}
	return Tariff{}
}

// seed takes in the prices that a launch was planned with, so that what it makes
// has a price from its first second. The history takes their place when it is read.
func (b *book) seed(pools []Pool) {
	for _, p := range pools {
		k := Place{p.Type, p.Zone}
		if _, ok := b.tariffs[k]; !ok && p.Price.Known {
			b.tariffs[k] = &Tariff{Points: []PriceChange{{At: p.Price.AsOf.UTC(), USD: p.Price.USD}}}
		}
	}
}

// disks takes in sizes.
func (b *book) disks(ds []Disk) {
	sum := map[InstanceID]int{}
	for _, d := range ds {
		sum[d.Instance] += d.GiB
	}
	for id, gib := range sum {
		if e, ok := b.entries[id]; ok && !e.Ended() {
			b.change(e, func() { e.DiskGiB = gib })
		}
	}
}

// learn takes in price changes that were read from since on.
func (b *book) learn(types []InstanceType, got []PoolPrice, since, asked time.Time) {
	by := map[Place][]PriceChange{}
	for _, p := range got {
		k := Place{p.Type, p.Zone}
		by[k] = append(by[k], PriceChange{At: p.AsOf.UTC(), USD: p.USD})
	}
	used := map[Place]bool{}
	for _, e := range b.entries {
		used[Place{e.Type, e.Zone}] = true
	}
	for k, ps := range by {
		if !used[k] {
			continue // a pool that none of ours is in
		}
		t, ok := b.tariffs[k]
		if !ok {
			t = &Tariff{}
			b.tariffs[k] = t
		}
		t.learn(ps, since, asked)
		b.fresh[k] = Tariff{Points: ps, Since: t.Since, Until: t.Until}
	}
	for p, t := range b.tariffs { // asked for, and nothing has changed
		if slices.Contains(types, p.Type) && len(by[p]) == 0 && len(t.Points) > 0 {
			t.learn(nil, since, asked)
			b.fresh[p] = Tariff{Since: t.Since, Until: t.Until}
		}
	}
}

// stale lists the types whose prices must be read, and from when on. always asks
// for all that run.
func (b *book) stale(now time.Time, limit time.Duration, always bool) (types []InstanceType, since time.Time) {
	since = now
	want := map[InstanceType]bool{}
	for _, e := range b.entries {
		if e.OnDemand || e.Type == "" || e.Zone == "" {
			continue
		}
		t := b.tariff(e)
		need := t.Until.Before(e.end(now)) || t.Since.After(e.From)
		if !need || !always && now.Sub(b.pricesAt[e.Type]) < limit {
			continue
		}
		want[e.Type] = true
		if t.Until.IsZero() || t.Since.After(e.From) {
			since = minTime(since, e.From)
		} else {
			since = minTime(since, t.Until.Add(-priceOverlap))
		}
	}
	return slices.Sorted(maps.Keys(want)), since
}

// priceOverlap is how far back the history is read again: a change may be shown
// some minutes after it came into effect.
const priceOverlap = time.Hour

// unpriced lists the types whose on-demand price is not known.
func (b *book) unpriced() []InstanceType {
	want := map[InstanceType]bool{}
	for _, e := range b.entries {
		if e.OnDemandUSD == 0 && e.Type != "" {
			want[e.Type] = true
		}
	}
	return slices.Sorted(maps.Keys(want))
}

// onDemand takes in on-demand prices.
func (b *book) onDemand(ps []OnDemandPrice) {
	by := map[InstanceType]float64{}
	for _, p := range ps {
		by[p.Type] = p.USD
	}
	for _, e := range b.entries {
		if usd := by[e.Type]; usd > 0 && e.OnDemandUSD == 0 {
			b.change(e, func() { e.OnDemandUSD = usd })
		}
	}
}
