package tui

import (
	"math"
	"time"

	"spot-tui/fleet"
)

// flattest is the least range that a sparkline's height stands for, as a part of
// its price: what hardly moves must not look like a mountain.
const flattest = 0.10

// sparkline draws a price over the time from begin to end in width cells: each cell
// is the price that was in effect at its middle. A price that was not known yet is
// a blank.
func (m *model) sparkline(points []fleet.PricePoint, begin, end time.Time, width int) string {
	// a full block would run into the line above
	levels := []rune(m.th.Glyph("▁▂▃▄▅▆▇", "_.,-=+*"))
	step := end.Sub(begin) / time.Duration(max(1, width))
	values := make([]float64, width)
	low, high := math.Inf(1), 0.0
	for i := range values {
		at := begin.Add(step*time.Duration(i) + step/2)
		if values[i] = priceAt(points, at); values[i] > 0 {
			low, high = min(low, values[i]), max(high, values[i])
		}
	}
	if span := high * flattest; high-low < span {
		low = (high+low)/2 - span/2 // with seven levels that is the middle of one
		high = low + span
	}
	out := make([]rune, width)
	for i, v := range values {
		out[i] = ' '
		if v > 0 {
			out[i] = levels[min(len(levels)-1, int((v-low)/(high-low)*float64(len(levels))))]
		}
	}
	return string(out)
}

// priceAt is the price that was in effect at a time; 0 where it is not known.
func priceAt(points []fleet.PricePoint, at time.Time) float64 {
	usd := 0.0
	for _, p := range points {
		if p.At.After(at) {
			break
		}
		usd = p.USD
	}
	return usd
}

// bounds are the lowest and the highest price.
func bounds(points []fleet.PricePoint) (low, high float64) {
	low = math.Inf(1)
	for _, p := range points {
		low, high = min(low, p.USD), max(high, p.USD)
	}
	return low, high
}
