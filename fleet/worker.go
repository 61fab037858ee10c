package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// worker owns one region: its clients, its instances, its polling. All of its
// fields are touched by its own goroutine only; others post work into its
// inbox. Calls to the outside run in goroutines of their own and post back
// what came of them, so the worker itself never waits.
type worker struct {
	e      *Engine
	region Region
	cloud  RegionCloud
	inbox  *inbox
	timer  *time.Timer

	instances map[InstanceID]*owned
	user      string    // the image's login name, once known
	asking    bool      // it has been asked for
	book      *book     // what its instances have cost
	prices    priceBook // newest spot price per pool

	onDemandAt   map[InstanceType]Price // of the types in use on demand
	onDemandRead time.Time              // when they were last asked for

	record   *Record   // the fleet record, if this region holds it
	recordAt time.Time // when it was last read

	polling       bool // a describe is on its way
	again         bool // ask once more when it is back
	failures      int  // describes that failed in a row
	busy          int  // launches and teardowns that go on here
	loaded        bool // the store's last known instances have been read
	adoptAll      bool // a confirmed create: provision whatever is not ready
	waiters       []chan error
	toMark        []InstanceID               // ready, and not marked so yet
	marking       bool                       // a mark is on its way
	keepers       []KeeperState              // EC2 Fleets that hold this region
	cheaper       Cheaper                    // as it was last published
	keepersAt     time.Time                  // when they were last read
	askingKeepers bool                       // a look at them is on its way
	raising       bool                       // one's target is being raised
	before        map[InstanceID]Instance    // what the store knew at the start, gone ones included
	endings       map[InstanceID]Observation // instances of keepers that EC2 shows terminated
	catching      bool                       // their history is being read
	caughtUp      bool                       // it has been told
	targets       chan struct{}              // held by who changes a keeper's target; never by the worker's own goroutine
	swaps         map[InstanceID]string      // members that stand in for others, by the intent of their replacement
	shortTold     map[KeeperID]bool          // those of which was told that they miss something
	guest         bool                       // not a region of the config: scanned by a destroy, watched only if it holds something
}

func newWorker(e *Engine, r Region) *worker {
	return &worker{
		e: e, region: r, cloud: gated{e, e.opts.Account.In(r)}, inbox: newInbox(),
		instances: map[InstanceID]*owned{}, prices: priceBook{}, book: newBook(), swaps: map[InstanceID]string{}, shortTold: map[KeeperID]bool{}, targets: make(chan struct{}, 1), timer: time.NewTimer(0),
	}
}

// post queues f for the worker's goroutine.
func (w *worker) post(f func()) { w.inbox.post(f) }

func (w *worker) run() {
	defer w.timer.Stop()
	for {
		select {
		case <-w.e.ctx.Done():
			w.answerWaiters(w.e.ctx.Err())
			w.tellRest()
			w.lastWrite()
			return
		case <-w.inbox.ready:
			for _, f := range w.inbox.take() {
				f()
			}
		case <-w.timer.C:
			w.pollNow()
		}
	}
}

// call runs f outside the worker and counts it.
func (w *worker) call(name string, f func(ctx context.Context)) {
	w.e.group.run(name+" "+string(w.region), func() { f(w.e.ctx) })
}

// pollNow describes the region, or notes that it must be done again.
func (w *worker) pollNow() {
	if w.polling {
		w.again = true
		return
	}
	w.polling = true
	load := !w.loaded
	readRecord := w.recordAt.IsZero() || time.Since(w.recordAt) > time.Minute
	w.call("describe", func(ctx context.Context) {
		var stored []Instance
		var ledger kept
		if load {
			if stored = w.stored(ctx); stored != nil {
				ledger = w.kept(ctx)
			}
		}
		var rec *Record
		var recErr error
		if readRecord {
			rec, recErr = w.readRecord(ctx)
		}
		asked := time.Now()
		seen, err := w.cloud.Describe(ctx, w.e.spec.Name)
		w.post(func() {
			w.polling = false
			if load && stored != nil {
				w.book.load(ledger.entries, ledger.tariffs, ledger.watched)
				w.adopt(stored)
			}
			if readRecord && recErr == nil {
				w.recordAt = asked
				w.noteRecord(rec)
			}
			w.described(asked, seen, err)
			if w.again {
				w.again = false
				w.pollNow()
				return
			}
			w.schedule(err)
		})
	})
}

// stored reads this region's instances from the store; nil when it can't yet.
func (w *worker) stored(ctx context.Context) []Instance {
	id, err := w.e.Identity(ctx)
	if err != nil {
		return nil
	}
	here, err := w.e.shelf.take(w.region, func() ([]Instance, error) { return w.e.opts.Store.Instances(ctx, id.Account, w.e.spec.Name) })
	if err != nil {
		w.e.feed.log(LevelWarn, w.region, "", "what was known before can't be read: "+err.Error())
	}
	return here
}

