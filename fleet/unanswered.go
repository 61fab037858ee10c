package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// unanswered says whether nobody knows what became of a call: it may have had its
// effect, so its intent stays open until the identical request has an answer.
func unanswered(err error) bool {
	switch KindOf(err) {
	case KindTimeout, KindNetwork, KindUnknown, KindInternal:
		return err != nil
	default:
		return false
	}
}

// hourEach is the most that one instance from the pools costs per hour, with its disk
// and address; 0 where a price is not known.
func (r RegionPlan) hourEach(spec Spec, pools []Pool) float64 {
	most := 0.0
	for _, p := range pools {
		if !p.Price.Known {
			return 0
		}
		most = max(most, p.Price.USD)
	}
	return most + spec.Network.addressHour() + float64(r.rootGiB(spec))*gp3GiBHour
}

// fly notes that a launch request is on its way in this process: whoever sends it has
// reserved its money. landed ends that.
func (s *promised) fly(token string) (landed func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying = append(s.flying, token)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if i := slices.Index(s.flying, token); i >= 0 {
			s.flying = slices.Delete(s.flying, i, i+1)
		}
	}
}

// openHour is what launch requests that never got an answer may cost per hour, beyond
// the instances that are known to have come of them.
func (e *Engine) openHour(ctx context.Context) (Price, error) {
	sum := Price{Known: true}
	open, err := e.openLaunches(ctx)
	if err != nil || len(open) == 0 {
		return sum, err
	}
	by := map[LaunchID]int{}
	for _, i := range e.known() {
		by[i.Launch]++
	}
	e.promised.mu.Lock()
	defer e.promised.mu.Unlock()
	for r, qs := range open {
		for _, q := range qs {
			missing := max(0, q.Count-by[q.Launch])
			if missing > 0 && !slices.Contains(e.promised.flying, q.Token) {
				sum.USD += float64(missing) * q.HourEach
				if q.HourEach == 0 {
					sum.Known, sum.Reason = false, fmt.Sprintf("a request in %s has no answer yet, and its prices are not known", r)
				}
			}
		}
	}
	return sum, nil
}

// resend asks for what a crash or a lost answer left open: the identical request says
// what came of it. It may launch only now, so its money is reserved first. What
// replaces an instance that lives is left to the replacement, which asks again by itself.
func (w *worker) resend(ctx context.Context, l *launching, a *asking, q openLaunch) {
	from := ParseOrigin(q.Tags[TagOrigin])
	if from.Replaces != "" && w.e.lives(from.Replaces) {
		return
	}
	landed := w.e.promised.fly(q.Token)
	defer landed()
	missing := q.Count
	for _, i := range w.e.known() {
		if i.Launch == q.Launch {
			missing--
		}
	}
	if missing > 0 && l.spare > 0 { // it would launch too many if it never arrived
		l.forgo(ctx, w, q)
		return
	}
	if missing > 0 {
		free, err := w.e.costReserve(Price{USD: float64(missing) * q.HourEach, Known: q.HourEach > 0, Reason: "it was asked for without a known price"})
		if err != nil {
			l.fail(AsError("ask again for "+plural(missing, "instance"), w.region, err))
			return
		}
		defer free()
	}
	w.fill(ctx, l, a, q.LaunchRequest, want{n: q.Count, onDemand: q.OnDemand, why: "asked again after it was cut off"})
}

// arrivesWithin is how long after it was begun a request without an answer may still
// show what it has made: its tries take some minutes, and EC2 hides what is new.
const arrivesWithin = visibleWithin + 10*time.Minute

// forgo gives a request up that has no answer and is not wanted any more, as after a
// smaller target: as soon as EC2 would show what came of it, that it shows nothing says
// that nothing did. Until then it counts as what it asked for.
func (l *launching) forgo(ctx context.Context, w *worker, q openLaunch) {
	if wait := arrivesWithin - time.Since(q.at); wait > 0 {
		w.say(LevelInfo, "", "%s that got no answer are not asked for again, since the target is reached without them; until %s they may still turn out to be there", plural(q.Count, "instance"), time.Now().Add(wait).Local().Format(time.TimeOnly))
		return
	}
	nothing := &Error{Op: "launch instances", Region: w.region, Kind: KindGone, Err: errText("it got no answer, and EC2 shows nothing of it")}
	if err := l.e.opts.Store.End(ctx, q.Token, nil, nothing); err != nil {
		l.fail(&Error{Op: "write the journal", Region: w.region, Kind: KindInternal, Err: err})
	}
}

// lives says whether an instance is known and not leaving.
func (e *Engine) lives(id InstanceID) bool {
	i, ok := e.instance(id)
	return ok && !i.Stage.Leaving()
}
