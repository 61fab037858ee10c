package fleet

import (
	"context"
	"time"
)

// Market says what capacity costs in a region, and how often AWS takes it back.
// It changes nothing. Each answer works without the others (R25): what can't be
// read is an error of its own, and a type that is missing from an answer is not
// known there.
type Market interface {
	// PriceHistory gives the changes of the spot price per type and zone since a
	// time, oldest first, each pool's with the price that was in effect then. AWS
	// keeps 90 days (aws-facts §3.2).
	PriceHistory(ctx context.Context, types []InstanceType, since time.Time) ([]PoolPrice, error)
	// OnDemandPrices gives what types cost here on demand, Linux with shared
	// tenancy. Answers are kept for a day.
	OnDemandPrices(ctx context.Context, types []InstanceType) ([]OnDemandPrice, error)
	// Advice gives what AWS's Spot Advisor says about types here. It is read
	// without credentials and kept for a day.
	Advice(ctx context.Context, types []InstanceType) ([]Advice, error)
}

// OnDemandPrice is what a type costs on demand in a region.
type OnDemandPrice struct {
	Type InstanceType
	USD  float64   // per hour, above 0
	AsOf time.Time // when the price list was read
}

// Band is how often spot instances of a type are interrupted in a region, over
// the last month: a share of all of them, per region and not per zone
// (aws-facts §5.3).
type Band uint8

// The bands of the Spot Advisor.
const (
	BandUnder5 Band = iota
	Band5to10
	Band10to15
	Band15to20
	BandOver20
)

// String is the band in per cent, as AWS writes it.
func (b Band) String() string {
	if b > BandOver20 {
		return "?"
	}
	return [...]string{"<5%", "5-10%", "10-15%", "15-20%", ">20%"}[b]
}

// Advice is what AWS's Spot Advisor says about a type in a region.
type Advice struct {
	Type   InstanceType
	Band   Band
	Saving int       // per cent against on-demand, over the last month; below 0 where spot was dearer
	AsOf   time.Time // when it was read; AWS does not say of when it is
}
