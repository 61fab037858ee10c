package sim

import "time"

// refShare and refMost say how much shorter than describes other calls lag: what
// one call made is known to the next one's references soon, but not at once
// (aws-facts §1.9).
const (
	refShare = 10
	refMost  = 5 * time.Second
)

// lag gives how far the describes of a region are behind what was made, as
// faults say; none by default.
func (w *World) lag(region string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var most time.Duration
	for _, a := range w.faults {
		if a.Fault.Fault == "lag" && (a.Region == "" || a.Region == region) {
			most = max(most, a.delay(time.Minute))
		}
	}
	return most
}

// shown lists the resources of a kind that a describe shows by now.
func (r *region) shown(k kind) []*thing {
	order, lag := r.shelves[k].order, r.w.lag(r.info.name)
	if lag == 0 {
		return order
	}
	now := time.Now()
	var out []*thing
	for _, t := range order {
		if t.furniture || now.Sub(t.made) >= lag {
			out = append(out, t)
		}
	}
	return out
}

// known says whether a call may refer to a resource by now.
func (r *region) known(t *thing) bool {
	lag := min(r.w.lag(r.info.name)/refShare, refMost)
	return lag == 0 || t.furniture || time.Since(t.made) >= lag
}
