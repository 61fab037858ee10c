package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// gate holds back every call to the account while AWS refuses its credentials:
// asking on would only be refused again, and what a login in another terminal
// mends must go on by itself (R39).
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // closed when the gate opens; nil while it is open
	why  error
}

// close shuts the gate; it says false if it was shut already.
func (g *gate) close(why error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.why = why
	if g.shut != nil {
		return false
	}
	g.shut = make(chan struct{})
	return true
}

// open lets everything through again.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// pass waits until the gate is open. With a patience it gives up after that
// time, with the error that shut the gate.
func (g *gate) pass(ctx context.Context, patience time.Duration) error {
	g.mu.Lock()
	shut, why := g.shut, g.why
	g.mu.Unlock()
	if shut == nil {
		return nil
	}
	var over <-chan time.Time
	if patience > 0 {
		t := time.NewTimer(patience)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-shut:
		return nil
	case <-over:
		e := AsError("wait for a login", "", why)
		text := ""
		if e.Err != nil {
			text = ": " + e.Err.Error()
		}
		return &Error{Op: "wait for a new login", Kind: KindAuth, Code: e.Code, Err: fmt.Errorf("none came within %s%s", patience, text), Hint: e.Hint}
	case <-ctx.Done():
		return AsError("wait for a login", "", ctx.Err())
	}
}

// refused looks at a call that AWS refused for its credentials, and says whether
// it should be made again when the gate is open. A region that is not enabled
// refuses good credentials too; then the call's own error stands.
func (e *Engine) refused(err error) bool {
	if KindOf(err) != KindAuth || e.ctx.Err() != nil {
		return false
	}
	if e.account() == "" { // the first login is still awaited: identify opens the gate
		e.gate.close(err)
		if e.account() != "" { // it has come meanwhile
			e.gate.open()
		}
		return true
	}
	if _, probe := e.opts.Account.Identity(e.ctx); KindOf(probe) != KindAuth {
		return false
	}
	if e.gate.close(err) {
		e.feed.head(func(s *Summary) { s.Problem = err.Error() })
		e.feed.event(LevelError, Event{Kind: EventError, Text: "paused: " + err.Error()})
		e.group.run("login", e.awaitLogin)
	}
	return true
}

// loginPause is how often a new login is looked for.
const loginPause = 5 * time.Second

// awaitLogin asks who we are until AWS answers, and opens the gate if it is the
// same account: a login to another one must not steer this fleet.
func (e *Engine) awaitLogin() {
	for sleep(e.ctx, loginPause) {
		id, err := e.opts.Account.Identity(e.ctx)
		if err == nil && id.Account != e.account() {
			err = &Error{
				Op: "go on", Kind: KindAuth, Err: errText("these credentials are of account " + id.Account + ", the fleet is in " + e.account()),
				Hint: "log in to that account again, or start anew",
			}
		}
		if err != nil {
			e.feed.head(func(s *Summary) { s.Problem = err.Error() })
			continue
		}
		e.feed.head(func(s *Summary) { s.Problem = "" })
		e.feed.log(LevelOK, "", "", "the credentials are accepted again")
		e.gate.open()
		e.Refresh()
		return
	}
}

// through makes a call when the gate lets it pass, and again after a pause.
// Every call of the ports may be repeated: what makes something carries a token
// or a name, or was refused before it did anything.
func through[T any](ctx context.Context, e *Engine, call func() (T, error)) (T, error) {
	for {
		var none T
		if err := e.gate.pass(ctx, e.opts.Patience); err != nil {
			return none, err
		}
		v, err := call()
		if !e.refused(err) {
			return v, err
		}
	}
}

// gated is a region behind the gate.
type gated struct {
	e *Engine
	c RegionCloud
}

var _ RegionCloud = gated{}

type nothing struct{}

func (g gated) do(ctx context.Context, call func() error) error {
	_, err := through(ctx, g.e, func() (nothing, error) { return nothing{}, call() })
	return err
}

// Describe implements Watcher.
func (g gated) Describe(ctx context.Context, f Name) ([]Observation, error) {
	return through(ctx, g.e, func() ([]Observation, error) { return g.c.Describe(ctx, f) })
}

// Prices implements Watcher.
func (g gated) Prices(ctx context.Context, types []InstanceType) ([]PoolPrice, error) {
	return through(ctx, g.e, func() ([]PoolPrice, error) { return g.c.Prices(ctx, types) })
}

// Console implements Watcher.
func (g gated) Console(ctx context.Context, id InstanceID) (Console, error) {
	return through(ctx, g.e, func() (Console, error) { return g.c.Console(ctx, id) })
}

// Reach implements Watcher.
func (g gated) Reach(ctx context.Context, q ReachRequest) ([]Check, error) {
	return through(ctx, g.e, func() ([]Check, error) { return g.c.Reach(ctx, q) })
}

// PriceHistory implements Market.
func (g gated) PriceHistory(ctx context.Context, ts []InstanceType, since time.Time) ([]PoolPrice, error) {
	return through(ctx, g.e, func() ([]PoolPrice, error) { return g.c.PriceHistory(ctx, ts, since) })
}

// OnDemandPrices implements Market.
func (g gated) OnDemandPrices(ctx context.Context, ts []InstanceType) ([]OnDemandPrice, error) {
	return through(ctx, g.e, func() ([]OnDemandPrice, error) { return g.c.OnDemandPrices(ctx, ts) })
}

// Advice implements Market. It needs no credentials, so it does not wait for them.
func (g gated) Advice(ctx context.Context, ts []InstanceType) ([]Advice, error) {
	return g.c.Advice(ctx, ts)
}

