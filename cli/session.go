package cli

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"spot-tui/aws"
	"spot-tui/config"
	"spot-tui/fleet"
	"spot-tui/ssh"
	"spot-tui/state"
)

// session is one engine with its adapters, wired for one verb.
type session struct {
	a       *app
	paths   paths
	spec    fleet.Spec
	file    *config.File
	keyErr  error // why the SSH key can't be used; nil: it can
	acct    *aws.Account
	shell   *ssh.Client
	store   fleet.Store
	history *state.Store // the same where it could be opened, else nil
	demo    *demo
	log     *slog.Logger
	engine  *fleet.Engine
	calls   *fleet.CallLog
	close   []func()
}

// need says what a verb wants of its session.
type need struct {
	provision bool // take up unfinished provisioning
	key       bool // can do nothing without the SSH key
	launch    bool // plans or launches: refuses a config that is not fit for it
	empty     bool // with --demo: start on an empty cloud, not on a running fleet
	screen    bool // a person looks on: a pause for a login may last
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
	s.openLog()
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
	stop := s.record(s.engine)
	s.close = append(s.close, func() { s.engine.Close(); stop() })
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
	s.calls = fleet.NewCallLog(keptCalls)
	o := aws.Options{OnCall: s.calls.Add, Profile: s.file.AWS().Profile, HomeRegion: string(home), CacheDir: s.paths.cache, Log: s.log}
	if p := s.a.flags.profile; p != "" {
		o.Profile = p
	}
	so := ssh.Options{
		PrivateKeyFile: s.spec.SSH.PrivateKey, KnownHostsFile: filepath.Join(s.paths.state, "known_hosts"),
		Jump: s.spec.SSH.Jump, ConnectTimeout: s.spec.SSH.Connect, Log: s.log,
		AgentSocket: s.a.env.Getenv("SSH_AUTH_SOCK"), Passphrase: s.a.askPassphrase,
	}
	if s.demo != nil {
		s.demo.wire(&o, &so)
	}
	var err error
	if s.acct, err = aws.New(context.Background(), o); err != nil {
		return err
	}
	if s.demo == nil && !s.acct.Loopback() { // a simulated cloud's hosts are on this machine, whatever a person's config says
		so.UserConfig = userSSHConfig()
	}
	if s.shell, err = ssh.New(so); err != nil {
		return &exit{code: exitUsage, err: err}
	}
	s.close = append(s.close, func() { _ = s.shell.Close() })
	if err := s.unlock(n); err != nil {
		return err
	}
	st, err := state.Open(s.paths.state)
	if err != nil {
		// What is in AWS can still be watched and destroyed; only launching needs the journal.
		fmt.Fprintln(s.a.env.Stderr, "spot-tui: warning: "+err.Error())
		s.store = noStore{err}
		return nil //nolint:nilerr // it was told; launching is refused by noStore
	}
	s.store, s.history = st, st
	s.close = append(s.close, func() { _ = st.Close() })
	return nil
}

// keptCalls is how many API calls the command log can look back on: some minutes
// of a launch in ten regions.
const keptCalls = 2000

// loginPatience is how long a verb waits for a new login when its credentials
// expire under way: time enough to log in again in another terminal.
const loginPatience = 5 * time.Minute

func (s *session) options(n need) fleet.Options {
	o := fleet.Options{
		Spec: s.spec, Account: s.acct, Shell: s.shell, Store: s.store, Log: s.log,
		ReadOnly: s.a.flags.readOnly, Enforce: n.provision, Demo: s.demo != nil, AnyOwner: s.a.flags.anyOwner,
		Provision: n.provision && s.fit(), Protected: s.file.AWS().ProtectedAccounts,
		ReceiptDir: filepath.Join(s.paths.state, "receipts"),
		OutputDir:  filepath.Join(s.paths.state, "output"), Parallel: atOnce(s.spec.SSH.Parallel, openFiles()),
	}
	if no, ok := s.store.(noStore); ok {
		o.StoreProblem = no.why.Error()
	}
	if !n.screen {
		o.Patience = loginPatience
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
