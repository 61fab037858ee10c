package fleet

import (
	"context"
	"sync"
	"time"
)

// scoreLimit is how long a launch that came short waits for placement scores: they
// only say which region to ask first.
const scoreLimit = 3 * time.Second

// askScores asks for the placement scores of the regions that may be
// asked for what others lack. A launch that gets what it asks for needs none, and AWS
// answers only so many questions a day (aws-facts §5.4). Without the permission, or an
// answer in time, the price alone decides.
func (l *launching) askScores(ctx context.Context) {
	l.mu.Lock()
	left := l.left
	l.mu.Unlock()
	if left <= 0 {
		return
	}
	var wanted []*asking
	for _, a := range l.at {
		if !a.shut && !l.e.unwanted(a.region) && len(a.plan.Types) >= MinScoreTypes && len(a.plan.Scores.Scores) == 0 {
			wanted = append(wanted, a)
		}
	}
	if len(wanted) < 2 { // there is nothing to choose
		return
	}
	limited, cancel := context.WithTimeout(ctx, scoreLimit)
	defer cancel()
	var wg sync.WaitGroup
	for _, a := range wanted {
		wg.Add(1)
		l.e.group.run("scores "+string(a.region), func() {
			defer wg.Done()
			p := a.plan
			p.Launch = left
			a.plan.Scores = l.e.worker(a.region).scores(limited, p)
		})
	}
	wg.Wait()
}
