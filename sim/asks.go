package sim

import (
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// Ask is one CreateFleet of type instant that had its effect: what the judge of a
// test needs to know, and what no API tells.
type Ask struct {
	At        time.Time // of its effect
	Region    string
	Spot      bool
	Target    int
	Pools     []PoolAsk
	Instances []string // that it launched
	Told      bool     // its answer went out; one that is repeated for its token does not count
}

// PoolAsk is a pool that was asked for, and the error that the answer has for it;
// Code is empty where it has none.
type PoolAsk struct{ Type, Zone, Code string }

// Asks gives the log of all requests for capacity, oldest first.
func (w *World) Asks() []Ask {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Ask, len(w.asks))
	for i, a := range w.asks {
		out[i] = *a
	}
	return out
}

// noteAsk writes down what an instant fleet asked for and what came of it.
func (c *call) noteAsk(q *fleetRequest, ids []string, errors []wire.Map) {
	a := &Ask{At: time.Now(), Region: c.r.info.name, Spot: q.spot, Target: q.target, Instances: ids}
	for _, o := range q.offers {
		p := PoolAsk{Type: wire.Str(o.override, "InstanceType"), Zone: wire.Str(o.override, "AvailabilityZone")}
		if o.spec != nil {
			p.Type, p.Zone = o.spec.typ.name, o.spec.zone
		}
		for _, e := range errors {
			same := wire.Sub(e, "LaunchTemplateAndOverrides", "Overrides")
			if wire.Str(same, "InstanceType") == wire.Str(o.override, "InstanceType") && wire.Str(same, "SubnetId") == wire.Str(o.override, "SubnetId") && wire.Str(same, "AvailabilityZone") == wire.Str(o.override, "AvailabilityZone") {
				p.Code = wire.Str(e, "ErrorCode")
			}
		}
		a.Pools = append(a.Pools, p)
	}
	c.ask = a
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.asks = append(c.w.asks, a)
}

// told notes that an answer went out.
func (w *World) told(a *Ask) {
	if a == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a.Told = true
}

// RateAt is what the instances that ran at a time cost per hour, disks and public
// addresses included, in USD: each at the lowest price that its pool had from since
// to that time, for who can't know a price that has changed a moment ago.
func (w *World) RateAt(at, since time.Time) float64 {
	usd := 0.0
	for _, r := range w.regions {
		for _, c := range r.charges() {
			if c.From.After(at) || !c.To.After(at) && !c.running {
				continue
			}
			usd += float64(c.gib)*gp3GiBHour + r.rate(c, at, since)
			if c.public {
				usd += ipv4Hour
			}
		}
	}
	return usd
}

// rate is the least that the instance of a charge cost per hour in a time.
func (r *region) rate(c Charge, at, since time.Time) float64 {
	t := r.w.types[slices.IndexFunc(r.w.types, func(t typeInfo) bool { return t.name == c.Type })]
	if !c.Spot {
		return t.onDemand * r.info.factor
	}
	least, from := r.spotPrice(t, c.Zone, at)
	for from.After(since) {
		var usd float64
		if usd, from = r.spotPrice(t, c.Zone, from.Add(-1)); usd < least {
			least = usd
		}
	}
	return least
}
