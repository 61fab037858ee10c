package sim

import (
	"errors"
	"math"
	"slices"
	"time"
)

// priceShift moves spot prices from a time on: history, bill and market follow it,
// and what was before stays.
type priceShift struct {
	at        time.Time
	typ, zone string // empty: every one
	percent   int    // of what the price would be
}

// setPrice is the fault "price".
func setPrice(w *World, f Fault) error {
	if f.Percent < 1 || f.Percent > 10000 {
		return errors.New("percent is of the price as it would be: 1 to 10000")
	}
	s := priceShift{time.Now(), f.Type, f.Zone, f.Percent}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.regions {
		if f.Region == "" || f.Region == r.info.name {
			all := []priceShift{s}
			if before := r.shifts.Load(); before != nil {
				all = append(slices.Clone(*before), s)
			}
			r.shifts.Store(&all)
		}
	}
	return nil
}

// shifted gives a pool's price at a time, and since when, as the newest shift before
// that time moves it.
func (r *region) shifted(p pool, price float64, since, at time.Time) (float64, time.Time) {
	all := r.shifts.Load()
	if all == nil {
		return price, since
	}
	for _, s := range slices.Backward(*all) {
		if s.at.After(at) || s.typ != "" && s.typ != p.typ || s.zone != "" && s.zone != p.zone {
			continue
		}
		if s.at.After(since) {
			since = s.at
		}
		return max(math.Round(price*float64(s.percent)*100)/1e4, 0.0001), since
	}
	return price, since
}
