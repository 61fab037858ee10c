package tui

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

var update = flag.Bool("update", false, "rewrite goldens and docs/keys.md")

// size is a terminal's size.
type size struct{ w, h int }

func sizes() []size { return []size{{60, 20}, {80, 24}, {120, 40}, {200, 60}} }

// open makes a model of a size with facts in it.
func open(o Options, z size, bs ...fleet.Batch) *model {
	if o.Face == nil {
		o.Face = &fakeFace{plan: plan()}
	}
	o.Name = "sensors"
	if o.Offer.Images == nil {
		o.Offer = offer()
	}
	m := newModel(contextOf(), o)
	m.Update(tea.WindowSizeMsg{Width: z.w, Height: z.h})
	for _, b := range bs {
		m.Update(batchMsg{b: b})
	}
	return m
}

// press types keys, running each command that answers at once, as Bubble Tea does.
func press(m *model, keys ...string) {
	for _, k := range keys {
		run(m, m.onKeyMsg(k))
		if m.over != nil && !m.armed { // the quiet time of a dialog passes
			m.Update(armedMsg{m.overGen})
		}
	}
}

func (m *model) onKeyMsg(k string) tea.Cmd {
	_, cmd := m.Update(keyMsg(k))
	return cmd
}

func keyMsg(k string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "space": tea.KeySpace, "left": tea.KeyLeft, "right": tea.KeyRight, "up": tea.KeyUp, "down": tea.KeyDown, "backspace": tea.KeyBackspace, "tab": tea.KeyTab}
	if c, ok := special[k]; ok {
		p := tea.KeyPressMsg{Code: c}
		if k == "space" {
			p.Text = " "
		}
		return p
	}
	if c, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(c[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

// run carries out commands and what follows from them; timers are left alone.
func run(m *model, cmd tea.Cmd) {
	if cmd == nil || isTimer(cmd) {
		return
	}
	msg := cmd()
	if b, ok := msg.(tea.BatchMsg); ok {
		for _, c := range b {
			run(m, c)
		}
		return
	}
	_, next := m.Update(msg)
	run(m, next)
}

// isTimer tells the commands of tea.Tick by their name: one that is not a timer is
// waited for, however busy the machine is.
func isTimer(cmd tea.Cmd) bool {
	return strings.Contains(runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name(), ".Tick.func")
}

// states are the screens that the goldens hold.
func states() map[string]func(o Options, z size) *model {
	with := func(keys ...string) func(Options, size) *model {
		return func(o Options, z size) *model {
			m := open(o, z, steady())
			press(m, keys...)
			return m
		}
	}
	return map[string]func(Options, size) *model{
		"loading": func(o Options, z size) *model { return open(o, z) },
		"empty": func(o Options, z size) *model {
			return open(o, z, fleet.Batch{At: now(), Summary: fleet.Summary{Fleet: "sensors", Scanned: true, Target: 3, Identity: fleet.Identity{Account: "123456789012", Name: "me"}}, Regions: steady().Regions})
		},
		"nocredentials": func(o Options, z size) *model {
			return open(o, z, fleet.Batch{At: now(), Summary: fleet.Summary{Fleet: "sensors", Problem: "identify the caller: no credentials found; run `aws configure sso`"}, Regions: steady().Regions})
		},
		"steady":  with(),
		"marked":  with("space", "space"),
		"filter":  with("/", "e", "u", "-"),
		"mistake": with("/", "z", "o", "n", ":", "x"),
		"range":   with("j", "v", "j", "j"),
		"palette": with(":", "s", "e", "t"),
		"column":  with("right", "right", "right", "right", "right", "right", "right", "right", "o", "o"),
		"menu":    with("space", "space", "a", "down"),
		"command": with("x", "u", "p"),
		"destroy": with("space", "space", "D", "right", "right", "s", "e", "n"),
		"one":     with("D"),
		"quit":    with("q"),
		"help":    with("?"),
		"details": with("j", "enter"),
		"copy":    with("c"),
		"plan":    with("n"),
		"grow":    with("+"),
		"shrink":  with("-"),
		"shrinkmany": func(o Options, z size) *model {
			m := open(o, z, steady())
			press(m, "-")
			d := m.over.(*shrinkDialog)
			d.target = 4
			d.anew()
			run(m, d.ask(m))
			m.Update(armedMsg{m.overGen})
			press(m, "s", "e", "n")
			return m
		},
		"shrinkasking": func(o Options, z size) *model {
			m := open(o, z, steady())
			m.onKeyMsg("-") // no answer comes
			m.Update(armedMsg{m.overGen})
			return m
		},
		"replace":     with("j", "H"),
		"replacemany": with("space", "space", "space", "H", "s", "e", "n"),
		"move":        with("$"),
		"unlock": func(o Options, z size) *model {
			m := lockedRows(o, z)
			press(m, "*", "L")
			return m
		},
		"locked": lockedRows,
		"launch": with("n", "enter"),
		"run":    with("space", "space", "space", "space", "x", "l", "s", "enter"),
		"runwhole": func(o Options, z size) *model {
			m := open(o, z, steady())
			press(m, "*", "x", "s", "l", "o", "w", "enter", "tab")
			return m
		},
		"upload":    with("space", "space", "u", "a", " ", "b", "enter"),
		"explain":   with("j", "i"),
		"provision": with("j", "p"),
		"fromstart": with("P"),
		"logs":      with("space", "space", "l", "n", "g", "i", "n", "x", "enter"),
		"runoutput": with("space", "space", "space", "space", "x", "l", "s", "enter", "enter", "/", "s", "e", "n", "enter"),
		"logsearch": with("space", "space", "l", "n", "enter", "w", "/", "h", "e", "a", "l", "t", "h"),
		"moving":    with("j", "j", "enter"),
		"output":    with("j", "enter", "o"),
		"columns":   with("C", "down", "down", "space", "down", "J"),
		"wide":      with("w", "right", "right", "right", "right", "right"),
		"logpanel":  with("tab", "v", "v", "/", "f", "a", "i", "l", "enter"),
		"logwhole":  with("tab", "enter", "t"),
		"storm": func(o Options, z size) *model {
			b := steady()
			for n := range b.Instances {
				i := b.Instances[n]
				switch n % 4 {
				case 0:
					i.Stage, i.Reason = fleet.StageInterrupted, "AWS takes it back: no spot capacity left"
				case 1:
					i.Stage, i.Reason = fleet.StageFailed, "setup: exit 7: cannot write /var/lib/sensor: no space left on device"
				}
			}
			b.Regions[0].Health, b.Regions[0].Problem = fleet.HealthDown, "describe instances: us-west-2 did not answer within 30 s; it is asked again"
			b.Summary.Problem = "credentials have expired; run `aws sso login --profile ops` and this goes on by itself"
			return open(o, z, b)
		},
		"regions":      with("2", "j"),
		"regionskept":  keptRegions,
		"prices":       with("3"),
		"pricessorted": with("3", "j", "j", "space", "j", "j", "space", "right", "right", "right", "right", "o", "/", "!", "a", "p", "-"),
		"pricesasking": func(o Options, z size) *model {
			m := open(o, z, steady())
			m.onKeyMsg("3") // no answer comes
			return m
		},
		"leftovers":     leftovers("7"),
		"leftoversold":  leftovers("7", "p", "j", "j", "space"),
		"leftoversnone": with("7"),
		"leftoversfailed": func(o Options, z size) *model {
			m := open(o, z, steady())
			if f, ok := m.o.Face.(*fakeFace); ok {
				f.foundErr = &fleet.Error{Op: "list regions", Region: "us-east-1", Kind: fleet.KindDenied, Code: "UnauthorizedOperation", Err: errors.New("no"), Hint: "ask for the permission ec2:DescribeRegions"}
			}
			press(m, "7")
			return m
		},
		"cleanup":    leftovers("7", "*", "D", "d", "e", "l"),
		"cleanupone": leftovers("7", "D"),
		"cleanupold": leftovers("7", "p", "*", "D", "right", "a"),
		"cleanreceipt": func(o Options, z size) *model {
			m := leftovers("7")(o, z)
			usd := 8.0
			r := &fleet.Receipt{
				Account: "123456789012", Removed: map[fleet.ResourceKind]int{"volume": 2, "elastic IP": 1}, Left: 1, RegionsScanned: make([]fleet.Region, 2), CostNote: "a cleanup does not know what its fleets have cost",
				Leftovers: []fleet.Resource{{Kind: fleet.KindOfVolume, ID: "vol-0123456789abcdef0", Region: "eu-west-1", State: "held by instance i-0abc (has it attached, not of this fleet)", USDMonth: &usd}},
			}
			m.Update(batchMsg{b: fleet.Batch{At: now(), Summary: steady().Summary, Regions: steady().Regions, Ops: []fleet.Operation{{ID: "c", Kind: fleet.OpCleanup, Started: now(), Finished: now(), Receipt: r, Errors: []string{"clean up in eu-west-1: still there: volume vol-0123456789abcdef0"}}}}})
			return m
		},
		"costs":         with("6"),
		"costsinstance": with("6", "b", "b", "b", "j", "j", "j", "j"),
		"budget": func(o Options, z size) *model {
			b := steady()
			b.Summary.Guard.Budget, b.Summary.Accrued.USD, b.Summary.Estimated = 1.5, 1.27, 0.1
			return open(o, z, b)
		},
		"forwards": with("F", "8", "0", "8", "0", ":", "8", "0", "enter", "ctrl+f"),
		"receipt": func(o Options, z size) *model {
			m := open(o, z, steady())
			usd := 1.27
			r := &fleet.Receipt{Fleet: "sensors", Account: "123456789012", Removed: map[fleet.ResourceKind]int{"instance": 12, "security group": 4}, RegionsScanned: make([]fleet.Region, 17), TotalCostUSD: &usd, CostNote: "estimated"}
			m.Update(batchMsg{b: fleet.Batch{At: now(), Summary: steady().Summary, Regions: steady().Regions, Ops: []fleet.Operation{{ID: "d", Kind: fleet.OpDestroy, Started: now(), Finished: now(), Receipt: r}}}})
			return m
		},
	}
}

// lockedRows is a table of instances of all stages, each with a lock.
func lockedRows(o Options, z size) *model {
	b := steady()
	for n := range b.Instances {
		b.Instances[n].Locked = true
	}
	return open(o, z, b)
}

func TestScreensFitAndAreAsTheyWere(t *testing.T) {
	for name, make := range states() {
		for _, z := range sizes() {
			for _, ascii := range []bool{false, true} {
				o := Options{Theme: "dark", ASCII: ascii, NoColor: ascii}
				m := make(o, z)
				frame := m.View().Content
				ls := strings.Split(frame, "\n")
				if len(ls) != z.h {
					t.Errorf("%s %v: %d lines", name, z, len(ls))
				}
				for n, l := range ls {
					if w := ansi.StringWidth(l); w != z.w {
						t.Errorf("%s %v: line %d is %d wide: %q", name, z, n, w, ansi.Strip(l))
					}
					if ascii {
						for _, r := range ansi.Strip(l) {
							if r > 0x7e {
								t.Errorf("%s %v: %q is not ASCII", name, z, r)
								break
							}
						}
					}
				}
				text := ansi.Strip(frame)
				kind := ""
				if ascii {
					kind = "-ascii"
				}
				golden(t, fmt.Sprintf("%s-%dx%d%s", name, z.w, z.h, kind), text)
			}
		}
	}
}

// The colours of some screens, dark and light: which token stands where.
func TestColoursAreAsTheyWere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"steady", "destroy", "quit", "runwhole", "explain"} {
		for _, th := range []string{"dark", "light"} {
			m := states()[name](Options{Theme: th}, size{120, 40})
			golden(t, fmt.Sprintf("%s-120x40-%s", name, th), m.View().Content)
		}
	}
}

