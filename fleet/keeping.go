package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// release ends keepers and leaves their instances: what they hold is ours from then on.
func (w *worker) release(ctx context.Context, p RegionPlan) error {
	if p.Keep == nil {
		return nil
	}
	for _, id := range p.Keep.Release {
		err := w.e.journaled(ctx, IntentKeep, w.region, "", map[string]KeeperID{"release": id}, func(ctx context.Context) (any, error) {
			return nil, w.cloud.DeleteKeeper(ctx, w.e.spec.Name, id)
		})
		if err != nil {
			return err
		}
		w.say(LevelInfo, "", "AWS does not keep this region by %s any more; its instances stay", id)
		w.post(w.keepersNow)
	}
	return nil
}

// handled does what the plan says about who keeps the region. done says that the
// rest is AWS's work.
func (w *worker) handled(ctx context.Context, l *launching, p RegionPlan) (done bool, err error) {
	if p.Keep == nil {
		return false, nil
	}
	if err := w.release(ctx, p); err != nil {
		return true, err
	}
	if !l.plan.byAWS() {
		return false, nil
	}
	if l.unanswered(l.in(w.region)) {
		return true, nil // what it made would run beside what AWS launches: first that must be known
	}
	return true, w.keep(ctx, l, p)
}

// unanswered says whether a request of this region had no answer, which was told.
func (l *launching) unanswered(a *asking) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return a.shut
}

// lowerFirst lowers the targets of keepers whose share falls, before any other rises:
// else capacity that comes back in between would be launched twice. It says false
// where that failed, which has been told: then nothing rises.
func (l *launching) lowerFirst(ctx context.Context) bool {
	if !l.plan.byAWS() {
		return true
	}
	for _, r := range l.plan.Regions {
		k := r.Keep
		if k == nil || r.Problem != nil || k.Keeper == "" || k.target <= r.Want {
			continue
		}
		if err := l.e.worker(r.Region).retarget(ctx, KeeperChange{ID: k.Keeper, Target: r.Want, Want: r.Want}); err != nil {
			l.fail(AsError("lower what AWS keeps", r.Region, err))
			return false
		}
	}
	return true
}

// keep hands the region to AWS: it makes or changes the keeper, and takes over
// what others launched.
func (w *worker) keep(ctx context.Context, l *launching, p RegionPlan) error {
	k, err := w.keeper(ctx, l, p)
	if err != nil {
		return err
	}
	return w.handOver(ctx, l, p, k)
}

// keeping is a keeper and its target, as far as that is known: -1 where it is not.
type keeping struct {
	id     KeeperID
	target int
	young  bool // so lately made that EC2 may hide it (aws-facts §1.9)
}

// keeper gives the region's keeper: one that a crash left unknown, one that is
// there, or a new one.
func (w *worker) keeper(ctx context.Context, l *launching, p RegionPlan) (keeping, error) {
	k := keeping{target: -1, young: true}
	var err error
	if k.id, err = w.reopened(ctx); err != nil || k.id != "" {
		return k, err
	}
	if k.id = p.Keep.Keeper; k.id != "" {
		k.young = false
	} else {
		if k.id, err = w.madeKeeper(ctx); err != nil {
			return k, err
		}
	}
	if k.id == "" {
		return w.makeKeeper(ctx, l, p)
	}
	if p.VPC != "" { // as with every create: this machine may have moved
		if _, err := w.letIn(ctx, l.plan, p); err != nil {
			l.fail(AsError("let this machine's address in", w.region, err))
		}
	}
	return k, nil
}

// reopened sends the requests again whose answers never came, each with its token:
// that makes nothing twice, and says what the first try made (R8).
func (w *worker) reopened(ctx context.Context) (KeeperID, error) {
	open, err := w.e.opts.Store.Open(ctx, w.e.account(), w.e.spec.Name)
	if err != nil {
		return "", &Error{Op: "read the journal", Region: w.region, Kind: KindInternal, Err: err, Hint: "launching is not safe without it"}
	}
	var id KeeperID
	for _, i := range open {
		if i.Kind != IntentKeeper || i.Region != w.region {
			continue
		}
		var q KeeperRequest
		if err := json.Unmarshal(i.Request, &q); err != nil {
			return "", &Error{Op: "read the journal", Resource: i.ID, Kind: KindInternal, Err: err}
		}
		if id, err = w.sendKeeper(ctx, q); err != nil {
			return "", err
		}
	}
	return id, nil
}

