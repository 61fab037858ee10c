package cli

import (
	"context"
	"fmt"

	"spot-tui/fleet"
)

// benches are what is benched now. Without them a plan can still be explained.
func (a *app) benches(ctx context.Context, s *session) []fleet.Bench {
	bs, err := s.engine.Benches(ctx)
	if err != nil {
		fmt.Fprintln(a.env.Stderr, err)
	}
	return bs
}

// printLeftOut says which types are left out, and what quotas moved.
func (a *app) printLeftOut(p fleet.Plan) {
	for _, r := range p.Regions {
		for _, t := range r.LeftOut() {
			a.printf("%s: %s\n", r.Region, t)
		}
	}
	for _, m := range p.Moves {
		switch {
		case m.To == "":
			a.printf("%s: %d of its share can't be launched: %s\n", m.From, m.Count, m.Reason)
		case m.OnDemand:
			a.printf("%s: %d of its share are launched on demand in %s: %s\n", m.From, m.Count, m.To, m.Reason)
		default:
			a.printf("%s: %d of its share go to %s: %s\n", m.From, m.Count, m.To, m.Reason)
		}
	}
}

// printWhy prints a plan's explanation.
func (a *app) printWhy(whys []fleet.RegionWhy) {
	for _, w := range whys {
		a.printf("\n%s\n", w.Region)
		for _, l := range w.Lines {
			a.printf("  %s\n", l)
		}
	}
}
