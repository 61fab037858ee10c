package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// What limits placement scores. AWS says that the number of new questions in 24
// hours is limited and how many places it answers, but not the first number; a
// small one here, so that who asks too often learns it (aws-facts §5.4).
const (
	maxScoreQuestions = 50
	scoredPlaces      = 10
	fewTypes          = 3 // with fewer the score is always low
)

// placementScores answers GetSpotPlacementScores. It looks at the capacity of
// several regions and so locks each by itself, and none is held by its caller.
func placementScores(c *call) (wire.Map, error) {
	types, target := c.list("InstanceTypes"), wire.Int(c.in, "TargetCapacity")
	names := c.list("RegionNames")
	switch {
	case len(types) == 0:
		return nil, wire.Errorf("MissingParameter", "This simulated cloud scores InstanceTypes, not requirements.")
	case target < 1:
		return nil, wire.Errorf("InvalidParameterValue", "TargetCapacity must be at least 1, not %d", target)
	case wire.Int(c.in, "MaxResults") != 0 && wire.Int(c.in, "MaxResults") < scoredPlaces:
		return nil, wire.Errorf("InvalidParameterValue", "MaxResults must be at least %d", scoredPlaces)
	case c.str("TargetCapacityUnitType") != "" && c.str("TargetCapacityUnitType") != "units":
		return nil, wire.Errorf("UnsupportedOperation", "This simulated cloud counts units only.")
	}
	for _, t := range types {
		if _, ok := c.w.typeNamed(t); !ok {
			return nil, wire.Errorf("InvalidParameterValue", "Invalid value '%s' for InstanceType.", t)
		}
	}
	for _, n := range names {
		if r := c.w.byName[n]; r == nil || !r.info.optedIn {
			return nil, wire.Errorf("InvalidParameterValue", "Invalid region name '%s'", n)
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	byZone := wire.Bool(c.in, false, "SingleAvailabilityZone")
	if err := c.w.asksScores(fmt.Sprint(types, target, names, byZone), time.Now()); err != nil {
		return nil, err
	}
	var scores []wire.Map
	for _, r := range c.w.regions {
		if r.info.optedIn && (len(names) == 0 || slices.Contains(names, r.info.name)) {
			scores = append(scores, r.scores(types, target, byZone)...)
		}
	}
	slices.SortStableFunc(scores, func(a, b wire.Map) int { return cmp.Compare(wire.Int(b, "Score"), wire.Int(a, "Score")) })
	return wire.Map{"SpotPlacementScores": wire.ListOf(scores[:min(scoredPlaces, len(scores))])}, nil
}

// asksScores counts the questions of the last 24 hours; one that was asked
// before is free.
func (w *World) asksScores(question string, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for q, at := range w.scoresAsked {
		if now.Sub(at) >= 24*time.Hour {
			delete(w.scoresAsked, q)
		}
	}
	if _, before := w.scoresAsked[question]; !before && len(w.scoresAsked) >= maxScoreQuestions {
		return wire.Errorf("MaxConfigLimitExceededException", "The maximum number of new configurations for Spot placement scores in 24 hours is reached.")
	}
	w.scoresAsked[question] = now
	return nil
}

// scores gives a region's score, or one per zone by its id.
func (r *region) scores(types []string, target int, byZone bool) []wire.Map {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	distinct := slices.Compact(slices.Sorted(slices.Values(types)))
	var out []wire.Map
	all := 0
	for i, zone := range r.zones() {
		left, offered := 0, false
		for _, name := range distinct {
			t, _ := r.w.typeNamed(name) // checked
			if r.offered(t, zone) && !t.is(noSpot) {
				left += r.capacity(pool{name, zone})
				offered = true
			}
		}
		all += left
		if byZone && offered {
			out = append(out, wire.Map{"Region": r.info.name, "AvailabilityZoneId": r.zoneID(i), "Score": score(left, target, len(distinct))})
		}
	}
	if !byZone {
		out = append(out, wire.Map{"Region": r.info.name, "Score": score(all, target, len(distinct))})
	}
	return out
}

// score says how far the capacity goes beyond what is asked: 4 where it is just
// enough, 10 from eight times as much on, 1 where there is far too little.
func score(left, target, types int) int {
	if left == 0 {
		return 1
	}
	n := int(math.Round(4 + 2*math.Log2(float64(left)/float64(target))))
	n = min(max(n, 1), 10)
	if types < fewTypes {
		n = min(n, 2)
	}
	return n
}
