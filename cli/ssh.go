package cli

import (
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) sshCmd() *cobra.Command {
	var f filterFlag
	c := &cobra.Command{
		Use:   "ssh INSTANCE [-- COMMAND [ARG...]]",
		Short: "Open a shell on an instance, or run one command there",
		Long: `Open a shell on an instance, or run one command there. The exit status is the
remote one. No ssh program is needed. --filter, instead of the id, must match one
instance.`,
		Example: `  spot-tui ssh i-0123456789abcdef0
  spot-tui ssh --filter "region:us-west-2 ready" -- df -h`,
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			if err := f.read(c); err != nil {
				return err
			}
			if len(args) == 0 && !f.given {
				return usage("name an instance, or say --filter with an expression that takes one; `spot-tui list` shows the ids")
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
			id, command, err := f.login(m, args)
			if err != nil {
				return err
			}
			if len(command) > 0 {
				return a.sshRun(c, s, id, command)
			}
			st, err := s.engine.Interactive(c.Context(), id, fleet.TTY{In: a.env.Stdin, Out: a.env.Stdout, Err: a.env.Stderr, Term: a.env.Getenv("TERM")})
			if err != nil {
				return err
			}
			return remoteStatus(st)
		}),
	}
	f.add(c, "the one instance that matches")
	return c
}

// sshRun runs one command with our own streams.
func (a *app) sshRun(c *cobra.Command, s *session, id fleet.InstanceID, args []string) error {
	line := args[0]
	if len(args) > 1 {
		line = fleet.QuoteAll(args)
	}
	q := fleet.RunRequest{Instances: []fleet.InstanceID{id}, Line: line, Limits: fleet.Limits{Total: 24 * time.Hour}, Sink: func(_ fleet.InstanceID, isErr bool, b []byte) {
		w := a.env.Stdout
		if isErr {
			w = a.env.Stderr
		}
		_, _ = w.Write(b) // a reader that went away ends the command by the signal it brings
	}}
	run, err := s.engine.Run(q)
	if err != nil {
		return err
	}
	snap, err := run.Wait(c.Context())
	if err != nil {
		run.Cancel()
		return canceled(err)
	}
	if h := snap.Hosts[0]; h.Err != nil {
		return h.Err
	}
	return remoteStatus(snap.Hosts[0].Exit)
}

func remoteStatus(st fleet.ExitStatus) error {
	if st.OK() {
		return nil
	}
	code := st.Code
	if code == 0 {
		code = exitFailed
	}
	return &exit{code: code, told: true}
}

// login says where ssh goes and what it runs there: with a filter, every
// argument is the command's.
func (f *filterFlag) login(m *model, args []string) (fleet.InstanceID, []string, error) {
	if f.given {
		id, err := f.single(m)
		return id, args, err
	}
	ids, err := pick(m, args[:1])
	if err != nil {
		return "", nil, err
	}
	return ids[0], args[1:], nil
}
