package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// stuckPatience is how long a teardown goes on although all that is left needs a
	// person: someone may just be lifting a protection.
	stuckPatience = time.Minute
	// holdPatience is how long something may hang on a resource before it is looked
	// up what: interfaces go seconds after their instances.
	holdPatience = 20 * time.Second
	// askPatience bounds the look at what blocks, after the teardown's own time.
	askPatience = 20 * time.Second
)

// clearing is one region's teardown on its way: what came of its passes. It is
// used by one goroutine.
type clearing struct {
	t      *tally
	open   []openLaunch
	lately []made

	asked map[InstanceID]bool  // their end has been journaled
	stuck map[string]error     // by id: what no waiting mends
	held  map[string]time.Time // by id: since when something hangs on it
	told  map[string]bool      // by id: what holds it has been said
	least int                  // how little was left
	at    time.Time            // since when
}

func newClearing(t *tally, open []openLaunch, lately []made) *clearing {
	return &clearing{t: t, open: open, lately: lately, asked: map[InstanceID]bool{}, stuck: map[string]error{}, held: map[string]time.Time{}, told: map[string]bool{}, least: -1, at: time.Now()}
}

// refused notes what came of an attempt on a resource.
func (c *clearing) refused(id string, err error) {
	switch KindOf(err) {
	case KindConflict:
		if _, ok := c.held[id]; !ok {
			c.held[id] = time.Now()
		}
		delete(c.stuck, id)
	case KindDenied, KindInvalid, KindGuard: // protected, not allowed, or someone else's by now
		c.stuck[id] = err
	default:
		delete(c.stuck, id)
	}
}

// late says, once, that something has hung on a resource for long.
func (c *clearing) late(id string) bool {
	since, ok := c.held[id]
	if !ok || c.told[id] || time.Since(since) < holdPatience {
		return false
	}
	c.told[id] = true
	return true
}

// why says what keeps an instance.
func (c *clearing) why(r Resource) string {
	if err := c.stuck[r.ID]; err != nil {
		return err.Error()
	}
	return r.State
}

// awaits says whether instances are on their way out, for which all that hangs on
// them has to wait.
func (c *clearing) awaits(left []Resource) bool {
	return slices.ContainsFunc(left, func(r Resource) bool { return r.Kind == KindOfInstance && c.stuck[r.ID] == nil })
}

// hopeless says whether nothing has gone for a while and all that is left needs a
// person, or hangs on what does.
func (c *clearing) hopeless(left []Resource) bool {
	if c.least < 0 || len(left) < c.least {
		c.least, c.at = len(left), time.Now()
	}
	waits := func(r Resource) bool { return c.stuck[r.ID] == nil && c.held[r.ID].IsZero() }
	return len(c.stuck) > 0 && !slices.ContainsFunc(left, waits) && time.Since(c.at) >= stuckPatience
}

// tell makes errors of the operation of what a person must do.
func (c *clearing) tell(w *worker, left []Resource) {
	for _, r := range left {
		if err := c.stuck[r.ID]; err != nil {
			c.t.fail(AsError("destroy", w.region, err))
		}
	}
}

// journal writes down instances whose end is asked for the first time. Destroying
// is never blocked by a broken store.
func (c *clearing) journal(ctx context.Context, w *worker, ids []InstanceID) (end func(error)) {
	fresh := slices.DeleteFunc(slices.Clone(ids), func(id InstanceID) bool { return c.asked[id] })
	if len(fresh) == 0 {
		return func(error) {}
	}
	for _, id := range fresh {
		c.asked[id] = true
	}
	body, err := json.Marshal(fresh)
	if err != nil {
		body = []byte("[]") // texts only: can't happen
	}
	in := Intent{ID: "destroy-" + randomID(12), Account: w.e.account(), Fleet: w.e.spec.Name, Region: w.region, Kind: IntentDestroy, Request: body, At: time.Now()}
	if err := w.e.opts.Store.Begin(ctx, in); err != nil {
		return func(error) {}
	}
	return func(failure error) { _ = w.e.opts.Store.End(context.WithoutCancel(ctx), in.ID, nil, failure) }
}

// sayWhatHolds looks up what a resource waits for and says it.
func (w *worker) sayWhatHolds(ctx context.Context, c *clearing, r Resource) {
	if text := w.whatHolds(ctx, r); text != "" {
		w.say(LevelInfo, "", "%s waits: %s", r, text)
		c.t.e.feed.op(c.t.op, func(o *Operation) { o.Detail = fmt.Sprintf("%s: %s waits: %s", w.region, r, text) })
	}
}

// named gives what is left with what blocks it.
func (w *worker) named(left []Resource) []Resource {
	ctx, cancel := context.WithTimeout(w.e.ctx, askPatience)
	defer cancel()
	for i, r := range left {
		if text := w.whatHolds(ctx, r); text != "" {
			left[i].State = text
		}
	}
	return left
}

// whatHolds says in words what keeps a resource; empty where EC2 shows nothing.
func (w *worker) whatHolds(ctx context.Context, r Resource) string {
	if r.ID == "" || r.Kind == KindOfInstance {
		return ""
	}
	by, err := w.cloud.Blockers(ctx, r)
	if err != nil && len(by) == 0 {
		return ""
	}
	return heldBy(by, w.e.spec.Name)
}

// heldBy names blockers, those first that are not the fleet's own: a person must
// see to them.
func heldBy(by []Resource, f Name) string {
	if len(by) == 0 {
		return ""
	}
	slices.SortStableFunc(by, func(a, b Resource) int {
		switch {
		case (a.Fleet == f) == (b.Fleet == f):
			return 0
		case a.Fleet == f:
			return 1
		}
		return -1
	})
	const most = 3
	var names []string
	for _, b := range by[:min(most, len(by))] {
		about := []string{}
		if b.Detail != "" {
			about = append(about, b.Detail)
		}
		switch {
		case b.Fleet == "":
			about = append(about, "not of this fleet")
		case b.Fleet != f:
			about = append(about, strings.TrimSpace(fmt.Sprintf("fleet %s %s", b.Fleet, ofWhom(b.Owner))))
		}
		text := b.String()
		if len(about) > 0 {
			text += " (" + strings.Join(about, ", ") + ")"
		}
		names = append(names, text)
	}
	if n := len(by) - most; n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	return "held by " + strings.Join(names, ", ")
}

func ofWhom(owner string) string {
	if owner == "" {
		return ""
	}
	return "of " + owner
}

// stillThere says what a region holds at the end of the patience, and what holds it.
func stillThere(op string, r Region, left []Resource) *Error {
	hint := "run destroy again; it takes up where this stopped"
	if op != "destroy" {
		hint = "see to what holds it, then clean up again"
	}
	names := make([]string, 0, len(left))
	for _, l := range left {
		text := l.String()
		if strings.HasPrefix(l.State, "held by ") {
			text += " (" + l.State + ")"
		}
		names = append(names, text)
	}
	return &Error{Op: op, Region: r, Kind: KindTimeout, Err: fmt.Errorf("still there: %s", strings.Join(names, ", ")), Hint: hint}
}
