package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// hostFlags say on which instances a command runs.
type hostFlags struct {
	on      []string
	timeout time.Duration
	filter  filterFlag
}

func (h *hostFlags) add(c *cobra.Command) {
	c.Flags().StringSliceVar(&h.on, "on", nil, "only on these instance ids (default: every ready instance)")
	c.Flags().DurationVar(&h.timeout, "timeout", 5*time.Minute, "longest time on each instance")
	h.filter.add(c, "only on the ready instances that match")
}

func (a *app) execCmd() *cobra.Command {
	var h hostFlags
	c := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARG...]",
		Short: "Run a command on the ready instances, side by side",
		Long: `Run a command on the ready instances, side by side. One argument is a shell
line; several are a command and its arguments, quoted for the shell.`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			line := args[0]
			if len(args) > 1 {
				line = quoteAll(args)
			}
			p := newPrefixer(a.env.Stdout, a.env.Stderr)
			return a.onHosts(c, h, p.flush, func(s *session, ids []fleet.InstanceID) (*fleet.Run, error) {
				q := fleet.RunRequest{Instances: ids, Line: line, Limits: fleet.Limits{Total: h.timeout}}
				if !a.flags.json {
					q.Sink = p.write
				}
				return s.engine.Run(q)
			})
		}),
	}
	h.add(c)
	return c
}

func (a *app) uploadCmd() *cobra.Command {
	var h hostFlags
	c := &cobra.Command{
		Use:   "upload SOURCE TARGET",
		Short: "Copy a file or folder to the ready instances, and verify it there",
		Args:  cobra.ExactArgs(2),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err != nil {
				return usage("%v", err)
			}
			return a.onHosts(c, h, func() {}, func(s *session, ids []fleet.InstanceID) (*fleet.Run, error) {
				return s.engine.Upload(fleet.UploadRequest{Instances: ids, File: fleet.FileSpec{Source: args[0], Target: args[1]}, Limits: fleet.Limits{Total: h.timeout}})
			})
		}),
	}
	h.add(c)
	return c
}

// onHosts scans, starts the work, waits for it and tells what came of it.
func (a *app) onHosts(c *cobra.Command, h hostFlags, flush func(), start func(*session, []fleet.InstanceID) (*fleet.Run, error)) error {
	if err := h.filter.read(c); err != nil {
		return err
	}
	if h.filter.given && len(h.on) > 0 {
		return usage("say --on or --filter, not both")
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
	ids, err := hosts(m, h)
	if err != nil {
		return err
	}
	run, err := start(s, ids)
	if err != nil {
		return err
	}
	snap, err := run.Wait(c.Context())
	flush()
	if err != nil {
		run.Cancel()
		return canceled(err)
	}
	return a.ranOn(s, m, snap)
}

// hosts picks the named instances, or every ready one that the filter takes.
func hosts(m *model, h hostFlags) ([]fleet.InstanceID, error) {
	if len(h.on) > 0 {
		return pick(m, h.on)
	}
	var ids []fleet.InstanceID
	taken := h.filter.only(m.list(false))
	if len(taken) == 0 && h.filter.given {
		return nil, h.filter.none(m)
	}
	for _, i := range taken {
		if i.Stage == fleet.StageReady {
			ids = append(ids, i.ID)
		}
	}
	if len(ids) == 0 {
		return nil, &fleet.Error{Op: "run", Kind: fleet.KindGone, Err: fmt.Errorf("none of %d instances of fleet %s is ready", len(taken), m.summary.Fleet), Hint: "`spot-tui list` shows why; --on names instances that aren't ready"}
	}
	return ids, nil
}

// ranOn prints the results and gives the exit code.
func (a *app) ranOn(s *session, m *model, snap fleet.RunSnapshot) error {
	failed := 0
	r := result{Fleet: s.spec.Name, Hosts: []jsonHost{}, Errors: m.down()}
	for _, h := range snap.Hosts {
		j := jsonHost{ID: h.Instance, Region: h.Region, Output: h.Output, Cut: h.Cut, Seconds: h.Took.Seconds(), Signal: h.Exit.Signal}
		if h.Failed() {
			failed++
		}
		if h.Err != nil {
			j.Error = h.Err.Error()
			r.Errors = append(r.Errors, toJSONError(h.Err))
		} else {
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
		case !h.Exit.OK():
			fmt.Fprintf(a.env.Stderr, "%s: exit %d %s\n", h.Instance, h.Exit.Code, h.Exit.Signal)
		}
	}
	if a.flags.json {
		a.printResult(r)
	} else {
		fmt.Fprintf(a.env.Stderr, "ok on %d of %d\n", len(snap.Hosts)-failed, len(snap.Hosts))
	}
	switch failed {
	case 0:
		return nil
	case len(snap.Hosts):
		return &exit{code: exitFailed, told: true}
	}
	return &exit{code: exitPartial, told: true}
}

// quoteAll quotes arguments for a POSIX shell.
func quoteAll(args []string) string {
	out := make([]string, len(args))
	for i, s := range args {
		if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") == "" {
			out[i] = s
			continue
		}
		out[i] = "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return strings.Join(out, " ")
}

// prefixer writes what hosts print, whole lines, each with its instance's id,
// without control characters: remote text is not trusted.
type prefixer struct {
	mu   sync.Mutex
	out  [2]io.Writer
	rest map[string]*bytes.Buffer
}

func newPrefixer(out, errw io.Writer) *prefixer {
	return &prefixer{out: [2]io.Writer{out, errw}, rest: map[string]*bytes.Buffer{}}
}

func (p *prefixer) write(id fleet.InstanceID, isErr bool, chunk []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	if isErr {
		n = 1
	}
	key := fmt.Sprint(id, n)
	b, ok := p.rest[key]
	if !ok {
		b = &bytes.Buffer{}
		p.rest[key] = b
	}
	b.Write(chunk)
	for {
		i := bytes.IndexByte(b.Bytes(), '\n')
		if i < 0 && b.Len() < 1<<16 {
			return
		}
		if i < 0 {
			i = b.Len() - 1
		}
		fmt.Fprintf(p.out[n], "%s  %s\n", id, fleet.Clean(string(bytes.TrimRight(b.Next(i+1), "\r\n"))))
	}
}

// flush writes lines that had no end.
func (p *prefixer) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, b := range p.rest {
		if b.Len() > 0 {
			n := int(key[len(key)-1] - '0')
			fmt.Fprintf(p.out[n], "%s  %s\n", key[:len(key)-1], fleet.Clean(b.String()))
			b.Reset()
		}
	}
}