// The light theme's main states, whole: letters and colours.
func TestLightScreensAreAsTheyWere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"empty", "nocredentials", "storm", "filter", "details", "plan", "launch", "receipt", "command"} {
		for _, z := range []size{{80, 24}, {120, 40}} {
			m := states()[name](Options{Theme: "light"}, z)
			golden(t, fmt.Sprintf("%s-%dx%d-light", name, z.w, z.h), m.View().Content)
		}
	}
}

var helpLength = regexp.MustCompile(`(lines \d+ to \d+ of )\d+`)

// golden compares without times of day, which depend on the zone.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	text = strings.Join(lines, "\n") + "\n"
	if strings.HasPrefix(name, "help-") { // every new action makes the whole help longer
		text = helpLength.ReplaceAllString(text, "${1}N")
	}
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != text {
		t.Errorf("%s is not as it was (go test ./tui -update takes the new one): %v\n%s", name, err, text)
	}
}

func TestUnchangedFactsGiveTheIdenticalFrame(t *testing.T) {
	t.Parallel()
	f := &fakeFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	a := m.View().Content
	m.Update(batchMsg{b: fleet.Batch{At: now(), Summary: steady().Summary, Regions: steady().Regions}})
	if b := m.View().Content; a != b {
		t.Error("the frame changed although no fact did")
	}
	if f.calls != 0 {
		t.Errorf("Update and View made %d calls", f.calls)
	}
}

