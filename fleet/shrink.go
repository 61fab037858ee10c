package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// ShrinkPlan is which instances go when a fleet gets a smaller target. The value
// that is shown is the value that Shrink executes; its ids are frozen.
type ShrinkPlan struct {
	Fleet   Name      `json:"fleet"`
	At      time.Time `json:"at"`
	Account string    `json:"account"`
	Was     int       `json:"was"`      // the target so far
	Target  int       `json:"target"`   // the new one
	Running int       `json:"running"`  // instances that are not leaving
	Leave   []Leaver  `json:"leave"`    // in the order in which they were chosen
	Locked  int       `json:"locked"`   // instances that may not go
	PerHour Price     `json:"per_hour"` // what it saves, disks and addresses aside; Known only if every price is
}

// Leaver is an instance that goes, and why it and not another.
type Leaver struct {
	Instance Instance `json:"instance"`
	Why      string   `json:"why"` // "failed: setup exit 1", "the dearest", "the youngest"
}

// PlanShrink implements Face.
func (e *Engine) PlanShrink(ctx context.Context, target int) (ShrinkPlan, error) {
	const op = "shrink"
	if target < 0 {
		return ShrinkPlan{}, &Error{Op: op, Kind: KindInvalid, Err: fmt.Errorf("%d is no target", target)}
	}
	id, err := e.Identity(ctx)
	if err != nil {
		return ShrinkPlan{}, err
	}
	for _, w := range e.allWorkers() {
		if err := w.ask(ctx); err != nil { // what it has is not known, and might be what should go
			return ShrinkPlan{}, err
		}
	}
	p := ShrinkPlan{Fleet: e.spec.Name, At: time.Now(), Account: id.Account, Was: e.spec.Target, Target: target}
	if rec, ok := e.findRecord(ctx); ok {
		p.Was = rec.Target
	}
	var all []Instance
	for _, i := range e.known() {
		if !i.Stage.Leaving() {
			all = append(all, i)
		}
	}
	p.Running = len(all)
	p.Leave, p.Locked = leavers(all, p.Running-target, min(e.spec.Capacity.OnDemandBase, target))
	if n := p.Running - target - len(p.Leave); n > 0 {
		return p, &Error{Op: op, Kind: KindGuard, Err: fmt.Errorf("%s would have to go, but only %d may: %d are locked", plural(p.Running-target, "instance"), len(p.Leave), p.Locked), Hint: "unlock some, or choose a larger target"}
	}
	p.PerHour = Price{Known: true, AsOf: p.At}
	for _, l := range p.Leave {
		if !l.Instance.Price.Known {
			p.PerHour.Known, p.PerHour.Reason = false, l.Instance.Price.Reason
		}
		p.PerHour.USD += l.Instance.Price.USD
	}
	return p, nil
}

// leavers chooses n of all: failed ones first, then the dearest, then the
// youngest. Locked ones never go, and of the on-demand ones base stay, the oldest.
func leavers(all []Instance, n, base int) (out []Leaver, locked int) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Instance) int {
		return cmp.Or(
			cmp.Compare(b2i(b.Stage == StageFailed), b2i(a.Stage == StageFailed)),
			cmp.Compare(priceKey(b.Price), priceKey(a.Price)),
			b.LaunchedAt.Compare(a.LaunchedAt),
			cmp.Compare(a.ID, b.ID),
		)
	})
	var onDemand int
	for _, i := range all {
		if i.OnDemand {
			onDemand++
		}
	}
	for at, i := range all {
		switch {
		case i.Locked:
			locked++
		case len(out) >= n:
		case i.OnDemand && i.Stage != StageFailed && onDemand <= base: // the base share stays
		default:
			if i.OnDemand {
				onDemand--
			}
			out = append(out, Leaver{i, whyLeave(i, all[at+1:])})
		}
	}
	return out, locked
}

// priceKey orders prices where an unknown one is not taken for a dear one.
func priceKey(p Price) float64 {
	if !p.Known {
		return -1
	}
	return p.USD
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// whyLeave says why an instance goes before the rest.
func whyLeave(i Instance, rest []Instance) string {
	switch {
	case i.Stage == StageFailed:
		return "failed: " + orText(i.Reason, "no reason is known")
	case i.Price.Known && slices.ContainsFunc(rest, func(o Instance) bool { return !o.Price.Known || o.Price.USD < i.Price.USD }):
		return fmt.Sprintf("the dearest: %s/h", moneyText(i.Price.USD))
	case !i.Price.Known:
		return "the youngest; its price is not known"
	}
	return "the youngest of one price"
}

// Shrink implements Face: the target first, so that nobody fills up what goes.
func (e *Engine) Shrink(p ShrinkPlan) (OpID, error) {
	const op = "shrink"
	if err := e.guard(op, true); err != nil {
		return "", err
	}
	if p.Account != e.account() || p.Fleet != e.spec.Name {
		return "", &Error{Op: op, Kind: KindConflict, Err: errText("the plan is for another account or fleet"), Hint: "plan again"}
	}
	ids := make([]InstanceID, len(p.Leave))
	for i, l := range p.Leave {
		ids[i] = l.Instance.ID
	}
	id := e.newOp(OpDestroy, fmt.Sprintf("shrink to %d", p.Target), len(ids))
	q := DestroyRequest{Scope: ScopeInstances, Instances: ids, Target: &p.Target}
	e.group.run(string(id), func() { e.destroySome(id, q) })
	return id, nil
}

// known lists all instances that the feed has.
func (e *Engine) known() []Instance {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	return values(e.feed.instances)
}
