package fleet

import (
	"fmt"
	"slices"
)

// Spread divides target over regions: by count where counts are given, else by
// weight with the largest remainders first (ties go to the earlier region).
// The result has one entry per region, in their order.
func Spread(target int, regions []RegionSpec) ([]int, error) {
	shares := make([]int, len(regions))
	if len(regions) == 0 {
		return shares, nil
	}
	if slices.ContainsFunc(regions, func(r RegionSpec) bool { return r.Count >= 0 }) {
		sum := 0
		for i, r := range regions {
			shares[i] = max(0, r.Count)
			sum += shares[i]
		}
		if sum != target {
			return nil, fmt.Errorf("the regions' counts add up to %d, but the target is %d; change one of them", sum, target)
		}
		return shares, nil
	}
	total := 0
	for _, r := range regions {
		total += weight(r)
	}
	rest := target
	order := make([]int, len(regions))
	for i, r := range regions {
		shares[i] = target * weight(r) / total
		rest -= shares[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return target*weight(regions[b])%total - target*weight(regions[a])%total
	})
	for _, i := range order[:rest] {
		shares[i]++
	}
	return shares, nil
}

func weight(r RegionSpec) int { return max(1, r.Weight) }
