package fleet

import (
	"context"
	"encoding/json"
	"time"
)

// openLaunches lists launches that were begun and whose result is not known,
// by region: a crash, or an answer that never came.
func (e *Engine) openLaunches(ctx context.Context) (map[Region][]openLaunch, error) {
	open, err := e.opts.Store.Open(ctx, e.account(), e.spec.Name)
	if err != nil {
		return nil, &Error{Op: "read the journal", Kind: KindInternal, Err: err, Hint: "launching is not safe without it"}
	}
	by := map[Region][]openLaunch{}
	for _, i := range open {
		if i.Kind != IntentLaunch {
			continue
		}
		var q LaunchRequest
		if err := json.Unmarshal(i.Request, &q); err != nil {
			return nil, &Error{Op: "read the journal", Resource: i.ID, Kind: KindInternal, Err: err}
		}
		by[i.Region] = append(by[i.Region], openLaunch{q, i.At})
	}
	return by, nil
}

// openLaunch is a launch whose result is not known, and when it was begun.
type openLaunch struct {
	LaunchRequest
	at time.Time
}

// countFor counts what the region has of the target: instances on their way or
// up, and those that an unfinished launch will turn out to have made.
func (w *worker) countFor(open []openLaunch) int {
	n := 0
	by := map[LaunchID]int{}
	for _, o := range w.instances {
		by[o.Launch]++ // whatever became of it, it is not to come any more
		if !o.Stage.Leaving() {
			if !w.e.replacesLive(o.Instance) {
				n++
			}
		}
	}
	for _, q := range open {
		if old := ParseOrigin(q.Tags[TagOrigin]).Replaces; old == "" || !w.e.lives(old) {
			n += max(0, q.Count-by[q.Launch])
		}
	}
	return n
}
