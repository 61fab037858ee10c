package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// Each pool of the named types, with all that is known of it.
func TestPricesVerb(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	r := p.must(0, "--demo=empty", "--regions", "us-west-2,eu-west-1", "prices", "M6i.large", "t3.medium", "c6i.large", "--json").result(t)
	if len(r.Prices) != 21 { // four zones and three, three types
		t.Fatalf("%d rows", len(r.Prices))
	}
	for _, row := range r.Prices {
		if row.Spot == nil || *row.Spot <= 0 || row.OnDemand == nil || row.Saving == nil || row.Interrupted == nil || row.Zone == "" || len(row.History) < 10 || row.SpotNote != "" {
			t.Errorf("%+v", row)
		}
		if row.History[0].At.After(row.History[1].At) || time.Since(*row.SpotSince) < 0 {
			t.Errorf("%v", row.History[:2])
		}
	}
	out := p.must(0, "--demo=empty", "--regions", "us-west-2", "prices", "m6i.large", "t3.medium", "--sort", "price").stdout
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !strings.HasPrefix(lines[0], "REGION") || !strings.Contains(lines[1], "t3.medium") || !strings.Contains(lines[4], "m6i.large") || !strings.Contains(lines[8], "dearer than on-demand") || strings.Contains(out, "\x1b") {
		t.Error(out)
	}
	if !strings.Contains(out, "score ?: a placement score is of at least 3 types together") {
		t.Errorf("an unknown score has no reason:\n%s", out)
	}
}

// What has no price is unknown and says why: never 0.
func TestPricesOfNothing(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	r := p.must(exitFailed, "--demo=empty", "--regions", "us-west-2", "prices", "t9.huge", "--json").result(t)
	if len(r.Prices) != 1 || r.Prices[0].Spot != nil || r.Prices[0].OnDemand != nil || r.Prices[0].Saving != nil || r.Prices[0].SpotNote == "" || r.Prices[0].OnDemandNote == "" {
		t.Errorf("%+v", r.Prices)
	}
	out := p.must(exitFailed, "--demo=empty", "--regions", "us-west-2", "prices", "t9.huge").stdout
	if !strings.Contains(out, "spot price ?: EC2 has no spot price of it here") || strings.Contains(out, "$0") {
		t.Error(out)
	}
	if e := p.must(exitUsage, "--demo=empty", "prices", "--sort", "mood").stderr; !strings.Contains(e, "region, price, saving") {
		t.Error(e)
	}
}

func TestPriceExit(t *testing.T) {
	t.Parallel()
	known := []fleet.PriceRow{{Spot: fleet.Price{Known: true, USD: 1}}}
	spot := &fleet.Error{Op: "read spot prices", Kind: fleet.KindTimeout}
	denied := &fleet.Error{Op: "read spot prices", Kind: fleet.KindDenied}
	other := &fleet.Error{Op: "read on-demand prices", Kind: fleet.KindDenied}
	for _, c := range []struct {
		p    fleet.PriceReport
		want int
	}{
		{fleet.PriceReport{Rows: known}, exitDone},
		{fleet.PriceReport{Rows: known, Problems: []*fleet.Error{other}}, exitDone},
		{fleet.PriceReport{Rows: known, Problems: []*fleet.Error{other, spot}}, exitPartial},
		{fleet.PriceReport{Rows: []fleet.PriceRow{{}}, Problems: []*fleet.Error{spot}}, exitFailed},
		{fleet.PriceReport{Rows: []fleet.PriceRow{{}}, Problems: []*fleet.Error{denied}}, exitAuth},
		{fleet.PriceReport{Rows: []fleet.PriceRow{{}}}, exitFailed},
	} {
		got := exitDone
		var x *exit
		if errors.As(priceExit(c.p), &x) {
			got = x.code
		}
		if got != c.want {
			t.Errorf("%v: %d, want %d", c.p.Problems, got, c.want)
		}
	}
}

// The order of the rows; what is unknown comes last.
func TestSortPrices(t *testing.T) {
	t.Parallel()
	row := func(z fleet.Zone, spot, demand float64) fleet.PriceRow {
		return fleet.PriceRow{Zone: z, Spot: fleet.Price{USD: spot, Known: spot > 0}, OnDemand: fleet.Price{USD: demand, Known: demand > 0}}
	}
	for order, want := range map[string]string{"region": "abcd", "price": "bdca", "saving": "cbad"} {
		rows := []fleet.PriceRow{row("a", 0, 1), row("b", 0.1, 0.2), row("c", 0.3, 1), row("d", 0.2, 0)}
		sortPrices(rows, order)
		got := ""
		for _, r := range rows {
			got += string(r.Zone)
		}
		if got != want {
			t.Errorf("by %s: %s, want %s", order, got, want)
		}
	}
}

// Every line of docs/prices.md is run.
func TestEveryLineOfThePricesPageRuns(t *testing.T) {
	t.Parallel()
	p, _, _ := threeReady(t)
	if n := p.examples(docsPage(t, "prices.md")); n < 3 {
		t.Errorf("the page has %d lines; where are the others?", n)
	}
}
