package sim

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A price that is set holds from then on, in market and bill alike; what was before
// stays, and the newest setting rules.
func TestAPriceCanBeSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(Options{Seed: 7})
		defer w.Close()
		r, typ := w.byName["us-west-2"], w.types[0]
		zone := r.zones()[0]
		start := time.Now()
		base, _ := r.spotPrice(typ, zone, start)
		<-time.After(time.Minute)
		for _, percent := range []int{300, 200} {
			if err := w.Inject(Fault{Fault: "price", Region: "us-west-2", Type: typ.name, Percent: percent}); err != nil {
				t.Fatal(err)
			}
			now := time.Now()
			if usd, since := r.spotPrice(typ, zone, now); math.Abs(usd-base*float64(percent)/100) > 1e-4 || !since.Equal(now) {
				t.Errorf("%d %%: %v since %v, of %v", percent, usd, since, base)
			}
			<-time.After(time.Minute)
		}
		if usd, _ := r.spotPrice(typ, zone, start); usd != base {
			t.Errorf("before: %v, not %v", usd, base)
		}
		if cost := r.spotCost(typ, zone, start, start.Add(3*time.Minute)); math.Abs(cost-base*(1+3+2)/60) > 1e-5 {
			t.Errorf("three minutes cost %v, a minute before %v", cost, base/60)
		}
		other, _ := w.byName["eu-west-1"].spotPrice(typ, w.byName["eu-west-1"].zones()[0], time.Now())
		if err := w.Inject(Fault{Fault: "price", Region: "us-west-2", Percent: 50}); err != nil {
			t.Fatal(err)
		}
		if usd, _ := w.byName["eu-west-1"].spotPrice(typ, w.byName["eu-west-1"].zones()[0], time.Now()); usd != other {
			t.Error("another region's price has moved")
		}
		if err := w.Inject(Fault{Fault: "price"}); err == nil || !strings.Contains(err.Error(), "percent") {
			t.Error(err)
		}
	})
}
