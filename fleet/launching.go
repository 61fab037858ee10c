package fleet

import (
	"fmt"
	"slices"
	"sync"
)

// maxAsks is how often one launch asks a region for capacity: its share, what
// other pools there can still give, and once more for what others lack or for
// on-demand. More would only ask the same pools again. Requests that EC2 was too
// busy for are not among them.
const maxAsks = 3

// launching is what one launch operation gathers, from all regions.
type launching struct {
	e    *Engine
	op   OpID
	plan Plan
	errs failures

	mu    sync.Mutex
	ids   map[InstanceID]bool
	spare int // how many more than the target there may be already, with what has no answer
	left  int // instances that may still be asked for: never more than the plan says are under way
	at    []*asking
}

// asking is how far a launch is in one region. What stands below the line is
// touched by that region's part of a round only, and rounds follow each other.
type asking struct {
	region  Region     // never changes: other regions' parts look for theirs by it
	plan    RegionPlan // with the subnets that were made
	asked   int        // requests for capacity so far
	missing int        // of its own share
	why     *Error     // why it came short the last time
	shut    bool       // nothing more is asked for here
	unfit   []Pool     // pools that can't serve this launch, whatever their capacity

	ground *ground
}

// want is one thing to ask a region for.
type want struct {
	n        int
	onDemand bool
	own      bool   // of the region's share
	why      string // of Origin
}

func newLaunching(e *Engine, op OpID, p Plan) *launching {
	l := &launching{e: e, op: op, plan: p, ids: map[InstanceID]bool{}, spare: p.Running - p.Target}
	for _, r := range p.Regions {
		if !r.counted {
			l.spare += r.Want
		}
		a := &asking{region: r.Region, plan: r, shut: r.Problem != nil}
		if r.Problem == nil {
			a.missing = r.Launch
			l.left += r.Launch
		}
		l.at = append(l.at, a)
	}
	return l
}

func (l *launching) fail(err error) { l.e.fail(l.op, &l.errs, err) }

func (l *launching) in(r Region) *asking {
	for _, a := range l.at {
		if a.region == r {
			return a
		}
	}
	return &asking{region: r, plan: RegionPlan{Region: r}, shut: true}
}

// take reserves up to n instances of what the plan allows.
func (l *launching) take(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = max(0, min(n, l.left))
	l.left -= n
	return n
}

// give says that n of what was taken did not come.
func (l *launching) give(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left += max(0, n)
}

// found says that a region turned out to have n more than the plan counted.
func (l *launching) found(a *asking, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = max(0, l.left-n)
	a.missing = max(0, a.missing-n)
}

// got notes instances that a region gave.
func (l *launching) got(a *asking, w want, is []Launched) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range is {
		l.ids[i.ID] = true
	}
	if w.own {
		a.missing = max(0, a.missing-len(is))
	}
}

// short notes why a region came short.
func (l *launching) short(a *asking, why *Error) {
	l.mu.Lock()
	a.why = why
	l.mu.Unlock()
	l.e.feed.event(LevelWarn, Event{Kind: EventShort, Region: a.plan.Region, Op: l.op, Text: why.Error()})
}

// watch follows the launched instances until none moves any more, then ends
// the operation.
func (l *launching) watch() {
	total := len(l.ids)
	var c Cursor
	settled := map[InstanceID]Stage{}
	for {
		b, err := l.e.Next(l.e.ctx, c)
		if err != nil {
			return
		}
		c = b.Cursor
		for _, i := range b.Instances {
			switch {
			case l.ids[i.ID], !i.Stage.Leaving() && l.follows(i.Region):
				settled[i.ID] = i.Stage
			default:
				delete(settled, i.ID) // not ours, and leaving: nothing to wait for
			}
		}
		ready, failed, moving := 0, 0, 0
		for _, s := range settled {
			switch s {
			case StageReady:
				ready++
			case StageFailed, StageGone:
				failed++
			default:
				moving++
			}
		}
		l.e.feed.opIfChanged(l.op, ready+failed, max(total, len(settled)), fmt.Sprintf("%d ready, %d on the way", ready, moving))
		if moving == 0 && len(settled) >= total {
			text := fmt.Sprintf("%s ready", plural(ready, "instance"))
			if failed > 0 {
				text += fmt.Sprintf(", %d failed", failed)
			}
			l.e.endOp(l.op, &l.errs, text)
			return
		}
	}
}

// follows says whether an instance belongs to what this operation waits for:
// its own, and whatever a confirmed create takes up again.
func (l *launching) follows(r Region) bool {
	return slices.ContainsFunc(l.plan.Regions, func(p RegionPlan) bool { return p.Region == r })
}
