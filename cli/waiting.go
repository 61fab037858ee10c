package cli

import (
	"fmt"
	"strings"

	"spot-tui/fleet"
)

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
