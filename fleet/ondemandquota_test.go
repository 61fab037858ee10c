package fleet_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// onDemandLimit sets the quota of running on-demand Standard instances.
func (b *bench) onDemandLimit(region string, vcpu int) {
	b.t.Helper()
	b.inject(sim.Fault{Fault: "quota", Region: region, Code: "L-1216C47A", Capacity: vcpu})
}

// The on-demand quotas limit the on-demand share as those of spot limit the rest (R24);
// the two don't count each other.
func TestOnDemandQuotasLimitTheShare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		spot           map[string]int
		onDemand       map[string]int // vCPU; each instance has two
		base           int
		fallback       bool
		launch, shared int
		where          string // how many in each region
		says           string
	}{
		{name: "room for all", base: 3, launch: 6, shared: 3, where: "1 1 1"},
		{name: "one region has no room", onDemand: map[string]int{"us-west-2": 1}, base: 3, launch: 6, shared: 3, where: "0 2 1"},
		{name: "none has enough", onDemand: map[string]int{"": 2}, base: 6, launch: 6, shared: 3, where: "1 1 1", says: "3 of the on-demand base share are launched as spot: the quota of on-demand Standard in us-west-2 has 0 of 2 vCPU in use"},
		{name: "spot has no room, on demand has", spot: map[string]int{"": 2}, onDemand: map[string]int{"us-west-2": 2, "us-east-1": 64, "eu-west-1": 0}, fallback: true, launch: 6, shared: 3, where: "1 2 0", says: "1 of its share are launched on demand: the quota of spot Standard in us-west-2"},
		{name: "spot has no room, and on demand little", spot: map[string]int{"": 2}, onDemand: map[string]int{"": 0, "us-east-1": 2}, fallback: true, launch: 4, shared: 1, where: "0 1 0", says: "no other region may take more"},
		{name: "the base share leaves the quota of spot alone", spot: map[string]int{"": 2}, base: 3, launch: 6, shared: 3, where: "1 1 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				for _, r := range []string{"", "us-west-2", "us-east-1", "eu-west-1"} { // what is set for all comes first
					if n, ok := tt.spot[r]; ok {
						b.limit(r, n)
					}
					if n, ok := tt.onDemand[r]; ok {
						b.onDemandLimit(r, n)
					}
				}
				e, stop := b.engine(func(o *fleet.Options) {
					o.Spec.Target, o.Spec.Provision.Enabled, o.Spec.Capacity.OnDemandBase = 6, false, tt.base
					if tt.fallback {
						o.Spec.Capacity.OnDemand = fleet.OnDemandFallback
					}
				})
				defer stop()
				p, err := e.Plan(context.Background(), fleet.PlanRequest{})
				if err != nil {
					t.Fatal(err)
				}
				where, text := "", ""
				for _, r := range p.Regions {
					where += " " + string(rune('0'+r.OnDemand))
					text += explained(p, r.Region) + quotaCheck(t, r).Detail + "\n"
					if !slices.ContainsFunc(r.Quotas, func(q fleet.QuotaUse) bool {
						return q.OnDemand && q.Code == "L-1216C47A" && q.AskedHigh == 2*r.OnDemand
					}) {
						t.Errorf("%s: quotas %+v", r.Region, r.Quotas)
					}
				}
				if p.Launch != tt.launch || p.OnDemand != tt.shared || where[1:] != tt.where || !strings.Contains(text, tt.says) {
					t.Errorf("launch %d, on demand %d: %s\n%s", p.Launch, p.OnDemand, where, text)
				}
				v := &view{}
				b.create(e, v)
				if n := v.stage(fleet.StageReady); n != tt.launch {
					t.Errorf("%d ready: %v", n, v.ops)
				}
				for _, a := range b.world.Asks() {
					if len(a.Instances) != a.Target {
						t.Errorf("EC2 was asked for more than there was room for: %+v", a)
					}
				}
			})
		})
	}
}
