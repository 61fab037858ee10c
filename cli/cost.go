package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// jsonCosts is the ledger as scripts see it. Amounts are USD, null where a price
// is not known.
type jsonCosts struct {
	At     time.Time   `json:"at"`
	By     string      `json:"by"`
	Groups []jsonCost  `json:"groups"`
	Total  jsonCost    `json:"total"`
	Budget *jsonBudget `json:"budget,omitempty"`
}

// jsonBudget is what the fleet may cost.
type jsonBudget struct {
	MaxHourlyUSD float64 `json:"max_hourly_usd,omitempty"`
	BudgetUSD    float64 `json:"budget_usd,omitempty"`
}

// jsonCost is what a group of instances has cost.
type jsonCost struct {
	Name         string              `json:"name"`
	Instances    int                 `json:"instances"`
	Running      int                 `json:"running"`
	From         *time.Time          `json:"from"`
	To           *time.Time          `json:"to"`
	Hours        float64             `json:"instance_hours"`
	TotalUSD     *float64            `json:"total_usd"`
	InstanceUSD  *float64            `json:"instance_usd"`
	DiskUSD      float64             `json:"disk_usd"`
	IPv4USD      float64             `json:"ipv4_usd"`
	EstimatedUSD float64             `json:"estimated_usd"`
	OnDemandUSD  *float64            `json:"on_demand_usd"`
	PerHourUSD   *float64            `json:"per_hour_usd"`
	Note         string              `json:"note,omitempty"`
	Region       fleet.Region        `json:"region,omitempty"` // this and what follows: of one instance
	Zone         fleet.Zone          `json:"zone,omitempty"`
	Type         fleet.InstanceType  `json:"type,omitempty"`
	Launch       fleet.LaunchID      `json:"launch,omitempty"`
	OnDemand     *bool               `json:"on_demand,omitempty"`
	Prices       []fleet.PriceChange `json:"prices,omitempty"`
}

func (a *app) costCmd() *cobra.Command {
	var by string
	var asCSV, all bool
	c := &cobra.Command{
		Use:   "cost",
		Short: "What the fleet has cost, by the ledger: instances, disks and addresses",
		Long: `What the fleet has cost since its first launch: the spot price in effect while
each instance ran, its disk and its public address. Of a fleet that is destroyed,
its last life. ~ stands before an amount of which more than a tenth of a cent is
estimated, ? where a price is not known; the notes say why.`,
		Example: `  spot-tui cost
  spot-tui cost --by region
  spot-tui cost --all --csv`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			if !slices.Contains(fleet.CostBys(), fleet.CostBy(by)) {
				return usage("--by: %s is not one of instance, region, launch, fleet", by)
			}
			if asCSV && a.flags.json {
				return usage("--csv and --json are two ways to print the same; choose one")
			}
			s, err := a.open(need{})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.scan(c.Context())
			if err != nil {
				return err
			}
			r, err := s.engine.Costs(c.Context())
			if err != nil {
				return err
			}
			if !all && fleet.CostBy(by) != fleet.ByFleet {
				r = r.Life()
			}
			down := m.down()
			switch {
			case a.flags.json:
				a.printResult(result{Fleet: r.Fleet, Costs: toJSONCosts(r, fleet.CostBy(by)), Errors: down})
			case asCSV:
				a.printf("%s", r.CSV(fleet.CostBy(by)))
				a.printErrors(down)
			default:
				a.printCosts(r, fleet.CostBy(by))
				a.printErrors(down)
			}
			return s.scanned(down)
		}),
	}
	c.Flags().StringVar(&by, "by", string(fleet.ByInstance), "a line per instance, region, launch or fleet (each of its lives)")
	c.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	c.Flags().BoolVar(&all, "all", false, "also earlier lives of the fleet, which a destroy ended")
	completeWords(c, "by", "instance", "region", "launch", "fleet")
	return c
}

func toJSONCosts(r fleet.CostReport, by fleet.CostBy) *jsonCosts {
	out := &jsonCosts{At: r.At.UTC(), By: string(by), Groups: []jsonCost{}, Total: toJSONCost(r.Total())}
	for _, g := range r.By(by) {
		out.Groups = append(out.Groups, toJSONCost(g))
	}
	if r.Guard.MaxHourly > 0 || r.Guard.Budget > 0 {
		out.Budget = &jsonBudget{MaxHourlyUSD: r.Guard.MaxHourly, BudgetUSD: r.Guard.Budget}
	}
	return out
}

func toJSONCost(g fleet.CostGroup) jsonCost {
	c := jsonCost{
		Name: g.Name, Instances: g.Instances, Running: g.Running, From: timeOrNil(g.From), To: timeOrNil(g.To), Hours: g.Hours,
		DiskUSD: g.Disk, IPv4USD: g.IPv4, EstimatedUSD: g.Guess, Note: g.Note(),
		TotalUSD: amount(g.USD(), g.Known), InstanceUSD: amount(g.Machine, g.Known), OnDemandUSD: amount(g.List, g.ListKnown), PerHourUSD: amount(g.PerHour.USD, g.PerHour.Known),
	}
	if l := g.Line; l != nil && g.Name == string(l.Instance) {
		c.Region, c.Zone, c.Type, c.Launch, c.OnDemand, c.Prices = l.Region, l.Zone, l.Type, l.Launch, &l.OnDemand, l.Prices
	}
	return c
}

// amount is an amount, or nil where it is not known.
func amount(usd float64, known bool) *float64 {
	if !known {
		return nil
	}
	return &usd
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// costWords writes an amount: ? where it is not known, ~ before one that is partly
// an estimate.
func costWords(usd float64, known, estimated bool) string {
	switch {
	case !known:
		return "?"
	case estimated:
		return fmt.Sprintf("~$%.4f", usd)
	}
	return fmt.Sprintf("$%.4f", usd)
}

func (a *app) printCosts(r fleet.CostReport, by fleet.CostBy) {
	if len(r.Lines) == 0 {
		a.printf("fleet %s has cost nothing, as far as the ledger on this machine knows\n", r.Fleet)
		return
	}
	var rows [][]string
	add := func(g fleet.CostGroup) {
		saved := "?"
		if usd, ok := g.Saved(); ok {
			saved = fmt.Sprintf("$%.4f", usd)
		}
		rows = append(rows, []string{
			g.Name, fmt.Sprintf("%d/%d", g.Running, g.Instances), fmt.Sprintf("%.2f", g.Hours), costWords(g.Machine, g.Known, false), costWords(g.Disk, true, false), costWords(g.IPv4, true, false),
			costWords(g.USD(), g.Known, g.Estimated()), saved, money(g.PerHour), g.Note(),
		})
	}
	for _, g := range r.By(by) {
		add(g)
	}
	total := r.Total()
	add(total)
	rows[len(rows)-1][9] = ""
	a.table([]string{upper(by), "RUNNING", "HOURS", "INSTANCE", "DISK", "IPV4", "TOTAL", "SAVED", "$/H", "NOTE"}, rows)
	if total.Estimated() {
		a.printf("~ of it $%.4f is estimated; docs/cost.md says how costs are counted\n", total.Guess)
	}
	if g := r.Guard; g.Budget > 0 {
		a.printf("fleet.budget is $%.2f\n", g.Budget)
	}
}

func upper(by fleet.CostBy) string {
	return map[fleet.CostBy]string{fleet.ByInstance: "INSTANCE ID", fleet.ByRegion: "REGION", fleet.ByLaunch: "LAUNCH", fleet.ByFleet: "FLEET"}[by]
}