func TestTheCursorStaysOnItsInstance(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, "j", "j", "j", "j")
	at := m.rows.at
	b := steady()
	for i := range b.Instances { // everything gets ready: every row moves
		b.Instances[i].Stage = fleet.StageReady
	}
	m.Update(batchMsg{b: b})
	if m.rows.at != at {
		t.Errorf("the cursor went from %s to %s", at, m.rows.at)
	}
}

// R2, R3: Enter on a dialog that just opened changes nothing; keys within its
// first 300 ms are dropped.
func TestDialogsOpenOnCancel(t *testing.T) {
	t.Parallel()
	asked := map[place]bool{}
	for name, state := range states() { // they are in every place of the registry: TestNoKeyHasTwoActions
		f := &fakeFace{plan: plan()}
		m := state(Options{Face: f}, size{120, 40})
		if m.over == nil || !m.over.dangerous() {
			continue
		}
		asked[m.over.place()] = true
		before := f.changed()
		if press(m, "enter"); f.changed() != before {
			t.Errorf("%s: Enter changed something", name)
		}
		m = state(Options{Face: f}, size{120, 40})
		over := m.over
		m.armed, before = false, f.changed() // as in its first 300 ms
		for _, k := range []string{"y", "enter", "D"} {
			m.Update(keyMsg(k))
		}
		if f.changed() != before || m.over != over {
			t.Errorf("%s: a key in the quiet time was taken", name)
		}
	}
	for _, a := range actions() {
		if a.fixed() && a.changes && !asked[a.place] {
			t.Errorf("no state of the tests asks in %q", a.place)
		}
	}
}

