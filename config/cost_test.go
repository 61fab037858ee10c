package config

import (
	"testing"

	"spot-tui/fleet"
)

func TestWhatAFleetMayCost(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fleet.GuardSpec{
		"":                      {},
		"max_hourly_cost = 0.5": {MaxHourly: 0.5},
		"budget = 20":           {Budget: 20},
		"budget = 1.5\nbudget_action = \"destroy\"": {Budget: 1.5, Action: fleet.BudgetDestroy},
	} {
		f := mustParse(t, swap(t, `name = "f"`, "name = \"f\"\n"+text), withKey(t))
		if got := f.Spec().Guard; got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
