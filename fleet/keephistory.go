package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// catchUp reads once what the region's keepers did while nobody watched. The
// worker calls it when it knows its instances and its keepers.
func (w *worker) catchUp() {
	if w.caughtUp || w.catching || !w.loaded || len(w.keepers) == 0 {
		return
	}
	w.catching = true
	ks, since := w.keepers, time.Now().Add(-HistoryKept)
	w.call("history", func(ctx context.Context) {
		var all []KeeperEvent
		var failed error
		for _, k := range ks {
			es, err := w.cloud.KeeperHistory(ctx, k.ID, since)
			if err != nil {
				failed = err
				break
			}
			all = append(all, es...)
		}
		w.post(func() {
			w.catching = false
			if failed != nil {
				if ctx.Err() == nil {
					w.say(LevelWarn, "", "what AWS did meanwhile can't be read: %s", failed)
				}
				return // the next look at the keepers tries again
			}
			w.caughtUp = true
			w.retell(all, since)
		})
	})
}

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

// retell turns a history into events and instances, as far as this store did not
// know them: what was launched, what ended, and what nobody can tell any more.
func (w *worker) retell(es []KeeperEvent, since time.Time) {
	launched, ended, taken := 0, 0, 0
	var unseen []Instance
	told := map[InstanceID]bool{}
	for _, s := range stories(es) {
		told[s.id] = true
		was, known := w.before[s.id]
		if !known && !s.from.IsZero() {
			launched++
			w.tellLaunched(s.id, s.from)
		}
		if !s.terminated || known && was.Stage == StageGone {
			continue
		}
		ended++
		gone := w.ended(s, since)
		if spotTaken(w.endings[s.id].StateReasonCode) {
			taken++
		}
		if _, here := w.instances[s.id]; !here {
			unseen = append(unseen, gone)
		}
		w.e.feed.event(LevelInfo, Event{At: s.to, Kind: EventGone, Region: w.region, Instance: s.id, Text: "gone meanwhile: " + gone.Reason})
	}
	for id, o := range w.instances { // younger than EC2's history
		if _, known := w.before[id]; !known && o.Keeper != "" && !told[id] && o.Stage != StageGone {
			launched++
			w.tellLaunched(id, o.LaunchedAt)
		}
	}
	ended += w.tellGap(told, since)
	w.keepUnseen(unseen)
	if launched+ended > 0 {
		text := fmt.Sprintf("while nobody watched, AWS launched %d and %d ended", launched, ended)
		if taken > 0 {
			text += fmt.Sprintf(", %d of them taken back", taken)
		}
		w.e.feed.event(LevelInfo, Event{Kind: EventKept, Region: w.region, Text: text + " (EC2 Fleet's history)"})
	}
}

func (w *worker) tellLaunched(id InstanceID, at time.Time) {
	w.e.feed.event(LevelInfo, Event{At: at, Kind: EventLaunched, Region: w.region, Instance: id, Text: "launched by AWS to hold the target"})
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
			o.State = StateTerminated
			w.e.opts.Shell.Forget(o.ID)
		}
		o.GoneAt = s.to
		w.publish(o)
		return o.Instance
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

// tellGap says from when to when nobody knows what happened, and ends what was
// lost in between at its middle: an estimate, and marked as one.
func (w *worker) tellGap(told map[InstanceID]bool, since time.Time) (lost int) {
	var last time.Time
	for _, i := range w.before {
		for _, at := range []time.Time{i.SeenAt, i.StageSince, i.GoneAt} {
			if at.After(last) {
				last = at
			}
		}
	}
	if last.IsZero() || !last.Before(since) {
		return 0
	}
	w.e.feed.event(LevelWarn, Event{At: since, Kind: EventKept, Region: w.region, Estimated: true, Text: fmt.Sprintf(
		"what happened from %s to %s is not known: EC2 keeps a fleet's history for 48 hours; what ended then is dated by estimate",
		last.UTC().Format("2006-01-02 15:04"), since.UTC().Format("2006-01-02 15:04 UTC"))})
	middle := last.Add(since.Sub(last) / 2)
	for id, o := range w.instances {
		_, known := w.before[id]
		_, shown := w.endings[id]
		if !known || shown || told[id] || o.missed == 0 || o.Stage == StageGone || o.Keeper == "" {
			continue
		}
		lost++
		w.stage(o, StageGone, "it ended while nobody watched, at a time that nobody knows")
		o.State, o.GoneAt, o.Estimated = StateTerminated, middle, true
		w.book.endedAt(w.book.entry(id, w.region, o.LaunchedAt), middle, middle.Sub(last))
		w.e.opts.Shell.Forget(id)
		w.e.feed.event(LevelInfo, Event{At: middle, Kind: EventGone, Region: w.region, Instance: id, Estimated: true, Text: "gone meanwhile: " + o.Reason})
		w.publish(o)
	}
	return lost
}

// keepUnseen saves instances that came and went while nobody watched, so that what
// reads the store (the ledger) counts them. Those of the last hour get a row too.
func (w *worker) keepUnseen(is []Instance) {
	if len(is) == 0 {
		return
	}
	for _, i := range is {
		if time.Since(i.GoneAt) < forgetAfter {
			o := &owned{Instance: i, known: i.LaunchedAt}
			w.instances[i.ID] = o
			w.publish(o)
		}
	}
	w.call("save what was missed", func(ctx context.Context) {
		if err := w.e.opts.Store.SaveInstances(context.WithoutCancel(ctx), w.e.account(), w.e.spec.Name, is); err != nil {
			w.say(LevelWarn, "", "what came and went meanwhile can't be saved: %s", err)
		}
	})
}
