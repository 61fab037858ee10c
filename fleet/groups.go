package fleet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Group is hosts of a run that ended alike: the same status and the same output.
type Group struct {
	Hosts []HostResult // in the order of the run; at least one
}

// Failed says whether its hosts failed.
func (g Group) Failed() bool { return g.Hosts[0].Failed() }

// TimedOut says whether its hosts were ended by a limit.
func (g Group) TimedOut() bool { return KindOf(g.Hosts[0].Err) == KindTimeout }

// Groups puts the hosts together that ended alike: successes first, larger ones
// first. Hosts that have not ended are in none. What they wrote is compared
// whole, also where only a part of it is kept.
func Groups(hosts []HostResult) []Group {
	at := map[string]int{}
	var gs []Group
	for _, h := range hosts {
		if !h.Done {
			continue
		}
		key := h.likeness()
		n, ok := at[key]
		if !ok {
			n = len(gs)
			at[key] = n
			gs = append(gs, Group{})
		}
		gs[n].Hosts = append(gs[n].Hosts, h)
	}
	slices.SortStableFunc(gs, func(a, b Group) int {
		if a.Failed() != b.Failed() {
			if a.Failed() {
				return 1
			}
			return -1
		}
		return len(b.Hosts) - len(a.Hosts)
	})
	return gs
}

// likeness is equal for hosts that ended alike.
func (r HostResult) likeness() string {
	wrote := r.Sum
	if wrote == "" {
		wrote = r.Output
	}
	if r.Err != nil {
		return fmt.Sprint("error\x00", KindOf(r.Err), "\x00", reason(r.Err), "\x00", wrote)
	}
	return fmt.Sprint("exit\x00", r.Exit.Code, "\x00", r.Exit.Signal, "\x00", wrote)
}

// reason is what went wrong without saying where.
func reason(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}

// Reason is what went wrong on a group's hosts without naming one of them; empty
// where they have an exit status.
func (g Group) Reason() string {
	if g.Hosts[0].Err == nil {
		return ""
	}
	return reason(g.Hosts[0].Err)
}

// Totals count how a run's hosts ended.
type Totals struct {
	Same      int // the largest group of those that did well
	Different int // did well, with another output
	Failed    int // ended badly, the next two not counted
	TimedOut  int
	Unknown   int // the connection was lost: nobody knows
	Running   int
}

// Count counts.
func Count(hosts []HostResult) Totals {
	var t Totals
	for n, g := range Groups(hosts) {
		size := len(g.Hosts)
		switch {
		case g.TimedOut():
			t.TimedOut += size
		case KindOf(g.Hosts[0].Err) == KindUnknown && g.Hosts[0].Err != nil:
			t.Unknown += size
		case g.Failed():
			t.Failed += size
		case n == 0:
			t.Same = size
		default:
			t.Different += size
		}
	}
	for _, h := range hosts {
		if !h.Done {
			t.Running++
		}
	}
	return t
}

// String gives "9 same, 1 different, 2 failed, timed out: 3", without what is 0.
func (t Totals) String() string {
	var parts []string
	add := func(n int, format string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(format, n))
		}
	}
	add(t.Same, "%d same")
	add(t.Different, "%d different")
	add(t.Failed, "%d failed")
	add(t.TimedOut, "timed out: %d")
	add(t.Unknown, "result unknown: %d")
	add(t.Running, "%d running")
	return strings.Join(parts, ", ")
}
