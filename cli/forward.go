package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) forwardCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "forward INSTANCE [LOCAL:]REMOTE",
		Short: "Have a port of an instance here, until Ctrl+C",
		Long: `Have a port of an instance here, until Ctrl+C. REMOTE is a port of the instance, or
host:port as the instance sees it; LOCAL is a port here, and any free one without it.
It listens on this machine only. A connection to the instance that breaks is made
again.`,
		Example: `  spot-tui forward i-0123456789abcdef0 8080:80
  spot-tui forward i-0123456789abcdef0 5432:db.internal:5432`,
		Args: cobra.ExactArgs(2),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			local, remote, err := ports(args[1])
			if err != nil {
				return err
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
			ids, err := pick(m, args[:1])
			if err != nil {
				return err
			}
			f, err := s.engine.Forward(fleet.ForwardRequest{Instance: ids[0], Local: local, Remote: remote})
			if err != nil {
				return err
			}
			return a.forward(c.Context(), s, f)
		}),
	}
	return c
}

// ports reads [LOCAL:]REMOTE, where REMOTE is a port or host:port.
func ports(s string) (local, remote string, err error) {
	parts := strings.Split(s, ":")
	switch len(parts) {
	case 1:
		return "0", parts[0], nil
	case 2:
		return parts[0], parts[1], nil
	case 3:
		return parts[0], parts[1] + ":" + parts[2], nil
	}
	return "", "", usage("%q can't be read; write 8080:80 or 8080:host:80", s)
}

// forward tells what becomes of a forwarding until it ends.
func (a *app) forward(ctx context.Context, s *session, f *fleet.Forwarding) error {
	defer f.Close()
	said, listening := "", false
	for rev := uint64(0); ; {
		st, now, err := f.Next(ctx, rev)
		if errors.Is(err, context.Canceled) { // Ctrl+C is how it ends
			a.printEnd(s)
			return nil
		}
		if err != nil {
			return err
		}
		rev = now
		switch {
		case st.Ended:
			return st.Err
		case st.Notice == "" && !listening:
			listening = true
			if a.flags.json {
				a.printJSON(map[string]string{"event": "listening", "local": st.Local, "remote": st.Remote, "instance": string(st.Instance)})
			} else {
				fmt.Fprintf(a.env.Stdout, "%s is %s of %s; Ctrl+C ends it\n", st.Local, st.Remote, st.Instance)
			}
		case st.Notice != said && listening:
			said = st.Notice
			fmt.Fprintln(a.env.Stderr, said)
		}
	}
}
