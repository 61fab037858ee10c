package fleet

import "slices"

// livingOutside counts the fleet's instances that stay, in regions that are not
// listed: a plan for some of the regions must not launch them a second time.
func (e *Engine) livingOutside(regions []RegionSpec) int {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	n := 0
	for _, i := range e.feed.instances {
		if !i.Stage.Leaving() && !slices.ContainsFunc(regions, func(r RegionSpec) bool { return r.Name == i.Region }) {
			n++
		}
	}
	return n
}
