package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// execFlags are exec's own.
type execFlags struct {
	hosts   hostFlags
	stdin   string
	group   bool
	dry     bool
	history bool
}

func (a *app) execCmd() *cobra.Command {
	var f execFlags
	c := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARG...]",
		Short: "Run a command on the ready instances, side by side",
		Long: `Run a command on the ready instances, side by side. One argument is a shell
line; several are a command and its arguments, quoted for the shell.

What they print comes as it comes, each line with its instance; --group prints
it at the end instead, equal output once with the instances that wrote it. The
first Ctrl+C cancels what has not ended, a second one leaves at once. Exit code:
0 all did well, 3 some failed, 1 all did.

Until an instance has taken the command, a lost connection is tried again; after
that the result is unknown and said so, and nothing is run twice.`,
		Example: `  spot-tui exec -- uptime
  spot-tui exec --group --filter "region:us-*" -- 'uname -r; df -h /'
  spot-tui exec --stdin setup.sh --timeout 10m -- sh -s`,
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			if f.history {
				return a.execHistory(c)
			}
			if len(args) == 0 {
				return usage("name a command after --; `spot-tui exec --help` shows examples")
			}
			return a.exec(c, f, args)
		}),
	}
	f.hosts.add(c, 5*time.Minute)
	c.Flags().StringVar(&f.stdin, "stdin", "", "a file that each instance's command reads; - is our own input")
	c.Flags().BoolVar(&f.group, "group", false, "print at the end, equal output once")
	c.Flags().BoolVar(&f.dry, "dry-run", false, "only say on which instances it would run")
	c.Flags().BoolVar(&f.history, "history", false, "print the commands that were run before, the newest first")
	return c
}

func (a *app) exec(c *cobra.Command, f execFlags, args []string) error {
	line := args[0]
	if len(args) > 1 {
		line = fleet.QuoteAll(args)
	}
	input, err := a.input(f.stdin)
	if err != nil {
		return err
	}
	if f.dry {
		return a.dryExec(c, f.hosts, line)
	}
	p := a.newPrefixer()
	return a.onHosts(c, f.hosts, func(s *session, m *model, ids []fleet.InstanceID) error {
		q := fleet.RunRequest{Instances: ids, Line: line, Stdin: input, Limits: f.hosts.limits(), Parallel: f.hosts.parallel}
		if !a.flags.json && !f.group {
			q.Sink = p.write
		}
		run, err := s.engine.Run(q)
		if err != nil {
			return err
		}
		snap, stopped := a.settle(c.Context(), run)
		p.flush()
		if f.group && !a.flags.json {
			a.printGroups(snap)
		}
		return told(a.ranOn(s, m, snap), stopped)
	})
}

// maxInput bounds what every instance reads: it is kept in memory.
const maxInput = 64 << 20

// input reads what --stdin names.
func (a *app) input(name string) ([]byte, error) {
	var r io.Reader
	switch name {
	case "":
		return nil, nil
	case "-":
		r = a.env.Stdin
	default:
		f, err := os.Open(name)
		if err != nil {
			return nil, usage("--stdin: %v; name a file that can be read", err)
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	switch {
	case err != nil:
		return nil, usage("--stdin: %v", err)
	case len(b) > maxInput:
		return nil, usage("--stdin: %s is larger than 64 MiB; upload it", name)
	}
	return b, nil
}

// onHosts scans and does something on the chosen instances.
func (a *app) onHosts(c *cobra.Command, h hostFlags, do func(*session, *model, []fleet.InstanceID) error) error {
	if err := h.read(c); err != nil {
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
	ids, err := h.pick(m)
	if err != nil {
		return err
	}
	return do(s, m, ids)
}

// told is the end of a verb that has printed its result: what stopped it comes first.
func told(err, stopped error) error {
	if stopped != nil {
		return &exit{code: exitFailed, err: stopped, told: true}
	}
	return err
}

// settlePatience is how long a canceled run may take to end on its hosts.
const settlePatience = 3 * time.Second

// settle waits for a run. A signal cancels what has not ended; what came until
// then is still told.
func (a *app) settle(ctx context.Context, run *fleet.Run) (fleet.RunSnapshot, error) {
	snap, err := run.Wait(ctx)
	if err == nil {
		return snap, nil
	}
	run.Cancel()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer cancel()
	if late, lateErr := run.Wait(ctx); lateErr == nil {
		return late, canceled(err)
	}
	return run.Snapshot(), canceled(err)
}

func (a *app) dryExec(c *cobra.Command, h hostFlags, line string) error {
	return a.onHosts(c, h, func(s *session, m *model, ids []fleet.InstanceID) error {
		r := result{Fleet: s.spec.Name, Hosts: []jsonHost{}, Errors: m.down()}
		for _, id := range ids {
			r.Hosts = append(r.Hosts, jsonHost{ID: id, Region: m.instances[id].Region, Phase: fleet.PhaseQueued.String()})
			if !a.flags.json {
				fmt.Fprintf(a.env.Stdout, "%s  %s\n", id, m.instances[id].Zone)
			}
		}
		if a.flags.json {
			a.printResult(r)
		} else {
			fmt.Fprintf(a.env.Stderr, "%s would run on %s; nothing was done\n", fleet.Clean(line), counted(len(ids), "instance"))
		}
		return nil
	})
}

func (a *app) execHistory(c *cobra.Command) error {
	s, err := a.open(need{})
	if err != nil {
		return err
	}
	defer s.shut()
	s.engine.Start()
	if _, err := s.identity(c.Context()); err != nil {
		return err
	}
	lines := s.engine.Commands(c.Context())
	if a.flags.json {
		a.printResult(result{Fleet: s.spec.Name, Commands: lines})
		return nil
	}
	for _, l := range lines {
		fmt.Fprintln(a.env.Stdout, fleet.Clean(l))
	}
	return nil
}
