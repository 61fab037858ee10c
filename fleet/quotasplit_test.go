package fleet

import (
	"testing"

	"pgregory.net/rapid"
)

// TestQuotasAreNeverExceeded: whatever the shares and the limits, no part launches
// more than fits, nothing is lost or added, and what has no place really has none.
func TestQuotasAreNeverExceeded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) quotaPart {
			return quotaPart{
				weight: rapid.IntRange(1, 5).Draw(t, "weight"), have: rapid.IntRange(0, 20).Draw(t, "have"), launch: rapid.IntRange(0, 40).Draw(t, "launch"),
				fits: rapid.IntRange(-1, 40).Draw(t, "fits"), takes: rapid.Bool().Draw(t, "takes"),
			}
		}), 0, 8).Draw(t, "parts")
		before, asked := 0, make([]int, len(parts))
		for i, p := range parts {
			before += p.launch
			asked[i] = p.launch
		}
		moves := fitQuotas(parts)
		after, unplaced := 0, 0
		for i, p := range parts {
			after += p.launch
			if p.fits >= 0 && p.launch > p.fits {
				t.Fatalf("part %d launches %d where %d fit", i, p.launch, p.fits)
			}
			if p.launch > asked[i] && !p.takes {
				t.Fatalf("part %d got more than its share and takes none", i)
			}
		}
		for _, m := range moves {
			if m.n < 1 || m.from == m.to || asked[m.from] <= parts[m.from].fits {
				t.Fatalf("a move without a reason: %+v", m)
			}
			if m.to < 0 {
				unplaced += m.n
			}
		}
		if after+unplaced != before {
			t.Fatalf("%d instances became %d and %d without a place", before, after, unplaced)
		}
		if unplaced > 0 && roomiest(parts) >= 0 {
			t.Fatalf("%d are without a place, and there is one", unplaced)
		}
	})
}

func TestQuotasMoveByWeight(t *testing.T) {
	t.Parallel()
	parts := []quotaPart{
		{weight: 1, launch: 6, fits: 2, takes: true}, {weight: 1, launch: 6, fits: -1, takes: true}, {weight: 3, launch: 6, fits: 9, takes: true},
	}
	moves := fitQuotas(parts)
	if parts[0].launch != 2 || parts[1].launch != 7 || parts[2].launch != 9 || len(moves) != 2 {
		t.Errorf("%+v, %+v", parts, moves)
	}
}
