package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// waitFlags say what is waited for.
type waitFlags struct {
	stage   string
	count   int
	timeout time.Duration
	filter  filterFlag
}

func (a *app) waitCmd() *cobra.Command {
	var f waitFlags
	c := &cobra.Command{
		Use:   "wait",
		Short: "Wait until instances are ready, running or gone",
		Long: `Wait until enough instances are ready, running or gone; launches and changes
nothing. Enough is --count, or else the fleet's target; for gone, and with
--filter, every instance that is there now (and matches). The exit code is 3 where the time is over before, or so many
have failed that it can't come true any more.`,
		Example: `  spot-tui wait
  spot-tui wait --for running --count 2 --timeout 5m
  spot-tui wait --for gone --filter "region:us-east-1"`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error { return a.wait(c, f) }),
	}
	c.Flags().StringVar(&f.stage, "for", "ready", "what to wait for: ready, running or gone")
	c.Flags().IntVar(&f.count, "count", 0, "how many instances (default: the fleet's target; for gone: all that are there)")
	c.Flags().DurationVar(&f.timeout, "timeout", 10*time.Minute, "longest time to wait")
	f.filter.add(c, "count only the instances that match")
	completeWords(c, "for", "ready", "running", "gone")
	return c
}

func (f waitFlags) check(c *cobra.Command) error {
	switch {
	case !slices.Contains([]string{"ready", "running", "gone"}, f.stage):
		return usage("--for: %q is not one of ready, running, gone", f.stage)
	case c.Flags().Changed("count") && f.count < 1:
		return usage("--count: %d instances can't be waited for; say 1 or more", f.count)
	case f.timeout <= 0:
		return usage("--timeout: %s is no time to wait; say, for example, 10m", f.timeout)
	}
	return nil
}

func (a *app) wait(c *cobra.Command, f waitFlags) error {
	if err := f.check(c); err != nil {
		return err
	}
	if err := f.filter.read(c); err != nil {
		return err
	}
	s, err := a.open(need{})
	if err != nil {
		return err
	}
	defer s.shut()
	over := time.Now().Add(f.timeout)
	ctx, cancel := context.WithDeadline(c.Context(), over)
	defer cancel()
	m, err := s.look(ctx, f.filter)
	if err != nil {
		return s.waitEnded(c.Context(), f, err)
	}
	w, err := newWaiting(m, f)
	if err != nil {
		return err
	}
	for !w.met(m) && !w.hopeless(m) {
		b, err := s.engine.Next(ctx, m.cursor)
		if err != nil {
			if c.Context().Err() != nil {
				return canceled(c.Context().Err())
			}
			break // the time is over: what stands is told below
		}
		m.take(b)
		w.grow(m)
		a.progress(b)
	}
	return a.waited(s, m, w)
}

// waitEnded says that the time was over before any region answered.
func (s *session) waitEnded(parent context.Context, f waitFlags, err error) error {
	if parent.Err() == nil && (errors.Is(err, context.DeadlineExceeded) || fleet.KindOf(err) == fleet.KindTimeout) {
		return &exit{code: exitPartial, err: fmt.Errorf("not every region has answered within %s; `spot-tui list` shows which", f.timeout)}
	}
	return err
}

// watched lists the instances that the result shows.
func (w *waiting) watched(m *model) []fleet.Instance {
	if w.flags.stage != "gone" {
		return w.live(m)
	}
	return slices.DeleteFunc(m.list(true), func(i fleet.Instance) bool { return !w.leaves[i.ID] })
}

// waited tells how it ended.
func (a *app) waited(s *session, m *model, w *waiting) error {
	r := result{Fleet: s.spec.Name, Instances: []jsonInstance{}, Errors: m.down()}
	n := w.have(m)
	r.Count = &n
	for _, i := range w.watched(m) {
		r.Instances = append(r.Instances, toJSON(i))
	}
	text := fmt.Sprintf("%d of %d are %s", n, w.want, w.flags.stage)
	if w.met(m) {
		if a.flags.json {
			a.printResult(r)
		} else {
			a.printErrors(r.Errors)
			a.printf("%s\n", text)
		}
		return nil
	}
	if w.hopeless(m) {
		text += fmt.Sprintf(" and %d failed; `spot-tui list` shows why", w.failed(m))
	} else {
		text += fmt.Sprintf(" after %s%s; `spot-tui list` shows more", w.flags.timeout, w.others(m))
	}
	if a.flags.json {
		r.Errors = append(r.Errors, jsonError{Kind: fleet.KindTimeout, Message: text})
		a.printResult(r)
		return &exit{code: exitPartial, told: true}
	}
	a.printErrors(m.down())
	return &exit{code: exitPartial, err: errors.New(text)}
}
