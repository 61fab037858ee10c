package fleet

import (
	"context"
	"fmt"
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
					w.tellQuiet()
				}
				return // the next look at the keepers tries again
			}
			w.caughtUp = true
			w.retell(all, since)
		})
	})
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
		w.overtakes(s)
		if !s.terminated || known && was.Stage == StageGone {
			continue
		}
		ended++
		o, here := w.instances[s.id]
		seen := here && o.Stage == StageGone && !o.quiet
		gone := w.ended(s, since)
		if spotTaken(w.endings[s.id].StateReasonCode) {
			taken++
		}
		if !here {
			unseen = append(unseen, gone)
		}
		if !seen {
			w.e.feed.event(LevelInfo, Event{At: s.to, Kind: EventGone, Region: w.region, Instance: s.id, Text: "gone meanwhile: " + gone.Reason})
		}
	}
	for id, o := range w.instances { // younger than EC2's history
		if _, known := w.before[id]; !known && o.Keeper != "" && !told[id] && o.Stage != StageGone {
			launched++
			w.tellLaunched(id, o.LaunchedAt)
		}
	}
	late, lateTaken := w.tellQuiet()
	ended, taken = ended+late+w.tellGap(told, since), taken+lateTaken
	w.keepUnseen(unseen)
	if text := meanwhile(launched, ended, taken); text != "" {
		w.e.feed.event(LevelInfo, Event{Kind: EventKept, Region: w.region, Text: text + " (EC2 Fleet's history)"})
	}
}

// meanwhile says in a sentence what happened; empty: nothing.
func meanwhile(launched, ended, taken int) string {
	text := ""
	switch {
	case launched > 0 && ended > 0:
		text = fmt.Sprintf("while nobody watched, AWS launched %d and %d ended", launched, ended)
	case launched > 0:
		text = fmt.Sprintf("while nobody watched, AWS launched %d", launched)
	case ended > 0:
		text = fmt.Sprintf("while nobody watched, %d ended", ended)
	}
	if taken > 0 {
		text += fmt.Sprintf(", %d of them taken back", taken)
	}
	return text
}

func (w *worker) tellLaunched(id InstanceID, at time.Time) {
	w.e.feed.event(LevelInfo, Event{At: at, Kind: EventLaunched, Region: w.region, Instance: id, Text: "launched by AWS to hold the target"})
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
		i := o.edit()
		i.State, i.GoneAt, i.Estimated = StateTerminated, middle, true
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
			o := &owned{Instance: &i, seen: i.SeenAt, known: i.LaunchedAt}
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
