package fleet

import (
	"context"
	"slices"
	"time"
)

// saveAtOnce is how many instances are written in one go: the copies of a large
// fleet's would else be a good part of the program's memory.
const saveAtOnce = 256

// persist writes changed instances to the store, at most once per second, and
// once more at the end. The store is a cache: a failure is said, never fatal,
// and what could not be written is tried again a second later.
func (e *Engine) persist() {
	var saved uint64
	told := false
	save := func() {
		id := e.account()
		if id == "" { // the store's key has the account in it
			return
		}
		changed, rev := e.feed.since(saved)
		for part := range slices.Chunk(changed, saveAtOnce) {
			err := e.opts.Store.SaveInstances(context.WithoutCancel(e.ctx), id, e.spec.Name, values(part))
			if err != nil && !told {
				told = true
				e.feed.log(LevelWarn, "", "", "the last known instances can't be saved: "+err.Error())
			}
			if err != nil {
				return
			}
		}
		saved = rev
	}
	for e.feed.awaitFacts(e.ctx, saved) == nil {
		select {
		case <-e.identified:
		case <-e.ctx.Done():
		}
		save()
		sleep(e.ctx, time.Second)
	}
	save()
}

func values(is []*Instance) []Instance {
	vs := make([]Instance, len(is))
	for n, i := range is {
		vs[n] = *i
	}
	return vs
}

// since gives the instances that changed after rev, and what the feed is at now.
func (f *feed) since(rev uint64) ([]*Instance, uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sinceLocked(rev), f.rev
}

func (f *feed) sinceLocked(rev uint64) []*Instance {
	var is []*Instance
	for _, i := range f.instances {
		if i.Rev > rev {
			is = append(is, i)
		}
	}
	return is
}

// awaitFacts blocks until a fact is newer than rev.
func (f *feed) awaitFacts(ctx context.Context, rev uint64) error {
	for ctx.Err() == nil {
		f.mu.Lock()
		newer, changed := f.rev > rev, f.changed
		f.mu.Unlock()
		if newer {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}
