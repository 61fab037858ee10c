package fleet

import (
	"cmp"
	"slices"
	"time"
)

// PriceRequest asks what capacity costs.
type PriceRequest struct {
	Types   []InstanceType // empty: the fleet's, in each region its own
	Regions []Region       // empty: the fleet's
}

// PriceReport is what capacity costs, pool by pool, and what could not be read.
// What is missing is unknown in the rows, with its reason (R26).
type PriceReport struct {
	At       time.Time
	Rows     []PriceRow // by region and type as asked for, then the cheapest zone first
	Problems []*Error   // one for each answer that did not come; the others are not touched by it (R25)
}

// PriceRow is one pool's price and what is known of its type in its region. Where
// no zone's price is known there is one row of the type, without a zone.
type PriceRow struct {
	Region Region
	Zone   Zone
	Type   InstanceType
	Spot   Price // AsOf: since when it holds
	// History are the changes of the spot price in the last week, oldest first; the
	// first may be older, it held when the week began.
	History  []PricePoint
	OnDemand Price
	Advised  Advised
	Score    RegionScore
	Benched  *Bench // the longest of what keeps launches away from it; nil: nothing does
}

// PricePoint is a price from a time on.
type PricePoint struct {
	At  time.Time
	USD float64
}

// Advised is the Spot Advisor's word on a type in a region, or why there is none.
type Advised struct {
	Advice
	Known  bool
	Reason string
}

// RegionScore is the placement score of a region, for all asked types together, or
// why there is none.
type RegionScore struct {
	Score  int // 1 to 10
	Known  bool
	Reason string
}

// Saving is how much less than on-demand the pool costs now, in per cent; below 0
// where spot is dearer.
func (r PriceRow) Saving() (percent float64, ok bool) {
	if !r.Spot.Known || !r.OnDemand.Known || r.OnDemand.USD <= 0 {
		return 0, false
	}
	return 100 * (1 - r.Spot.USD/r.OnDemand.USD), true
}

// Dearer says whether spot costs more than on-demand, as it does in some pools
// (aws-facts §5.3).
func (r PriceRow) Dearer() bool {
	s, ok := r.Saving()
	return ok && s < 0
}

// PriceCell is a type in a region: the pools of all its zones.
type PriceCell struct {
	Region Region
	Type   InstanceType
	Pools  []PriceRow // the cheapest first; at least one
}

// Best is the cheapest pool that is not benched, else the cheapest.
func (c PriceCell) Best() PriceRow {
	if i := slices.IndexFunc(c.Pools, func(r PriceRow) bool { return r.Benched == nil && r.Spot.Known }); i >= 0 {
		return c.Pools[i]
	}
	return c.Pools[0]
}

// Benched counts the pools that launches stay away from.
func (c PriceCell) Benched() int {
	n := 0
	for _, r := range c.Pools {
		if r.Benched != nil {
			n++
		}
	}
	return n
}

// Cells puts the pools of a type in a region together, in the order of the rows.
func (p PriceReport) Cells() []PriceCell {
	var cs []PriceCell
	for _, r := range p.Rows {
		i := slices.IndexFunc(cs, func(c PriceCell) bool { return c.Region == r.Region && c.Type == r.Type })
		if i < 0 {
			i = len(cs)
			cs = append(cs, PriceCell{Region: r.Region, Type: r.Type})
		}
		cs[i].Pools = append(cs[i].Pools, r)
	}
	return cs
}

// benchedFor gives the bench that keeps a pool away the longest.
func benchedFor(bs []Bench, r PriceRow) *Bench {
	var longest *Bench
	for i := range bs {
		if bs[i].Region == r.Region && bs[i].covers(Pool{Type: r.Type, Zone: r.Zone}, false) && (longest == nil || bs[i].Until.After(longest.Until)) {
			b := bs[i]
			longest = &b
		}
	}
	return longest
}

// marketAnswers are a region's answers, each with its own error.
type marketAnswers struct {
	region                                  Region
	types                                   []InstanceType
	history                                 []PoolPrice
	onDemand                                []OnDemandPrice
	advice                                  []Advice
	typesErr, historyErr, demandErr, advErr error
}

// The reasons for which a price is unknown although the question was answered.
const (
	noSpotPrice     = "EC2 has no spot price of it here: it is not offered, or not as spot"
	noOnDemandPrice = "the price list has no Linux price of it here"
	noAdvice        = "the Spot Advisor has nothing on it here"
)

// rows makes the region's rows.
func (a *marketAnswers) rows() []PriceRow {
	var rows []PriceRow
	for _, t := range a.types {
		var of []PriceRow
		for _, p := range a.history { // oldest first: the last one is the price of now
			if p.Type != t {
				continue
			}
			i := slices.IndexFunc(of, func(r PriceRow) bool { return r.Zone == p.Zone })
			if i < 0 {
				i = len(of)
				of = append(of, PriceRow{Region: a.region, Type: t, Zone: p.Zone})
			}
			of[i].Spot = Price{USD: p.USD, Known: true, AsOf: p.AsOf}
			of[i].History = append(of[i].History, PricePoint{p.AsOf, p.USD})
		}
		slices.SortStableFunc(of, func(x, y PriceRow) int {
			return cmp.Or(cmp.Compare(x.Spot.USD, y.Spot.USD), cmp.Compare(x.Zone, y.Zone))
		})
		if len(of) == 0 {
			of = []PriceRow{{Region: a.region, Type: t, Spot: Price{Reason: why(a.historyErr, noSpotPrice)}}}
		}
		for i := range of {
			of[i].OnDemand, of[i].Advised = a.demanded(t), a.advised(t)
		}
		rows = append(rows, of...)
	}
	return rows
}

func (a *marketAnswers) demanded(t InstanceType) Price {
	for _, p := range a.onDemand {
		if p.Type == t {
			return Price{USD: p.USD, Known: true, AsOf: p.AsOf}
		}
	}
	return Price{Reason: why(a.demandErr, noOnDemandPrice)}
}

func (a *marketAnswers) advised(t InstanceType) Advised {
	for _, ad := range a.advice {
		if ad.Type == t {
			return Advised{Advice: ad, Known: true}
		}
	}
	return Advised{Reason: why(a.advErr, noAdvice)}
}

// why is an error's text, or what it means that there was none.
func why(err error, otherwise string) string {
	if err != nil {
		return err.Error()
	}
	return otherwise
}

// problems lists what went wrong. The Spot Advisor is one for all regions.
func (a *marketAnswers) problems() []*Error {
	var es []*Error
	for _, e := range []struct {
		op  string
		err error
	}{{"choose types", a.typesErr}, {"read spot prices", a.historyErr}, {"read on-demand prices", a.demandErr}, {"read the Spot Advisor", a.advErr}} {
		if e.err != nil {
			es = append(es, AsError(e.op, a.region, e.err))
		}
	}
	return es
}
