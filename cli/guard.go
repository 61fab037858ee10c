package cli

import (
	"fmt"

	"spot-tui/fleet"
)

// printGuard says what the limits of the config make of a plan.
func (a *app) printGuard(g fleet.PlanGuard) {
	if g.MaxHourly > 0 {
		a.printf("fleet.max_hourly_cost is $%.4g/h; with this plan the fleet would cost at most %s/h\n", g.MaxHourly, money(g.PerHour))
	}
	if g.Budget > 0 {
		a.printf("fleet.budget is $%.2f; spent so far %s\n", g.Budget, money(g.Spent))
	}
}

// refused ends a plan that create would refuse, as create would.
func (a *app) refused(p fleet.Plan) error {
	if !a.flags.json {
		fmt.Fprintln(a.env.Stderr, "spot-tui: "+p.Guard.Refused)
	}
	return &exit{code: exitGuard, told: true}
}
