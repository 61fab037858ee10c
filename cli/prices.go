package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// jsonPrice is one pool's price as scripts see it; null is unknown, and the note
// beside it says why.
type jsonPrice struct {
	Region       fleet.Region       `json:"region"`
	Type         fleet.InstanceType `json:"type"`
	Zone         fleet.Zone         `json:"zone"` // empty where no zone's price is known
	Spot         *float64           `json:"spot_usd_hour"`
	SpotSince    *time.Time         `json:"spot_since"`
	SpotNote     string             `json:"spot_note,omitempty"`
	OnDemand     *float64           `json:"on_demand_usd_hour"`
	OnDemandAsOf *time.Time         `json:"on_demand_as_of"`
	OnDemandNote string             `json:"on_demand_note,omitempty"`
	Saving       *float64           `json:"saving_percent"` // below 0 where spot is dearer
	Interrupted  *string            `json:"interrupted"`    // "<5%", "5-10%", "10-15%", "15-20%", ">20%"
	AdvisorSaved *int               `json:"advisor_saving_percent"`
	AdvisorAsOf  *time.Time         `json:"advisor_as_of"`
	AdvisorNote  string             `json:"advisor_note,omitempty"`
	Score        *int               `json:"score"` // 1 to 10, of the region and all asked types together
	ScoreNote    string             `json:"score_note,omitempty"`
	BenchedUntil *time.Time         `json:"benched_until"`
	BenchedWhy   string             `json:"benched_why,omitempty"`
	History      []jsonPricePoint   `json:"history"` // the last 7 days, oldest first
}

type jsonPricePoint struct {
	At  time.Time `json:"at"`
	USD float64   `json:"usd_hour"`
}

func toJSONPrice(r fleet.PriceRow) jsonPrice {
	utc := func(t time.Time) *time.Time { t = t.UTC(); return &t }
	j := jsonPrice{Region: r.Region, Type: r.Type, Zone: r.Zone, SpotNote: r.Spot.Reason, OnDemandNote: r.OnDemand.Reason, AdvisorNote: r.Advised.Reason, ScoreNote: r.Score.Reason, History: []jsonPricePoint{}}
	if r.Spot.Known {
		j.Spot, j.SpotSince = &r.Spot.USD, utc(r.Spot.AsOf)
	}
	if r.OnDemand.Known {
		j.OnDemand, j.OnDemandAsOf = &r.OnDemand.USD, utc(r.OnDemand.AsOf)
	}
	if s, ok := r.Saving(); ok {
		j.Saving = &s
	}
	if a := r.Advised; a.Known {
		band := a.Band.String()
		j.Interrupted, j.AdvisorSaved, j.AdvisorAsOf = &band, &a.Saving, utc(a.AsOf)
	}
	if r.Score.Known {
		j.Score = &r.Score.Score
	}
	if b := r.Benched; b != nil {
		j.BenchedUntil, j.BenchedWhy = utc(b.Until), b.Why
	}
	for _, p := range r.History {
		j.History = append(j.History, jsonPricePoint{p.At.UTC(), p.USD})
	}
	return j
}

func (a *app) pricesCmd() *cobra.Command {
	var order string
	c := &cobra.Command{
		Use:   "prices [TYPE…]",
		Short: "Show what spot capacity costs, by region, type and zone",
		Long: `Show what spot capacity costs: the spot price of each pool and since when it
holds, the week's lowest and highest, the on-demand price and what is saved, how
often AWS takes such instances back, and the placement score. Without types it
takes the fleet's; --regions names others than the fleet's. What is not known is
a question mark, with its reason below. It changes nothing. docs/prices.md says
where each number comes from.`,
		Example: `  spot-tui prices
  spot-tui prices m7g.large c7g.large --sort price
  spot-tui prices --regions eu-north-1,us-east-2 --json`,
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			if !slices.Contains(priceOrders(), order) {
				return usage("--sort: %s is not one of %s", order, strings.Join(priceOrders(), ", "))
			}
			var q fleet.PriceRequest
			for _, t := range args {
				q.Types = append(q.Types, fleet.InstanceType(strings.ToLower(t)))
			}
			s, err := a.open(need{empty: true})
			if err != nil {
				return err
			}
			defer s.shut()
			s.engine.Start()
			if _, err := s.identity(c.Context()); err != nil {
				return err
			}
			p, err := s.engine.Prices(c.Context(), q)
			if err != nil {
				return err
			}
			sortPrices(p.Rows, order)
			a.tellPrices(s.spec.Name, p)
			return priceExit(p)
		}),
	}
	c.Flags().StringVar(&order, "sort", "region", "the order of the rows: region, price or saving")
	completeWords(c, "sort", priceOrders()...)
	return c
}

