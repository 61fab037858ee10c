package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"spot-tui/sim/wire"
)

// priceStep is how often a pool's price changes; real ones move a few times a day.
const priceStep = 8 * time.Hour

// maxHistory is how far back EC2 keeps spot prices (aws-facts §3.2).
const maxHistory = 90 * 24 * time.Hour

// spotPrice gives a pool's price in USD per hour at a time, and since when it
// holds. It is 30 to 45 % of the on-demand price (aws-facts §5.3: the median
// discount is about 65 %), drifts by a few per cent, and follows from seed, pool
// and time alone.
func (r *region) spotPrice(t typeInfo, zone string, at time.Time) (float64, time.Time) {
	seed := strconv.FormatInt(r.w.opts.Seed, 10)
	base := fraction(seed+t.name+zone)*0.13 + 0.31
	// Each pool changes at its own hour.
	shift := time.Duration(fraction("shift"+t.name+zone) * float64(priceStep))
	since := at.Add(-shift).Truncate(priceStep).Add(shift)
	drift := 0.97 + 0.06*fraction(seed+t.name+zone+strconv.FormatInt(since.Unix(), 10))
	share := min(max(base*drift, 0.30), 0.45)
	return math.Round(t.onDemand*r.info.factor*share*1e4) / 1e4, since
}

// fraction gives a number in [0, 1) that depends on a name only.
func fraction(name string) float64 {
	return float64(hash(name)%1e6) / 1e6
}

// priceRows lists price changes, newest first, as DescribeSpotPriceHistory does:
// those between StartTime and EndTime, and the last one before StartTime.
func priceRows(c *call) ([]row, error) {
	types, products := c.list("InstanceTypes"), c.list("ProductDescriptions")
	if len(products) > 0 && !slices.Contains(products, product) && !slices.Contains(products, product+" (Amazon VPC)") {
		return nil, nil
	}
	start, end := c.period(time.Now())
	var rows []row
	for i, zone := range c.r.zones() {
		if only := c.str("AvailabilityZone"); only != "" && only != zone {
			continue
		}
		if only := c.str("AvailabilityZoneId"); only != "" && only != c.r.zoneID(i) {
			continue
		}
		for _, t := range c.w.types {
			if (len(types) == 0 || slices.Contains(types, t.name)) && c.r.offered(t, zone) {
				rows = append(rows, c.r.history(t, i, start, end)...)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		at, _ := a.tree["Timestamp"].(time.Time)
		bt, _ := b.tree["Timestamp"].(time.Time)
		return bt.Compare(at)
	})
	for i := range rows {
		rows[i].seq = i
	}
	return rows, nil
}

// product is what all prices are for.
const product = "Linux/UNIX"

// period gives the times that a price request is about: by default the last day.
func (c *call) period(now time.Time) (start, end time.Time) {
	start, end = now.Add(-24*time.Hour), now
	if t, ok := c.in["EndTime"].(time.Time); ok && t.Before(now) {
		end = t
	}
	if t, ok := c.in["StartTime"].(time.Time); ok {
		start = t
	}
	if start.Before(now.Add(-maxHistory)) {
		start = now.Add(-maxHistory)
	}
	if start.After(end) {
		start = end
	}
	return start, end
}

// history gives a pool's price changes, newest first.
func (r *region) history(t typeInfo, zone int, start, end time.Time) []row {
	var rows []row
	name := r.zones()[zone]
	for at := end; ; {
		price, since := r.spotPrice(t, name, at)
		rows = append(rows, row{tree: wire.Map{
			"AvailabilityZone": name, "AvailabilityZoneId": r.zoneID(zone), "InstanceType": t.name, "ProductDescription": product,
			"SpotPrice": fmt.Sprintf("%.6f", price), "Timestamp": since,
		}})
		if !since.After(start) {
			return rows
		}
		at = since.Add(-time.Second)
	}
}
