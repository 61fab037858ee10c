package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/aws"
	"spot-tui/fleet"
	"spot-tui/sim"
	"spot-tui/ssh"
	"spot-tui/state"
)

// act is a verb of a scenario with what must come of it.
type act struct {
	verb   string // create, destroy, watch (for a time)
	code   int
	live   int           // instances in the world afterwards, terminated ones not counted
	span   time.Duration // of watch
	faults []sim.Step    // from the act's start
	says   string        // in one of the failures, or of the region's problems while watching
}

// with has faults begin at times from the act's own start.
func (a act) with(faults ...sim.Step) act {
	a.faults = faults
	return a
}

func create(code, live int, says ...string) act {
	return act{verb: "create", code: code, live: live, says: strings.Join(says, "")}
}

func destroy(code, live int, says ...string) act {
	return act{verb: "destroy", code: code, live: live, says: strings.Join(says, "")}
}

func watch(d time.Duration, live int, says ...string) act {
	return act{verb: "watch", span: d, live: live, says: strings.Join(says, "")}
}

// scenario is a world with faults at times, and what a person does in it.
type scenario struct {
	name   string
	world  sim.Options
	faults []sim.Step // times from the start
	clear  time.Duration
	change func(*fleet.Options)
	acts   []act
}

func at(d time.Duration, f sim.Fault) sim.Step { return sim.Step{At: sim.Duration(d), Fault: f} }

func always(f sim.Fault) []sim.Step { return []sim.Step{at(0, f)} }

