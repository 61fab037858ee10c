package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"spot-tui/sim/wire"
)

// maxHistory is how far back EC2 keeps spot prices (aws-facts §3.2).
const maxHistory = 90 * 24 * time.Hour

// Bands of the saving against on-demand: a tenth of EC2's pools save less than
// the low, a tenth more than the high one (aws-facts §5.3). One pool in
// seldomCheap is in demand: it saves little, and now and then costs more than
// on-demand, as some do (§5.3: 73 of 14,962).
const (
	lowSaving, highSaving = 0.53, 0.81
	seldomCheap           = 60
)

// spotPrice gives a pool's price in USD per hour at a time, and since when it
// holds. It walks around the pool's own level, changes every three to nine hours,
// and follows from seed, pool and time alone: history, bill and market agree
// without anything being kept.
func (r *region) spotPrice(t typeInfo, zone string, at time.Time) (float64, time.Time) {
	name := strconv.FormatInt(r.w.opts.Seed, 10) + t.name + zone
	step := 3*time.Hour + time.Duration(fraction("step"+name)*float64(6*time.Hour))
	shift := time.Duration(fraction("shift"+name) * float64(step)) // each pool changes at its own hour
	since := at.Add(-shift).Truncate(step).Add(shift)
	price := t.onDemand * r.info.factor * (1 - r.saving(name, since))
	return r.shifted(pool{t.name, zone}, max(math.Round(price*1e4)/1e4, 0.0001), since, at)
}

// saving is how much less than on-demand a pool costs at a time: the region's
// median, the pool's own distance from it, and a walk of two speeds.
func (r *region) saving(pool string, at time.Time) float64 {
	level := float64(r.info.saving)/100 + 0.16*(fraction(pool)-0.5)
	walk := 0.05*wave("days"+pool, at, 60*time.Hour) + 0.02*wave("hours"+pool, at, 9*time.Hour)
	if hash("demand"+pool)%seldomCheap == 0 {
		return 0.06 + 3*walk
	}
	return min(max(level+walk, lowSaving-0.05), highSaving+0.05)
}

// wave is between -1 and 1 and wanders from one value to the next in each
// period, without a jump.
func wave(name string, at time.Time, period time.Duration) float64 {
	n := at.UnixNano() / int64(period)
	part := float64(at.UnixNano()%int64(period)) / float64(period)
	value := func(n int64) float64 { return 2*fraction(name+strconv.FormatInt(n, 10)) - 1 }
	smooth := part * part * (3 - 2*part)
	return value(n)*(1-smooth) + value(n+1)*smooth
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
			if (len(types) == 0 || slices.Contains(types, t.name)) && c.r.offered(t, zone) && !t.is(noSpot) {
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