func TestDestroyWantsTheNameAndTakesWhatItShowed(t *testing.T) {
	t.Parallel()
	f := &fakeFace{}
	m := open(Options{Face: f}, size{120, 40}, steady())
	press(m, "space", "space", "D")
	d, ok := m.over.(*destroyDialog)
	if !ok || len(d.scopes[d.at].is) != 2 {
		t.Fatalf("the marks are the first choice: %+v", m.over)
	}
	shown := ids(d.scopes[d.at].is)
	b := steady()
	b.Instances = append(b.Instances, &fleet.Instance{ID: "i-new", Region: "us-west-2", Stage: fleet.StageReady})
	m.Update(batchMsg{b: b}) // the world goes on
	press(m, "s", "e", "n", "s", "o", "r", "x", "enter")
	if len(f.destroys) != 0 || !d.wrong {
		t.Fatal("a wrong word must not destroy")
	}
	press(m, "backspace", "s", "enter")
	if len(f.destroys) != 1 || !slices.Equal(f.destroys[0].Instances, shown) {
		t.Fatalf("acted on %v, shown %v", f.destroys, shown)
	}
	press(m, "D", "left")
	m.Update(tea.PasteMsg{Content: "sensors"})
	press(m, "enter")
	if len(f.destroys) != 2 || f.destroys[1].Scope != fleet.ScopeFleet {
		t.Fatalf("the fleet's name can be pasted: %+v", f.destroys)
	}
}

func TestReadOnlyRefuses(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m := open(Options{Face: f, ReadOnly: true}, size{120, 40}, steady())
	for _, a := range m.acts {
		if a.risk != safe && !a.changes {
			t.Errorf("%s can change AWS but is not refused in read-only mode", a.id)
		}
		if a.changes && a.place == atFleet {
			press(m, a.keys[0])
			if m.over != nil || m.prompt != nil || !strings.Contains(m.toast, "read-only") {
				t.Errorf("%s was not refused", a.id)
			}
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	for text, want := range map[string]int{"": 12, "us-west": 4, "zone:us-east-1d": 1, "stage:ready": 8, "!stage:ready": 4, "ready us-west": 4, "nothing-like-it": 0, "zone:us-east-1d or us-west": 5, "price>0 ready": 8, "age<1s": 0, "/^us-(east|west)/ !ready": 1} {
		m.rows.filter = filter{}.write(text)
		m.rows.refilter()
		if len(m.rows.shown) != want {
			t.Errorf("%q shows %d, want %d", text, len(m.rows.shown), want)
		}
	}
}

func TestAResizeStormHurtsNothing(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{
		nil, {"n"}, {"D"}, {"q"}, {"?"}, {"enter"}, {"*", "x", "s", "l", "o", "w", "enter", "G"}, {"x", "l", "enter", "enter"}, {"*", "u", "a", " ", "b", "enter"}, {"*", "l", "x", "enter", "w", "k"}, {"i"}, {"P"}, {"F", "1", "enter", "ctrl+f"}, {"u", "a"},
	} {
		m := open(Options{}, size{120, 40}, steady())
		press(m, keys...)
		for w := range 130 {
			m.Update(tea.WindowSizeMsg{Width: w, Height: w % 45})
			if got := m.View().Content; w > 0 && w%45 > 0 && strings.Count(got, "\n") != w%45-1 {
				t.Fatalf("%v at %d×%d: %d lines", keys, w, w%45, strings.Count(got, "\n")+1)
			}
		}
	}
}
