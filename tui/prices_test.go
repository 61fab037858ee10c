package tui

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// priceReport is a market: three types in three regions, with everything that can be
// missing or odd.
func priceReport() fleet.PriceReport {
	p := fleet.PriceReport{At: now().Add(-12 * time.Second)}
	demand := map[fleet.InstanceType]float64{"t3.medium": 0.0416, "t3a.medium": 0.0376, "m6i.large": 0.096}
	for n, r := range []fleet.Region{"us-west-2", "us-east-1", "eu-west-1"} {
		for k, t := range []fleet.InstanceType{"t3.medium", "t3a.medium", "m6i.large"} {
			for z := range 3 {
				if n == 2 && k == 2 && z > 0 { // its price is not known: one row, of no zone
					break
				}
				usd := demand[t] * (0.27 + 0.05*float64(n) + 0.03*float64(k) + 0.012*float64(z))
				row := fleet.PriceRow{
					Region: r, Type: t, Zone: fleet.Zone(string(r) + string(rune('a'+z))), OnDemand: fleet.Price{USD: demand[t], Known: true, AsOf: now().Add(-3 * time.Hour)},
					Advised: fleet.Advised{Known: true, Advice: fleet.Advice{Type: t, Band: fleet.Band((n + k) % 5), Saving: 66 - 3*n - k, AsOf: now().Add(-3 * time.Hour)}},
					Score:   fleet.RegionScore{Known: true, Score: 9 - n},
				}
				for h := range 29 {
					at := now().Add(time.Duration(h-28)*6*time.Hour - 100*time.Minute)
					row.History = append(row.History, fleet.PricePoint{At: at, USD: math.Round(usd*(1+0.15*math.Sin(float64(h+3*n+k)/4))*1e4) / 1e4})
				}
				last := row.History[len(row.History)-1]
				row.Spot = fleet.Price{USD: last.USD, Known: true, AsOf: last.At}
				p.Rows = append(p.Rows, row)
			}
		}
	}
	p.Rows[0].Benched = &fleet.Bench{Region: "us-west-2", Zone: "us-west-2a", Type: "t3.medium", Until: now().Add(130 * time.Second), Why: "no spot capacity"}
	for i := range p.Rows {
		if r := &p.Rows[i]; r.Region == "eu-west-1" {
			r.OnDemand = fleet.Price{Reason: "read on-demand prices in eu-west-1: not authorized to perform pricing:GetProducts; ask for that permission"}
			r.Score = fleet.RegionScore{Reason: "it is not among the ten best regions, which is all that AWS tells"}
			if r.Type == "m6i.large" {
				r.Zone, r.Spot, r.History, r.Advised = "", fleet.Price{Reason: "EC2 has no spot price of it here: it is not offered, or not as spot"}, nil, fleet.Advised{Reason: "the Spot Advisor has nothing on it here"}
			}
		}
		if r := &p.Rows[i]; r.Region == "us-east-1" && r.Type == "t3a.medium" { // in demand
			r.Spot.USD = 0.0391
		}
	}
	p.Problems = []*fleet.Error{{Op: "read on-demand prices", Region: "eu-west-1", Kind: fleet.KindDenied, Err: errors.New("not authorized to perform pricing:GetProducts"), Hint: "ask for that permission"}}
	return p
}

// onPrices opens the Prices screen.
func onPrices(o Options, z size) (*model, *pricesView) {
	m := open(o, z, steady())
	press(m, "3")
	v, _ := m.over.(*pricesView)
	return m, v
}

