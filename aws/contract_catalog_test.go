package aws

import (
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// catalog is the contract's part about types, quotas and scores. It comes while
// instances of the contract run.
func (c *contract) catalog(t *testing.T) {
	named, err := c.r.Types(c.ctx, append([]fleet.InstanceType{"t3.nonsense"}, c.q.types...))
	if err != nil || len(named) != 2 {
		t.Fatalf("named types = %+v, %v", named, err)
	}
	x86, arm := named[0], named[1]
	if x86.Type != c.q.types[0] || x86.VCPU != 2 || x86.MemoryMiB != 4096 || !slices.Contains(x86.Arch, "x86_64") || !x86.Burstable || !x86.Spot || !x86.Current || x86.Generation != 3 {
		t.Errorf("%+v", x86)
	}
	if !slices.Contains(arm.Arch, "arm64") || arm.GPUs != 0 || arm.BareMetal {
		t.Errorf("%+v", arm)
	}
	all, err := c.r.Types(c.ctx, nil)
	if err != nil || len(all) < 60 || !slices.IsSortedFunc(all, func(a, b fleet.TypeInfo) int { return strings.Compare(string(a.Type), string(b.Type)) }) {
		t.Fatalf("%d types, %v", len(all), err)
	}
	for name, want := range map[fleet.InstanceType]fleet.TypeInfo{
		"g4dn.xlarge": {VCPU: 4, GPUs: 1, Spot: true}, "g6f.large": {VCPU: 2, GPUs: 1, Spot: true}, "inf2.xlarge": {VCPU: 4, Accelerators: 1, Spot: true},
		"hpc7g.4xlarge": {VCPU: 16}, "m7g.metal": {VCPU: 64, BareMetal: true, Spot: true},
	} {
		i := slices.IndexFunc(all, func(i fleet.TypeInfo) bool { return i.Type == name })
		if i < 0 {
			t.Errorf("%s is missing", name)
			continue
		}
		got := all[i]
		if got.VCPU != want.VCPU || got.GPUs != want.GPUs || got.Accelerators != want.Accelerators || got.BareMetal != want.BareMetal || got.Spot != want.Spot || !got.OnDemand {
			t.Errorf("%+v", got)
		}
	}
	c.quotas(t)
	scores, err := c.r.Scores(c.ctx, fleet.ScoreRequest{Types: []fleet.InstanceType{"t3.medium", "m6i.large", "c6i.large"}, Count: 4, ByZone: true})
	switch {
	case c.q.noScores:
		if err == nil || err.Error() == "" {
			t.Errorf("scores = %+v, %v: this cloud has none, and that must be said", scores, err)
		}
	case err != nil || len(scores) != 4:
		t.Errorf("scores = %+v, %v", scores, err)
	default:
		for _, s := range scores {
			if s.Score < 1 || s.Score > 10 || s.Region != c.q.region || !strings.HasPrefix(string(s.Zone), string(s.Region)) {
				t.Errorf("score %+v", s)
			}
		}
	}
	if _, err := c.r.Scores(c.ctx, fleet.ScoreRequest{Types: c.q.types, Count: 1}); fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("scores of two types: %v", err)
	}
}

func (c *contract) quotas(t *testing.T) {
	qs, err := c.r.Quotas(c.ctx)
	if err != nil || len(qs) < 18 {
		t.Fatalf("%d quotas, %v", len(qs), err)
	}
	live := 0
	for _, f := range []fleet.Name{fleetA, fleetB} {
		obs, err := c.r.Describe(c.ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range obs {
			if o.State == fleet.StateRunning || o.State == fleet.StatePending {
				live++
			}
		}
	}
	for _, q := range qs {
		switch {
		case !strings.Contains(q.Link, string(c.q.region)) || !strings.Contains(q.Link, q.Code):
			t.Errorf("%s: link %q", q.Name(), q.Link)
		case c.q.noQuotas && (q.Known || q.Reason == ""):
			t.Errorf("%+v: this cloud has none, and that must be said", q)
		case !c.q.noQuotas && (!q.Known || q.Reason != ""):
			t.Errorf("%+v", q)
		case q.Family == fleet.FamilyStandard && !q.OnDemand && (live == 0 || q.Used != 2*live):
			t.Errorf("%+v with %d instances of 2 vCPUs", q, live)
		}
	}
}

// TestSimulatedQuota: another limit is seen after a minute, one that can't be read
// is unknown and says why, and what is used is counted all the same.
func TestSimulatedQuota(t *testing.T) {
	t.Parallel()
	w := sim.New(sim.Options{Seed: 1})
	t.Cleanup(w.Close)
	a, err := New(t.Context(), Options{
		Endpoint: "http://simulated.invalid", Transport: w.Transport(), HomeRegion: "us-west-2",
		Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	standard := func(r fleet.Region) fleet.Quota {
		qs, err := a.In(r).Quotas(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return qs[0]
	}
	if err := w.Inject(sim.Fault{Fault: "quota", Region: "us-west-2", Code: "L-34B43A08", Capacity: 8}); err != nil {
		t.Fatal(err)
	}
	if q := standard("us-west-2"); !q.Known || q.Limit != 8 || q.Used != 0 || q.Family != fleet.FamilyStandard || q.OnDemand {
		t.Errorf("%+v", q)
	}
	calls := len(w.Calls(0))
	if q := standard("us-west-2"); !q.Known || len(w.Calls(calls)) != 2 {
		t.Errorf("%+v took %+v; the limits were read just before", q, w.Calls(calls))
	}
	if err := w.Inject(sim.Fault{Fault: "error-5xx", Region: "eu-west-1", Op: "ListServiceQuotas"}); err != nil {
		t.Fatal(err)
	}
	if q := standard("eu-west-1"); q.Known || !strings.Contains(q.Reason, "the limit can't be read") {
		t.Errorf("%+v", q)
	}
}

// TestTypesAreKept: what was read once a day is not read again.
func TestTypesAreKept(t *testing.T) {
	t.Parallel()
	w := sim.New(sim.Options{Seed: 1})
	t.Cleanup(w.Close)
	a, err := New(t.Context(), Options{
		Endpoint: "http://simulated.invalid", Transport: w.Transport(), HomeRegion: "us-west-2",
		Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := a.In("us-west-2")
	for n, ask := range [][]fleet.InstanceType{{"t3.medium"}, {"t3.medium", "m6i.large"}, {"m6i.large"}, nil, nil, {"c6i.large", "t3.nonsense"}} {
		before := len(w.Calls(0))
		got, err := r.Types(t.Context(), ask)
		if err != nil || len(ask) > 0 && len(got) == 0 || len(ask) == 0 && len(got) < 60 {
			t.Fatalf("%v: %d types, %v", ask, len(got), err)
		}
		if made, want := len(w.Calls(before)), []int{1, 1, 0, 1, 0, 0}[n]; made != want {
			t.Errorf("%v: %d calls, want %d", ask, made, want)
		}
	}
}
