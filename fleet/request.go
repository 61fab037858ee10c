package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxPools bounds the overrides of one call: Karpenter truncates to 60 types
// (aws-facts §1.2); more only makes the request large.
const maxPools = 120

func poolsToAsk(pools []Pool) []Pool {
	if len(pools) > maxPools {
		pools = pools[:maxPools]
	}
	out := make([]Pool, len(pools))
	for i, p := range pools {
		p.Price = Price{} // not part of the request: it must be the same when it is sent again
		out[i] = p
	}
	return out
}

// newLaunch makes the id of a launch.
func newLaunch() LaunchID { return LaunchID("l-" + randomID(10)) }

// token is a hash of the whole request: another request can't reuse it
// (aws-facts §1.6), and it fits EC2's 64 characters.
func token(q LaunchRequest) string {
	q.Token = ""
	b, err := json.Marshal(q)
	if err != nil {
		return "spot-tui-" + randomID(32) // only strings and numbers: can't happen
	}
	return tokenOf(b)
}

func tokenOf(request []byte) string {
	sum := sha256.Sum256(request)
	return "spot-tui-" + hex.EncodeToString(sum[:20])
}

// get asks the region for capacity, from the pools that are not benched, and
// takes in what came of it. It never asks for more than the plan has left.
func (w *worker) get(ctx context.Context, l *launching, a *asking, n want) {
	pools, benched := l.open(a, n.onDemand)
	if len(pools) == 0 {
		l.short(a, benchedOnly(w.region, n.n, benched))
		return
	}
	if n.n = l.take(n.n); n.n == 0 {
		return
	}
	l.mu.Lock()
	a.asked++
	attempt := a.asked
	l.mu.Unlock()
	q, err := w.prepare(ctx, l.plan, a, n, attempt)
	if err != nil {
		l.give(n.n)
		w.shutOut(l, a, AsError("launch instances", w.region, err))
		return
	}
	pools, _ = l.open(a, n.onDemand) // their subnets may have been made only now
	q.Pools, q.HourEach = poolsToAsk(pools), a.plan.hourEach(w.e.spec, pools)
	q.Token = token(q)
	w.fill(ctx, l, a, q, n)
}

// shutOut notes that the region gave no answer to build on: nothing more is asked
// for there in this launch.
func (w *worker) shutOut(l *launching, a *asking, err *Error) {
	l.mu.Lock()
	a.shut = true
	l.mu.Unlock()
	l.fail(err)
}

// fill sends a launch request, and further ones for what it left out where EC2
// says that it was busy (aws-facts §2.4 A): an error for the rate or of EC2 itself
// inside an answer says nothing about capacity. Each has its own launch id and
// token, since it is another request (R23). What fails for capacity is benched.
func (w *worker) fill(ctx context.Context, l *launching, a *asking, q LaunchRequest, n want) {
	wait := 2 * time.Second
	for {
		res, err := w.send(ctx, l, q)
		if err != nil {
			w.refusedWhole(ctx, l, a, q, err)
			return
		}
		l.got(a, n, res.Instances)
		w.learn(a, q, res.Errors)
		short := q.Count - len(res.Instances)
		l.report(q, n, res)
		if short <= 0 {
			return
		}
		if wait > maxBusyWait || !busy(res.Errors) {
			l.give(short)
			l.short(a, w.short(q, res, short))
			return
		}
		w.say(LevelInfo, "", "EC2 was busy: %s are asked for again in %s", plural(short, "instance"), wait)
		again := sleep(ctx, wait)
		pools, benched := w.e.open(w.region, q.Pools, q.OnDemand)
		if !again || len(pools) == 0 {
			l.give(short)
			l.short(a, w.short(q, res, short))
			if again {
				l.short(a, benchedOnly(w.region, short, benched))
			}
			return
		}
		wait *= 2
		q.Count, q.Launch, q.Pools = short, newLaunch(), pools
		q.Tags = maps.Clone(q.Tags)
		q.Tags[TagLaunch] = string(q.Launch)
		q.Token = token(q)
	}
}

// refusedWhole takes in a request that failed as a whole. One that EC2 refused
// made nothing, so its share can be had elsewhere; of one without an answer nobody
// knows, so it counts until the identical request has been sent again.
func (w *worker) refusedWhole(ctx context.Context, l *launching, a *asking, q LaunchRequest, err error) {
	e := AsError("launch instances", w.region, err)
	switch {
	case ctx.Err() != nil || unanswered(e):
		w.shutOut(l, a, e)
		return
	case e.Kind != KindCanceled:
		l.give(q.Count)
	}
	w.learn(a, q, []*Error{e})
	if e.Kind == KindCapacity || e.Kind == KindQuota {
		l.short(a, e)
		return
	}
	w.shutOut(l, a, e)
}