// madeKeeper gives the keeper that this machine made within the time in which EC2
// may hide it.
func (w *worker) madeKeeper(ctx context.Context) (KeeperID, error) {
	done, err := w.e.opts.Store.Recent(ctx, w.e.account(), w.e.spec.Name, time.Now().Add(-visibleWithin))
	if err != nil {
		return "", &Error{Op: "read the journal", Region: w.region, Kind: KindInternal, Err: err, Hint: "launching is not safe without it"}
	}
	var id KeeperID
	for _, i := range done {
		switch {
		case i.Kind == IntentDestroy && i.Region == "" && i.Failure == "":
			id = ""
		case i.Region != w.region || i.Failure != "":
		case i.Kind == IntentKeeper:
			_ = json.Unmarshal(i.Result, &id) // a text of our own
		case i.Kind == IntentKeep || i.Kind == IntentRemove:
			var gone struct {
				Release KeeperID `json:"release"`
				ID      KeeperID `json:"id"`
				Kind    ResourceKind
			}
			if json.Unmarshal(i.Request, &gone) == nil && (gone.Release == id || gone.Kind == KindOfKeeper && gone.ID == id) {
				id = ""
			}
		}
	}
	return id, nil
}

// makeKeeper prepares the region and makes its keeper.
func (w *worker) makeKeeper(ctx context.Context, l *launching, p RegionPlan) (keeping, error) {
	none := keeping{}
	if err := w.stopped(); err != nil {
		return none, err
	}
	p, err := w.settleIn(ctx, l.plan, p)
	if err != nil {
		return none, err
	}
	group, err := w.letIn(ctx, l.plan, p)
	if err != nil {
		return none, err
	}
	e, launch := w.e, newLaunch()
	spec := e.spec.in(e.spec.region(w.region))
	tags := e.tags(l.plan.EndsAt, launch)
	tags[TagKeep] = string(KeepAWS)
	q := KeeperRequest{
		Fleet: l.plan.Fleet, Launch: launch, Region: w.region, Templates: map[string]TemplateName{}, Pools: poolsToAsk(p.Pools),
		EndsAt: l.plan.EndsAt, Delay: rebalanceDelay, Tags: maps.Clone(tags),
	}
	for _, arch := range slices.Sorted(maps.Keys(p.Images)) {
		im := p.Images[arch]
		t := TemplateRequest{
			Fleet: l.plan.Fleet, Group: group, PublicKey: e.spec.SSH.PublicKey, Profile: e.spec.Profile, EndsAt: l.plan.EndsAt, Tags: tags,
			Image: im.ID, RootDevice: im.RootDevice, RootGiB: max(e.spec.RootGiB, im.RootGiB), Private: !e.spec.Network.PublicIPv4(), IPv6: p.IPv6, FirstBoot: firstBoot(spec.Provision, orText(spec.SSH.User, im.User)),
		}
		err := e.journaled(ctx, IntentTemplate, w.region, "", t, func(ctx context.Context) (any, error) {
			name, err := w.cloud.EnsureTemplate(ctx, t)
			q.Templates[arch] = name
			return name, err
		})
		if err != nil {
			return none, err
		}
	}
	others := 0
	if err := w.do(ctx, func() { others = len(w.others("")) }); err != nil {
		return none, err
	}
	q.Target = max(0, p.Want-others)
	q.Tags[TagTarget], q.Tags[TagConfig] = strconv.Itoa(p.Want), p.Keep.Settings
	q.Token = keeperToken(q)
	id, err := w.sendKeeper(ctx, q)
	if err == nil {
		e.feed.event(LevelInfo, Event{Kind: EventLaunched, Region: w.region, Op: l.op, Text: fmt.Sprintf("AWS keeps this region from now on: %s, target %d", id, q.Target)})
	}
	return keeping{id, q.Target, true}, err
}

// keeperToken is a hash of the whole request, as token is.
func keeperToken(q KeeperRequest) string {
	b, err := json.Marshal(q)
	if err != nil {
		return "spot-tui-" + randomID(32) // only strings and numbers: can't happen
	}
	return tokenOf(b)
}

// sendKeeper journals and sends one request.
func (w *worker) sendKeeper(ctx context.Context, q KeeperRequest) (id KeeperID, err error) {
	if err := w.stopped(); err != nil {
		return "", err
	}
	err = w.e.journaled(ctx, IntentKeeper, w.region, q.Token, q, func(ctx context.Context) (any, error) {
		var err error
		id, err = w.cloud.EnsureKeeper(ctx, q)
		return id, err
	})
	if err == nil {
		w.post(w.keepersNow)
	}
	return id, err
}

// retarget changes a keeper, journaled.
func (w *worker) retarget(ctx context.Context, c KeeperChange) error {
	return w.e.journaled(ctx, IntentKeep, w.region, "", c, func(ctx context.Context) (any, error) {
		return nil, w.cloud.ModifyKeeper(ctx, w.e.spec.Name, c)
	})
}
