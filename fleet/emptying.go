package fleet

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// empty loops by tag until the region holds nothing of the fleet but its
// record, so that it also catches what appears late. What blocks it at the
// deadline is named.
func (w *worker) empty(ctx context.Context, t *tally, open []openLaunch, lately []made) {
	limit, cancel := context.WithTimeout(ctx, teardownLimit)
	defer cancel()
	if w.do(ctx, func() { w.busy++; w.leaveAll() }) != nil {
		return
	}
	defer w.post(func() { w.busy--; w.pollNow() })
	failures := 0
	c := newClearing(t, open, slices.DeleteFunc(slices.Clone(lately), func(m made) bool { return m.Kind == KindOfRecord })) // it goes last
	for {
		left, err := w.pass(limit, c)
		switch {
		case err == nil && len(left) == 0:
			return
		case KindOf(err) == KindGuard, KindOf(err) == KindAuth: // waiting for a login has its own patience
			t.giveUp(w.region, left, err)
			w.post(w.stayAll)
			return
		case err != nil:
			failures++
		default:
			failures = 0
		}
		if failures >= 3 || c.hopeless(left) || !sleep(limit, w.e.opts.Poll.Settle) {
			c.tell(w, left)
			t.giveUp(w.region, w.named(left), err)
			w.post(w.stayAll)
			return
		}
	}
}

// leaveAll stops provisioning of everything in the region.
func (w *worker) leaveAll() {
	var ids []InstanceID
	for id, o := range w.instances {
		if o.Stage != StageGone {
			ids = append(ids, id)
		}
	}
	w.leaving(ids)
}

// stayAll is the other way: the teardown has given up here.
func (w *worker) stayAll() { w.stay(slices.Collect(maps.Keys(w.instances))) }

// pass removes what can be removed now, in the order of Leftovers, and gives
// what is left. Instances that we know of count as left until a describe shows
// them terminated, also while EC2 hides them.
func (w *worker) pass(ctx context.Context, c *clearing) ([]Resource, error) {
	found, err := w.cloud.Leftovers(ctx, w.e.spec.Name)
	if err != nil && found == nil {
		return nil, err
	}
	if err := w.e.allOurs(found, c.t.anyOwner); err != nil {
		return nil, err
	}
	var first, left []Resource
	var ids []InstanceID
	for _, r := range found {
		switch r.Kind {
		case KindOfRecord: // last of all, when every region is empty
		case KindOfKeeper: // first of all: while it stands, it launches again what is terminated
			first = append(first, r)
		case KindOfInstance:
			left = append(left, r)
			if r.State != string(StateShuttingDown) {
				ids = append(ids, InstanceID(r.ID))
			}
		default:
			left = append(left, r)
		}
	}
	c.t.expect(len(first) + len(left))
	first, ended, stands := w.endKeepers(ctx, c, first)
	if stands { // it would launch again what is terminated
		return append(first, left...), nil
	}
	w.terminate(ctx, c, ids)
	if err := w.ask(ctx); err != nil {
		return append(first, left...), err
	}
	hidden, err := w.hidden(ctx, c.t, found, c.open)
	if err != nil {
		return append(first, left...), err
	}
	c.lately = unseen(c.lately, found)
	for _, m := range c.lately {
		hidden = append(hidden, m.Resource)
	}
	hidden = append(hidden, ended...) // what they launched last, only another scan shows
	if c.awaits(left) {
		return slices.Concat(first, left, hidden), nil // what hangs on instances can't go before them
	}
	return slices.Concat(first, w.remove(ctx, c, left), hidden), nil
}

// endKeepers ends the EC2 Fleets that keep the region. It gives those that EC2
// still shows, those that it has ended now, and whether one still launches.
func (w *worker) endKeepers(ctx context.Context, c *clearing, keepers []Resource) (left, ended []Resource, stands bool) {
	left = w.remove(ctx, c, keepers)
	for _, k := range keepers {
		if !slices.ContainsFunc(left, func(r Resource) bool { return r.ID == k.ID }) {
			ended = append(ended, k)
			w.post(w.keepersNow)
		} else if !strings.HasPrefix(k.State, "deleted") { // one that has ended only waits for its last instances
			stands = true
		}
	}
	return left, ended, stands
}

