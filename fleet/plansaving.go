package fleet

import (
	"context"
	"slices"
	"time"
)

// A plan compares its pools with on-demand, and waits no longer than this for it:
// what it needs, it has.
const compareLimit = 5 * time.Second

// comparedTypes is how many types of a region are compared, the cheapest first: a
// launch takes hardly any others, and each is a question of its own.
const comparedTypes = 10

// compare puts the on-demand prices into the pools of the cheapest types. What
// can't be read in time is unknown, with its reason.
func (w *worker) compare(ctx context.Context, pools []Pool) {
	var ts []InstanceType
	for _, p := range pools {
		if !slices.Contains(ts, p.Type) && len(ts) < comparedTypes {
			ts = append(ts, p.Type)
		}
	}
	limited, cancel := context.WithTimeout(ctx, compareLimit)
	defer cancel()
	got, err := w.cloud.OnDemandPrices(limited, ts)
	for i := range pools {
		p := &pools[i]
		p.OnDemand.Reason = why(err, noOnDemandPrice)
		if !slices.Contains(ts, p.Type) {
			p.OnDemand.Reason = "only the cheapest types are compared"
		}
		for _, d := range got {
			if d.Type == p.Type {
				p.OnDemand = Price{USD: d.USD, Known: true, AsOf: d.AsOf}
			}
		}
	}
}

// onDemandHour is what the plan's instances would cost on demand, each as the type
// of the cheapest pool of its region.
func (p *Plan) onDemandHour(now time.Time) Price {
	sum := Price{Known: true, AsOf: now}
	for _, r := range p.Regions {
		if r.Problem != nil || r.Launch == 0 || len(r.Pools) == 0 {
			continue
		}
		d := r.Pools[0].OnDemand
		if !d.Known {
			return Price{Reason: orText(d.Reason, noOnDemandPrice)}
		}
		sum.USD += float64(r.Launch) * d.USD
	}
	if sum.USD == 0 {
		return Price{Reason: "nothing is launched"}
	}
	return sum
}

// Saving is how much less than on-demand the plan's instances cost, in per cent;
// below 0 where spot is dearer.
func (p Plan) Saving() (percent float64, ok bool) {
	if !p.PerHour.Known || !p.OnDemandHour.Known || p.OnDemandHour.USD <= 0 {
		return 0, false
	}
	return 100 * (1 - p.PerHour.USD/p.OnDemandHour.USD), true
}
