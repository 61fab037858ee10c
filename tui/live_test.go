package tui

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"spot-tui/aws"
	"spot-tui/fleet"
	"spot-tui/sim"
	"spot-tui/ssh"
	"spot-tui/state"
)

var (
	walks    = flag.Int("walks", 10_000, "random key sequences over a live simulated fleet")
	walkSeed = flag.Int("walkseed", 0, "number of the first of them: other walks than those of every run")
)

// liveFace is the engine, with shells that end by themselves: nobody types into
// them here.
type liveFace struct{ *fleet.Engine }

func (liveFace) Interactive(ctx context.Context, _ fleet.InstanceID, _ fleet.TTY) (fleet.ExitStatus, error) {
	return fleet.ExitStatus{}, rest(ctx, time.Second)
}

// Lock leaves locking out: it is the one thing that a key may change without a
// confirmation, for it only protects (R1). Unlocking is the engine's.
func (f liveFace) Lock(ids []fleet.InstanceID, on bool) (fleet.OpID, error) {
	if on {
		return "lock-1", nil
	}
	return f.Engine.Lock(ids, on)
}

// nobody is a listener to which no one comes. One of this machine would stop the
// virtual time, for the kernel is not in the bubble.
type nobody struct{ closed <-chan struct{} }

func (n nobody) Accept() (net.Conn, error) {
	<-n.closed
	return nil, net.ErrClosed
}

func (nobody) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// listenToNobody is a listener for forwarded ports. It is closed with ctx.
func listenToNobody(ctx context.Context, _, _ string) (net.Listener, error) {
	ctx, stop := context.WithCancel(ctx)
	return closer{nobody{ctx.Done()}, stop}, nil
}

type closer struct {
	nobody
	stop context.CancelFunc
}

func (c closer) Close() error {
	c.stop()
	return nil
}

// live is a fleet in the simulated cloud, in virtual time.
type live struct {
	t      *testing.T
	world  *sim.World
	engine *fleet.Engine
	close  func()
}

