package sim

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"spot-tui/sim/wire"
)

// terminatedFor is how long EC2 shows a terminated instance (aws-facts §1.9),
// requestFor how long a closed spot request (aws-facts §4.1).
const (
	terminatedFor = time.Hour
	requestFor    = 4 * time.Hour
)

// region is one region's resources. Its lock guards all of it.
type region struct {
	w     *World
	index int
	info  regionInfo

	mu         sync.Mutex
	closed     bool
	rng        *rand.Rand
	seq        int
	shelves    map[kind]*shelf
	instances  map[string]*instance
	tokens     map[string]answered
	templates  map[string]template
	keys       map[string]string          // public key lines by key pair id
	fleets     map[string][]string        // instance ids by id of an instant fleet
	maintained map[string]*maintained     // fleets of type maintain
	free       map[pool]int               // spot capacity that is left
	switches   map[string]map[string]bool // attributes of VPCs that describe doesn't show, by VPC id
	hosts      map[string]int
	sixHosts   map[string]int               // the same of IPv6
	billed     []Charge                     // of instances that have ended
	limits     map[string]int               // vCPU limits that were set, by code
	shifts     atomic.Pointer[[]priceShift] // replaced under World.mu, oldest first
	vcpus      map[string]int               // in use, by the limit's code
	left       []LoneCharge                 // of volumes and addresses that are deleted
	agenda     agenda
	rates      rates // has its own lock
	forgetAt   time.Time
	timer      *time.Timer
}

// pool is where spot capacity exists.
type pool struct{ typ, zone string }

func newRegion(w *World, index int, info regionInfo) *region {
	r := &region{
		w: w, index: index, info: info, rng: source(w.opts.Seed, info.name), rates: rates{scale: w.opts.Scale, level: map[string]*level{}},
		shelves: map[kind]*shelf{}, instances: map[string]*instance{}, tokens: map[string]answered{},
		templates: map[string]template{}, keys: map[string]string{}, fleets: map[string][]string{}, maintained: map[string]*maintained{}, free: map[pool]int{}, switches: map[string]map[string]bool{}, hosts: map[string]int{}, sixHosts: map[string]int{}, limits: map[string]int{}, vcpus: map[string]int{},
	}
	for k := range namings() {
		r.shelves[k] = &shelf{byID: map[string]*thing{}}
	}
	r.furnish()
	return r
}

// add puts a new resource of a kind into the region. Its tree gets the id under
// idMember.
func (r *region) add(k kind, idMember string, tree wire.Map) *thing {
	return r.addAs(k, newID(r.rng, k), idMember, tree)
}

func (r *region) addAs(k kind, id, idMember string, tree wire.Map) *thing {
	r.seq++
	t := &thing{kind: k, id: id, seq: r.seq, tree: tree, made: time.Now()}
	tree[idMember] = t.id
	r.shelves[k].put(t)
	return t
}

// find gives a resource, or EC2's error for an unknown id.
func (r *region) find(k kind, id string) (*thing, error) {
	if t := r.shelves[k].byID[id]; t != nil && r.known(t) {
		return t, nil
	}
	n := namings()[k]
	return nil, wire.Errorf(n.notFound, "The %s '%s' does not exist", n.noun, id)
}

// findAny finds a resource of whatever kind by its id.
func (r *region) findAny(id string) (*thing, error) {
	for k, n := range namings() {
		if len(id) > len(n.prefix) && id[:len(n.prefix)] == n.prefix {
			return r.find(k, id)
		}
	}
	return nil, wire.Errorf("InvalidID", "The ID '%s' is not valid", id)
}

// due is something that happens by itself, to an instance or to the region.
type due struct {
	at   time.Time
	seq  int
	inst *instance // nil: none
	gen  int       // of the instance when it was planned; an older plan is void
	do   func(at time.Time)
}

// agenda is a heap of what is due, earliest first.
type agenda []due

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if a[i].at.Equal(a[j].at) {
		return a[i].seq < a[j].seq
	}
	return a[i].at.Before(a[j].at)
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(due)) }
func (a *agenda) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	*a = (*a)[:last]
	return x
}

// plan puts something on the agenda of an instance.
func (r *region) plan(i *instance, at time.Time, do func(at time.Time)) {
	r.seq++
	heap.Push(&r.agenda, due{at, r.seq, i, i.gen, do})
}

// planAt puts something on the agenda that is about no instance.
func (r *region) planAt(at time.Time, do func(at time.Time)) {
	r.seq++
	heap.Push(&r.agenda, due{at: at, seq: r.seq, do: do})
}

// maintainedOf gives the fleet of type maintain that an instance is a member of,
// or nil.
func (r *region) maintainedOf(i *instance) *maintained {
	for _, m := range r.maintained {
		if slices.Contains(m.members, i.id) {
			return m
		}
	}
	return nil
}

// settle does what is due by now, forgets what EC2 would show no longer, and
// sets the timer for what comes next. Every access to the region settles first,
// so that without latencies the next call sees the next state.
func (r *region) settle() {
	now := time.Now()
	for len(r.agenda) > 0 && !r.agenda[0].at.After(now) {
		d, _ := heap.Pop(&r.agenda).(due)
		if (d.inst == nil || d.gen == d.inst.gen) && !r.closed {
			d.do(d.at)
		}
	}
	r.forget(now)
	r.arm(now)
}

// arm sets the timer to the next due time.
func (r *region) arm(now time.Time) {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	if len(r.agenda) == 0 || r.closed {
		return
	}
	r.timer = time.AfterFunc(r.agenda[0].at.Sub(now), func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.settle()
	})
}

// forget drops what has been over for longer than EC2 shows it.
func (r *region) forget(now time.Time) {
	if r.forgetAt.IsZero() || now.Before(r.forgetAt) {
		return
	}
	r.forgetAt = time.Time{}
	for k, keep := range map[kind]time.Duration{kindInstance: terminatedFor, kindSpot: requestFor, kindFleet: fleetFor} {
		s := r.shelves[k]
		s.order = slices.DeleteFunc(s.order, func(t *thing) bool {
			if t.gone.IsZero() {
				return false
			}
			if now.Sub(t.gone) < keep {
				r.forgetBy(t.gone.Add(keep))
				return false
			}
			delete(s.byID, t.id)
			delete(r.instances, t.id)
			delete(r.maintained, t.id)
			return true
		})
	}
}

// forgetBy has forget look again at a time.
func (r *region) forgetBy(at time.Time) {
	if r.forgetAt.IsZero() || at.Before(r.forgetAt) {
		r.forgetAt = at
	}
}

// over marks a resource as ended at a time: from then on it is only shown.
func (r *region) over(t *thing, at time.Time, keep time.Duration) {
	t.gone = at
	r.forgetBy(at.Add(keep))
}

// close stops the timer and the hosts.
func (r *region) close() {
	r.mu.Lock()
	r.closed = true
	r.agenda = nil
	r.arm(time.Now())
	var hosts []sshHost
	for _, i := range r.instances {
		if i.host != nil {
			hosts = append(hosts, i.host)
			i.host = nil
		}
	}
	r.mu.Unlock()
	for _, h := range hosts { // without the lock: a host may be asking for it
		h.Close()
	}
}
