package cli

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) shellsCmd() *cobra.Command {
	var h hostFlags
	c := &cobra.Command{
		Use:   "shells [INSTANCE...]",
		Short: "Open a shell on each instance, in tmux panes",
		Long: `Open a shell on each ready instance, in the panes of a tmux window: a new one of the
session that you are in, else of a session of its own. What you type can go to all of
them: in tmux, :setw synchronize-panes.`,
		Example: `  spot-tui shells --filter "region:us-west-2"`,
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			if err := h.filter.read(c); err != nil {
				return err
			}
			if a.flags.readOnly {
				return &fleet.Error{Op: "open shells", Kind: fleet.KindGuard, Err: errReadOnly{}, Hint: "start without --read-only"}
			}
			s, err := a.open(need{key: true})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.scan(c.Context())
			if err != nil {
				return err
			}
			ids, err := h.chosen(m, args)
			if err != nil {
				return err
			}
			var titles, lines []string
			for _, id := range ids {
				line, err := s.engine.LoginLine(id)
				if err != nil {
					return err
				}
				titles, lines = append(titles, string(id)+" "+string(m.instances[id].Zone)), append(lines, line)
			}
			attach, err := panes(c.Context(), a.env.Getenv("TMUX") != "", titles, lines)
			if err != nil || len(attach) == 0 {
				return err
			}
			if !isTerminal(a.env.Stdin) || !isTerminal(a.env.Stdout) {
				fmt.Fprintln(a.env.Stdout, fleet.QuoteAll(attach))
				return nil
			}
			t := exec.CommandContext(c.Context(), attach[0], attach[1:]...) //nolint:gosec // tmux, with a session that we have just made
			t.Stdin, t.Stdout, t.Stderr = os.Stdin, os.Stdout, os.Stderr
			return t.Run()
		}),
	}
	h.choose(c)
	return c
}

type errReadOnly struct{}

func (errReadOnly) Error() string { return "refused in read-only mode" }
