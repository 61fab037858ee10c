package tui

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

func (m *model) plain() string { return ansi.Strip(m.View().Content) }

// A frozen screen stands still, asks for nothing and keeps nothing but the one
// batch that was under way.
func TestFrozenScreenStandsStill(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	press(m, "z")
	before := m.plain()
	b := steady()
	b.Summary.Accrued.USD = 99
	b.Instances[4].Stage = fleet.StageFailed
	_, cmd := m.Update(batchMsg{b: b})
	if cmd != nil {
		t.Error("a frozen screen asks for more")
	}
	if m.plain() != before {
		t.Error("a frozen screen changed")
	}
	m.onKeyMsg("z")
	if text := m.plain(); !strings.Contains(text, "$99.00 so far") {
		t.Errorf("what came meanwhile is not shown:\n%s", text)
	}
	if !m.waiting {
		t.Error("nobody waits for news any more")
	}
}

// A receipt is seen: at once over what only shows, after a confirmation or an
// input that is open, and it never takes their keys.
func TestReceiptIsSeen(t *testing.T) {
	t.Parallel()
	done := steady()
	done.Ops = []fleet.Operation{{ID: "d", Kind: fleet.OpDestroy, Started: now(), Finished: now(), Receipt: &fleet.Receipt{Fleet: "sensors", RegionsScanned: []fleet.Region{"us-west-2"}}}}
	for name, c := range map[string]struct {
		keys   []string
		atOnce bool
	}{
		"nothing": {nil, true},
		"help":    {[]string{"?"}, true},
		"details": {[]string{"enter"}, true},
		"destroy": {[]string{"D"}, false},
		"filter":  {[]string{"/"}, false},
		"run":     {[]string{"x"}, false},
	} {
		m := open(Options{}, size{120, 40}, steady())
		press(m, c.keys...)
		m.Update(batchMsg{b: done})
		if shown := strings.Contains(m.plain(), "0 left"); shown != c.atOnce {
			t.Errorf("%s: the receipt is shown at once: %v", name, shown)
		}
		if !c.atOnce {
			press(m, "esc")
		}
		if !strings.Contains(m.plain(), "0 left in 1 region") {
			t.Errorf("%s: the receipt is never shown", name)
		}
	}
}

// An answer to an older question, or for a plan that was closed, is dropped.
func TestOldPlansAreDropped(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	m.onKeyMsg("n")
	first := m.over.(*planView)
	old := planMsg{layer: first.layer, ask: first.asked, plan: plan()}
	press(m, "esc")
	m.onKeyMsg("n")
	m.Update(old)
	if v := m.over.(*planView); v.have {
		t.Fatal("the plan of a closed view was taken")
	}
	v := m.over.(*planView)
	p := plan()
	m.Update(planMsg{layer: v.layer, ask: v.asked, plan: p})
	was := v.asked
	m.onKeyMsg("right")
	p.Launch = 77
	m.Update(planMsg{layer: v.layer, ask: was, plan: p})
	if v.plan.Launch == 77 || v.ready() {
		t.Error("the answer to an older question was taken")
	}
	if press(m, "enter"); m.over != v {
		t.Error("a plan that is being asked anew can't be confirmed")
	}
}

// A held key asks the regions once.
func TestChangingThePlanAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeFace{plan: plan()}
		m := open(Options{Face: f}, size{120, 40}, steady())
		press(m, "n")
		asked := f.calls
		answers := make(chan tea.Msg, 30)
		for range 20 {
			cmd := m.onKeyMsg("right")
			go func() { answers <- cmd() }()
		}
		for range 20 {
			if _, cmd := m.Update(<-answers); cmd != nil {
				m.Update(cmd())
			}
		}
		if f.calls != asked+1 {
			t.Errorf("20 key presses asked %d times", f.calls-asked)
		}
		if v := m.over.(*planView); !v.ready() {
			t.Error("the newest answer was not taken")
		}
	})
}

// What is wrong with the whole fleet is shown with and without rows, and a
// region that is down while the rest is live.
func TestTroubleIsShown(t *testing.T) {
	t.Parallel()
	for _, z := range sizes() {
		b := steady()
		b.Summary.Problem = "identify the caller: the login has expired; run `aws sso login`"
		for i := range 16 {
			b.Regions = append(b.Regions, fleet.RegionStatus{Region: fleet.Region(fmt.Sprintf("xx-south-%d", i)), Health: fleet.HealthOK, Answered: now()})
		}
		b.Regions[19].Region, b.Regions[19].Health = "me-south-1", fleet.HealthDown
		m := open(Options{}, z, b)
		text := m.plain()
		for _, want := range []string{"the login has expired", "✗ me-south-1", "data 2s"} {
			if !strings.Contains(text, want) {
				t.Errorf("%v does not show %q:\n%s", z, want, text)
			}
		}
	}
}

