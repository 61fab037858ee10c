package config

import (
	"math"

	"spot-tui/fleet"
)

// costGuard reads what the fleet may cost.
func (r *reader) costGuard(t table) fleet.GuardSpec {
	g := fleet.GuardSpec{MaxHourly: t.amount("max_hourly_cost", 0.001, 100_000), Budget: t.amount("budget", 0.01, 10_000_000)}
	if a := t.oneOf("budget_action", string(fleet.BudgetStop), string(fleet.BudgetDestroy)); a != string(fleet.BudgetStop) {
		g.Action = fleet.BudgetAction(a)
	}
	if t.has("budget_action") && !t.has("budget") {
		r.d.warn(t.key("budget_action"), "is never used: there is no fleet.budget")
	}
	return g
}

// amount reads an amount in USD; 0 where it is missing or wrong.
func (t table) amount(name string, low, high float64) float64 {
	v, ok := t.values[name]
	if !ok {
		return 0
	}
	var usd float64
	switch v := v.(type) {
	case int64:
		usd = float64(v)
	case float64:
		usd = v
	default:
		t.wrong(name, kAmount, v)
		return 0
	}
	if math.IsNaN(usd) || usd < low || usd > high {
		t.d.bad(t.key(name), "%v is out of range; use %v to %.0f USD, or leave it out for no limit", v, low, high)
		return 0
	}
	return usd
}
