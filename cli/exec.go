package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
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

// printGroups prints equal output once, the largest group first, failures last.
func (a *app) printGroups(snap fleet.RunSnapshot) {
	for n, g := range fleet.Groups(snap.Hosts) {
		if n > 0 {
			fmt.Fprintln(a.env.Stdout)
		}
		h := g.Hosts[0]
		fmt.Fprintf(a.env.Stdout, "--- %s, %s: %s\n", counted(len(g.Hosts), "instance"), howEnded(h), idsOf(g.Hosts))
		if text := strings.TrimRight(h.Output, "\n"); text != "" {
			fmt.Fprintln(a.env.Stdout, text)
		}
		if h.File != "" {
			fmt.Fprintf(a.env.Stdout, "(all of it: %s)\n", h.File)
		}
	}
}

// howEnded says in a few words how a host's part ended.
func howEnded(h fleet.HostResult) string {
	switch {
	case h.Err != nil && fleet.KindOf(h.Err) == fleet.KindTimeout:
		return "timed out: " + fleet.Group{Hosts: []fleet.HostResult{h}}.Reason()
	case h.Err != nil:
		return fleet.Group{Hosts: []fleet.HostResult{h}}.Reason()
	case h.Exit.Signal != "":
		return "ended by SIG" + h.Exit.Signal
	}
	return fmt.Sprintf("exit %d", h.Exit.Code)
}

// idsOf names hosts; a large group by its regions.
func idsOf(hosts []fleet.HostResult) string {
	const most = 8
	if len(hosts) <= most {
		ids := make([]string, len(hosts))
		for i, h := range hosts {
			ids[i] = string(h.Instance)
		}
		return strings.Join(ids, " ")
	}
	var order []fleet.Region
	by := map[fleet.Region]int{}
	for _, h := range hosts {
		if by[h.Region]++; by[h.Region] == 1 {
			order = append(order, h.Region)
		}
	}
	words := make([]string, len(order))
	for i, r := range order {
		words[i] = fmt.Sprintf("%s %d", r, by[r])
	}
	return strings.Join(words, ", ")
}

// ranOn prints the results and gives the exit code.
func (a *app) ranOn(s *session, m *model, snap fleet.RunSnapshot) error {
	failed := 0
	r := result{Fleet: s.spec.Name, Hosts: []jsonHost{}, Errors: m.down()}
	for _, h := range snap.Hosts {
		j := jsonHost{
			ID: h.Instance, Region: h.Region, Phase: h.Phase.String(), Output: h.Output, Cut: h.Cut, File: h.File, Sum: h.Sum,
			Seconds: h.Took.Seconds(), Signal: h.Exit.Signal,
		}
		if snap.Kind != fleet.OpRun {
			j.Bytes = &h.Moved
		}
		if h.Failed() || !h.Done {
			failed++
		}
		switch {
		case h.Err != nil:
			j.Error = h.Err.Error()
			r.Errors = append(r.Errors, toJSONError(h.Err))
		case h.Done:
			code := h.Exit.Code
			j.Exit = &code
		}
		r.Hosts = append(r.Hosts, j)
		if a.flags.json {
			continue
		}
		switch {
		case h.Err != nil:
			fmt.Fprintf(a.env.Stderr, "%s: %s\n", h.Instance, h.Err)
		case !h.Done:
			fmt.Fprintf(a.env.Stderr, "%s: has not ended; nobody knows how far it is\n", h.Instance)
		case !h.Exit.OK():
			fmt.Fprintf(a.env.Stderr, "%s: exit %d %s\n", h.Instance, h.Exit.Code, h.Exit.Signal)
		}
	}
	if a.flags.json {
		a.printResult(r)
	} else {
		text := fmt.Sprintf("ok on %d of %d", len(snap.Hosts)-failed, len(snap.Hosts))
		if snap.Kind == fleet.OpRun { // what copies print differs by its nature
			text += " (" + fleet.Count(snap.Hosts).String() + ")"
		}
		fmt.Fprintln(a.env.Stderr, text)
	}
	switch failed {
	case 0:
		return nil
	case len(snap.Hosts):
		return &exit{code: exitFailed, told: true}
	}
	return &exit{code: exitPartial, told: true}
}
