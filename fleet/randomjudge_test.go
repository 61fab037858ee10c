package fleet_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// bound is how many instances may be up or on their way from a time on.
type bound struct {
	from time.Time
	most int
}

// record is what a world itself wrote down.
type record struct {
	asks    []sim.Ask
	charges []sim.Charge
	bounds  []bound
	limit   float64
	rate    func(at, since time.Time) float64
}

func (l *life) record() record {
	return record{l.b.world.Asks(), l.b.world.Bill().Charges, l.bounds, l.limit, l.b.world.RateAt}
}

// stale is how old a price may be that is acted on: it is read every five minutes.
const stale = 6 * time.Minute

// judge holds each request for capacity to what was wanted, to the limit and to what
// had just failed, by what the world knows.
func (r record) judge() (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	type failure struct {
		at   time.Time
		code string
	}
	failed := map[string]failure{}
	for _, a := range r.asks {
		market := fmt.Sprint(a.Region, " spot=", a.Spot)
		at := a.At.Format(time.TimeOnly)
		for _, p := range a.Pools {
			for _, key := range []string{market + " " + p.Type + " " + p.Zone, market} {
				f, ok := failed[key]
				if gap := a.At.Sub(f.at); ok && gap > time.Second && gap < fleet.BenchTime { // what is on its way at the same moment can't know
					bad("%s: %s %s was asked %s after %s failed with %s", at, p.Type, p.Zone, gap, key, f.code)
				}
			}
		}
		for _, p := range a.Pools {
			switch {
			case !a.Told:
			case p.Code == "InsufficientInstanceCapacity":
				failed[market+" "+p.Type+" "+p.Zone] = failure{a.At, p.Code}
			case p.Code == "MaxSpotInstanceCountExceeded" || p.Code == "VcpuLimitExceeded": // all types of these worlds are of one family
				failed[market] = failure{a.At, p.Code}
			}
		}
		if len(a.Instances) == 0 {
			continue
		}
		up := 0
		for _, c := range r.charges {
			if !c.From.After(a.At) && c.To.After(a.At) {
				up++
			}
		}
		if most := r.most(a.At); up > most {
			bad("%s: %d are up after a request in %s for %d, and %d are wanted", at, up, a.Region, a.Target, most)
		}
		if usd := r.rate(a.At, a.At.Add(-stale)); r.limit > 0 && usd > r.limit+1e-6 {
			bad("%s: $%.4f/h after a request in %s, and the limit is $%v", at, usd, a.Region, r.limit)
		}
	}
	return wrong
}

// most is the bound at a time.
func (r record) most(at time.Time) int {
	n := 0
	for _, b := range r.bounds {
		if !b.from.After(at) {
			n = b.most
		}
	}
	return n
}

// The judge of the random worlds sees what is wrong, or they would prove nothing.
func TestTheJudgeOfRandomWorlds(t *testing.T) {
	t.Parallel()
	t0 := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ask := func(after time.Duration, code string, ids ...string) sim.Ask {
		return sim.Ask{At: t0.Add(after), Region: "a", Spot: true, Target: 2, Told: true, Instances: ids, Pools: []sim.PoolAsk{{Type: "t3.medium", Zone: "a1", Code: code}}}
	}
	up := func(from, to time.Duration) sim.Charge { return sim.Charge{From: t0.Add(from), To: t0.Add(to)} }
	untold := ask(0, "InsufficientInstanceCapacity")
	untold.Told = false
	other := ask(time.Minute, "")
	other.Pools[0].Zone = "a2"
	for name, c := range map[string]struct {
		r    record
		says string
	}{
		"nothing":                {record{asks: []sim.Ask{ask(0, "", "i-1")}, charges: []sim.Charge{up(0, time.Hour)}}, ""},
		"one too many":           {record{asks: []sim.Ask{ask(0, "", "i-1", "i-2")}, charges: []sim.Charge{up(0, time.Hour), up(0, time.Hour)}}, "2 are up"},
		"one that has ended":     {record{asks: []sim.Ask{ask(time.Minute, "", "i-2")}, charges: []sim.Charge{up(0, 30*time.Second), up(time.Minute, time.Hour)}}, ""},
		"too dear":               {record{asks: []sim.Ask{ask(0, "", "i-1")}, limit: 0.9}, "$1.0000/h after"},
		"just as dear":           {record{asks: []sim.Ask{ask(0, "", "i-1")}, limit: 1}, ""},
		"asked while benched":    {record{asks: []sim.Ask{ask(0, "InsufficientInstanceCapacity"), ask(2*time.Minute, "")}}, "was asked 2m0s after"},
		"asked after its time":   {record{asks: []sim.Ask{ask(0, "InsufficientInstanceCapacity"), ask(3*time.Minute, "")}}, ""},
		"another pool":           {record{asks: []sim.Ask{ask(0, "InsufficientInstanceCapacity"), other}}, ""},
		"another, after a quota": {record{asks: []sim.Ask{ask(0, "MaxSpotInstanceCountExceeded"), other}}, "MaxSpotInstanceCountExceeded"},
		"a failure nobody knows": {record{asks: []sim.Ask{untold, ask(time.Minute, "")}}, ""},
		"EC2 was only busy":      {record{asks: []sim.Ask{ask(0, "RequestLimitExceeded"), ask(time.Minute, "")}}, ""},
	} {
		c.r.bounds = []bound{{t0.Add(-time.Hour), 1}}
		c.r.rate = func(time.Time, time.Time) float64 { return 1 }
		if got := strings.Join(c.r.judge(), "\n"); (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
