package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Cleaner finds what fleets have left behind in the account, and takes it away.
type Cleaner interface {
	// Leftovers scans every enabled region (network) for what any fleet left
	// behind. A region that does not answer is named, and the rest is given.
	Leftovers(ctx context.Context, q LeftoversRequest) (LeftoverReport, error)
	// Cleanup starts a confirmed cleanup of exactly the items that were shown and
	// returns at once. Each is looked at again before it is touched.
	Cleanup(q CleanupRequest) (OpID, error)
}

// LeftoversRequest says what to look for.
type LeftoversRequest struct {
	Predecessor bool // also what the Python tool that came before has left
}

// Leftover is one thing that may be left over, and what is to be said about it.
type Leftover struct {
	Resource
	Maker Maker  `json:"maker"`
	Why   string `json:"why"` // what it is and why it is there
	// Refused is why a cleanup does not take it; empty: it does.
	Refused string `json:"refused,omitempty"`
}

// Key tells leftovers apart, over all regions.
func (l Leftover) Key() string { return string(l.Region) + "/" + l.ID }

// Group is what it belongs to: its fleet, or the predecessor by the name it used.
func (l Leftover) Group() string {
	if l.Fleet != "" {
		return string(l.Fleet)
	}
	return l.Claim.Value
}

// LeftoverReport is what a scan of the account found.
type LeftoverReport struct {
	At             time.Time  `json:"at"`
	Account        string     `json:"account"`
	Items          []Leftover `json:"items"` // by maker, group, order of removal and region
	RegionsScanned []Region   `json:"regions_scanned"`
	RegionsFailed  []Region   `json:"regions_failed"`
	Problems       []*Error   `json:"-"` // why regions could not be scanned
}

// Takable lists what a cleanup may take.
func (r LeftoverReport) Takable() []Leftover {
	return slices.DeleteFunc(slices.Clone(r.Items), func(l Leftover) bool { return l.Refused != "" })
}

// Leftovers implements Cleaner.
func (e *Engine) Leftovers(ctx context.Context, q LeftoversRequest) (LeftoverReport, error) {
	id, err := e.Identity(ctx)
	if err != nil {
		return LeftoverReport{}, err
	}
	return e.scanAll(ctx, id, q.Predecessor)
}

// scanAll asks every enabled region, side by side.
func (e *Engine) scanAll(ctx context.Context, id Identity, predecessor bool) (LeftoverReport, error) {
	regions, err := e.opts.Account.Regions(ctx)
	if err != nil {
		return LeftoverReport{}, err
	}
	makers := []Maker{MadeBySpotTUI}
	if predecessor {
		makers = append(makers, MadeByPredecessor)
	}
	rep := LeftoverReport{Account: id.Account, Items: []Leftover{}, RegionsScanned: []Region{}, RegionsFailed: []Region{}}
	var mu sync.Mutex
	e.everyRegion(regions, func(w *worker) {
		var items []Leftover
		var failed error
		for _, by := range makers {
			rs, err := w.cloud.Strays(ctx, by)
			for _, r := range w.valued(ctx, rs) {
				items = append(items, Leftover{Resource: r, Maker: by})
			}
			if err != nil {
				failed = err
			}
		}
		mu.Lock()
		defer mu.Unlock()
		rep.Items = append(rep.Items, items...)
		if failed != nil {
			rep.RegionsFailed = append(rep.RegionsFailed, w.region)
			rep.Problems = append(rep.Problems, AsError("look for leftovers", w.region, failed))
			return
		}
		rep.RegionsScanned = append(rep.RegionsScanned, w.region)
	})
	if err := ctx.Err(); err != nil {
		return rep, AsError("look for leftovers", "", err)
	}
	rep.At = time.Now()
	slices.Sort(rep.RegionsScanned)
	slices.Sort(rep.RegionsFailed)
	j := judge{now: rep.At, me: id.Name, anyOwner: e.opts.AnyOwner, unseen: rep.RegionsFailed}
	j.all(rep.Items)
	slices.SortFunc(rep.Items, func(a, b Leftover) int {
		return cmp.Or(-cmp.Compare(a.Maker, b.Maker), cmp.Compare(a.Group(), b.Group()), a.Kind.rank()-b.Kind.rank(), cmp.Compare(a.Region, b.Region), cmp.Compare(a.ID, b.ID))
	})
	return rep, nil
}

// judge says of what a scan found what it is, why it is there, and whether it
// may be taken away. It decides from the scan alone.
type judge struct {
	now      time.Time
	me       string
	anyOwner bool
	unseen   []Region // could not be scanned
}

// life is what a scan shows of one fleet.
type life struct {
	live   map[Region]int
	keeper bool // an EC2 fleet holds its capacity: it launches again
	record *Resource
	young  bool // something of it is so new that EC2 may still hide its record
}

