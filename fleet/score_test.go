package fleet

import "testing"

// Of two regions at one price the one with the better placement score is asked
// first; a score that nobody knows is neither good nor bad.
func TestTheBetterScoreIsAskedFirst(t *testing.T) {
	t.Parallel()
	part := func(r Region, usd float64, scores ...int) RegionPlan {
		p := RegionPlan{Region: r, Pools: []Pool{{Type: "t3.medium", Zone: Zone(r + "a"), Price: Price{USD: usd, Known: true}}}}
		for _, s := range scores {
			p.Scores.Scores = append(p.Scores.Scores, Score{Region: r, Zone: Zone(r + "a"), Score: s})
		}
		return p
	}
	for name, tt := range map[string]struct {
		parts []RegionPlan
		want  []Region
	}{
		"the score decides":       {[]RegionPlan{part("a-1", 0.02, 3), part("b-1", 0.02, 9)}, []Region{"b-1", "a-1"}},
		"the best zone counts":    {[]RegionPlan{part("a-1", 0.02, 4, 1), part("b-1", 0.02, 1, 8, 2)}, []Region{"b-1", "a-1"}},
		"unknown is in between":   {[]RegionPlan{part("a-1", 0.02, 3), part("b-1", 0.02), part("c-1", 0.02, 7)}, []Region{"c-1", "b-1", "a-1"}},
		"unknown all, the price":  {[]RegionPlan{part("a-1", 0.03), part("b-1", 0.02)}, []Region{"b-1", "a-1"}},
		"price outweighs a bit":   {[]RegionPlan{part("a-1", 0.02, 8), part("b-1", 0.03, 9)}, []Region{"a-1", "b-1"}},
		"half as likely, a third": {[]RegionPlan{part("a-1", 0.02, 5), part("b-1", 0.03, 10)}, []Region{"b-1", "a-1"}},
	} {
		e := &Engine{}
		l := newLaunching(e, "", Plan{Regions: tt.parts})
		for n, a := range l.ranked(false) {
			if n >= len(tt.want) || a.plan.Region != tt.want[n] {
				t.Errorf("%s: %s is number %d, want %v", name, a.plan.Region, n+1, tt.want)
			}
		}
	}
}
