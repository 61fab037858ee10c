package fleet

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options is what an Engine is made of.
type Options struct {
	Spec    Spec
	Account Account
	Shell   Shell
	Store   Store
	Log     *slog.Logger // nil: dropped
	Poll    Poll         // zero: DefaultPoll

	ReadOnly  bool // refuses everything that changes AWS or an instance
	Demo      bool
	AnyOwner  bool     // may steer a fleet of another owner (R7)
	Enforce   bool     // may destroy the fleet by itself where fleet.budget_action says so: it keeps the fleet, it does not only look
	Provision bool     // takes up provisioning that this store knows to be unfinished
	Parallel  int      // SSH sessions at once, over all regions; 0: 64
	Protected []string // account ids that nothing may be created or destroyed in

	// OutputDir is the folder in which remote output is kept that is too much for
	// memory, and what provisioning printed; empty: none is kept.
	OutputDir string
	// ReceiptDir is the folder that gets a file for each receipt; empty: none.
	ReceiptDir string
	// Patience is how long calls wait for a new login once AWS refuses the
	// credentials; 0: for ever, which is right where a person looks at the screen.
	Patience time.Duration
	// StoreProblem says why Store can keep nothing, for the header; empty where it can.
	StoreProblem string
}

// Poll is how often a region is described.
type Poll struct {
	Fast   time.Duration // while anything moves
	Slow   time.Duration // when nothing does
	Prices time.Duration // how old a spot price may get
	Settle time.Duration // pause between the passes of a teardown
}

// DefaultPoll keeps a region at 0.5 of its 20 describe calls per second
// (aws-facts §3.1) while things move.
func DefaultPoll() Poll {
	return Poll{Fast: 2 * time.Second, Slow: 10 * time.Second, Prices: 5 * time.Minute, Settle: 2 * time.Second}
}

// visibleWithin is how long EC2 may hide what was just created (aws-facts
// §1.9): absence proves nothing before it has passed.
const visibleWithin = 5 * time.Minute

// Engine steers one fleet. Faces talk to it through Face; each region's truth
// is owned by its worker goroutine. Close it to end every goroutine.
type Engine struct {
	opts   Options
	spec   Spec
	feed   *feed
	log    *slog.Logger
	group  group
	slots  chan struct{} // SSH sessions at once
	keeps  *transcripts
	shared shared
	gate   gate
	bench  benchBook // of the account, as far as we know
	shelf  shelf     // what the store knew at the start

	ctx    context.Context
	cancel context.CancelFunc

	mu         sync.Mutex
	workers    map[Region]*worker
	identity   Identity
	identified chan struct{}  // closed when identity is known
	destroying bool           // nothing may be launched any more
	launching  bool           // a launch is making things in AWS: another one would count without them
	requests   sync.WaitGroup // launches that may still make something in AWS; added to under mu while not destroying
	nextOp     int

	budgetTold  BudgetLevel // the highest that was told
	budgetTried time.Time   // when the budget last wanted the fleet destroyed

	promised promised // what launches that are on their way will cost

	leaseMu sync.Mutex // its own: taking a lease waits for the disk
	leases  int        // operations that hold the lease
	unlease func()     // gives it back
}

var _ Face = (*Engine)(nil)

// New makes an engine that does nothing until Start.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Poll == (Poll{}) {
		o.Poll = DefaultPoll()
	}
	if o.Parallel <= 0 {
		o.Parallel = 64
	}
	regions := make([]Region, 0, len(o.Spec.Regions))
	for _, r := range o.Spec.Regions {
		regions = append(regions, r.Name)
	}
	e := &Engine{
		opts: o, spec: o.Spec, log: o.Log, workers: map[Region]*worker{},
		slots: make(chan struct{}, o.Parallel), identified: make(chan struct{}), keeps: newTranscripts(o.OutputDir),
		feed: newFeed(Summary{
			Fleet: o.Spec.Name, Target: o.Spec.Target, Guard: o.Spec.Guard, ReadOnly: o.ReadOnly, Demo: o.Demo, StoreProblem: o.StoreProblem,
		}, regions),
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.group.onPanic = func(name string, v any, stack []byte) {
		e.log.Error("a goroutine panicked", "name", name, "panic", v, "stack", string(stack))
		e.feed.event(LevelError, Event{Kind: EventError, Text: fmt.Sprintf("%s stopped by a fault of spot-tui (%v); the log file has the stack, please report it", name, v)})
	}
	return e
}

// Start begins to watch: one worker per region of the spec. It returns at once.
func (e *Engine) Start() {
	e.group.run("identity", e.identify)
	e.group.run("store", e.persist)
	e.group.run("old output", e.keeps.prune)
	if e.opts.Provision && !e.opts.ReadOnly {
		e.group.run("replacements", e.resumeReplacing)
	}
	for _, r := range e.spec.Regions {
		e.worker(r.Name)
	}
}

// Close stops every worker and waits for them. It leaves AWS as it is.
func (e *Engine) Close() {
	e.cancel()
	e.group.wait()
}

// Next implements Face.
func (e *Engine) Next(ctx context.Context, c Cursor) (Batch, error) { return e.feed.next(ctx, c) }

