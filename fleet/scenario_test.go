package fleet_test

import (
	"context"
	"errors"
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

// bench is a world with one home folder, in virtual time.
type bench struct {
	t     *testing.T
	world *sim.World
	home  string
	key   string
	pub   string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, world: sim.New(sim.Options{Seed: 7, Scale: 1}), home: t.TempDir()}
	b.key = filepath.Join(b.home, "id_ed25519")
	pub, err := ssh.GenerateKey(b.key)
	if err != nil {
		t.Fatal(err)
	}
	b.pub = pub
	return b
}

// engine starts an engine on the world; stop closes everything of it.
func (b *bench) engine(change func(*fleet.Options)) (*fleet.Engine, func()) {
	b.t.Helper()
	acct, err := aws.New(context.Background(), aws.Options{
		Endpoint: "http://simulated.invalid", Transport: b.world.Transport(), HomeRegion: "us-west-2",
		Static: &aws.StaticCredentials{AccessKey: "AK", SecretKey: "s"},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	sh, err := ssh.New(ssh.Options{PrivateKeyFile: b.key, KnownHostsFile: filepath.Join(b.home, "known_hosts"), Dial: b.world.Dial})
	if err != nil {
		b.t.Fatal(err)
	}
	st, err := state.Open(b.home)
	if err != nil {
		b.t.Fatal(err)
	}
	o := fleet.Options{
		Account: acct, Shell: sh, Store: st, Provision: true,
		Spec: fleet.Spec{
			Name: "scenario", Target: 3, MaxLifetime: 8 * time.Hour, Types: []fleet.InstanceType{"t3.medium", "t4g.medium"}, Image: "ubuntu-24.04",
			Regions: []fleet.RegionSpec{{Name: "us-west-2", Count: -1}, {Name: "us-east-1", Count: -1}, {Name: "eu-west-1", Count: -1}},
			SSH:     fleet.SSHSpec{PrivateKey: b.key, PublicKey: b.pub}, Provision: fleet.ProvisionSpec{Enabled: true, Setup: "echo hello\n", ReadyCheck: "true"},
		},
	}
	if change != nil {
		change(&o)
	}
	e := fleet.New(o)
	e.Start()
	return e, func() {
		e.Close()
		_ = sh.Close()
		_ = st.Close()
	}
}

// view reads the feed until is says so, or virtual time runs out.
type view struct {
	cursor    fleet.Cursor
	summary   fleet.Summary
	instances map[fleet.InstanceID]fleet.Instance
	ops       map[fleet.OpID]fleet.Operation
	shared    map[*fleet.Instance]fleet.Instance // snapshots as they were when they came
}

func (b *bench) until(e *fleet.Engine, v *view, limit time.Duration, what string, is func(*view) bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if v.instances == nil {
		v.instances, v.ops = map[fleet.InstanceID]fleet.Instance{}, map[fleet.OpID]fleet.Operation{}
	}
	if v.shared == nil { // a view may begin with instances of its own
		v.shared = map[*fleet.Instance]fleet.Instance{}
	}
	for !is(v) {
		batch, err := e.Next(ctx, v.cursor)
		if err != nil {
			b.t.Fatalf("not within %s: %s: %+v", limit, what, v.instances)
		}
		v.cursor, v.summary = batch.Cursor, batch.Summary
		for _, i := range batch.Instances {
			v.instances[i.ID], v.shared[i] = *i, *i
		}
		for _, o := range batch.Ops {
			v.ops[o.ID] = o
		}
	}
	for i, was := range v.shared { // engine and faces share them: nobody may change one
		if *i != was {
			b.t.Errorf("a published instance was changed from\n%+v to\n%+v", was, *i)
		}
	}
}

func (v *view) stage(s fleet.Stage) int {
	n := 0
	for _, i := range v.instances {
		if i.Stage == s {
			n++
		}
	}
	return n
}

// create plans and launches, and gives the operation when it has ended.
func (b *bench) create(e *fleet.Engine, v *view) fleet.Operation {
	b.t.Helper()
	p, err := e.Plan(context.Background(), fleet.PlanRequest{})
	if err != nil {
		b.t.Fatal(err)
	}
	op, err := e.Launch(p)
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(e, v, time.Hour, "the launch", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
	return v.ops[op]
}

func (b *bench) destroy(e *fleet.Engine, v *view) fleet.Operation {
	b.t.Helper()
	op, err := e.Destroy(fleet.DestroyRequest{Scope: fleet.ScopeFleet})
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(e, v, time.Hour, "the destroy", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
	return v.ops[op]
}

func TestAFleetsLifeInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 3 {
			t.Fatalf("%+v %+v", o, v.instances)
		}
		var taken fleet.InstanceID
		for id := range v.instances {
			taken = id
			break
		}
		if err := b.world.Interrupt(string(taken)); err != nil {
			t.Fatal(err)
		}
		b.until(e, v, 10*time.Minute, "the interruption", func(v *view) bool { return v.instances[taken].Stage == fleet.StageGone })
		if r := v.instances[taken].Reason; !strings.Contains(r, "AWS took it back") {
			t.Errorf("the row must say why: %q", r)
		}
		if o := b.create(e, v); len(o.Errors) > 0 || v.stage(fleet.StageReady) != 3 {
			t.Fatalf("a second create adds what is missing: %+v", o)
		}
		if o := b.destroy(e, v); o.Receipt == nil || !o.Receipt.Clean() {
			t.Fatalf("%+v", o)
		}
		if inv := b.world.Inventory(); inv.Total != 0 {
			t.Errorf("left in the world: %+v", inv)
		}
	})
}

// A launch whose answer was lost is asked again with its token, not twice.
func TestALostAnswerLaunchesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		if err := b.world.Inject(sim.Fault{Fault: "lost-answer", Op: "CreateFleet"}); err != nil {
			t.Fatal(err)
		}
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		b.create(e, v)
		if n := b.world.Inventory().Counts["instance"]; n != 3 {
			t.Errorf("%d instances, want 3", n)
		}
	})
}

