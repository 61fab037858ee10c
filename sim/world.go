package sim

import (
	"context"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"spot-tui/sim/host"
)

// Account is the number of the simulated account, CallerARN who calls.
const (
	Account   = "123456789012"
	CallerARN = "arn:aws:sts::123456789012:assumed-role/ops-admin/demo"
)

// Options says what world to make. The zero value is a world without any
// latency, good for tests.
type Options struct {
	// Seed decides prices, capacities and ids. Worlds of the same seed that are
	// asked the same in the same order give the same answers.
	Seed int64
	// Scale multiplies every latency: API calls, boot, end, interruption notice.
	// 1 is realistic, 0.1 suits a demo, 0 is none.
	Scale float64
	// CallLatency is that of an API call before Scale; nil: by region, 80 to
	// 250 ms.
	CallLatency func(region string) time.Duration
	// Caller is the address that the world sees its caller under, which
	// security-group rules must admit. The zero value is 127.0.0.1.
	Caller netip.Addr
	// CallerIPv6 is the caller's IPv6 address; the zero value: it has none.
	CallerIPv6 netip.Addr
	// NoDefaultVPC names regions whose default network has been deleted.
	NoDefaultVPC []string
	// MaxTemplates is how many launch templates a region may hold; 0: as in EC2.
	MaxTemplates int
	// Exec, if not nil, is asked before an instance's shell for each command.
	Exec ExecFunc
}

// ExecFunc may answer one command line on an instance: it gives the exit status
// and whether it did answer. What it leaves goes to the instance's shell.
type ExecFunc func(ctx context.Context, instanceID, line string, in io.Reader, out, errOut io.Writer) (status int, handled bool)

// World is a simulated cloud.
type World struct {
	opts    Options
	types   []typeInfo
	ops     map[string]operation // of EC2
	kinds   map[string]faultKind
	quotas  map[market]vcpuQuota // by what they count
	family  []imageInfo
	regions []*region
	byName  map[string]*region
	jumps   sync.WaitGroup

	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu        sync.Mutex // guards what follows; taken after a region's lock, never before
	closed    bool
	rng       *rand.Rand
	calls     []Call
	callN     int
	faults    []*armed
	held      []*heldCall
	played    []Played
	heldN     int
	asks      []*Ask
	ports     int
	addresses int // public ones given so far
	sixes     int // IPv6 blocks given so far
	jump      *host.Jump

	scoresAsked map[string]time.Time // questions for placement scores, and when they were asked first
}

// New makes a world.
func New(o Options) *World {
	if !o.Caller.IsValid() {
		o.Caller = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	w := &World{opts: o, types: typeCatalog(), ops: operations(), kinds: faultKinds(), family: imageCatalog(), byName: map[string]*region{}, scoresAsked: map[string]time.Time{}, rng: source(o.Seed, "world")}
	w.quotas = quotasByMarket(w.types)
	w.ctx, w.cancel = context.WithCancel(context.Background())
	for i, info := range regionCatalog() {
		r := newRegion(w, i, info)
		w.regions = append(w.regions, r)
		w.byName[info.name] = r
	}
	return w
}

// Close ends the world: held answers are cut, connections closed, timers
// stopped. It returns when nothing of it runs any more.
func (w *World) Close() {
	w.mu.Lock()
	first := !w.closed
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	if first {
		for _, r := range w.regions {
			r.close()
		}
	}
	w.jumps.Wait()
}

// spawn runs f in a goroutine that Close waits for. It does nothing, and says
// so, after Close.
func (w *World) spawn(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.jumps.Go(f)
	return true
}

// source gives a generator that depends on the seed and a name only.
func source(seed int64, name string) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), hash(name))) //nolint:gosec // a simulation must repeat itself
}

// hash gives a stable number for a name.
func hash(name string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, name) // a hash takes everything
	return h.Sum64()
}

// scaled gives a realistic time as it is in this world.
func (w *World) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * w.opts.Scale)
}

// pause waits until d is over, ctx ends or the world closes; it gives ctx's or
// the world's error.
func (w *World) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

// requestID gives an id for an answer, in the form of a UUID.
func (w *World) requestID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return uuid(w.rng)
}
