package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// BenchTime is how long a pool that failed is left alone: long enough for EC2
// to have got capacity back, short enough not to miss it (Karpenter's unavailable
// offerings: aws-facts §2.2).
const BenchTime = 3 * time.Minute

// Bench is a part of a region that is not asked for instances for a while,
// since it failed a moment ago (R16). Each empty field stands for all: with a
// zone only, everything in that zone; with a family only, every type of that
// quota's family; with neither, the whole region.
type Bench struct {
	Region   Region       `json:"region"`
	Zone     Zone         `json:"zone,omitempty"`
	Type     InstanceType `json:"type,omitempty"`
	Family   string       `json:"family,omitempty"` // the family whose quota is used up, as FamilyOf names it
	OnDemand bool         `json:"on_demand"`        // on-demand capacity, not spot
	Until    time.Time    `json:"until"`
	Why      string       `json:"why"` // one sentence
}

// same says whether two benches are about the same part of a region.
func (b Bench) same(o Bench) bool {
	b.Until, b.Why = o.Until, o.Why
	return b == o
}

// benchBook keeps what is benched. It belongs to the account, not to the fleet: a
// pool that is dry is dry for every fleet. Safe for concurrent use.
type benchBook struct {
	mu   sync.Mutex
	list []Bench
}

// put benches something, for the longer of two times.
func (s *benchBook) put(b Bench) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.list {
		if o.same(b) {
			if b.Until.After(o.Until) {
				s.list[i] = b
			}
			return
		}
	}
	s.list = append(s.list, b)
}

// lift takes something off; it says whether it was there.
func (s *benchBook) lift(b Bench) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.list)
	s.list = slices.DeleteFunc(s.list, b.same)
	return len(s.list) < n
}

// now lists what is benched, the first to end first.
func (s *benchBook) now() []Bench {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.list = slices.DeleteFunc(s.list, func(b Bench) bool { return !b.Until.After(now) })
	out := slices.Clone(s.list)
	slices.SortFunc(out, func(a, b Bench) int {
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Type, b.Type))
	})
	return out
}

// Benches implements Face.
func (e *Engine) Benches(ctx context.Context) ([]Bench, error) {
	if err := e.readBenches(ctx); err != nil {
		return nil, err
	}
	return e.bench.now(), nil
}

// readBenches takes over what this machine's other processes have benched or lifted.
func (e *Engine) readBenches(ctx context.Context) error {
	id, err := e.Identity(ctx)
	if err != nil {
		return err
	}
	kept, err := e.opts.Store.Benches(ctx, id.Account)
	if err != nil {
		return &Error{Op: "read the capacity memory", Kind: KindInternal, Err: err, Hint: "what failed is remembered until spot-tui ends"}
	}
	if e.opts.StoreProblem == "" { // without a store there is only what we remember ourselves
		e.bench.mu.Lock()
		e.bench.list = kept
		e.bench.mu.Unlock()
	}
	e.showBenches()
	return nil
}

// LiftBench implements Face.
func (e *Engine) LiftBench(ctx context.Context, b Bench) error {
	id, err := e.Identity(ctx)
	if err != nil {
		return err
	}
	if !e.bench.lift(b) {
		return &Error{Op: "lift a bench", Region: b.Region, Kind: KindGone, Err: errText("it is not benched"), Hint: "`spot-tui capacity` shows what is"}
	}
	e.showBenches()
	if err := e.opts.Store.LiftBench(ctx, id.Account, b); err != nil {
		return &Error{Op: "lift a bench", Region: b.Region, Kind: KindInternal, Err: err, Hint: "it is lifted until spot-tui ends"}
	}
	return nil
}

// putBenches benches parts of a region and keeps that. A store that fails costs
// the memory after a restart, nothing else.
func (e *Engine) putBenches(bs ...Bench) {
	for _, b := range bs {
		e.bench.put(b)
	}
	if err := e.opts.Store.SaveBenches(context.WithoutCancel(e.ctx), e.account(), bs); err != nil {
		e.feed.log(LevelWarn, "", "", "the capacity memory can't be saved: "+err.Error())
	}
	e.showBenches()
}

// showBenches hands the faces what is benched.
func (e *Engine) showBenches() {
	bs := e.bench.now()
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	if slices.Equal(bs, e.feed.benches) {
		return
	}
	e.feed.benches = bs
	e.feed.rev++
	e.feed.wakeLocked()
}