// Types implements Catalog.
func (g gated) Types(ctx context.Context, ts []InstanceType) ([]TypeInfo, error) {
	return through(ctx, g.e, func() ([]TypeInfo, error) { return g.c.Types(ctx, ts) })
}

// Quotas implements Catalog.
func (g gated) Quotas(ctx context.Context) ([]Quota, error) {
	return through(ctx, g.e, func() ([]Quota, error) { return g.c.Quotas(ctx) })
}

// Scores implements Catalog.
func (g gated) Scores(ctx context.Context, q ScoreRequest) ([]Score, error) {
	return through(ctx, g.e, func() ([]Score, error) { return g.c.Scores(ctx, q) })
}

// Inspect implements Inspector.
func (g gated) Inspect(ctx context.Context, f Name, id InstanceID) ([]FactGroup, error) {
	return through(ctx, g.e, func() ([]FactGroup, error) { return g.c.Inspect(ctx, f, id) })
}

// SpotRequest implements Inspector.
func (g gated) SpotRequest(ctx context.Context, id string) (SpotRequest, error) {
	return through(ctx, g.e, func() (SpotRequest, error) { return g.c.SpotRequest(ctx, id) })
}

// Disks implements Meter.
func (g gated) Disks(ctx context.Context, f Name) ([]Disk, error) {
	return through(ctx, g.e, func() ([]Disk, error) { return g.c.Disks(ctx, f) })
}

// SpotEnds implements Meter.
func (g gated) SpotEnds(ctx context.Context, f Name) ([]SpotEnd, error) {
	return through(ctx, g.e, func() ([]SpotEnd, error) { return g.c.SpotEnds(ctx, f) })
}

// Survey implements Launcher.
func (g gated) Survey(ctx context.Context, q SurveyRequest) (Survey, error) {
	return through(ctx, g.e, func() (Survey, error) { return g.c.Survey(ctx, q) })
}

// Images implements Launcher.
func (g gated) Images(ctx context.Context, image string) (map[string]Image, error) {
	return through(ctx, g.e, func() (map[string]Image, error) { return g.c.Images(ctx, image) })
}

// EnsureNetwork implements Launcher.
func (g gated) EnsureNetwork(ctx context.Context, q NetworkRequest) (Network, error) {
	return through(ctx, g.e, func() (Network, error) { return g.c.EnsureNetwork(ctx, q) })
}

// EnsureGroup implements Launcher.
func (g gated) EnsureGroup(ctx context.Context, q GroupRequest) (GroupID, error) {
	return through(ctx, g.e, func() (GroupID, error) { return g.c.EnsureGroup(ctx, q) })
}

// EnsureTemplate implements Launcher.
func (g gated) EnsureTemplate(ctx context.Context, q TemplateRequest) (TemplateName, error) {
	return through(ctx, g.e, func() (TemplateName, error) { return g.c.EnsureTemplate(ctx, q) })
}

// Launch implements Launcher.
func (g gated) Launch(ctx context.Context, q LaunchRequest) (LaunchResult, error) {
	return through(ctx, g.e, func() (LaunchResult, error) { return g.c.Launch(ctx, q) })
}

// CreateRecord implements Recorder.
func (g gated) CreateRecord(ctx context.Context, r Record, user map[string]string) error {
	return g.do(ctx, func() error { return g.c.CreateRecord(ctx, r, user) })
}

// ReadRecord implements Recorder.
func (g gated) ReadRecord(ctx context.Context, f Name) (Record, error) {
	return through(ctx, g.e, func() (Record, error) { return g.c.ReadRecord(ctx, f) })
}

// UpdateRecord implements Recorder.
func (g gated) UpdateRecord(ctx context.Context, r Record) error {
	return g.do(ctx, func() error { return g.c.UpdateRecord(ctx, r) })
}

// Mark implements Recorder.
func (g gated) Mark(ctx context.Context, f Name, ids []InstanceID, tags map[string]string) error {
	return g.do(ctx, func() error { return g.c.Mark(ctx, f, ids, tags) })
}

// Terminate implements Remover.
func (g gated) Terminate(ctx context.Context, f Name, ids []InstanceID) map[InstanceID]error {
	res, err := through(ctx, g.e, func() (map[InstanceID]error, error) {
		res := g.c.Terminate(ctx, f, ids)
		for _, err := range res {
			if KindOf(err) == KindAuth {
				return res, err
			}
		}
		return res, nil
	})
	if res == nil {
		res = map[InstanceID]error{}
		for _, id := range ids {
			res[id] = err
		}
	}
	return res
}

// Leftovers implements Remover.
func (g gated) Leftovers(ctx context.Context, f Name) ([]Resource, error) {
	return through(ctx, g.e, func() ([]Resource, error) { return g.c.Leftovers(ctx, f) })
}

// Fleets implements Remover.
func (g gated) Fleets(ctx context.Context) ([]Name, error) {
	return through(ctx, g.e, func() ([]Name, error) { return g.c.Fleets(ctx) })
}

// Remove implements Remover.
func (g gated) Remove(ctx context.Context, f Name, r Resource) error {
	return g.do(ctx, func() error { return g.c.Remove(ctx, f, r) })
}

// Strays implements Sweeper.
func (g gated) Strays(ctx context.Context, by Maker) ([]Resource, error) {
	return through(ctx, g.e, func() ([]Resource, error) { return g.c.Strays(ctx, by) })
}

// Sweep implements Sweeper.
func (g gated) Sweep(ctx context.Context, r Resource) error {
	return g.do(ctx, func() error { return g.c.Sweep(ctx, r) })
}

// Blockers implements Sweeper.
func (g gated) Blockers(ctx context.Context, r Resource) ([]Resource, error) {
	return through(ctx, g.e, func() ([]Resource, error) { return g.c.Blockers(ctx, r) })
}