func priceOrders() []string { return []string{"region", "price", "saving"} }

// sortPrices puts rows into an order; what is unknown comes last.
func sortPrices(rows []fleet.PriceRow, order string) {
	known := func(r fleet.PriceRow) int {
		if _, ok := r.Saving(); r.Spot.Known && (ok || order == "price") {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(rows, func(x, y fleet.PriceRow) int {
		switch order {
		case "price":
			return cmp.Or(cmp.Compare(known(x), known(y)), cmp.Compare(x.Spot.USD, y.Spot.USD))
		case "saving":
			sx, _ := x.Saving()
			sy, _ := y.Saving()
			return cmp.Or(cmp.Compare(known(x), known(y)), cmp.Compare(sy, sx))
		}
		return 0
	})
}

// priceExit is 3 where a region's spot prices could not be read, and 1 where none
// could be. Prices are what was asked for; without the rest they are still true.
func priceExit(p fleet.PriceReport) error {
	priced := slices.ContainsFunc(p.Rows, func(r fleet.PriceRow) bool { return r.Spot.Known })
	missing := slices.ContainsFunc(p.Problems, func(e *fleet.Error) bool { return e.Op == "read spot prices" })
	switch {
	case !priced && missing:
		return &exit{code: codeOf(p.Problems[0]), told: true}
	case !priced:
		return &exit{code: exitFailed, told: true}
	}
	return partial(missing)
}

func (a *app) tellPrices(name fleet.Name, p fleet.PriceReport) {
	if a.flags.json {
		r := result{Fleet: name, Prices: []jsonPrice{}}
		for _, row := range p.Rows {
			r.Prices = append(r.Prices, toJSONPrice(row))
		}
		for _, e := range p.Problems {
			r.Errors = append(r.Errors, toJSONError(e))
		}
		a.printResult(r)
		return
	}
	var rows [][]string
	whys := map[string]bool{}
	for _, r := range p.Rows {
		rows = append(rows, priceLine(p.At, r))
		for what, why := range map[string]string{"spot price": r.Spot.Reason, "on-demand price": r.OnDemand.Reason, "interruptions": r.Advised.Reason, "score": r.Score.Reason} {
			if why != "" {
				whys[what+" ?: "+fleet.Clean(why)] = true
			}
		}
	}
	a.table([]string{"REGION", "TYPE", "ZONE", "SPOT $/H", "FOR", "7 DAYS", "ON-DEMAND", "SAVES", "INTERRUPTED", "SCORE", "MEMORY"}, rows)
	for _, why := range slices.Sorted(maps.Keys(whys)) {
		a.printf("%s\n", why)
	}
	for _, e := range p.Problems {
		fmt.Fprintln(a.env.Stderr, fleet.Clean(e.Error()))
	}
}

func priceLine(now time.Time, r fleet.PriceRow) []string {
	line := []string{string(r.Region), string(r.Type), string(r.Zone), money(r.Spot), "?", "?", money(r.OnDemand), "?", "?", "?", ""}
	if r.Spot.Known {
		line[4] = fleet.Span(now.Sub(r.Spot.AsOf).Truncate(time.Minute))
	}
	if len(r.History) > 0 {
		low, high := r.History[0].USD, r.History[0].USD
		for _, h := range r.History {
			low, high = min(low, h.USD), max(high, h.USD)
		}
		line[5] = fmt.Sprintf("%.4f-%.4f", low, high)
	}
	if s, ok := r.Saving(); ok {
		line[7] = fmt.Sprintf("%.0f%%", s)
	}
	if r.Advised.Known {
		line[8] = r.Advised.Band.String()
	}
	if r.Score.Known {
		line[9] = fmt.Sprint(r.Score.Score)
	}
	switch b := r.Benched; {
	case b != nil:
		line[10] = "benched until " + b.Until.Local().Format("15:04:05") + ": " + fleet.Clean(b.Why)
	case r.Dearer():
		line[10] = "dearer than on-demand"
	}
	return line
}
