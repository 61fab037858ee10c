package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) logsCmd() *cobra.Command {
	var h hostFlags
	var q fleet.FollowRequest
	var once bool
	c := &cobra.Command{
		Use:   "logs [INSTANCE...]",
		Short: "Follow a log of the ready instances, merged",
		Long: `Follow a log of the ready instances, merged: a file, a systemd unit, or, with
neither, the whole journal. Each line has its instance before it. A connection
that is lost is made again. Ctrl+C ends it.`,
		Example: `  spot-tui logs --unit nginx
  spot-tui logs --file /var/log/cloud-init-output.log --lines 100 --no-follow`,
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			if err := h.filter.read(c); err != nil {
				return err
			}
			if q.File != "" && q.Unit != "" {
				return usage("say --file or --unit, not both")
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
			if q.Instances, err = h.chosen(m, args); err != nil {
				return err
			}
			if once {
				return a.logsOnce(c, s, m, q)
			}
			return a.follow(c.Context(), s, q)
		}),
	}
	h.choose(c)
	f := c.Flags()
	f.StringVar(&q.File, "file", "", "the log's path on the instance")
	f.StringVar(&q.Unit, "unit", "", "a systemd unit, from the journal")
	f.IntVarP(&q.Lines, "lines", "n", 10, "lines of the past, of each instance")
	f.BoolVar(&once, "no-follow", false, "print these lines and end")
	return c
}

// follow prints lines until a signal ends it or every log has ended.
func (a *app) follow(ctx context.Context, s *session, q fleet.FollowRequest) error {
	t, err := s.engine.Follow(q)
	if err != nil {
		return err
	}
	defer t.Close()
	out, notes := a.tagged(a.env.Stdout), a.tagged(a.env.Stderr)
	for seq := uint64(0); ; {
		lines, lost, open, err := t.Next(ctx, seq)
		if errors.Is(err, context.Canceled) { // Ctrl+C is how it ends
			a.printEnd(s)
			return nil
		}
		if err != nil {
			return err
		}
		if lost > 0 {
			fmt.Fprintf(a.env.Stderr, "%d lines came faster than they could be printed and are left out\n", lost)
		}
		for _, l := range lines {
			seq = l.Seq
			a.printTail(out, notes, l)
		}
		if !open && len(lines) == 0 {
			a.printEnd(s)
			return nil
		}
	}
}

// printEnd is the last object of a verb that goes on until it is ended.
func (a *app) printEnd(s *session) {
	if a.flags.json {
		a.printResult(result{Fleet: s.spec.Name, Errors: []jsonError{}})
	}
}

func (a *app) printTail(out, notes tagged, l fleet.TailLine) {
	switch {
	case a.flags.json:
		a.printJSON(struct {
			Event    string           `json:"event"`
			Instance fleet.InstanceID `json:"instance"`
			Notice   bool             `json:"notice"`
			Text     string           `json:"text"`
		}{"line", l.Instance, l.Notice, l.Text})
	case l.Notice:
		notes.line(l.Instance, "  -- ", l.Text)
	default:
		out.line(l.Instance, "  ", l.Text)
	}
}

// logsOnce prints the last lines as a command's output.
func (a *app) logsOnce(c *cobra.Command, s *session, m *model, q fleet.FollowRequest) error {
	p := a.newPrefixer()
	r := fleet.RunRequest{Instances: q.Instances, Line: fleet.PastLines(q)}
	if !a.flags.json {
		r.Sink = p.write
	}
	run, err := s.engine.Run(r)
	if err != nil {
		return err
	}
	snap, stopped := a.settle(c.Context(), run)
	p.flush()
	return told(a.ranOn(s, m, snap), stopped)
}
