package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// Reading the history while other processes write it.
const (
	followEvery   = 500 * time.Millisecond // how often it is read again
	followOverlap = time.Minute            // an event may be written that much later than it happened
	sameEvent     = time.Minute            // two processes see one thing within this time
)

// eventFlags say which part of the history is wanted.
type eventFlags struct {
	since  string
	kinds  []string
	follow bool
}

func (a *app) eventsCmd() *cobra.Command {
	var f eventFlags
	c := &cobra.Command{
		Use:   "events",
		Short: "Show what happened to the fleet, from the history on this machine",
		Long: `Show what happened to the fleet: launches, instances that became ready, failed,
were taken back by AWS or are gone, and how operations ended. The history is what
spot-tui saw on this machine; it outlives the fleet.`,
		Example: `  spot-tui events --since 2h
  spot-tui events --kind failed,interrupted
  spot-tui events --follow --json`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error { return a.events(c.Context(), f) }),
	}
	c.Flags().StringVar(&f.since, "since", "", "only events that are younger than this (30m, 2h, 3d), or from this time on (RFC 3339)")
	c.Flags().StringSliceVar(&f.kinds, "kind", nil, "only these kinds: "+strings.Join(kindWords(), ", "))
	c.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on, with what happens, until told to stop")
	completeWords(c, "kind", kindWords()...)
	return c
}

// eventKinds are the kinds that the history has.
func eventKinds() []fleet.EventKind {
	return []fleet.EventKind{
		fleet.EventLaunched, fleet.EventShort, fleet.EventReady, fleet.EventFailed, fleet.EventInterrupted,
		fleet.EventGone, fleet.EventOpDone, fleet.EventError, fleet.EventBudget, fleet.EventKept,
	}
}

// kindWord is a kind as a flag's value: without the space that one of them has.
func kindWord(k fleet.EventKind) string { return strings.ReplaceAll(string(k), " ", "-") }

func kindWords() []string {
	var ws []string
	for _, k := range eventKinds() {
		ws = append(ws, kindWord(k))
	}
	return ws
}

// wanted is a checked eventFlags.
type wanted struct {
	since time.Time
	kinds []fleet.EventKind // none: all
}

func (f eventFlags) check(now time.Time) (wanted, error) {
	var w wanted
	if f.since != "" {
		t, err := moment(f.since, now)
		if err != nil {
			return w, err
		}
		w.since = t
	}
	for _, word := range f.kinds {
		word = strings.ToLower(strings.TrimSpace(word))
		i := slices.IndexFunc(eventKinds(), func(k fleet.EventKind) bool { return kindWord(k) == word || string(k) == word })
		if i < 0 {
			return w, usage("--kind: there are no events of kind %q; there are %s", word, strings.Join(kindWords(), ", "))
		}
		w.kinds = append(w.kinds, eventKinds()[i])
	}
	return w, nil
}

// moment reads an age, such as 2h or 3d, or a time.
func moment(s string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, usage("--since: %q is neither an age such as 30m, 2h or 3d nor a time such as %s", s, now.UTC().Format(time.RFC3339))
}

func (w wanted) has(e fleet.Event) bool {
	return !e.At.Before(w.since) && (len(w.kinds) == 0 || slices.Contains(w.kinds, e.Kind))
}

func (a *app) events(ctx context.Context, f eventFlags) error {
	w, err := f.check(time.Now())
	if err != nil {
		return err
	}
	s, err := a.open(need{})
	if err != nil {
		return err
	}
	defer s.shut()
	if s.history == nil {
		return fmt.Errorf("there is no history to read: %w", s.store.(noStore).why)
	}
	s.engine.Start() // while it follows, it also watches: what AWS does gets into the history
	id, err := s.identity(ctx)
	if err != nil {
		return err
	}
	h := &historyReader{s: s, account: id.Account, wanted: w, from: w.since, printed: map[string]time.Time{}}
	n, err := h.read(ctx)
	for f.follow && err == nil && ctx.Err() == nil {
		var more int
		if more, err = h.next(ctx); err == nil {
			n += more
		}
	}
	if err != nil && ctx.Err() == nil {
		return err
	}
	if a.flags.json {
		a.printResult(result{Fleet: s.spec.Name, Count: &n})
	} else if n == 0 && !f.follow {
		fmt.Fprintln(a.env.Stderr, "no events; the history has what spot-tui saw on this machine")
	}
	return nil
}

// historyReader prints events once each.
type historyReader struct {
	s       *session
	account string
	wanted  wanted
	from    time.Time
	printed map[string]time.Time // what was printed, and when it happened
}

// read prints what is there from h.from on, and says how many events it were.
func (h *historyReader) read(ctx context.Context) (int, error) {
	es, err := h.s.history.Events(ctx, h.account, h.s.spec.Name, h.from)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range es {
		if h.before(e) || !h.wanted.has(e) {
			continue
		}
		n++
		h.s.a.printEvent(e)
	}
	return n, nil
}

// next waits a moment and reads on. The place goes on more slowly than the
// clock, since another process writes an event a little after it happened.
func (h *historyReader) next(ctx context.Context) (int, error) {
	t := time.NewTimer(followEvery)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return 0, nil
	case now := <-t.C:
		if from := now.Add(-followOverlap); from.After(h.from) {
			h.from = from
		}
	}
	for key, at := range h.printed {
		if at.Before(h.from.Add(-sameEvent)) {
			delete(h.printed, key)
		}
	}
	return h.read(ctx)
}

// before says whether the event was printed already: by an earlier read, or
// because another process that watched the same fleet has told it too.
func (h *historyReader) before(e fleet.Event) bool {
	key := fmt.Sprintf("%s %s", e.Kind, e.Instance)
	switch e.Kind {
	case fleet.EventReady, fleet.EventInterrupted, fleet.EventGone: // each watcher says it, in its own words
	default: // what one process did, perhaps more than once
		key += fmt.Sprintf(" %s %s %s", e.Region, e.Text, e.At)
	}
	last, ok := h.printed[key]
	h.printed[key] = e.At
	return ok && e.At.Sub(last) <= sameEvent
}

// printEvent prints an event of the history on stdout: it is what was asked for.
func (a *app) printEvent(e fleet.Event) {
	if a.flags.json {
		e.At = e.At.UTC()
		a.printJSON(e)
		return
	}
	where := strings.TrimSpace(string(e.Region) + " " + string(e.Instance))
	a.printf("%s  %-14s  %s%s\n", e.At.Local().Format("2006-01-02 15:04:05"), e.Kind, prefixed(where), e.Text)
}

func prefixed(where string) string {
	if where == "" {
		return ""
	}
	return where + ": "
}
