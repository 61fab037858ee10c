package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// waiting is what is waited for, and among which instances.
type waiting struct {
	flags  waitFlags
	want   int
	leaves map[fleet.InstanceID]bool // for gone: those that were seen
}

func newWaiting(m *model, f waitFlags) (*waiting, error) {
	w := &waiting{flags: f, want: f.count, leaves: map[fleet.InstanceID]bool{}}
	live := w.live(m)
	if f.stage == "gone" {
		if f.count > len(live) {
			return nil, usage("--count: only %d instances are there, so %d can't go", len(live), f.count)
		}
		w.grow(m)
		return w, nil
	}
	if w.want == 0 {
		if w.want = m.summary.Record.Target; w.want == 0 || f.filter.given {
			w.want = len(live)
		}
	}
	if w.want == 0 && f.filter.given {
		return nil, f.filter.none(m)
	}
	if w.want == 0 {
		return nil, &fleet.Error{Op: "wait", Kind: fleet.KindGone, Err: fmt.Errorf("fleet %s has no instances", m.summary.Fleet), Hint: "`spot-tui create` launches it; --count waits for a launch that is yet to come"}
	}
	return w, nil
}

// live lists the instances that are looked at and not gone.
func (w *waiting) live(m *model) []fleet.Instance { return w.flags.filter.only(m.list(false)) }

// have counts the instances that are where they should be.
func (w *waiting) have(m *model) int {
	n := 0
	if w.flags.stage == "gone" {
		for id := range w.leaves {
			if i, ok := m.instances[id]; !ok || i.Stage == fleet.StageGone {
				n++
			}
		}
		return n
	}
	for _, i := range w.live(m) {
		if i.Stage == fleet.StageReady || w.flags.stage == "running" && i.State == fleet.StateRunning && !i.Stage.Leaving() {
			n++
		}
	}
	return n
}

// met says whether the wait is over. That all are gone is not proven while a
// region does not answer (R11).
func (w *waiting) met(m *model) bool {
	if w.flags.stage == "gone" && w.flags.count == 0 && len(m.down()) > 0 {
		return false
	}
	return w.have(m) >= w.want
}

// grow adds to those that must go the ones that are seen for the first time:
// launched meanwhile, or in a region that answers only now.
func (w *waiting) grow(m *model) {
	if w.flags.stage != "gone" {
		return
	}
	for _, i := range w.live(m) {
		w.leaves[i.ID] = true
	}
	if w.flags.count == 0 {
		w.want = len(w.leaves)
	}
}

// failed counts the instances that will not become ready by themselves.
func (w *waiting) failed(m *model) int {
	if w.flags.stage != "ready" {
		return 0
	}
	n := 0
	for _, i := range w.live(m) {
		if i.Stage == fleet.StageFailed {
			n++
		}
	}
	return n
}

// hopeless says whether too many have failed.
func (w *waiting) hopeless(m *model) bool {
	return w.failed(m) > 0 && max(len(w.live(m)), w.want)-w.failed(m) < w.want
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

// others counts, by stage, the instances that are not there yet.
func (w *waiting) others(m *model) string {
	by := map[fleet.Stage]int{}
	for _, i := range w.live(m) {
		if i.Stage != fleet.StageReady || w.flags.stage == "gone" {
			by[i.Stage]++
		}
	}
	var words []string
	for st := range fleet.StageGone {
		if by[st] > 0 {
			words = append(words, fmt.Sprintf("%d %s", by[st], st))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}
