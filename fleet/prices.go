package fleet

import (
	"context"
	"slices"
	"time"
)

// pool keys a price.
type poolKey struct {
	t InstanceType
	z Zone
}

// priceBook is the newest spot price per pool of one region.
type priceBook map[poolKey]Price

// PriceNotAsked is why a price is unknown before the first answer.
const PriceNotAsked = "the spot price has not been read yet"

func (b priceBook) of(t InstanceType, z Zone) Price {
	if p, ok := b[poolKey{t, z}]; ok {
		return p
	}
	return Price{Reason: PriceNotAsked}
}

// fresh says whether every pool in use has a price younger than limit.
func (b priceBook) fresh(in map[InstanceID]*owned, limit time.Duration, now time.Time) bool {
	for _, o := range in {
		if o.Stage == StageGone || o.OnDemand {
			continue
		}
		read := b[poolKey{o.Type, ""}] // when the type was last asked for
		if now.Sub(read.AsOf) > limit {
			return false
		}
	}
	return true
}

// refreshPrices asks for the prices of the types in use, when they got old.
func (w *worker) refreshPrices() {
	w.refreshOnDemand()
	now := time.Now()
	if w.prices.fresh(w.instances, w.e.opts.Poll.Prices, now) {
		return
	}
	var types []InstanceType
	for _, o := range w.instances {
		if o.Stage != StageGone && !o.OnDemand && o.Type != "" && !slices.Contains(types, o.Type) {
			types = append(types, o.Type)
		}
	}
	if len(types) == 0 {
		return
	}
	slices.Sort(types)
	for _, t := range types {
		w.prices[poolKey{t, ""}] = Price{AsOf: now}
	}
	w.call("prices", func(ctx context.Context) {
		got, err := w.cloud.Prices(ctx, types)
		w.post(func() { w.priced(got, err) })
	})
}

func (w *worker) priced(got []PoolPrice, err error) {
	if err != nil {
		w.say(LevelWarn, "", "spot prices: %s", err)
	}
	for _, p := range got {
		w.prices[poolKey{p.Type, p.Zone}] = Price{USD: p.USD, Known: true, AsOf: p.AsOf}
	}
	for _, o := range w.instances {
		p := w.priceOf(o.Instance)
		if !p.Known && !o.OnDemand && err != nil {
			p.Reason = "the spot price can't be read: " + err.Error()
		}
		if p != o.Price {
			o.edit().Price = p
			w.publish(o)
		}
	}
	w.advise()
}