func newLive(t *testing.T, target int) *live {
	t.Helper()
	home := t.TempDir()
	l := &live{t: t, world: sim.New(sim.Options{Seed: 3, Scale: 1})}
	key := filepath.Join(home, "id_ed25519")
	pub, err := ssh.GenerateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	acct, err := aws.New(t.Context(), aws.Options{
		Endpoint: "http://simulated.invalid", Transport: l.world.Transport(), HomeRegion: "us-west-2",
		Static: &aws.StaticCredentials{AccessKey: "AK", SecretKey: "s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	sh, err := ssh.New(ssh.Options{PrivateKeyFile: key, KnownHostsFile: filepath.Join(home, "known_hosts"), Dial: l.world.Dial, Listen: listenToNobody})
	if err != nil {
		t.Fatal(err)
	}
	st, err := state.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	l.engine = fleet.New(fleet.Options{
		Account: acct, Shell: sh, Store: st, Provision: true, OutputDir: filepath.Join(home, "output"),
		Spec: fleet.Spec{
			Name: "sensors", Target: target, MaxLifetime: 720 * time.Hour, Types: []fleet.InstanceType{"t3.medium", "t4g.medium"}, Image: "ubuntu-24.04",
			Regions: []fleet.RegionSpec{{Name: "us-west-2", Count: -1}, {Name: "us-east-1", Count: -1}, {Name: "eu-west-1", Count: -1}},
			SSH:     fleet.SSHSpec{PrivateKey: key, PublicKey: pub}, Provision: fleet.ProvisionSpec{Enabled: true, Setup: "echo hello\n"},
		},
	})
	l.engine.Start()
	l.close = func() {
		l.engine.Close()
		_ = sh.Close()
		_ = st.Close()
		l.world.Close()
	}
	return l
}

// launch brings the fleet up.
func (l *live) launch() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Hour)
	defer cancel()
	p, err := l.engine.Plan(ctx, fleet.PlanRequest{})
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.engine.Launch(p); err != nil {
		l.t.Fatal(err)
	}
	c := fleet.Cursor{}
	for {
		b, err := l.engine.Next(ctx, c)
		if err != nil {
			l.t.Fatalf("the fleet does not get ready: %v", err)
		}
		if c = b.Cursor; b.Summary.Counts[fleet.StageReady] == p.Target {
			return
		}
	}
}

// things are what exists in the world, with state and tags.
func (l *live) things() string {
	var b strings.Builder
	for _, r := range l.world.Inventory().Resources {
		fmt.Fprintf(&b, "%s %s %s %s %v\n", r.Region, r.Kind, r.ID, r.State, r.Tags)
	}
	return b.String()
}

// mutations lists the API calls since number n that changed something.
func (l *live) mutations(n int) (ops []string, last int) {
	for _, c := range l.world.Calls(n) {
		last = c.N
		if c.Mutating && !c.DryRun {
			ops = append(ops, c.Region+" "+c.Op)
		}
	}
	return ops, max(last, n)
}

// watched is the real model between Bubble Tea and the keys: it takes away every
// key that would pass a confirmation, and looks at each frame.
type watched struct {
	*model
	allow func(over overlay) // told of a confirmation that passes; nil: it is taken away
	taken int                // confirmations that were taken away
	bad   string
}

func (w *watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if k, ok := msg.(tea.KeyPressMsg); ok && w.passes(k.String()) {
		if w.allow == nil {
			w.taken++
			return w, nil
		}
		w.allow(w.over)
	}
	_, cmd := w.model.Update(msg)
	return w, cmd
}

// passes says whether a key would pass a confirmation about AWS.
func (w *watched) passes(key string) bool {
	if w.prompt != nil || !w.armed {
		return false
	}
	switch d := w.over.(type) {
	case *shrinkDialog:
		return d.have && d.err == nil && named(len(d.plan.Leave), key, d.confirm)
	case *replaceDialog:
		return d.have && d.err == nil && named(len(d.plan.Swaps), key, d.confirm)
	case *launchDialog, *provisionDialog, *unlockDialog: // a setup notes its steps in tags
		return key == "y"
	case *destroyDialog:
		if s := d.scopes[d.at]; s.kind != fleet.ScopeFleet {
			return named(len(s.is), key, d.confirm)
		}
		return named(2, key, d.confirm)
	case *cleanupDialog:
		return named(len(d.choices[d.at].items), key, confirm{typed: d.typed, word: d.choices[d.at].word})
	}
	return false
}

// named says whether a key passes what is about n things, by R3 alone: how the
// dialogs judge it is what is being tested.
func named(n int, key string, c confirm) bool {
	return n == 1 && key == "y" || n > 1 && key == "enter" && c.typed == c.word
}

func (w *watched) View() tea.View {
	v := w.model.View()
	if lines := strings.Split(v.Content, "\n"); w.h > 0 && len(lines) != w.h {
		w.bad = fmt.Sprintf("%d lines on a screen of %d", len(lines), w.h)
	} else {
		for _, l := range lines {
			if n := ansi.StringWidth(l); n != w.w {
				w.bad = fmt.Sprintf("a line of %d cells on a screen of %d: %s", n, w.w, ansi.Strip(l))
			}
		}
	}
	return v
}

// shown is one run of the program on the fleet.
type shown struct {
	p     *tea.Program
	w     *watched
	ended chan error
	stop  context.CancelFunc
	left  chan struct{}
}

func (l *live) show(z size) *shown {
	ctx, stop := context.WithCancel(context.Background())
	m := newModel(ctx, Options{Face: liveFace{l.engine}, Name: "sensors"})
	s := &shown{w: &watched{model: m}, ended: make(chan error, 1), stop: stop, left: m.left}
	s.p = tea.NewProgram(s.w, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler(), tea.WithWindowSize(z.w, z.h),
		tea.WithFilter(func(_ tea.Model, msg tea.Msg) tea.Msg {
			if _, stops := msg.(tea.SuspendMsg); stops { // it would stop the test's own process
				return nil
			}
			return msg
		}))
	go func() { _, err := s.p.Run(); s.ended <- err }()
	return s
}

// over says whether the person has left.
func (s *shown) over() bool {
	select {
	case <-s.left:
		return true
	default:
		return false
	}
}

// end ends the program; it gives what was wrong about it, or nothing.
func (s *shown) end() (wrong string) {
	s.p.Quit()
	err := <-s.ended
	s.stop()
	if err != nil {
		return fmt.Sprintf("the program ended with %v", err)
	}
	return s.w.bad
}

// walkSteps are what a walk is made of: keys, and the ways that are rare in noise.
func walkSteps() *rapid.Generator[[]string] {
	var steps [][]string
	for _, a := range actions() {
		for _, k := range a.keys {
			steps = append(steps, []string{k})
		}
	}
	for _, k := range []string{"ctrl+k", "ctrl+x", "delete", "backspace", "y", "Y", "1", "2", "0", "é", "\x00", "wait", "wait", "name", "resize", "resize", "click", "click", "wheel"} {
		steps = append(steps, []string{k})
	}
	steps = append(steps, []string{"D", "wait", "y"}, []string{"D", "wait", "name", "enter"}, []string{"D", "left", "wait", "name", "enter"}, []string{"n", "wait", "enter", "wait", "y"},
		[]string{"x", "i", "d", "enter", "wait"}, []string{":", "d", "e", "s", "enter", "wait", "y"}, []string{"a", "D", "wait", "name", "enter"}, []string{"q", "D", "wait", "name", "enter"})
	return rapid.SampledFrom(steps)
}

// pinned gives a sequence in which each click and size says where and how large it
// is: so it means the same when keys before it are left out.
func pinned(keys []string) []string {
	keys = slices.Clone(keys)
	for n, k := range keys {
		switch k {
		case "click":
			keys[n] = fmt.Sprintf("click %d %d", 7*n%80, 5*n%24)
		case "resize":
			z := [][2]int{{60, 20}, {80, 24}, {0, 0}, {1, 1}, {59, 14}, {200, 60}, {120, 40}}[n%7]
			keys[n] = fmt.Sprintf("resize %d %d", z[0], z[1])
		}
	}
	return keys
}

// typed types a sequence; wait lets a dialog's quiet time pass.
func (s *shown) typed(keys []string) {
	for _, k := range keys {
		var a, b int
		word, at, _ := strings.Cut(k, " ")
		if _, err := fmt.Sscanf(at, "%d %d", &a, &b); err != nil {
			word = k
		}
		switch word {
		case "wait":
			<-time.After(400 * time.Millisecond)
		case "rest": // the regions answer
			<-time.After(10 * time.Second)
		case "settle": // what was asked for has come
			synctest.Wait()
		case "name":
			s.p.Send(tea.PasteMsg{Content: "sensors"})
		case "click":
			s.p.Send(tea.MouseClickMsg{X: a, Y: b, Button: tea.MouseLeft})
		case "wheel":
			s.p.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
		case "resize":
			s.p.Send(tea.WindowSizeMsg{Width: a, Height: b})
		default:
			s.p.Send(keyMsg(k))
		}
	}
}

// quietWorld is a fleet that has come up, and what its world was then.
type quietWorld struct {
	*live
	before string
	last   int // API call
}

func newQuietWorld(t *testing.T) *quietWorld {
	t.Helper()
	q := &quietWorld{live: newLive(t, 4)}
	q.launch()
	<-time.After(10 * time.Minute) // what the launch left to do is done
	q.before = q.things()
	_, q.last = q.mutations(0)
	return q
}

// leave ends a run of the program, and gives what was wrong about it, or what has
// changed in the world.
func (q *quietWorld) leave(s *shown) (wrong string) {
	<-time.After(2 * time.Second)
	if wrong = s.end(); wrong != "" {
		return wrong
	}
	var ops []string
	if ops, q.last = q.mutations(q.last); len(ops) > 0 {
		return fmt.Sprintf("it called %v", ops)
	}
	if now := q.things(); now != q.before {
		return fmt.Sprintf("the world was\n%s\nand is\n%s", q.before, now)
	}
	return ""
}

func (q *quietWorld) shut() {
	q.close()
	<-time.After(time.Minute) // every timer that still waits has ended
}

// Ten thousand random key sequences on the whole program over a live fleet, with
// every confirmation taken away just before it passes: nothing in the world
// changes, nothing panics, and every frame fits. A walk that fails is made short.
func TestNoWalkChangesTheWorld(t *testing.T) {
	t.Chdir(t.TempDir()) // walks write files: they fetch, and take lines of the log away
	n := *walks
	if testing.Short() || raced {
		n = min(n, 300)
	}
	const perProgram = 50
	gen := rapid.SliceOfN(walkSteps(), 1, 30)
	var wrong string
	var typed []string
	synctest.Test(t, func(t *testing.T) {
		q := newQuietWorld(t)
		defer q.shut()
		taken, pressed, programs := 0, 0, 0
		for done := 0; done < n && wrong == ""; {
			s := q.show(size{80, 24})
			programs++
			typed = nil
			for began := done; done < min(n, began+perProgram) && !s.over(); done++ {
				keys := append(pinned(slices.Concat(gen.Example(*walkSeed+done)...)), "settle")
				typed, pressed = append(typed, keys...), pressed+len(keys)-1
				s.typed(keys)
			}
			wrong = q.leave(s)
			taken += s.w.taken
		}
		if taken == 0 {
			t.Error("no walk came to a confirmation: they are too short to prove anything")
		}
		t.Logf("%d sequences of %d keys in %d runs of the program came to %d confirmations", n, pressed, programs, taken)
	})
	if wrong != "" {
		t.Fatal(shortened(t, wrong, typed))
	}
}
