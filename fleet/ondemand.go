package fleet

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// OnDemandNotAsked is why an on-demand price is unknown before the first answer.
const OnDemandNotAsked = "the on-demand price has not been read yet"

// onDemandPools are pools with their on-demand prices, the cheapest first. A
// price that can't be read stays unknown with its reason.
func (w *worker) onDemandPools(ctx context.Context, pools []Pool) []Pool {
	if len(pools) == 0 {
		return nil
	}
	got, err := w.cloud.OnDemandPrices(ctx, typesOf(pools))
	reason := "the price list does not have this type here"
	if err != nil {
		reason = "the on-demand price can't be read: " + err.Error()
	}
	at := map[InstanceType]Price{}
	for _, p := range got {
		at[p.Type] = Price{USD: p.USD, Known: true, AsOf: p.AsOf}
	}
	out := slices.Clone(pools)
	for i := range out {
		p, ok := at[out[i].Type]
		if !ok {
			p = Price{Reason: reason}
		}
		out[i].Price = p
	}
	slices.SortStableFunc(out, func(a, b Pool) int { return cmp.Compare(dear(a.Price), dear(b.Price)) })
	return out
}

func typesOf(pools []Pool) []InstanceType {
	var ts []InstanceType
	for _, p := range pools {
		if !slices.Contains(ts, p.Type) {
			ts = append(ts, p.Type)
		}
	}
	slices.Sort(ts)
	return ts
}

// priceOf is what an instance costs per hour, disk and address aside.
func (w *worker) priceOf(i *Instance) Price {
	if !i.OnDemand {
		return w.prices.of(i.Type, i.Zone)
	}
	if p, ok := w.onDemandAt[i.Type]; ok {
		return p
	}
	return Price{Reason: OnDemandNotAsked}
}

// refreshOnDemand reads the on-demand prices of the types in use that are unknown
// or older than a day, at most once a minute.
func (w *worker) refreshOnDemand() {
	var types []InstanceType
	now := time.Now()
	for _, o := range w.instances {
		p := w.onDemandAt[o.Type]
		old := !p.Known || now.Sub(p.AsOf) > 24*time.Hour
		if o.OnDemand && o.Stage != StageGone && old && !slices.Contains(types, o.Type) {
			types = append(types, o.Type)
		}
	}
	if len(types) == 0 || now.Sub(w.onDemandRead) < time.Minute {
		return
	}
	w.onDemandRead = now
	slices.Sort(types)
	w.call("on-demand prices", func(ctx context.Context) {
		got, err := w.cloud.OnDemandPrices(ctx, types)
		w.post(func() { w.pricedOnDemand(types, got, err) })
	})
}

func (w *worker) pricedOnDemand(types []InstanceType, got []OnDemandPrice, err error) {
	if w.onDemandAt == nil {
		w.onDemandAt = map[InstanceType]Price{}
	}
	for _, t := range types {
		reason := "the price list does not have this type here"
		if err != nil {
			reason = "the on-demand price can't be read: " + err.Error()
		}
		w.onDemandAt[t] = Price{Reason: reason}
	}
	for _, p := range got {
		w.onDemandAt[p.Type] = Price{USD: p.USD, Known: true, AsOf: p.AsOf}
	}
	for _, o := range w.instances {
		if p := w.priceOf(o.Instance); o.OnDemand && p != o.Price {
			o.edit().Price = p
			w.publish(o)
		}
	}
}