func (j judge) all(items []Leftover) {
	lives := map[Name]*life{}
	for i := range items {
		r := &items[i].Resource
		if r.Fleet == "" {
			continue
		}
		l := lives[r.Fleet]
		if l == nil {
			l = &life{live: map[Region]int{}}
			lives[r.Fleet] = l
		}
		switch {
		case r.Kind == KindOfRecord:
			l.record = r
		case r.Kind == KindOfKeeper:
			l.keeper = true
		case r.Kind == KindOfInstance && r.State != string(StateShuttingDown):
			l.live[r.Region]++
		}
		l.young = l.young || !r.Since.IsZero() && j.now.Sub(r.Since) < visibleWithin
	}
	for i := range items {
		it := &items[i]
		if it.Fleet == "" {
			it.Why, it.Refused = it.what()+"; made by the predecessor, "+it.Claim.Key+"="+it.Claim.Value, ""
			if it.Kind == KindOfInstance && it.State == string(StateShuttingDown) {
				it.Refused = "it is going by itself"
			}
			continue
		}
		why, refused := j.of(*lives[it.Fleet], *it)
		it.Why, it.Refused = it.what()+"; "+why, refused
	}
}

// of says why a fleet's thing is there, and why it must stay, if it must.
func (j judge) of(l life, it Leftover) (why, refused string) {
	switch r := l.record; {
	case len(l.live) > 0:
		why = "its fleet lives, with " + livesIn(l.live)
		refused = why + "; end it with `spot-tui destroy --fleet " + string(it.Fleet) + "`"
	case l.keeper:
		why = "its fleet lives, an EC2 fleet keeps it"
		refused = why + "; end it with `spot-tui destroy --fleet " + string(it.Fleet) + "`"
	case r != nil && r.Phase == PhaseDestroying:
		why = "its fleet was being destroyed, and that did not come to its end"
	case r != nil && (r.EndsAt.IsZero() || r.EndsAt.After(j.now)):
		why = "its fleet is active, though it has no instance now"
		refused = why + "; end it with `spot-tui destroy --fleet " + string(it.Fleet) + "`"
	case r != nil:
		why = "its fleet ended by itself on " + r.EndsAt.UTC().Format("2006-01-02 15:04") + " UTC, and nobody took it away"
	case l.young:
		why = "its fleet has no record"
		refused = "something of its fleet is younger than 5 minutes: EC2 may still hide the record and instances; scan again later"
	default:
		why = "its fleet is gone, its record too, and this stayed"
	}
	switch {
	case refused != "":
	case len(j.unseen) > 0:
		refused = "whether its fleet lives is not known: " + joined(j.unseen) + " could not be scanned"
	case it.Owner != "" && it.Owner != j.me && !j.anyOwner:
		refused = "it belongs to " + it.Owner + "; say --any-owner if you are sure"
	case it.Kind == KindOfInstance:
		refused = "it is going by itself"
	}
	return why, refused
}

func livesIn(live map[Region]int) string {
	n, where := 0, []string{}
	for r, k := range live {
		n += k
		where = append(where, string(r))
	}
	slices.Sort(where)
	return plural(n, "instance") + " in " + strings.Join(where, ", ")
}

// what says in a few words what a resource is.
func (r Resource) what() string {
	detail := ""
	if r.Detail != "" {
		detail = ", " + r.Detail
	}
	switch r.Kind {
	case KindOfInstance:
		return fmt.Sprintf("a %s instance, %s", orText(r.Type, "?"), r.State)
	case KindOfVolume:
		return "a disk" + detail + ", " + r.State
	case KindOfSnapshot:
		return "a copy of a disk" + detail
	case KindOfAddress:
		return "the public address " + r.Name + ", " + r.State + detail
	case KindOfSpotRequest:
		return "a spot request, " + r.State + detail
	case KindOfInterface:
		return "a network interface, " + r.State + detail
	case KindOfTemplate:
		return "the launch template " + r.Name
	case KindOfRecord:
		return "the record that the fleet is known by"
	case KindOfKeyPair:
		return "the key pair " + r.Name
	case KindOfKeeper:
		return "an EC2 fleet that launches instances, " + r.State
	default:
		return "a " + string(r.Kind) + detail
	}
}

// ConfirmWord is what a person must type to have leftovers deleted: the id of the
// one thing, the name of what all of them belong to, or two words where they
// belong to several.
func ConfirmWord(ls []Leftover) string {
	if len(ls) == 1 {
		return ls[0].ID
	}
	for _, l := range ls {
		if l.Group() != ls[0].Group() {
			return "delete all"
		}
	}
	return ls[0].Group()
}
