package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"spot-tui/aws"
	"spot-tui/config"
	"spot-tui/fleet"
	"spot-tui/ssh"
	"spot-tui/state"
)

// session is one engine with its adapters, wired for one verb.
type session struct {
	a      *app
	paths  paths
	spec   fleet.Spec
	file   *config.File
	keyErr error // why the SSH key can't be used; nil: it can
	acct   *aws.Account
	shell  *ssh.Client
	store  fleet.Store
	demo   *demo
	log    *slog.Logger
	engine *fleet.Engine
	close  []func()
}

// need says what a verb wants of its session.
type need struct {
	provision bool // take up unfinished provisioning
	key       bool // can do nothing without the SSH key
	launch    bool // plans or launches: refuses a config that is not fit for it
	empty     bool // with --demo: start on an empty cloud, not on a running fleet
}

// open loads the config and wires everything. Nothing is asked over the
// network. The caller must shut the session.
func (a *app) open(n need) (_ *session, err error) {
	s := &session{a: a}
	defer func() {
		if err != nil {
			s.shut()
		}
	}()
	if a.flags.demo != "" {
		if s.demo, err = newDemo(a); err != nil {
			return nil, err
		}
		s.close = append(s.close, s.demo.shut)
	}
	if s.paths, err = s.findPaths(); err != nil {
		return nil, err
	}
	s.log, err = s.openLog()
	if err != nil {
		return nil, err
	}
	if err = s.loadSpec(n); err != nil {
		return nil, err
	}
	a.fleetName = s.spec.Name
	if err = s.wire(n); err != nil {
		return nil, err
	}
	if s.demo != nil && a.demoRunning(n) && s.fit() {
		if err = s.seed(); err != nil {
			return nil, err
		}
	}
	s.engine = fleet.New(s.options(n))
	s.close = append(s.close, s.engine.Close)
	return s, nil
}

// demoRunning says whether a demo starts on a running fleet.
func (a *app) demoRunning(n need) bool {
	switch a.flags.demo {
	case "running":
		return true
	case "empty":
		return false
	}
	return !n.empty
}

// wire makes the adapters.
func (s *session) wire(n need) error {
	home := fleet.Region("us-east-1")
	if len(s.spec.Regions) > 0 {
		home = s.spec.Regions[0].Name
	}
	o := aws.Options{Profile: s.file.AWS().Profile, HomeRegion: string(home), CacheDir: s.paths.cache, Log: s.log}
	if p := s.a.flags.profile; p != "" {
		o.Profile = p
	}
	so := ssh.Options{
		PrivateKeyFile: s.spec.SSH.PrivateKey, KnownHostsFile: filepath.Join(s.paths.state, "known_hosts"),
		Jump: s.spec.SSH.Jump, Log: s.log,
	}
	if s.demo != nil {
		s.demo.wire(&o, &so)
	}
	var err error
	if s.acct, err = aws.New(context.Background(), o); err != nil {
		return err
	}
	if s.shell, err = ssh.New(so); err != nil {
		return &exit{code: exitUsage, err: err}
	}
	s.close = append(s.close, func() { _ = s.shell.Close() })
	st, err := state.Open(s.paths.state)
	if err != nil {
		// What is in AWS can still be watched and destroyed; only launching needs the journal.
		fmt.Fprintln(s.a.env.Stderr, "spot-tui: warning: "+err.Error())
		s.store = noStore{err}
		return nil //nolint:nilerr // it was told; launching is refused by noStore
	}
	s.store = st
	s.close = append(s.close, func() { _ = st.Close() })
	return nil
}

func (s *session) options(n need) fleet.Options {
	o := fleet.Options{
		Spec: s.spec, Account: s.acct, Shell: s.shell, Store: s.store, Log: s.log,
		ReadOnly: s.a.flags.readOnly, Demo: s.demo != nil, AnyOwner: s.a.flags.anyOwner,
		Provision: n.provision && s.fit(), Protected: s.file.AWS().ProtectedAccounts,
	}
	o.Poll = fleet.DefaultPoll()
	if s.demo != nil || s.acct.Loopback() {
		// A simulated cloud has no rate to respect, and its latencies are short.
		o.Poll = fleet.Poll{Fast: 300 * time.Millisecond, Slow: 2 * time.Second, Prices: time.Minute, Settle: 300 * time.Millisecond}
	}
	o.Poll = paced(o.Poll, s.spec.Poll)
	return o
}

// shut ends everything in the reverse order of its start.
func (s *session) shut() {
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
	s.close = nil
}

// scan waits until every region of the spec has answered or failed once.
func (s *session) scan(ctx context.Context) (*model, error) {
	s.engine.Start()
	if _, err := s.identity(ctx); err != nil {
		return nil, err
	}
	m := newModel()
	for !m.summary.Scanned {
		b, err := s.engine.Next(ctx, m.cursor)
		if err != nil {
			return nil, canceled(err)
		}
		m.take(b)
	}
	return m, s.prices(ctx, m)
}

// priceWait is how long a verb waits for prices that are on their way: they are
// good to have, and nothing depends on them.
const priceWait = 3 * time.Second

// prices waits until each instance's price has been asked for.
func (s *session) prices(ctx context.Context, m *model) error {
	short, cancel := context.WithTimeout(ctx, priceWait)
	defer cancel()
	for slices.ContainsFunc(m.list(false), func(i fleet.Instance) bool { return !i.Price.Known && i.Price.Reason == fleet.PriceNotAsked }) {
		b, err := s.engine.Next(short, m.cursor)
		if ctx.Err() != nil {
			return canceled(ctx.Err())
		}
		if err != nil {
			return nil // the wait is over: the list says which prices are unknown
		}
		m.take(b)
	}
	return nil
}

// identity asks who we are, and gives up at the first answer that says no: a
// verb must not wait for a login that nobody does.
func (s *session) identity(ctx context.Context) (fleet.Identity, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		var c fleet.Cursor
		for {
			b, err := s.engine.Next(ctx, c)
			if err != nil {
				return
			}
			c = b.Cursor
			if p := b.Summary.Problem; p != "" {
				_, err := s.acct.Identity(ctx)
				cancel(err)
				return
			}
		}
	}()
	id, err := s.engine.Identity(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return id, cause
	}
	return id, err
}

// canceled names what stopped a wait.
func canceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return &fleet.Error{Op: "wait for AWS", Kind: fleet.KindCanceled, Err: errors.New("stopped by a signal"), Hint: "nothing more is done; what runs keeps running"}
	}
	return err
}

// openLog opens the log file in the state folder.
func (s *session) openLog() (*slog.Logger, error) {
	level := slog.LevelInfo
	if s.a.env.Getenv("SPOT_DEBUG") == "1" {
		level = slog.LevelDebug
	}
	if l := s.a.flags.logLevel; l != "" {
		level, _ = parseLevel(l) // checked before
	}
	f, err := os.OpenFile(filepath.Join(s.paths.state, "spot-tui.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		// A full or read-only disk must not stop a destroy.
		fmt.Fprintln(s.a.env.Stderr, "spot-tui: warning: no log file: "+err.Error())
		return slog.New(slog.DiscardHandler), nil //nolint:nilerr // it was told
	}
	s.close = append(s.close, func() { f.Close() })
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: level})), nil
}

func parseLevel(s string) (slog.Level, error) {
	var l slog.Level
	err := l.UnmarshalText([]byte(s))
	return l, err
}
