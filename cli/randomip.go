package cli

import (
	"fmt"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) randomIPCmd() *cobra.Command {
	var private bool
	var f filterFlag
	c := &cobra.Command{
		Use:   "random-ip",
		Short: "Print the address of one ready instance, picked at random",
		Example: `  curl http://$(spot-tui random-ip):8080/
  spot-tui random-ip --filter "region:us-*" --private`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			if err := f.read(c); err != nil {
				return err
			}
			s, err := a.open(need{})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.look(c.Context(), f)
			if err != nil {
				return err
			}
			i, address, err := randomAddress(f.only(m.list(false)), private)
			if err != nil {
				return fmt.Errorf("fleet %s: %w", s.spec.Name, err)
			}
			if a.flags.json {
				a.printResult(result{Fleet: s.spec.Name, Address: address, Instances: []jsonInstance{toJSON(i)}, Errors: m.down()})
				return nil
			}
			a.printErrors(m.down()) // another region may have more; one address was asked for
			a.printf("%s\n", address)
			return nil
		}),
	}
	c.Flags().BoolVar(&private, "private", false, "the address inside its network, not the public one")
	f.add(c, "only one of the instances that match")
	return c
}

// randomAddress picks one of the ready instances that have such an address.
func randomAddress(is []fleet.Instance, private bool) (fleet.Instance, string, error) {
	kind := "public"
	if private {
		kind = "private"
	}
	address := func(i fleet.Instance) string {
		if private {
			return i.PrivateIP
		}
		return i.PublicAddress()
	}
	var have []fleet.Instance
	ready := 0
	for _, i := range is {
		if i.Stage == fleet.StageReady {
			ready++
			if address(i) != "" {
				have = append(have, i)
			}
		}
	}
	switch {
	case ready == 0:
		return fleet.Instance{}, "", &fleet.Error{Op: "pick an address", Kind: fleet.KindGone, Err: fmt.Errorf("none of %d instances is ready", len(is)), Hint: "`spot-tui wait` waits until they are"}
	case len(have) == 0:
		return fleet.Instance{}, "", &fleet.Error{Op: "pick an address", Kind: fleet.KindGone, Err: fmt.Errorf("none of %d ready instances has a %s address", ready, kind), Hint: "try with or without --private"}
	}
	i := have[rand.IntN(len(have))] //nolint:gosec // spreads load; nothing secret hangs on it
	return i, address(i), nil
}
