package fleet

import "cmp"

// quotaPart is a region's part of a plan as far as sharing out needs it.
type quotaPart struct {
	weight int
	have   int
	launch int
	fits   int  // how many its quotas have room for; negative: nobody knows, or any number
	takes  bool // it can launch, and may get more than its share
}

// share is how many instances move from one region's part to another's; to is
// negative where no region has room for them.
type share struct{ from, to, n int }

// fitQuotas takes from each part what its quotas have no room for, and gives it to
// the parts that have: one instance after the other, to the part that has least
// for its weight. The parts' launches change in place. No part launches more than
// fits, and launches and unplaced shares together are as many as before.
func fitQuotas(parts []quotaPart) []share {
	var moves []share
	for i := range parts {
		over := 0
		if p := &parts[i]; p.fits >= 0 && p.launch > p.fits {
			over, p.launch = p.launch-p.fits, p.fits
		}
		if over > 0 {
			moves = append(moves, share{i, -1, over})
		}
	}
	var placed []share
	for _, m := range moves {
		got := map[int]int{}
		for m.n > 0 {
			to := roomiest(parts)
			if to < 0 {
				break
			}
			parts[to].launch++
			got[to]++
			m.n--
		}
		for to := range parts {
			if got[to] > 0 {
				placed = append(placed, share{m.from, to, got[to]})
			}
		}
		if m.n > 0 {
			placed = append(placed, m)
		}
	}
	return placed
}

// roomiest gives the part that takes the next instance, or -1.
func roomiest(parts []quotaPart) int {
	best := -1
	for i, p := range parts {
		if !p.takes || p.fits >= 0 && p.launch >= p.fits {
			continue
		}
		if best < 0 || cmp.Compare(p.fill(), parts[best].fill()) < 0 {
			best = i
		}
	}
	return best
}

// fill is how much of its weight a part already has.
func (p quotaPart) fill() float64 { return float64(p.have+p.launch) / float64(max(1, p.weight)) }