// terminate asks for the end of instances. Each is journaled before it is asked
// for the first time.
func (w *worker) terminate(ctx context.Context, c *clearing, ids []InstanceID) {
	if len(ids) == 0 {
		return
	}
	end := c.journal(ctx, w, ids)
	var failed error
	for id, err := range w.cloud.Terminate(ctx, w.e.spec.Name, ids) {
		c.refused(string(id), err)
		if err != nil {
			failed = err
			w.say(LevelWarn, id, "%s", err)
		}
	}
	end(failed)
}

// hidden lists instances that we know to exist although the scan did not show
// them, and launches whose result nobody knows and that EC2 may still hide.
// It also counts those that have gone since the last pass.
func (w *worker) hidden(ctx context.Context, t *tally, found []Resource, open []openLaunch) ([]Resource, error) {
	shown := map[string]bool{}
	for _, r := range found {
		shown[r.ID] = true
	}
	var rs []Resource
	var gone []Resource
	err := w.do(ctx, func() {
		seen := map[LaunchID]bool{}
		for id, o := range w.instances {
			seen[o.Launch] = true
			if o.Stage == StageGone {
				if !o.counted {
					o.counted = true
					gone = append(gone, Resource{Kind: KindOfInstance, ID: string(id)})
				}
			} else if !shown[string(id)] {
				rs = append(rs, Resource{Kind: KindOfInstance, ID: string(id), Region: w.region, State: string(o.State)})
			}
		}
		for _, q := range open {
			if !seen[q.Launch] && time.Since(q.at) < visibleWithin {
				rs = append(rs, Resource{Kind: KindOfInstance, ID: string(q.Launch), Region: w.region, State: "a launch that was cut off; waiting until EC2 would show it"})
			}
		}
	})
	for _, r := range gone {
		t.removedOne(r)
	}
	return rs, err
}

// remove deletes what is not an instance, in order; what something still
// depends on stays for the next pass.
func (w *worker) remove(ctx context.Context, c *clearing, rs []Resource) []Resource {
	var left []Resource
	for _, r := range rs {
		if r.Kind == KindOfInstance { // one that can't be ended: what does not hang on it goes
			r.State = c.why(r)
			left = append(left, r)
			continue
		}
		end := w.e.journalRemoval(ctx, r)
		err := w.cloud.Remove(ctx, w.e.spec.Name, r)
		end(err)
		c.refused(r.ID, err)
		if err == nil {
			c.t.removedOne(r)
			w.say(LevelInfo, "", "removed %s %s", r.Kind, r.ID)
			continue
		}
		if KindOf(err) != KindConflict {
			w.say(LevelWarn, "", "%s", err)
		} else if c.late(r.ID) {
			w.sayWhatHolds(ctx, c, r)
		}
		r.State = err.Error()
		left = append(left, r)
	}
	return left
}

// removeRecord deletes the fleet record, and waits for one that was made a
// moment ago until EC2 shows it.
func (w *worker) removeRecord(ctx context.Context, t *tally, lately []made) {
	lately = slices.DeleteFunc(slices.Clone(lately), func(m made) bool { return m.Kind != KindOfRecord })
	for {
		found, err := w.cloud.Leftovers(ctx, w.e.spec.Name)
		if err != nil && found == nil {
			return // the final scan says so
		}
		w.removeRecords(ctx, t, found)
		if lately = unseen(lately, found); len(lately) == 0 || !sleep(ctx, w.e.opts.Poll.Settle) {
			return
		}
	}
}

func (w *worker) removeRecords(ctx context.Context, t *tally, found []Resource) {
	for _, r := range found {
		if r.Kind == KindOfRecord && w.e.allOurs([]Resource{r}, t.anyOwner) == nil {
			end := w.e.journalRemoval(ctx, r)
			err := w.cloud.Remove(ctx, w.e.spec.Name, r)
			end(err)
			if err != nil {
				t.fail(err)
				continue
			}
			t.removedOne(r)
			w.post(func() { w.noteRecord(nil) })
		}
	}
}