func TestPricesScreen(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m, v := onPrices(Options{Face: f}, size{120, 40})
	text := m.plain()
	for _, want := range []string{"9 shown", "read 0m12 ago", "pricing:GetProducts", "us-west-2a", "benched 2m10 no spot capacity", "1 of 3 benched", "saves"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	press(m, "o")
	if at := v.shown[0]; at.Region != "us-west-2" || v.shown[8].Type != "m6i.large" || v.shown[8].Best().Spot.Known {
		t.Errorf("by price the cheapest comes first and the unknown last: %s %s", at.Region, at.Type)
	}
	asked := f.calls
	if press(m, "1", "3"); f.calls != asked || m.over != v {
		t.Errorf("young prices were asked for again")
	}
	if press(m, "r"); f.calls != asked+1 {
		t.Error("r asks again")
	}
	press(m, "t", "c", "7", "g", ".", "x", "enter")
	if len(v.types) != 1 || v.types[0] != "c7g.x" {
		t.Errorf("asked for %v", v.types)
	}
	if last := m.deeds[len(m.deeds)-1].line; !strings.HasSuffix(last, "prices c7g.x") {
		t.Errorf("noted as %q", last)
	}
}

// An answer that comes after the screen was left is dropped, and it is asked again.
func TestPricesAreAskedAgain(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	m.onKeyMsg("3") // its command is not run: no answer comes
	v, _ := m.over.(*pricesView)
	if !strings.Contains(m.plain(), "asking 6 regions") && !strings.Contains(m.plain(), "asking") {
		t.Error(m.plain())
	}
	layer, ask := v.layer, v.asked
	press(m, "1")
	m.Update(pricesMsg{layer: layer, ask: ask, report: priceReport()})
	if !v.at.IsZero() {
		t.Error("a late answer was taken")
	}
	if press(m, "3"); v.asked != ask+1 || v.at.IsZero() {
		t.Errorf("asked %d times", v.asked)
	}
	m.Update(pricesMsg{layer: v.layer, ask: v.asked, err: errors.New("read prices: the sky fell; look up")})
	if !strings.Contains(m.plain(), "the sky fell") || !strings.Contains(m.plain(), "us-west-2") {
		t.Error("the error does not stand above what is known")
	}
}

// What is put into the plan is what is planned, in whole numbers: nothing is launched
// elsewhere, what runs stays counted.
func TestPricesIntoThePlan(t *testing.T) {
	t.Parallel()
	m, v := onPrices(Options{}, size{120, 40})
	m.summary.Target = 20 // 11 are there: one of the 12 is interrupted
	press(m, "space", "space", "j", "space")
	c := v.chosen()
	if len(c) != 2 || fmt.Sprint(c[0].types) != "[t3.medium t3a.medium]" || c[1].region != "us-east-1" || m.missing() != 9 {
		t.Fatalf("%+v, %d missing", c, m.missing())
	}
	usd, ok := c.cost(9)
	if want := 5*c[0].low.USD + 4*c[1].low.USD; !ok || math.Abs(usd-want) > 1e-9 {
		t.Errorf("%v, want %v", usd, want)
	}
	if text := m.plain(); !strings.Contains(text, "3 choices for the plan") || !strings.Contains(text, "9 missing instances would cost $") {
		t.Error(text)
	}
	sum := 0
	for n, r := range c.request(m, 20) {
		sum += r.Count
		launch := r.Count - m.here(r.Name)
		want := map[fleet.Region]int{"us-west-2": 5, "us-east-1": 4}[r.Name]
		if launch != want || want > 0 != (len(r.Types) > 0) || n == 0 && r.Name != "us-west-2" {
			t.Errorf("%d: %+v launches %d, want %d", n, r, launch, want)
		}
	}
	if sum != 20 {
		t.Errorf("the counts add up to %d", sum)
	}
	press(m, "enter")
	p, ok := m.over.(*planView)
	if !ok || p.choice == nil || !strings.Contains(m.plain(), "t3a.medium; us-east-1 t3.medium") {
		t.Fatalf("enter opened %T:\n%s", m.over, m.plain())
	}
	if c = p.choice.also("c7g.large"); len(c[0].types) != 3 || len(c[1].types) != 2 || len(p.choice[1].types) != 1 {
		t.Errorf("a type more: %+v", c)
	}
	press(m, "esc")
	if press(m, "esc"); m.over != v || len(v.marks) != 0 {
		t.Error("esc goes back to the prices, then unmarks")
	}
	v.narrowTo("m6i eu")
	if press(m, "space"); !strings.Contains(m.plain(), "$?/h") {
		t.Errorf("an unknown price has no sum:\n%s", m.plain())
	}
}

// A sparkline follows the price in effect, and what hardly moves looks flat.
func TestSparkline(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{80, 24})
	begin := now()
	at := func(h int, usd float64) fleet.PricePoint {
		return fleet.PricePoint{At: begin.Add(time.Duration(h) * time.Hour), USD: usd}
	}
	for _, c := range []struct {
		points []fleet.PricePoint
		want   string
	}{
		{nil, "        "},
		{[]fleet.PricePoint{at(-5, 1)}, "▄▄▄▄▄▄▄▄"},
		{[]fleet.PricePoint{at(-5, 1), at(4, 2)}, "▁▁▁▁▇▇▇▇"},
		{[]fleet.PricePoint{at(2, 1), at(4, 2), at(6, 3)}, "  ▁▁▄▄▇▇"},
		{[]fleet.PricePoint{at(0, 1), at(4, 1.001)}, "▄▄▄▄▄▄▄▄"},
	} {
		if got := m.sparkline(c.points, begin, begin.Add(8*time.Hour), 8); got != c.want {
			t.Errorf("%v: %q, want %q", c.points, got, c.want)
		}
	}
}
