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
}

func (h *hostFlags) add(c *cobra.Command) {
	c.Flags().StringSliceVar(&h.on, "on", nil, "only on these instance ids (default: every ready instance)")
	c.Flags().DurationVar(&h.timeout, "timeout", 5*time.Minute, "longest time on each instance")
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
				q := fleet.RunRequest{Instances: ids, Line: line, Timeout: h.timeout}
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
				return s.engine.Upload(ids, args[0], args[1], h.timeout)
			})
		}),
	}
	h.add(c)
	return c
}

// onHosts scans, starts the work, waits for it and tells what came of it.
func (a *app) onHosts(c *cobra.Command, h hostFlags, flush func(), start func(*session, []fleet.InstanceID) (*fleet.Run, error)) error {
	s, err := a.open(need{key: true})
	if err != nil {
		return err
	}
	defer s.shut()
	m, err := s.scan(c.Context())
	if err != nil {
		return err
	}
	ids, err := hosts(m, h.on)
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

// hosts picks the named instances, or every ready one.
func hosts(m *model, on []string) ([]fleet.InstanceID, error) {
	if len(on) > 0 {
		return pick(m, on)
	}
	var ids []fleet.InstanceID
	for _, i := range m.list(false) {
		if i.Stage == fleet.StageReady {
			ids = append(ids, i.ID)
		}
	}
	if len(ids) == 0 {
		return nil, &fleet.Error{Op: "run", Kind: fleet.KindGone, Err: fmt.Errorf("no instance of fleet %s is ready", m.summary.Fleet), Hint: "`spot-tui list` shows why; --on names instances that aren't ready"}
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

func (a *app) sshCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "ssh INSTANCE [-- COMMAND [ARG...]]",
		Short: "Open a shell on an instance, or run one command there",
		Long: `Open a shell on an instance, or run one command there. The exit status is the
remote one. No ssh program is needed.`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
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
			if len(args) > 1 {
				return a.sshRun(c, s, ids[0], args[1:])
			}
			st, err := s.engine.Interactive(c.Context(), ids[0], fleet.TTY{In: a.env.Stdin, Out: a.env.Stdout, Err: a.env.Stderr, Term: a.env.Getenv("TERM")})
			if err != nil {
				return err
			}
			return remoteStatus(st)
		}),
	}
}

// sshRun runs one command with our own streams.
func (a *app) sshRun(c *cobra.Command, s *session, id fleet.InstanceID, args []string) error {
	line := args[0]
	if len(args) > 1 {
		line = quoteAll(args)
	}
	q := fleet.RunRequest{Instances: []fleet.InstanceID{id}, Line: line, Timeout: 24 * time.Hour, Sink: func(_ fleet.InstanceID, isErr bool, b []byte) {
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
