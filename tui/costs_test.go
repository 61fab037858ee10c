package tui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// costReport is a ledger with everything that can be estimated, free or unknown.
func costReport() fleet.CostReport {
	r := fleet.CostReport{Fleet: "sensors", Account: "123456789012", At: now().Add(-8 * time.Second), Guard: fleet.GuardSpec{Budget: 2}}
	for n, z := range []fleet.Zone{"us-west-2a", "us-west-2b", "us-west-2c", "us-east-1a", "us-east-1d", "eu-west-1b", "eu-west-1a", "ap-northeast-1c"} {
		hours := float64(9 - n)
		e := fleet.Entry{
			Instance: fleet.InstanceID(fmt.Sprintf("i-0%016x", 0xa4f39c1d2e8b77+n*7919)), Region: fleet.Region(z[:len(z)-1]), Zone: z, Type: "t3.medium",
			Launch: fleet.LaunchID([]string{"l-7f3k2m9qpx", "l-2b8w5c1rty"}[n/5]), From: now().Add(-time.Duration(hours * float64(time.Hour))), Shown: true, Address: true, DiskGiB: 8, OnDemandUSD: 0.0416,
		}
		c := fleet.Cost{Machine: 0.0138 * hours, Disk: 0.00088 * hours, IPv4: 0.005 * hours, List: 0.0416 * hours, ListKnown: true, Known: true}
		if e.Region != "us-east-1" {
			c.Guess = c.Disk
		}
		p := fleet.Price{USD: 0.0197, Known: true}
		switch n {
		case 4:
			e.To, e.Taken = e.From.Add(40*time.Minute), true
			c.Machine, c.Free, p = 0, true, fleet.Price{Known: true}
		case 6:
			e.To, e.Unsure, p = now().Add(-time.Hour), 90*time.Minute, fleet.Price{Known: true}
			c.Guess = 0.03
		case 7:
			c.Machine, c.Known, c.Reason = 0, false, "no spot price of t3.medium in ap-northeast-1c has been read yet"
			p = fleet.Price{Reason: fleet.PriceNotAsked}
		}
		r.Lines = append(r.Lines, fleet.CostLine{Entry: e, Cost: c, PerHour: p})
	}
	old := r.Lines[0]
	old.Instance, old.To, old.Closed, old.PerHour = "i-0000000000000old1", now().Add(-50*time.Hour), now().Add(-49*time.Hour), fleet.Price{Known: true}
	old.From = old.To.Add(-9 * time.Hour)
	r.Lines = append([]fleet.CostLine{old}, r.Lines...)
	r.Problems = []*fleet.Error{{Op: "read what instances cost", Region: "ap-northeast-1", Kind: fleet.KindTimeout, Err: errors.New("no answer within 30s"), Hint: "r asks again"}}
	return r
}

// onCosts opens the Cost screen.
func onCosts(o Options, z size, keys ...string) (*model, *costsView) {
	m := open(o, z, steady())
	press(m, append([]string{"6"}, keys...)...)
	v, _ := m.over.(*costsView)
	return m, v
}

func TestCostScreen(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m, v := onCosts(Options{Face: f}, size{120, 40})
	text := m.plain()
	for _, want := range []string{"by region", "4 shown", "read 0m08 ago", "us-west-2", "no answer within 30s", "In all, over 8h 59m", "public IPv4", "budget $2.00", "at least $0.769"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	if v.id(v.shown[0]) != "us-west-2" {
		t.Errorf("the dearest comes first: %s", v.shown[0].Name)
	}
	press(m, "b") // by launch
	if len(v.all) != 2 || !strings.Contains(m.plain(), "l-7f3k2m9qpx") {
		t.Error(m.plain())
	}
	press(m, "b") // by life
	if len(v.all) != 2 || !strings.Contains(m.plain(), "sensors until ") {
		t.Errorf("each life has a row:\n%s", m.plain())
	}
	press(m, "b") // by instance
	if len(v.all) != 8 || strings.Contains(m.plain(), "old1") {
		t.Errorf("the present life only:\n%s", m.plain())
	}
	press(m, "/", "e", "a", "s", "t", "-", "1", "d", "enter")
	if !strings.Contains(m.plain(), "free") {
		t.Errorf("why an instance cost nothing is not said:\n%s", m.plain())
	}
	press(m, "esc", "/", "e", "u", "-", "w", "e", "s", "t", "-", "1", "a", "enter")
	if !strings.Contains(m.plain(), "ended unseen") || !strings.Contains(m.plain(), "~$") {
		t.Errorf("what is estimated is not marked:\n%s", m.plain())
	}
	asked := f.calls
	if press(m, "r"); f.calls != asked+1 {
		t.Error("r asks again")
	}
	if last := m.deeds[len(m.deeds)-1].line; !strings.HasSuffix(last, "cost --by instance") {
		t.Errorf("noted as %q", last)
	}
	m.Update(costsMsg{layer: v.layer, ask: v.asked, err: errors.New("read the ledger: the disk is gone; look for it")})
	if press(m, "esc"); !strings.Contains(m.plain(), "the disk is gone") || !strings.Contains(m.plain(), "us-west-2a") {
		t.Error("the error does not stand above what is known")
	}
}

func TestCostsAreWrittenAsCSV(t *testing.T) {
	t.Parallel()
	m, v := onCosts(Options{}, size{120, 40})
	path := filepath.Join(t.TempDir(), "cost.csv")
	press(m, "W")
	for _, r := range path {
		press(m, string(r))
	}
	press(m, "enter")
	b, err := os.ReadFile(path)
	if err != nil || string(b) != v.shownReport().CSV(fleet.ByRegion) || strings.Count(string(b), "\n") != 5 {
		t.Errorf("%s %v", b, err)
	}
}

// The header warns of a budget before it is spent, and a banner says what it means.
func TestTheHeaderShowsTheBudget(t *testing.T) {
	t.Parallel()
	for spent, want := range map[float64]string{1: "", 1.7: "85 % of the budget of $2.00 is spent", 2: "the budget of $2.00 is spent ($2.00): nothing more is launched"} {
		b := steady()
		b.Summary.Guard.Budget, b.Summary.Accrued.USD = 2, spent
		m := open(Options{}, size{120, 40}, b)
		text := m.plain()
		if !strings.Contains(text, fmt.Sprintf("$%.2f of $2.00 so far", spent)) || want != "" && !strings.Contains(text, want) || want == "" && strings.Contains(text, "budget") {
			t.Errorf("%v:\n%s", spent, text)
		}
	}
}
