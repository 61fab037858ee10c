package aws

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"spot-tui/fleet"
)

// priceAge is how long on-demand prices and the Spot Advisor's data are good: the
// one changes a few times a year, the other is about a whole month. Karpenter asks
// twice a day (aws-facts §5.1).
const priceAge = 24 * time.Hour

// marketFile is where an answer is kept; empty: nowhere. What a simulated cloud
// says stands in a file of its own.
func (a *Account) marketFile(name string) string {
	if a.opts.CacheDir == "" || !filepath.IsLocal(name) {
		return ""
	}
	return filepath.Join(a.opts.CacheDir, filepath.Base(name)+".json")
}

// marketKept is a file's content.
type marketKept[T any] struct {
	From string `json:"from"` // the endpoint that said it; empty: AWS
	Data T      `json:"data"`
}

// readMarket reads a kept answer; a missing, broken or foreign one is an empty one.
func readMarket[T any](a *Account, file string) (data T, ok bool) {
	if file == "" {
		return data, false
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return data, false
	}
	var kept marketKept[T]
	if json.Unmarshal(b, &kept) != nil || kept.From != a.cacheKey("") {
		return data, false
	}
	return kept.Data, true
}

func writeMarket[T any](a *Account, file string, data T) {
	if file == "" {
		return
	}
	if err := writeAtomic(file, marketKept[T]{a.cacheKey(""), data}); err != nil {
		a.log.Debug("price cache", "err", err)
	}
}

// young says whether something that was read at a time is still good.
func young(at time.Time) bool { age := time.Since(at); return age >= 0 && age < priceAge }

// knownPrices gives what is kept of types, and which have to be asked for.
func (r *region) knownPrices(ts []fleet.InstanceType) (known []fleet.OnDemandPrice, missing []fleet.InstanceType) {
	l := &r.list
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.read {
		l.read = true
		l.of, _ = readMarket[map[fleet.InstanceType]listed](r.a, r.a.marketFile("ondemand-"+string(r.name)))
	}
	for _, t := range ts {
		switch p, ok := l.of[t]; {
		case !ok || !young(p.At):
			missing = append(missing, t)
		case p.USD > 0:
			known = append(known, fleet.OnDemandPrice{Type: t, USD: p.USD, AsOf: p.At})
		}
	}
	return known, missing
}

// keepPrices keeps what was read, beside what is known already.
func (r *region) keepPrices(fresh map[fleet.InstanceType]listed) {
	l := &r.list
	l.mu.Lock()
	defer l.mu.Unlock()
	of := map[fleet.InstanceType]listed{}
	for t, p := range l.of {
		if young(p.At) {
			of[t] = p
		}
	}
	for t, p := range fresh {
		of[t] = p
	}
	l.of = of
	writeMarket(r.a, r.a.marketFile("ondemand-"+string(r.name)), of)
}
