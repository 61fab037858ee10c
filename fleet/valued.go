package fleet

import (
	"context"
	"slices"
)

// valued gives resources with what each costs in a month.
func (w *worker) valued(ctx context.Context, rs []Resource) []Resource {
	spot, onDemand := runningTypes(rs, true), runningTypes(rs, false)
	book, why := priceBook{}, ""
	if len(spot) > 0 {
		got, err := w.cloud.Prices(ctx, spot)
		if err != nil {
			why = "the spot price can't be read: " + err.Error()
		}
		for _, p := range got {
			book[poolKey{p.Type, p.Zone}] = Price{USD: p.USD, Known: true, AsOf: p.AsOf}
		}
	}
	fixed, whyFixed := map[InstanceType]Price{}, ""
	if len(onDemand) > 0 {
		got, err := w.cloud.OnDemandPrices(ctx, onDemand)
		if err != nil {
			whyFixed = "the on-demand price can't be read: " + err.Error()
		}
		for _, p := range got {
			fixed[p.Type] = Price{USD: p.USD, Known: true, AsOf: p.AsOf}
		}
	}
	for i := range rs {
		rs[i] = rs[i].worth(func(t InstanceType, z Zone) Price {
			if !rs[i].Spot {
				p := fixed[t]
				p.Reason = orText(whyFixed, "AWS has no on-demand price for it")
				return p
			}
			p := book.of(t, z)
			if !p.Known {
				p.Reason = orText(why, "EC2 has no spot price for it")
			}
			return p
		})
	}
	return rs
}

// runningTypes lists the types of instances that run, of spot ones or of the others.
func runningTypes(rs []Resource, spot bool) []InstanceType {
	var types []InstanceType
	for _, r := range rs {
		t, s := InstanceType(r.Type), State(r.State)
		if r.Kind == KindOfInstance && r.Spot == spot && (s == StatePending || s == StateRunning) && t != "" && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}