// learn benches what failed for its capacity, and leaves out of this launch what
// failed for a reason that stays.
func (w *worker) learn(a *asking, q LaunchRequest, errs []*Error) {
	until := time.Now().Add(BenchTime)
	var bs []Bench
	for _, e := range errs {
		bs = append(bs, e.benches(q, until)...)
		if t, z, ok := strings.Cut(e.Resource, " "); ok && (e.Kind == KindInvalid || e.Kind == KindDenied || e.Kind == KindUnknown) {
			a.unfit = append(a.unfit, Pool{Type: InstanceType(t), Zone: Zone(z)})
		}
	}
	if len(bs) > 0 {
		w.e.putBenches(bs...)
	}
}

// maxBusyWait ends the tries for a busy EC2: 2, 4, 8, 16 and 32 s.
const maxBusyWait = 32 * time.Second

// busy says whether any pool failed for a reason that passes.
func busy(errs []*Error) bool {
	return slices.ContainsFunc(errs, func(e *Error) bool { return e.Kind == KindThrottle || e.Kind == KindInternal })
}

// send journals and sends one launch request, and takes in what came of it.
func (w *worker) send(ctx context.Context, l *launching, q LaunchRequest) (LaunchResult, error) {
	if err := w.stopped(); err != nil {
		return LaunchResult{}, err
	}
	landed := w.e.promised.fly(q.Token)
	defer landed()
	var res LaunchResult
	err := w.e.journaled(ctx, IntentLaunch, w.region, q.Token, q, func(ctx context.Context) (any, error) {
		var err error
		if res, err = w.cloud.Launch(ctx, q); err != nil {
			return nil, err
		}
		// Known instances are saved before the intent ends: a crash between the
		// two must not lose what a describe may hide for minutes.
		return res.Instances, w.launched(ctx, q, res)
	})
	if err != nil {
		return LaunchResult{}, err
	}
	return res, nil
}

// stopped refuses to make anything more once a destroy was confirmed.
func (w *worker) stopped() error {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	if !w.e.destroying {
		return nil
	}
	return &Error{Op: "launch instances", Region: w.region, Kind: KindCanceled, Err: errText("the fleet is being destroyed")}
}

// short says why a launch came short, in one sentence.
func (w *worker) short(q LaunchRequest, res LaunchResult, short int) *Error {
	e := &Error{
		Op: fmt.Sprintf("launch %s", plural(q.Count, market(q.OnDemand)+" instance")), Region: w.region, Kind: KindCapacity,
		Hint: "add instance types or regions to the config, or run create again later",
	}
	codes := map[string]int{}
	for _, pe := range res.Errors {
		codes[pe.Code]++
		e.Code = orText(e.Code, pe.Code)
		if pe.Kind != KindCapacity && e.Kind == KindCapacity {
			e.Kind, e.Hint = pe.Kind, orText(pe.Hint, e.Hint)
		}
	}
	why := "EC2 gave no reason"
	for c, n := range codes {
		why = fmt.Sprintf("%s in %s", c, plural(n, "pool"))
		if len(codes) > 1 {
			why += " and others"
		}
		if c != "" {
			break
		}
	}
	e.Err = fmt.Errorf("%d of %d missing: %s", short, q.Count, why)
	return e
}

// launched takes in new instances before any describe shows them, and saves them.
func (w *worker) launched(ctx context.Context, q LaunchRequest, res LaunchResult) error {
	now := time.Now()
	ends, _ := time.Parse(time.RFC3339, q.Tags[TagEnd]) // empty: no end
	var fresh []Instance
	err := w.do(ctx, func() {
		for _, i := range res.Instances {
			if o, ok := w.instances[i.ID]; ok {
				o.mine = true
				continue
			}
			o := &owned{mine: true, known: now, Instance: &Instance{
				ID: i.ID, Region: w.region, Zone: i.Zone, Type: i.Type, State: StatePending, Stage: StageRequested,
				Launch: q.Launch, LaunchedAt: now, EndsAt: ends, StageSince: now, User: w.user,
				Owner: q.Tags[TagOwner], OnDemand: i.OnDemand, Origin: ParseOrigin(q.Tags[TagOrigin]),
			}}
			o.Price = w.priceOf(o.Instance) // nobody has it yet
			w.instances[i.ID] = o
			w.enter(*o.Instance)
			w.publish(o)
			fresh = append(fresh, *o.Instance)
		}
		w.meter()
		w.saveBook()
		w.pollNow()
	})
	if err != nil {
		return err
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := w.e.opts.Store.SaveInstances(ctx, w.e.account(), q.Fleet, fresh); err != nil {
		w.say(LevelWarn, "", "the new instances can't be saved: %s", err)
	}
	return nil
}
