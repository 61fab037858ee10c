package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/config"
	"spot-tui/fleet"
)

// jsonExplained is an explanation as scripts see it.
type jsonExplained struct {
	ID      fleet.InstanceID `json:"id"`
	Answer  string           `json:"answer"`
	Hint    string           `json:"hint"`
	Checks  []fleet.Check    `json:"checks"`
	Console string           `json:"console"`
}

func (a *app) explainCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain INSTANCE",
		Short: "Find out why an instance can or can't be reached",
		Long: `Find out how an instance stands and why, whatever its stage: its state, address,
security group, route and gateway as EC2 has them, then a try to log in, step by
step, how far it is set up and which step failed, what its spot request says, and
the end of its console. It changes nothing. Exit code: 0 if nothing is wrong, else
1. docs/troubleshooting.md says what to do about each.`,
		Example: `  spot-tui explain i-0123456789abcdef0`,
		Args:    cobra.ExactArgs(1),
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
			x, err := s.face().Explain(c.Context(), id)
			if err != nil {
				return err
			}
			return a.explained(s, x)
		}),
	}
	return c
}

func (a *app) explained(s *session, x fleet.Explanation) error {
	broken := false
	for _, c := range x.Checks {
		broken = broken || c.State == fleet.CheckFail
	}
	if a.flags.json {
		a.printResult(result{Fleet: s.spec.Name, Errors: []jsonError{}, Explained: &jsonExplained{x.Instance, x.Answer, x.Hint, x.Checks, x.Console}})
	} else {
		a.printExplanation(x)
	}
	if broken {
		return &exit{code: exitFailed, told: true}
	}
	return nil
}

func (a *app) printExplanation(x fleet.Explanation) {
	out := a.env.Stdout
	for _, c := range x.Checks {
		fmt.Fprintf(out, "%-4s  %-14s  %s\n", c.State, c.What, fleet.Clean(c.Detail))
	}
	if x.Console != "" {
		fmt.Fprintf(out, "\nThe end of its console:\n  %s\n", strings.ReplaceAll(x.Console, "\n", "\n  "))
	}
	fmt.Fprintf(out, "\n%s\n", fleet.Clean(x.Answer))
	if x.Hint != "" {
		fmt.Fprintf(out, "→ %s\n", fleet.Clean(x.Hint))
	}
}

// Explain says what is wrong with the key where that is why nobody can log in:
// the engine was given none.
func (w watchFace) Explain(ctx context.Context, id fleet.InstanceID) (fleet.Explanation, error) {
	x, err := w.Face.Explain(ctx, id)
	n := slices.IndexFunc(w.why, func(p config.Problem) bool { return p.Key == loginKey })
	at := slices.IndexFunc(x.Checks, func(c fleet.Check) bool { return c.What == "login" && c.State == fleet.CheckFail })
	if err != nil || n < 0 || at < 0 {
		return x, err
	}
	login := x.Checks[at]
	x.Checks[at] = fleet.Check{What: "key", State: fleet.CheckFail, Detail: w.why[n].Msg}
	if before, ok := strings.CutSuffix(x.Answer, login.What+": "+login.Detail); ok {
		x.Answer, x.Hint = before+"key: "+w.why[n].Msg, ""
	}
	return x, nil
}
