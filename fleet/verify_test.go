package fleet_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// consoles is an account whose instances' consoles say what a test wants.
type consoles struct {
	fleet.Account
	say   func(id fleet.InstanceID, asked int) (fleet.Console, error)
	reach func(q fleet.ReachRequest) ([]fleet.Check, error)

	mu    sync.Mutex
	asked map[fleet.InstanceID]int
}

func (c *consoles) In(r fleet.Region) fleet.RegionCloud { return consoleRegion{c.Account.In(r), c} }

type consoleRegion struct {
	fleet.RegionCloud
	c *consoles
}

func (r consoleRegion) Console(_ context.Context, id fleet.InstanceID) (fleet.Console, error) {
	r.c.mu.Lock()
	r.c.asked[id]++
	n := r.c.asked[id]
	r.c.mu.Unlock()
	return r.c.say(id, n)
}

// trusting is a shell that knows which key is right.
type trusting struct {
	fleet.Shell
	right string
	probe []fleet.Check // what a try to log in finds; none: that TCP fails

	mu       sync.Mutex
	verified map[fleet.InstanceID]bool
}

func (s *trusting) Trust(id fleet.InstanceID, keys []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(keys) != 1 || keys[0] != s.right {
		return &fleet.Error{Op: "trust", Resource: string(id), Kind: fleet.KindConflict, Err: errors.New("the pinned key is another")}
	}
	s.verified[id] = true
	return nil
}

func (s *trusting) Verified(id fleet.InstanceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verified[id]
}

func (s *trusting) NewHostKey() (fleet.HostKey, error) {
	return fleet.HostKey{Private: "the private half", Public: "ssh-ed25519 AAAA", Fingerprint: s.right}, nil
}

func (b *bench) consoleMode(say func(fleet.InstanceID, int) (fleet.Console, error), more func(*fleet.Options)) (*fleet.Engine, *consoles, func()) {
	c := &consoles{say: say, asked: map[fleet.InstanceID]int{}}
	e, stop := b.engine(func(o *fleet.Options) {
		o.Spec.Target, o.Spec.Regions = 1, []fleet.RegionSpec{{Name: "us-west-2", Count: -1}}
		o.Spec.SSH.HostKeys = fleet.HostKeysConsole
		c.Account = o.Account
		o.Account, o.Shell = c, &trusting{Shell: o.Shell, right: "SHA256:right", verified: map[fleet.InstanceID]bool{}}
		if more != nil {
			more(o)
		}
	})
	return e, c, stop
}

func late(id fleet.InstanceID, asked int) (fleet.Console, error) {
	switch {
	case asked < 2:
		return fleet.Console{}, &fleet.Error{Op: "read the console of", Resource: string(id), Kind: fleet.KindGone, Err: errors.New("there is none yet")}
	case asked < 4:
		return fleet.Console{Text: "booting"}, nil
	}
	return fleet.Console{HostKeys: []string{"SHA256:right"}}, nil
}

func TestTheConsoleProvesAHostKeyLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, c, stop := b.consoleMode(late, nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		if i := v.only(); i.Stage != fleet.StageReady || i.Verified {
			t.Fatalf("ready does not wait for it: %s %v", i.Stage, i.Verified)
		}
		b.until(e, v, time.Hour, "the proof", func(v *view) bool { return v.only().Verified })
		<-time.After(time.Hour)
		if n := c.asked[v.only().ID]; n != 4 {
			t.Errorf("the console was read %d times, want 4", n)
		}
	})
}

func TestAKeyThatTheConsoleDeniesEndsReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		wrong := func(fleet.InstanceID, int) (fleet.Console, error) {
			return fleet.Console{HostKeys: []string{"SHA256:another"}}, nil
		}
		for name, setup := range map[string]string{"ready": "true\n", "under way": "sleep 600\n"} {
			e, _, stop := b.consoleMode(wrong, func(o *fleet.Options) { o.Spec.Provision.Setup = setup; o.Spec.Name = fleet.Name("f-" + name[:1]) })
			v := &view{}
			b.create(e, v)
			b.until(e, v, time.Hour, "the failure", func(v *view) bool { return v.only().Stage == fleet.StageFailed })
			if r := v.only().Reason; !strings.Contains(r, "the host key is not the instance's") || !strings.Contains(r, "the pinned key is another") {
				t.Errorf("%s: %q", name, r)
			}
			stop()
		}
	})
}

func TestASecretWaitsForTheProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		never := func(fleet.InstanceID, int) (fleet.Console, error) { return fleet.Console{Text: "nothing"}, nil }
		e, _, stop := b.consoleMode(never, func(o *fleet.Options) {
			o.Spec.Provision.Files = []fleet.FileSpec{{Source: b.key, Target: "~/secret", Secret: true}}
			o.Spec.Provision.Timeout = 2 * time.Minute
		})
		defer stop()
		v := &view{}
		b.create(e, v)
		i := v.only()
		if i.Stage != fleet.StageFailed || !strings.Contains(i.Reason, "waits until the console proves the host key") {
			t.Errorf("%s %q", i.Stage, i.Reason)
		}
		if got := b.runs(e, i.ID, "ls -A ~ | grep secret; true"); got != "" {
			t.Errorf("it was sent: %q", got)
		}
	})
}

// The private half of an injected key goes into the template and nowhere else.
func TestAnInjectedKeyIsInNoJournalAndNoTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		journal := &watched{}
		e, _, stop := b.consoleMode(late, func(o *fleet.Options) {
			o.Spec.SSH.HostKeys = fleet.HostKeysInject
			journal.Store = o.Store
			o.Store = journal
		})
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Launch(p); err != nil {
			t.Fatal(err)
		}
		v := &view{}
		b.until(e, v, time.Hour, "an instance", func(v *view) bool { return v.only().State == fleet.StateRunning })
		journal.mu.Lock()
		defer journal.mu.Unlock()
		if all := strings.Join(journal.seen, "\n"); strings.Contains(all, "private half") || !strings.Contains(all, "SHA256:right") {
			t.Errorf("%s", all)
		}
		tagged := false
		for _, r := range b.world.Inventory().Resources {
			for k, val := range r.Tags {
				if strings.Contains(val, "private half") {
					t.Errorf("%s %s: %s", r.ID, k, val)
				}
				tagged = tagged || r.Kind == "instance" && k == fleet.TagHostKey && val == "SHA256:right"
			}
		}
		if !tagged {
			t.Error("the instance does not say which key it must have")
		}
	})
}

// watched is a store that remembers what was journaled.
type watched struct {
	fleet.Store

	mu   sync.Mutex
	seen []string
}

func (w *watched) Begin(ctx context.Context, i fleet.Intent) error {
	w.mu.Lock()
	w.seen = append(w.seen, string(i.Request))
	w.mu.Unlock()
	return w.Store.Begin(ctx, i)
}
