package cli

import (
	"strings"

	"spot-tui/fleet"
)

// printPreflight prints what each region was checked for as one table, and below
// it whatever is not simply in order (R30).
func (a *app) printPreflight(p fleet.Plan) {
	var heads []string
	for _, r := range p.Regions { // the region with the most checks has all of them
		if len(r.Checks) > len(heads) {
			heads = heads[:0]
			for _, c := range r.Checks {
				heads = append(heads, c.What)
			}
		}
	}
	if len(heads) == 0 {
		return
	}
	rows := make([][]string, 0, len(p.Regions))
	var notes []string
	for _, r := range p.Regions {
		row := []string{string(r.Region)}
		for _, h := range heads {
			state := "-" // not looked at: a check before it failed
			for _, c := range r.Checks {
				if c.What == h {
					state = string(c.State)
				}
			}
			row = append(row, state)
		}
		rows = append(rows, row)
		for _, c := range r.Checks {
			if c.State == fleet.CheckWarn || c.State == fleet.CheckFail {
				notes = append(notes, note(r.Region, c))
			}
		}
	}
	a.printf("\n")
	for i := range heads {
		heads[i] = strings.ToUpper(heads[i])
	}
	a.table(append([]string{"PREFLIGHT"}, heads...), rows)
	for _, n := range notes {
		a.printf("%s\n", n)
	}
	a.printf("\n")
}

func note(r fleet.Region, c fleet.Check) string {
	s := string(r) + ": " + c.What + ": " + c.Detail
	if c.Hint != "" {
		s += "; " + c.Hint
	}
	return s
}
