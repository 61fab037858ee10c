package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Lock implements Face: the lock is a tag, so every machine keeps it.
func (e *Engine) Lock(ids []InstanceID, on bool) (OpID, error) {
	word := "unlock"
	if on {
		word = "lock"
	}
	if err := e.guard(word, true); err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", &Error{Op: word, Kind: KindInvalid, Err: errText("no instance is named")}
	}
	if err := e.allOurs(e.asResources(ids), false); err != nil {
		refused := *AsError(word, "", err)
		refused.Op = word
		return "", &refused
	}
	id := e.newOp(OpLock, word+" "+plural(len(ids), "instance"), len(ids))
	ids = slices.Clone(ids)
	e.group.run(string(id), func() { e.lockAll(id, word, ids, on) })
	return id, nil
}

// lockAll sets the tag, region by region, and counts what a describe then shows.
func (e *Engine) lockAll(op OpID, word string, ids []InstanceID, on bool) {
	by, unknown := e.byRegion(ids)
	var errs failures
	for _, id := range unknown {
		e.fail(op, &errs, &Error{Op: word, Resource: string(id), Kind: KindGone, Err: errText("no such instance in this fleet")})
	}
	value := ""
	if on {
		e.mu.Lock()
		value = cmp.Or(e.identity.Name, "yes")
		e.mu.Unlock()
	}
	var mu sync.Mutex
	done := 0
	e.eachRegion(by, func(w *worker, ids []InstanceID) {
		n, err := w.lock(e.ctx, ids, value)
		if err != nil {
			e.fail(op, &errs, err)
		}
		mu.Lock()
		done += n
		mu.Unlock()
	})
	if missed := len(ids) - len(unknown) - done; missed > 0 && errs.count() == 0 {
		e.fail(op, &errs, &Error{Op: word, Kind: KindGone, Err: fmt.Errorf("EC2 does not show the change on %s", plural(missed, "instance")), Hint: "they may have ended meanwhile; `spot-tui list` shows them"})
	}
	e.feed.op(op, func(o *Operation) { o.Done = done })
	e.endOp(op, &errs, plural(done, "instance")+" "+word+"ed")
}

// lock puts the tag on this region's instances and says how many have it then.
func (w *worker) lock(ctx context.Context, ids []InstanceID, value string) (int, error) {
	if err := w.cloud.Mark(ctx, w.e.spec.Name, ids, map[string]string{TagLock: value}); err != nil {
		return 0, err
	}
	if err := w.ask(ctx); err != nil {
		return 0, err
	}
	n := 0
	err := w.do(ctx, func() {
		for _, id := range ids {
			if o, ok := w.instances[id]; ok && !o.Stage.Leaving() && o.Locked == (value != "") {
				n++
			}
		}
	})
	return n, err
}

// unlocked refuses instances of which any is locked, by a fresh describe: another
// machine may have locked it a moment ago. A region that does not answer is not
// refused for that, since nothing can be done to its instances then either.
func (e *Engine) unlocked(op string, by map[Region][]InstanceID) error {
	var mu sync.Mutex
	var locked []string
	e.eachRegion(by, func(w *worker, ids []InstanceID) {
		_ = w.ask(e.ctx) // what is known counts where it does not answer
		_ = w.do(e.ctx, func() {
			mu.Lock()
			defer mu.Unlock()
			for _, id := range ids {
				if o, ok := w.instances[id]; ok && o.Locked && !o.Stage.Leaving() {
					locked = append(locked, string(id))
				}
			}
		})
	})
	return lockedError(op, locked)
}

// lockedError names what is locked; nil where nothing is.
func lockedError(op string, locked []string) error {
	if len(locked) == 0 {
		return nil
	}
	slices.Sort(locked)
	const most = 5
	names := strings.Join(locked[:min(most, len(locked))], ", ")
	if n := len(locked) - most; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	verb := "is"
	if len(locked) > 1 {
		verb = "are"
	}
	return &Error{Op: op, Resource: locked[0], Kind: KindGuard, Err: fmt.Errorf("%s %s locked", names, verb), Hint: "unlock first (`spot-tui unlock`)"}
}

// lockedAmong refuses a list of resources of which any is a locked instance.
func lockedAmong(rs []Resource) []string {
	var ids []string
	for _, r := range rs {
		if r.Kind == KindOfInstance && r.Locked {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