// adopt takes over what the store knew. Provisioning that was under way is
// taken up again; what was only seen is only watched.
func (w *worker) adopt(stored []Instance) {
	w.loaded = true
	w.before = map[InstanceID]Instance{}
	for _, i := range stored {
		if i.Keeper != "" || w.e.spec.Keep == KeepAWS { // only its story asks what was known
			w.before[i.ID] = i
		}
		if _, ok := w.instances[i.ID]; ok || i.Stage == StageGone {
			continue
		}
		o := &owned{Instance: &i, seen: i.SeenAt, known: i.LaunchedAt, marked: i.Stage == StageReady}
		if i.Stage.Moving() {
			o.mine = w.e.opts.Provision && !w.e.opts.ReadOnly && i.Keeper == "" // those are taken up as any of AWS's
			o.edit().Stage = StagePending
		}
		w.instances[i.ID] = o
		w.enter(i)
		w.publish(o)
	}
}

// schedule arms the next describe: soon while anything moves, later and later
// while the region does not answer.
func (w *worker) schedule(err error) {
	if w.guest && w.live() == 0 {
		return
	}
	next := w.e.opts.Poll.Slow
	if err != nil {
		next = min(30*time.Second, w.e.opts.Poll.Fast<<min(w.failures, 5))
	} else if w.moving() {
		next = w.e.opts.Poll.Fast
	}
	w.timer.Reset(next)
}

func (w *worker) moving() bool {
	if w.busy > 0 {
		return true
	}
	for _, o := range w.instances {
		if !o.Stage.Settled() {
			return true
		}
	}
	return false
}

// described takes in one answer: the region's truth, as of asked.
func (w *worker) described(asked time.Time, seen []Observation, err error) {
	if err != nil {
		w.failures++
		w.health(err)
		w.answerWaiters(err)
		return
	}
	w.failures = 0
	there := make(map[InstanceID]bool, len(seen))
	for _, ob := range seen {
		there[ob.ID] = true
		w.observe(asked, ob)
	}
	for id, o := range w.instances {
		if !there[id] {
			w.absent(asked, o)
		}
	}
	w.keepBooks(asked, there)
	w.health(nil)
	w.refreshPrices()
	w.needUser()
	w.needKeepers()
	w.answerWaiters(nil)
}

// absent counts a describe that did not show an instance. Only several of them,
// past the time in which EC2 may hide it, mean that it is gone.
func (w *worker) absent(asked time.Time, o *owned) {
	if o.Stage == StageGone {
		if asked.Sub(o.GoneAt) > forgetAfter {
			delete(w.instances, o.ID)
			w.e.feed.forget(o.ID)
		}
		return
	}
	o.missed++
	last := o.seen
	if last.IsZero() {
		last = o.known
	}
	if o.missed >= 3 && asked.Sub(last) > visibleWithin {
		w.gone(o, "EC2 does not list it any more")
	}
}

// health publishes how the region answers.
func (w *worker) health(err error) {
	if w.guest && w.live() == 0 {
		return
	}
	var was Health
	w.e.feed.region(w.region, func(s *RegionStatus) {
		was = s.Health
		s.Live = w.live()
		s.Problem = ""
		switch {
		case KindOf(err) == KindThrottle:
			s.Health, s.Problem = HealthThrottled, err.Error()
		case err != nil:
			s.Health, s.Problem = HealthDown, err.Error()
		default:
			s.Answered = time.Now()
			s.Health = HealthOK
			if w.busy > 0 {
				s.Health = HealthBusy
			}
		}
	})
	switch {
	case err != nil && was != HealthDown && was != HealthThrottled:
		w.e.feed.event(LevelWarn, Event{Kind: EventError, Region: w.region, Text: err.Error()})
	case err == nil && (was == HealthDown || was == HealthThrottled):
		w.e.feed.log(LevelOK, w.region, "", "the region answers again")
	}
}

func (w *worker) live() int {
	n := 0
	for _, o := range w.instances {
		if o.Stage != StageGone {
			n++
		}
	}
	return n
}

// described asks the worker for a fresh answer and waits for it.
func (w *worker) ask(ctx context.Context) error {
	done := make(chan error, 1)
	w.post(func() {
		w.waiters = append(w.waiters, done)
		w.pollNow()
	})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return AsError("describe instances", w.region, ctx.Err())
	}
}

func (w *worker) answerWaiters(err error) {
	if w.again { // an answer that was asked for before the waiter came proves nothing
		return
	}
	for _, c := range w.waiters {
		c <- err
	}
	w.waiters = nil
}

// do runs f on the worker's goroutine and waits for it. Where it fails f has not
// run and never will: what f writes is the caller's again.
func (w *worker) do(ctx context.Context, f func()) error {
	var mu sync.Mutex // held while f runs, which never waits for anything
	given := false    // the caller is gone
	done := make(chan struct{})
	w.post(func() {
		mu.Lock()
		defer mu.Unlock()
		if !given {
			f()
			close(done)
		}
	})
	var err error
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-w.e.ctx.Done():
		err = w.e.ctx.Err()
	}
	mu.Lock()
	defer mu.Unlock()
	given = true
	select {
	case <-done: // it was quicker
		return nil
	default:
		return err
	}
}

// publish shows what is now known of an instance.
func (w *worker) publish(o *owned) {
	i := o.edit()
	i.SeenAt = o.seen
	o.shown = true
	w.e.feed.publish(i)
}

func (w *worker) say(level Level, id InstanceID, format string, args ...any) {
	w.e.feed.log(level, w.region, id, fmt.Sprintf(format, args...))
}