// faultScenarios is each fault in each phase of a fleet, and pairs that hurt.
func faultScenarios() []scenario {
	const west, east, euro = "us-west-2", "us-east-1", "eu-west-1"
	const minute = time.Minute
	done := []act{create(exitDone, 3), destroy(exitDone, 0)}
	fault := func(name string) sim.Fault { return sim.Fault{Fault: name} }
	in := func(name, region string) sim.Fault { return sim.Fault{Fault: name, Region: region} }
	steady := func(name string, f sim.Fault, clear time.Duration, acts ...act) scenario {
		return scenario{name: name, faults: []sim.Step{at(5*minute, f)}, clear: clear, acts: append([]act{create(exitDone, 3)}, acts...)}
	}
	return []scenario{
		// While it is created.
		{name: "create: a dead region", faults: always(in("dead-region", euro)), acts: []act{create(exitPartial, 2, "no answer"), destroy(exitPartial, 0, "not proven empty")}},
		{name: "create: the home region is dead", faults: always(in("dead-region", west)), acts: []act{create(exitPartial, 2, "no answer"), destroy(exitPartial, 0, "not proven empty")}},
		{name: "create: a slow region", faults: always(sim.Fault{Fault: "slow-region", Region: euro, DelayMS: 6000}), acts: done},
		{name: "create: throttled for a while", faults: always(sim.Fault{Fault: "throttle", N: 60}), acts: done},
		{name: "create: a region is throttled without end", faults: always(in("throttle", euro)), acts: []act{create(exitPartial, 2, "RequestLimitExceeded"), destroy(exitPartial, 0)}},
		{name: "create: errors of AWS for a while", faults: always(sim.Fault{Fault: "error-5xx", N: 12}), acts: done},
		{name: "create: a region has errors without end", faults: always(in("error-5xx", euro)), acts: []act{create(exitPartial, 2, "InternalError"), destroy(exitPartial, 0)}},
		{name: "create: a region has no capacity", faults: always(in("no-capacity", euro)), acts: []act{create(exitDone, 3), destroy(exitDone, 0)}},
		{name: "create: no capacity anywhere", faults: always(fault("no-capacity")), acts: []act{create(exitFailed, 0, "InsufficientInstanceCapacity"), destroy(exitDone, 0)}},
		{name: "create: a login that is renewed", faults: []sim.Step{at(2*time.Second, fault("expired-credentials"))}, clear: 2 * minute, acts: done},
		{name: "create: a login that is never renewed", faults: []sim.Step{at(time.Second, fault("expired-credentials"))}, acts: []act{create(exitAuth, 0, "expired")}},
		{name: "create: a lost answer to the launch", faults: always(sim.Fault{Fault: "lost-answer", Op: "CreateFleet"}), acts: done},
		{name: "create: lost answers to what is made first", faults: []sim.Step{
			at(0, sim.Fault{Fault: "lost-answer", Op: "CreateSecurityGroup"}), at(0, sim.Fault{Fault: "lost-answer", Op: "CreateLaunchTemplate"}),
			at(0, sim.Fault{Fault: "lost-answer", Op: "AuthorizeSecurityGroupIngress"}),
		}, acts: done},
		{name: "create: describes lag by minutes", faults: always(sim.Fault{Fault: "lag", DelayMS: 240_000}), acts: done},
		{name: "create: a busy answer beside instances", faults: always(sim.Fault{Fault: "mixed-answer", N: 2}), acts: done},
		{name: "create: an error of AWS beside instances", faults: always(sim.Fault{Fault: "mixed-answer", N: 3, Code: "InternalError"}), acts: done},
		{name: "create: lack of capacity beside instances", faults: always(sim.Fault{Fault: "mixed-answer", Region: euro, Code: "InsufficientInstanceCapacity"}), acts: []act{create(exitDone, 3), destroy(exitDone, 0)}},
		{name: "create: a region is not enabled", faults: always(in("opt-out", euro)), acts: []act{create(exitPartial, 2, "enable it with"), destroy(exitPartial, 0)}},
		{name: "create: the clock is wrong", faults: always(fault("clock-skew")), acts: done},
		{name: "create: no default VPC", world: sim.Options{NoDefaultVPC: []string{west, euro}}, acts: done},
		{name: "create: an instance is taken on its way up", faults: []sim.Step{at(time.Minute, sim.Fault{Fault: "interrupt", Instance: "any"})}, change: slowSetup, acts: []act{create(exitPartial, 2), create(exitDone, 3), destroy(exitDone, 0)}},
		{name: "create: only read", change: func(o *fleet.Options) { o.ReadOnly = true }, acts: []act{create(exitGuard, 0, "read-only")}},
		{name: "create: dearer than allowed", change: func(o *fleet.Options) { o.Spec.Guard.MaxHourly = 0.01 }, acts: []act{create(exitGuard, 0, "max_hourly_cost"), destroy(exitDone, 0)}},
		{name: "create: a protected account", change: func(o *fleet.Options) { o.Protected = []string{sim.Account} }, acts: []act{create(exitGuard, 0, "protected"), destroy(exitGuard, 0, "protected")}},

		// While it runs.
		steady("steady: an interruption", sim.Fault{Fault: "interrupt", Instance: "any"}, 0, watch(10*minute, 2, "interrupted: AWS took it back"), create(exitDone, 3), destroy(exitDone, 0)),
		steady("steady: a dead region that comes back", in("dead-region", east), 30*minute, watch(20*minute, 3, "no answer"), watch(20*minute, 3), destroy(exitDone, 0)),
		steady("steady: throttled for half an hour", fault("throttle"), 35*minute, watch(25*minute, 3, "RequestLimitExceeded"), watch(20*minute, 3), destroy(exitDone, 0)),
		steady("steady: errors of AWS for half an hour", fault("error-5xx"), 35*minute, watch(25*minute, 3, "InternalError"), watch(20*minute, 3), destroy(exitDone, 0)),
		steady("steady: the login expires and is renewed", fault("expired-credentials"), 35*minute, watch(25*minute, 3, "expired"), watch(20*minute, 3), destroy(exitDone, 0)),
		{name: "steady: the end comes", acts: []act{create(exitDone, 3), watch(9*time.Hour, 0), destroy(exitDone, 0)}},

		// While it is destroyed.
		steady("destroy: a dead region", in("dead-region", euro), 0, watch(5*minute, 3), destroy(exitPartial, 1, "not proven empty")),
		steady("destroy: throttled for a while", sim.Fault{Fault: "throttle", N: 150}, 0, watch(5*minute, 3), destroy(exitDone, 0)),
		steady("destroy: errors of AWS for a while", sim.Fault{Fault: "error-5xx", N: 60}, 0, watch(5*minute, 3), destroy(exitDone, 0)),
		steady("destroy: a slow region", sim.Fault{Fault: "slow-region", Region: euro, DelayMS: 6000}, 0, watch(5*minute, 3), destroy(exitDone, 0)),
		{name: "destroy: a login that is renewed", acts: []act{create(exitDone, 3), destroy(exitDone, 0).with(at(2*time.Second, fault("expired-credentials")), at(3*minute, fault("clear")))}},
		{name: "destroy: a login that is never renewed", acts: []act{create(exitDone, 3), destroy(exitAuth, 3, "expired").with(at(time.Second, fault("expired-credentials")))}},
		steady("destroy: lost answers", sim.Fault{Fault: "lost-answer", Op: "TerminateInstances"}, 0, watch(5*minute, 3), destroy(exitDone, 0)),
		steady("destroy: a region is not enabled any more", in("opt-out", euro), 0, watch(5*minute, 3), destroy(exitPartial, 1, "enable it with")),
		steady("destroy: the clock is wrong", fault("clock-skew"), 0, watch(5*minute, 3), destroy(exitDone, 0)),
		{name: "destroy: at once, while describes lag", faults: always(sim.Fault{Fault: "lag", DelayMS: 200_000}), change: unprovisioned, acts: done},

		// Pairs that hurt.
		{name: "pair: lag and a lost answer", faults: []sim.Step{at(0, sim.Fault{Fault: "lag", DelayMS: 90_000}), at(0, sim.Fault{Fault: "lost-answer", Op: "CreateFleet"})}, acts: done},
		{name: "pair: no default VPC and lost answers", world: sim.Options{NoDefaultVPC: []string{west}}, faults: []sim.Step{
			at(0, sim.Fault{Fault: "lost-answer", Op: "CreateVpc"}), at(0, sim.Fault{Fault: "lost-answer", Op: "CreateInternetGateway"}), at(0, sim.Fault{Fault: "lost-answer", Op: "CreateSubnet"}),
		}, acts: done},
		{name: "pair: no default VPC and lag", world: sim.Options{NoDefaultVPC: []string{west}}, faults: always(sim.Fault{Fault: "lag", DelayMS: 120_000}), acts: done},
		{name: "pair: a dead region and throttling", faults: []sim.Step{at(0, in("dead-region", euro)), at(0, sim.Fault{Fault: "throttle", Region: west, N: 40})}, acts: []act{create(exitPartial, 2, "no answer"), destroy(exitPartial, 0)}},
		{name: "pair: busy answers and throttling", faults: []sim.Step{at(0, sim.Fault{Fault: "mixed-answer", N: 2}), at(0, sim.Fault{Fault: "throttle", N: 50})}, acts: done},
		{name: "pair: no capacity and a dead region", faults: []sim.Step{at(0, in("no-capacity", west)), at(0, in("dead-region", euro))}, acts: []act{create(exitPartial, 2), destroy(exitPartial, 0)}},
		{name: "pair: a login expires in a slow region", faults: []sim.Step{at(0, sim.Fault{Fault: "slow-region", Region: east, DelayMS: 5000}), at(4*time.Second, fault("expired-credentials"))}, clear: 3 * minute, acts: done},
	}
}