// R7: a fleet of another owner is neither grown nor destroyed.
func TestAnotherOwnersFleetIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		theirs, stopTheirs := b.engine(func(o *fleet.Options) { o.Account = renamed{o.Account, "someone-else"} })
		v := &view{}
		b.create(theirs, v)
		stopTheirs()
		e, stop := b.engine(nil)
		defer stop()
		mine := &view{}
		b.until(e, mine, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.summary.Identity.Account != "" })
		if o := b.destroy(e, mine); o.Receipt != nil || len(o.Failures) != 1 || o.Failures[0].Kind != fleet.KindGuard || !strings.Contains(o.Errors[0], "someone-else") {
			t.Errorf("%+v", o)
		}
		if n := b.world.Inventory().Counts["instance"]; n != 3 {
			t.Errorf("%d instances are left of 3", n)
		}
	})
}

// renamed is an account whose caller has another name.
type renamed struct {
	fleet.Account
	name string
}

func (r renamed) Identity(ctx context.Context) (fleet.Identity, error) {
	id, err := r.Account.Identity(ctx)
	id.Name = r.name
	return id, err
}

// A journal that can't be written refuses to launch, and changes nothing.
func TestNothingIsLaunchedWithoutAJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) { o.Store = fullDisk{o.Store} })
		defer stop()
		o := b.create(e, &view{})
		if len(o.Errors) == 0 || !strings.Contains(o.Errors[0], "no space left") {
			t.Errorf("%+v", o)
		}
		if n := b.world.Inventory().Total; n != 0 {
			t.Errorf("%d things were made", n)
		}
	})
}

// fullDisk is a store that can't begin anything.
type fullDisk struct{ fleet.Store }

func (fullDisk) Begin(context.Context, fleet.Intent) error {
	return errors.New("no space left on device")
}
