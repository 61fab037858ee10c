package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// jsonDetails is what EC2 tells of an instance, as scripts see it.
type jsonDetails struct {
	ID     fleet.InstanceID  `json:"id"`
	Groups []fleet.FactGroup `json:"groups"`
}

func (a *app) detailsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "details INSTANCE",
		Short: "Show what EC2 tells of one instance: checks, spot request, disks, network, tags",
		Long: `Show what EC2 tells of one instance beyond ` + "`list`" + `: its two status checks, its spot
request and what its status means, its disks, its network, the machine and its tags.
What is not known is a question mark with the reason. It changes nothing.`,
		Example: `  spot-tui details i-0123456789abcdef0
  spot-tui details i-0123456789abcdef0 --json`,
		Args: cobra.ExactArgs(1),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			s, err := a.open(need{})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.scan(c.Context())
			if err != nil {
				return err
			}
			id := fleet.InstanceID(args[0])
			if _, ok := m.instances[id]; !ok {
				if _, err := pick(m, args); err != nil {
					return err
				}
			}
			x, err := s.face().Inspect(c.Context(), id)
			if err != nil {
				return err
			}
			if a.flags.json {
				a.printResult(result{Fleet: s.spec.Name, Errors: []jsonError{}, Details: &jsonDetails{x.Instance, x.Groups}})
				return nil
			}
			for n, g := range x.Groups {
				if n > 0 {
					fmt.Fprintln(a.env.Stdout)
				}
				fmt.Fprintln(a.env.Stdout, g.Name)
				for _, f := range g.Facts {
					fmt.Fprintf(a.env.Stdout, "  %-18s  %s\n", fleet.Clean(f.Name), fleet.Clean(f.String()))
				}
			}
			return nil
		}),
	}
}
