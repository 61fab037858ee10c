package fleet

import (
	"slices"
	"time"
)

// story is what the history tells of one instance.
type story struct {
	id         InstanceID
	typ        InstanceType
	zone       Zone
	from, to   time.Time // zero: before the history began; not yet
	terminated bool
}

// stories gathers a history by instance, in the order of what happened first.
func stories(es []KeeperEvent) []*story {
	slices.SortStableFunc(es, func(a, b KeeperEvent) int { return a.At.Compare(b.At) })
	by := map[InstanceID]*story{}
	var all []*story
	for _, e := range es {
		if e.Kind != KeeperLaunched && e.Kind != KeeperTerminated {
			continue
		}
		s := by[e.Instance]
		if s == nil {
			s = &story{id: e.Instance}
			by[e.Instance] = s
			all = append(all, s)
		}
		if e.Kind == KeeperLaunched {
			s.from, s.typ, s.zone = e.At, e.Type, e.Zone
		} else {
			s.to, s.terminated = e.At, true
		}
	}
	return all
}

// overtakes notes an end that EC2 shows and its fleet's history does not have yet:
// that is up to 30 s behind (SDK DescribeFleetHistory).
func (w *worker) overtakes(s *story) {
	_, here := w.instances[s.id]
	if _, shown := w.endings[s.id]; shown && !here && !s.terminated {
		s.to, s.terminated = time.Now(), true
	}
}

// ended notes an end that the history tells, and gives the instance as it is now.
func (w *worker) ended(s *story, since time.Time) Instance {
	ob, seen := w.endings[s.id]
	reason := "it ended while nobody watched; EC2's history does not say why"
	if seen {
		reason = whyGone(ob)
	}
	w.enterStory(s, ob, seen)
	if o, here := w.instances[s.id]; here {
		if o.Stage != StageGone {
			w.stopProvisioning(o)
			w.stage(o, StageGone, reason)
			o.edit().State = StateTerminated
			w.e.opts.Shell.Forget(o.ID)
		}
		o.edit().GoneAt = s.to
		o.quiet = false
		w.publish(o)
		return *o.Instance
	}
	in := Instance{
		ID: s.id, Region: w.region, Zone: s.zone, Type: s.typ, State: StateTerminated, Stage: StageGone, Reason: Clean(reason),
		LaunchedAt: s.from, GoneAt: s.to, StageSince: s.to,
	}
	if seen {
		copyFacts(&in, ob)
	}
	if len(w.keepers) > 0 && in.Keeper == "" {
		in.Keeper = w.keepers[0].ID
	}
	if in.LaunchedAt.IsZero() { // before what EC2 remembers
		in.LaunchedAt, in.Estimated = since, true
	}
	in.Price = w.prices.of(in.Type, in.Zone)
	return in
}

// enterStory puts a life that the history tells into the ledger, from its launch to
// its end; EC2's spot requests say later whether it was taken.
func (w *worker) enterStory(s *story, ob Observation, seen bool) {
	_, here := w.instances[s.id]
	_, known := w.before[s.id]
	if !here && !known && !s.from.IsZero() {
		in := Instance{ID: s.id, Region: w.region, Zone: s.zone, Type: s.typ, LaunchedAt: s.from}
		if seen {
			copyFacts(&in, ob)
		}
		w.enter(in)
	}
	if e := w.book.entries[s.id]; e != nil {
		w.book.endedAt(e, s.to, 0)
	}
}