// Refresh implements Face.
func (e *Engine) Refresh() {
	for _, w := range e.allWorkers() {
		w.post(w.pollNow)
	}
}

// worker gives the region's worker and starts it if there is none.
func (e *Engine) worker(r Region) *worker {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, ok := e.workers[r]
	if !ok {
		w = newWorker(e, r)
		w.guest = !slices.ContainsFunc(e.spec.Regions, func(s RegionSpec) bool { return s.Name == r })
		e.workers[r] = w
		e.group.run("worker "+string(r), w.run)
	}
	return w
}

// allWorkers lists the workers: the spec's regions in config order, then others by name.
func (e *Engine) allWorkers() []*worker {
	e.mu.Lock()
	defer e.mu.Unlock()
	var ws []*worker
	for _, r := range e.spec.Regions {
		if w, ok := e.workers[r.Name]; ok {
			ws = append(ws, w)
		}
	}
	var extra []*worker
	for _, w := range e.workers {
		if !slices.Contains(ws, w) {
			extra = append(extra, w)
		}
	}
	slices.SortFunc(extra, func(a, b *worker) int { return strings.Compare(string(a.region), string(b.region)) })
	return append(ws, extra...)
}

// identify asks who we are until AWS answers, and says in the header what is
// wrong meanwhile, so that a login in another terminal is enough to go on.
func (e *Engine) identify() {
	for pause := time.Second; ; pause = min(2*pause, 15*time.Second) {
		id, err := e.opts.Account.Identity(e.ctx)
		if e.ctx.Err() != nil {
			return
		}
		if err == nil {
			e.mu.Lock()
			e.identity = id
			e.mu.Unlock()
			close(e.identified)
			e.feed.head(func(s *Summary) { s.Identity, s.Problem = id, "" })
			e.gate.open()
			if err := e.readBenches(e.ctx); err != nil && e.ctx.Err() == nil {
				e.feed.log(LevelWarn, "", "", err.Error())
			}
			return
		}
		e.feed.head(func(s *Summary) { s.Problem = err.Error() })
		e.feed.log(LevelError, "", "", err.Error())
		if KindOf(err) == KindAuth || KindOf(err) == KindDenied {
			pause = max(pause, 5*time.Second)
		}
		if !sleep(e.ctx, pause) {
			return
		}
	}
}

// Identity waits until AWS has said who we are. The error is that of the ask
// that failed last, if ctx ends before.
func (e *Engine) Identity(ctx context.Context) (Identity, error) {
	select {
	case <-e.identified:
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.identity, nil
	case <-e.ctx.Done():
		return Identity{}, &Error{Op: "identify the caller", Kind: KindCanceled, Err: e.ctx.Err()}
	case <-ctx.Done():
		return Identity{}, AsError("identify the caller", "", ctx.Err())
	}
}

// guard refuses what this engine may not do.
func (e *Engine) guard(op string, changesAWS bool) error {
	if e.opts.ReadOnly {
		return &Error{Op: op, Kind: KindGuard, Err: errText("refused in read-only mode"), Hint: "start without --read-only"}
	}
	if !changesAWS {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if slices.Contains(e.opts.Protected, e.identity.Account) {
		return &Error{Op: op, Kind: KindGuard, Err: errText("account " + e.identity.Account + " is protected"), Hint: "take it out of aws.protected_accounts, or use another profile"}
	}
	return nil
}

// newOp starts an operation in the feed.
func (e *Engine) newOp(kind OpKind, title string, total int) OpID {
	e.mu.Lock()
	e.nextOp++
	id := OpID(fmt.Sprintf("%s-%d", kind, e.nextOp))
	e.mu.Unlock()
	e.feed.op(id, func(o *Operation) {
		o.Kind, o.Title, o.Total, o.Started = kind, title, total, time.Now()
	})
	return id
}

// endOp finishes an operation and says how it ended.
func (e *Engine) endOp(id OpID, f *failures, text string) {
	e.feed.op(id, func(o *Operation) {
		f.into(o)
		o.Finished, o.Detail = time.Now(), text
	})
	level := LevelOK
	if f.count() > 0 {
		level = LevelWarn
	}
	e.feed.event(level, Event{Kind: EventOpDone, Op: id, Text: text})
}

func (e *Engine) account() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.identity.Account
}

// tags are those that every resource of the fleet gets.
func (e *Engine) tags(ends time.Time, launch LaunchID) map[string]string {
	t := map[string]string{}
	for k, v := range e.spec.Tags {
		t[k] = v
	}
	t[TagFleet] = string(e.spec.Name)
	e.mu.Lock()
	t[TagOwner] = e.identity.Name
	e.mu.Unlock()
	if !ends.IsZero() {
		t[TagEnd] = ends.UTC().Format(time.RFC3339)
	}
	if launch != "" {
		t[TagLaunch] = string(launch)
	}
	if _, ok := t["Name"]; !ok {
		t["Name"] = string(e.spec.Name)
	}
	return t
}

// sleep waits for d, or says false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errText is an error that is only its sentence.
type errText string

func (e errText) Error() string { return string(e) }

// randomID gives n random characters of a-z and 2-7.
func randomID(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand documentation)
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))[:n]
}
