package fleet

import (
	"math"
	"testing"
)

// R29: what runs in a pool that costs a tenth more than another one of its region is
// advised to move; what is locked, on-demand, not ready or kept by AWS is not, and a
// tenth is the least.
func TestWhatIsWorthMovingIsAdvised(t *testing.T) {
	t.Parallel()
	usd := func(v float64) Price { return Price{USD: v, Known: true} }
	ready := Instance{Region: "us-west-2", Type: "m6i.large", Zone: "us-west-2a", Stage: StageReady, Price: usd(0.03)}
	for name, tt := range map[string]struct {
		change func(*Instance)
		cheap  float64
		want   Cheaper
	}{
		"cheaper":         {func(*Instance) {}, 0.02, Cheaper{1, 0.01}},
		"hardly cheaper":  {func(*Instance) {}, 0.028, Cheaper{}},
		"locked":          {func(i *Instance) { i.Locked = true }, 0.02, Cheaper{}},
		"on-demand":       {func(i *Instance) { i.OnDemand = true }, 0.02, Cheaper{}},
		"not ready":       {func(i *Instance) { i.Stage = StageRunning }, 0.02, Cheaper{}},
		"kept by AWS":     {func(i *Instance) { i.Keeper = "fleet-1" }, 0.02, Cheaper{}},
		"price not known": {func(i *Instance) { i.Price = Price{} }, 0.02, Cheaper{}},
	} {
		i := ready
		tt.change(&i)
		e := &Engine{feed: newFeed(Summary{}, nil)}
		w := &worker{e: e, region: "us-west-2", instances: map[InstanceID]*owned{"i-1": {Instance: &i}}, prices: priceBook{
			{"m6i.large", "us-west-2a"}: usd(0.03), {"m6i.large", "us-west-2b"}: usd(tt.cheap), {"m6i.large", ""}: usd(0),
		}}
		w.advise()
		got := w.cheaper
		got.SavesUSD = math.Round(got.SavesUSD*1e6) / 1e6
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
		if n := len(e.feed.regions); (n > 0) != (tt.want != Cheaper{}) || n > 0 && e.feed.regions[0].Cheaper != w.cheaper {
			t.Errorf("%s: told %+v", name, e.feed.regions)
		}
	}
}
