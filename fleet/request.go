package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
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
	sum := sha256.Sum256(b)
	return "spot-tui-" + hex.EncodeToString(sum[:20])
}

// fill sends a launch request, and further ones for what it left out where EC2
// says that it was busy (aws-facts §2.4 A): an error for the rate or of EC2 itself
// inside an answer says nothing about capacity. Each has its own launch id and
// token, since it is another request (R23).
func (w *worker) fill(ctx context.Context, l *launching, q LaunchRequest) error {
	wait := 2 * time.Second
	for {
		res, err := w.send(ctx, l, q)
		short := q.Count - len(res.Instances)
		if err != nil || short <= 0 {
			return err
		}
		if wait > maxBusyWait || !busy(res.Errors) {
			return w.short(q, res, short)
		}
		w.say(LevelInfo, "", "EC2 was busy: %s are asked for again in %s", plural(short, "instance"), wait)
		if !sleep(ctx, wait) {
			return w.short(q, res, short)
		}
		wait *= 2
		q.Count, q.Launch = short, newLaunch()
		q.Tags = w.e.tags(l.plan.EndsAt, q.Launch)
		q.Token = token(q)
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
	l.add(res.Instances)
	w.e.feed.event(LevelInfo, Event{Kind: EventLaunched, Region: w.region, Op: l.op, Text: fmt.Sprintf("launched %d of %d", len(res.Instances), q.Count)})
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
func (w *worker) short(q LaunchRequest, res LaunchResult, short int) error {
	e := &Error{
		Op: fmt.Sprintf("launch %s", plural(q.Count, "instance")), Region: w.region, Kind: KindCapacity,
		Hint: "add instance types or regions to the config, or run create again later",
	}
	codes := map[string]int{}
	for _, pe := range res.Errors {
		codes[pe.Code]++
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
			o := &owned{mine: true, known: now, Instance: Instance{
				ID: i.ID, Region: w.region, Zone: i.Zone, Type: i.Type, State: StatePending, Stage: StageRequested,
				Launch: q.Launch, LaunchedAt: now, EndsAt: ends, StageSince: now, User: w.user,
				Owner: q.Tags[TagOwner], Price: w.prices.of(i.Type, i.Zone),
			}}
			w.instances[i.ID] = o
			w.publish(o)
			fresh = append(fresh, o.Instance)
		}
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
