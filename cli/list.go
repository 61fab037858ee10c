package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) listCmd() *cobra.Command {
	var gone bool
	var f filterFlag
	c := &cobra.Command{
		Use:   "list",
		Short: "List the fleet's instances as AWS shows them now",
		Args:  cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			if err := f.read(c); err != nil {
				return err
			}
			s, err := a.open(need{})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.scan(c.Context())
			if err != nil {
				return err
			}
			is, down := f.only(m.list(gone)), m.down()
			if a.flags.json {
				r := result{Fleet: s.spec.Name, Instances: []jsonInstance{}, Errors: down}
				for _, i := range is {
					r.Instances = append(r.Instances, toJSON(i))
				}
				a.printResult(r)
			} else {
				if len(is) == 0 && f.given && len(m.list(gone)) > 0 {
					a.printErrors([]jsonError{toJSONError(f.none(m))})
				} else {
					a.printInstances(is, time.Now())
				}
				a.printErrors(down)
			}
			return s.scanned(down)
		}),
	}
	c.Flags().BoolVar(&gone, "gone", false, "also list instances that are gone")
	f.add(c, "only the instances that match")
	return c
}

// scanned is the exit code of a scan: all regions, some, or none.
func (s *session) scanned(down []jsonError) error {
	switch len(down) {
	case 0:
		return nil
	case len(s.spec.Regions):
		return &exit{code: exitFailed, told: true}
	}
	return &exit{code: exitPartial, told: true}
}

func (a *app) printInstances(is []fleet.Instance, now time.Time) {
	if len(is) == 0 {
		fmt.Fprintln(a.env.Stderr, "no instances; `spot-tui create` launches the fleet")
		return
	}
	rows := make([][]string, 0, len(is))
	for _, i := range is {
		stage := i.Stage.String()
		if i.Reason != "" {
			stage += ": " + i.Reason
		}
		age := "-"
		if !i.LaunchedAt.IsZero() {
			age = now.Sub(i.LaunchedAt).Round(time.Second).String()
		}
		rows = append(rows, []string{string(i.ID), string(i.Zone), string(i.Type), string(i.State), age, money(i.Price), i.Host(), stage})
	}
	a.table([]string{"INSTANCE", "ZONE", "TYPE", "STATE", "AGE", "$/H", "ADDRESS", "STAGE"}, rows)
}
