package fleet

// Cheaper is what moving to cheaper pools of a region may bring (R29), by the prices
// of the types that run there. It is advice: PlanReplace asks AWS and says what can
// really be moved. The zero value is that nothing is known to be worth moving.
type Cheaper struct {
	Instances int     `json:"instances"` // ready, unlocked spot instances
	SavesUSD  float64 `json:"saves_usd"` // per hour
}

// advise publishes what may be worth moving, where that has changed. The worker calls
// it when prices have come.
func (w *worker) advise() {
	var pools []Pool
	for k, p := range w.prices {
		if k.z != "" && p.Known {
			pools = append(pools, Pool{Type: k.t, Zone: k.z, Price: p})
		}
	}
	var c Cheaper
	for _, o := range w.instances {
		if o.Stage != StageReady || o.Locked || o.OnDemand || w.maybeKept() { // AWS's keeper chooses its pools itself
			continue
		}
		if low := lowest(w.e.substitutes(*o.Instance, RegionPlan{Pools: pools}, true)); low.Known {
			c.Instances++
			c.SavesUSD += o.Price.USD - low.USD
		}
	}
	if c != w.cheaper {
		w.cheaper = c
		w.e.feed.region(w.region, func(s *RegionStatus) { s.Cheaper = c })
	}
}
