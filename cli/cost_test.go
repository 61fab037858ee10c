package cli

import (
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"
)

// The verb tells what the ledger has, in every form the same, also after the fleet
// is gone.
func TestCost(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	r := p.must(0, "cost", "--json").result(t).Costs
	if r == nil || len(r.Groups) != 3 || r.Total.TotalUSD == nil || *r.Total.TotalUSD <= 0 || r.Total.Running != 3 || r.Total.PerHourUSD == nil || r.Total.OnDemandUSD == nil {
		t.Fatalf("%+v", r)
	}
	sum := 0.0
	for _, g := range r.Groups {
		sum += *g.TotalUSD
		if !strings.Contains(strings.Join(ids, " "), g.Name) || g.Type == "" || g.OnDemand == nil || len(g.Prices) == 0 || g.To != nil {
			t.Errorf("%+v", g)
		}
	}
	if math.Abs(sum-*r.Total.TotalUSD) > 1e-9 {
		t.Errorf("the parts are %v, the whole %v", sum, *r.Total.TotalUSD)
	}
	if out := p.must(0, "cost").stdout; !strings.Contains(out, ids[0]) || !strings.Contains(out, "total") || !strings.Contains(out, "3/3") {
		t.Error(out)
	}
	if out := p.must(0, "cost", "--by", "region").stdout; strings.Contains(out, ids[0]) || !strings.Contains(out, "us-west-2") {
		t.Error(out)
	}
	for _, args := range [][]string{{"cost", "--by", "colour"}, {"cost", "--csv", "--json"}} {
		p.must(exitUsage, args...)
	}
	p.must(0, "destroy", "--yes")
	rows, err := csv.NewReader(strings.NewReader(p.must(0, "cost", "--csv").stdout)).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][6] != "total_usd" {
		t.Fatalf("%v %v", rows, err)
	}
	for _, row := range rows[1:] {
		if usd, err := strconv.ParseFloat(row[6], 64); err != nil || usd <= 0 || row[4] == "" || row[12] != "0.000000" {
			t.Errorf("%q", row)
		}
	}
	if r := p.must(0, "cost", "--by", "fleet", "--json").result(t).Costs; len(r.Groups) != 1 || !strings.Contains(r.Groups[0].Name, " until ") || r.Groups[0].Instances != 3 {
		t.Errorf("%+v", r)
	}
}

// The lines of docs/cost.md are run on a fleet that is there.
func TestEveryLineOfTheCostPageRuns(t *testing.T) {
	t.Parallel()
	p, _, _ := threeReady(t)
	if n := p.examples(docsPage(t, "cost.md")); n < 4 {
		t.Errorf("the page has %d lines", n)
	}
}