// A store that can keep nothing is said with and without rows, beside whatever
// else is wrong, and the empty screen does not offer a launch that would be refused.
func TestABadStoreIsSaid(t *testing.T) {
	t.Parallel()
	for _, z := range sizes() {
		full := steady()
		full.Summary.Problem = "the login has expired; run `aws sso login`"
		full.Summary.StoreProblem = "open the state file: it is damaged; move it aside"
		empty := fleet.Batch{At: now(), Summary: full.Summary, Regions: full.Regions}
		empty.Summary.Problem, empty.Summary.Scanned = "", true
		for _, b := range []fleet.Batch{full, empty} {
			text := open(Options{}, z, b).plain()
			for _, want := range []string{"it is damaged", b.Summary.Problem} {
				if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
					t.Errorf("%v does not show %q:\n%s", z, want, text)
				}
			}
		}
		if text := open(Options{}, z, empty).plain(); strings.Contains(text, "new launch") {
			t.Errorf("%v offers a launch without a journal:\n%s", z, text)
		}
	}
}

// Old data looks old although nothing new comes.
func TestAgesGrowWithoutNews(t *testing.T) {
	t.Parallel()
	b := steady()
	b.Instances = b.Instances[4:] // all ready: nothing counts
	m := open(Options{}, size{120, 40}, b)
	if m.clock.pace != slowTick {
		t.Fatalf("the clock goes every %v", m.clock.pace)
	}
	n := m.clock.n
	m.Update(tickMsg{n: n, at: now().Add(40 * time.Second)})
	if !strings.Contains(m.plain(), "data 42s") {
		t.Errorf("the data still looks new:\n%s", m.plain())
	}
	frame := m.View().Content
	m.Update(tickMsg{n: n, at: now().Add(time.Hour)}) // of a chain that has been replaced
	if m.View().Content != frame {
		t.Error("a tick of an older chain was taken")
	}
	moving := steady()
	m.Update(batchMsg{b: moving})
	if m.clock.pace != fastTick {
		t.Errorf("something counts, and the clock goes every %v", m.clock.pace)
	}
}

// Whatever is destroyed, the place to confirm or cancel is on the screen.
func TestDialogsKeepTheirButtonsOnLowTerminals(t *testing.T) {
	t.Parallel()
	b := steady()
	b.Instances = nil
	for i := range 400 {
		r := fleet.Region(fmt.Sprintf("us-north-%d", i%17))
		b.Instances = append(b.Instances, &fleet.Instance{ID: fleet.InstanceID(fmt.Sprintf("i-%017d", i)), Region: r, Zone: fleet.Zone(r + "a"), Stage: fleet.StageReady, State: fleet.StateRunning})
	}
	for _, z := range append(sizes(), size{60, 15}) {
		m := open(Options{}, z, b)
		press(m, "*", "D")
		for range 4 {
			text := m.plain()
			for _, want := range []string{"Cancel", "sensors to destroy them", "of account 123456789012"} {
				if !strings.Contains(text, want) && !strings.Contains(text, "Press y") {
					t.Fatalf("%v does not show %q:\n%s", z, want, text)
				}
			}
			press(m, "right")
		}
	}
}

// What a tag or a message of someone else holds can't steer the terminal.
func TestForeignTextIsHarmless(t *testing.T) {
	t.Parallel()
	b := steady()
	evil := "\x1b[2J\x1b]52;c;ZXZpbA==\x07\r\u202eowner"
	for i := range b.Instances {
		b.Instances[i].Owner, b.Instances[i].Image, b.Instances[i].Zone = evil, evil, fleet.Zone(evil)
	}
	b.Summary.Problem = evil
	for _, keys := range [][]string{nil, {"enter"}, {"D"}, {"*", "x", "l", "s", "enter"}} {
		m := open(Options{}, size{200, 60}, b)
		press(m, keys...)
		for n, l := range strings.Split(m.View().Content, "\n") {
			if strings.ContainsAny(l, "\r\x07\u202e") || strings.Contains(l, "[2J") {
				t.Errorf("%v: line %d lets it through: %q", keys, n, l)
			}
			if w := ansi.StringWidth(l); w != 200 {
				t.Errorf("%v: line %d is %d wide", keys, n, w)
			}
		}
	}
}

// The plan says which VPC is taken or made, and what the preflight warns of.
func TestPlanSaysWhereAndWhatIsOdd(t *testing.T) {
	t.Parallel()
	p := plan()
	for made, want := range []string{"existing VPC", "a VPC of its own in 1 region", "a VPC of its own"} {
		for i := range 2 {
			p.Regions[i].VPC = "vpc-1"
			if i < made {
				p.Regions[i].VPC = ""
			}
		}
		if got := whichVPC(p); got != want {
			t.Errorf("%d made: %q, want %q", made, got, want)
		}
	}
	p.Regions[0].Checks = []fleet.Check{{What: "route", State: fleet.CheckWarn, Detail: "1 of 4 subnets are left out"}, {What: "image", State: fleet.CheckOK, Detail: "fine"}}
	v, m := &planView{plan: p}, open(Options{}, sizes()[0], steady())
	if got := ansi.Strip(strings.Join(v.warnings(m, 80), "\n")); !strings.Contains(got, "us-west-2: route: 1 of 4 subnets are left out") || strings.Contains(got, "fine") {
		t.Errorf("warnings: %q", got)
	}
}
