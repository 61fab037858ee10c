package fleet_test

import (
	"context"
	"time"

	"spot-tui/fleet"
)

// crash ends the program in the middle of a create or a replacement, and starts it
// again: it takes up what it had begun.
func (l *life) crash(n int) {
	if ids := l.v.ids(fleet.StageReady); n%2 == 0 || len(ids) == 0 {
		l.bounds = append(l.bounds, bound{time.Now(), l.target + l.extra})
		if p, err := l.e.Plan(context.Background(), fleet.PlanRequest{Target: l.target}); err == nil {
			_, _ = l.e.Launch(p)
		}
	} else if p, err := l.e.PlanReplace(context.Background(), fleet.ReplaceRequest{Instances: ids[:min(2, len(ids))]}); err == nil {
		l.extra += p.Surplus
		l.bounds = append(l.bounds, bound{time.Now(), max(l.target, len(l.running())) + l.extra})
		_, _ = l.e.Replace(p)
	}
	<-time.After(time.Duration(n*n) * 100 * time.Millisecond)
	l.stop()
	l.e, l.stop = l.b.engine(l.spec)
	l.v = &view{}
	<-time.After(2 * time.Minute)
	l.b.until(l.e, l.v, time.Hour, "what was begun is taken up", func(v *view) bool {
		for _, o := range v.ops {
			if o.Running() {
				return false
			}
		}
		return v.summary.Scanned && v.summary.Identity.Account != ""
	})
	l.seen.Crashed++
}