// slowSetup keeps instances on their way up for a while.
func slowSetup(o *fleet.Options) { o.Spec.Provision.Setup = "sleep 300\n" }

// unprovisioned instances are ready as soon as they run.
func unprovisioned(o *fleet.Options) { o.Spec.Provision = fleet.ProvisionSpec{} }

// TestFaultScenarios plays every scenario in virtual time. Each act ends as
// asked, or with an honest exit code and one sentence per failure; and whatever
// happened, once the faults are over a destroy leaves nothing.
func TestFaultScenarios(t *testing.T) {
	t.Parallel()
	for _, s := range faultScenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, s.play)
		})
	}
}

func (s scenario) play(t *testing.T) {
	s.world.Seed, s.world.Scale = 3, 1
	w := sim.New(s.world)
	defer w.Close()
	b := &stage{t: t, w: w, home: t.TempDir(), s: s}
	b.key = filepath.Join(b.home, "id_ed25519")
	var err error
	if b.pub, err = ssh.GenerateKey(b.key); err != nil {
		t.Fatal(err)
	}
	if s.clear > 0 {
		s.faults = append(s.faults, at(s.clear, sim.Fault{Fault: "clear"}))
	}
	before := w.Inventory().Total
	w.Play(sim.Scenario{Steps: s.faults})
	<-time.After(time.Millisecond)
	for n, a := range s.acts {
		b.do(n, a)
	}
	w.ClearFaults()
	if s.change != nil {
		b.s.change = nil // a guard is for the person, not for the cleaning
	}
	b.do(len(s.acts), destroy(exitDone, 0))
	<-time.After(10 * time.Minute)
	if now := w.Inventory(); now.Total != before {
		t.Errorf("left in the world: %+v", now.Resources)
	}
}

// stage is where a scenario plays: one home folder on one world.
type stage struct {
	t        *testing.T
	w        *sim.World
	s        scenario
	home     string
	key, pub string
}

// engine wires an engine as a verb does.
func (b *stage) engine() (*fleet.Engine, func()) {
	b.t.Helper()
	acct, err := aws.New(context.Background(), aws.Options{
		Endpoint: "http://simulated.invalid", Transport: b.w.Transport(), HomeRegion: "us-west-2",
		Static: &aws.StaticCredentials{AccessKey: "AK", SecretKey: "s"},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	sh, err := ssh.New(ssh.Options{PrivateKeyFile: b.key, KnownHostsFile: filepath.Join(b.home, "known_hosts"), Dial: b.w.Dial})
	if err != nil {
		b.t.Fatal(err)
	}
	st, err := state.Open(b.home)
	if err != nil {
		b.t.Fatal(err)
	}
	o := fleet.Options{
		Account: acct, Shell: sh, Store: st, Provision: true, Patience: loginPatience,
		Spec: fleet.Spec{
			Name: "scenario", Target: 3, MaxLifetime: 8 * time.Hour, Types: []fleet.InstanceType{"t3.medium", "t4g.medium"}, Image: "ubuntu-24.04",
			Regions: []fleet.RegionSpec{{Name: "us-west-2", Count: -1}, {Name: "us-east-1", Count: -1}, {Name: "eu-west-1", Count: -1}},
			SSH:     fleet.SSHSpec{PrivateKey: b.key, PublicKey: b.pub}, Provision: fleet.ProvisionSpec{Enabled: true, Setup: "true\n", ReadyCheck: "true"},
		},
	}
	if b.s.change != nil {
		b.s.change(&o)
	}
	e := fleet.New(o)
	e.Start()
	return e, func() { e.Close(); _ = sh.Close(); _ = st.Close() }
}

// do plays one act with a process of its own.
func (b *stage) do(n int, a act) {
	b.t.Helper()
	what := fmt.Sprintf("act %d, %s", n+1, a.verb)
	e, stop := b.engine()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 12*time.Hour)
	defer cancel()
	m := newModel()
	b.w.Play(sim.Scenario{Steps: a.faults})
	r, code := result{}, exitDone
	switch a.verb {
	case "create":
		r, code = b.create(ctx, e, m)
	case "destroy":
		r, code = b.destroy(ctx, e, m)
	default:
		b.watch(e, m, a, what)
	}
	if code != a.code {
		b.t.Errorf("%s: exit %d, want %d; %s", what, code, a.code, describe(r.Errors))
	}
	if live := b.w.Inventory().Counts["instance"]; live != a.live {
		b.t.Errorf("%s: %d instances live, want %d", what, live, a.live)
	}
	if a.verb != "watch" {
		b.honest(what, r.Errors, a.says)
	}
}

// honest checks what is told of failures: one sentence each, with the expected
// one among them, and none twice.
func (b *stage) honest(what string, es []jsonError, says string) {
	b.t.Helper()
	told, found := map[string]bool{}, says == ""
	for _, e := range es {
		if told[e.Message] || strings.Contains(e.Message, "\n") || e.Message == "" || e.Kind == fleet.KindUnknown && e.Region == "" {
			b.t.Errorf("%s: not one honest sentence: %+v", what, e)
		}
		told[e.Message] = true
		found = found || strings.Contains(e.Message, says)
	}
	if !found {
		b.t.Errorf("%s: no failure says %q: %s", what, says, describe(es))
	}
	if len(es) > 8 {
		b.t.Errorf("%s: %d failures are too many to read: %s", what, len(es), describe(es))
	}
}

func (b *stage) create(ctx context.Context, e *fleet.Engine, m *model) (result, int) {
	b.t.Helper()
	failed := func(err error) (result, int) {
		return result{Errors: []jsonError{toJSONError(err)}}, codeOf(err)
	}
	p, err := e.Plan(ctx, fleet.PlanRequest{})
	if err != nil {
		return failed(err)
	}
	op, err := e.Launch(p)
	if err != nil {
		return failed(err)
	}
	o := b.end(ctx, e, m, op)
	return createResult(p, m.list(false), o)
}

func (b *stage) destroy(ctx context.Context, e *fleet.Engine, m *model) (result, int) {
	b.t.Helper()
	if _, err := e.Identity(ctx); err != nil {
		b.t.Fatal(err)
	}
	q := fleet.DestroyRequest{Scope: fleet.ScopeFleet}
	op, err := e.Destroy(q)
	if err != nil {
		return result{Errors: []jsonError{toJSONError(err)}}, codeOf(err)
	}
	return destroyResult("scenario", m, b.end(ctx, e, m, op), q)
}

// end follows an operation to its end.
func (b *stage) end(ctx context.Context, e *fleet.Engine, m *model, op fleet.OpID) fleet.Operation {
	b.t.Helper()
	for {
		if o, ok := m.ops[op]; ok && !o.Running() {
			return o
		}
		batch, err := e.Next(ctx, m.cursor)
		if err != nil {
			b.t.Fatalf("%s did not end within 12 hours: %+v", op, m.ops[op])
		}
		m.take(batch)
	}
}

// watch lets time go by with an engine that looks on, and checks that what
// happens is said meanwhile.
func (b *stage) watch(e *fleet.Engine, m *model, a act, what string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), a.span)
	defer cancel()
	said := a.says == ""
	for {
		batch, err := e.Next(ctx, m.cursor)
		if err != nil {
			break
		}
		m.take(batch)
		said = said || strings.Contains(batch.Summary.Problem, a.says)
		for _, r := range batch.Regions {
			said = said || strings.Contains(r.Problem, a.says)
		}
		for _, ev := range batch.Events {
			said = said || strings.Contains(ev.Text, a.says)
		}
	}
	if !said {
		b.t.Errorf("%s: nothing said %q", what, a.says)
	}
	if a.says == "" && m.summary.Problem != "" {
		b.t.Errorf("%s: a problem stays on the screen: %s", what, m.summary.Problem)
	}
	if n := len(m.list(false)); n != a.live {
		b.t.Errorf("%s: the screen shows %d instances, the world should have %d", what, n, a.live)
	}
}
