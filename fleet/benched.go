package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// codeNoSpotRole: the account has no service-linked role for spot, and the
// caller may not make it. It keeps the whole region from spot (aws-facts §2.1).
const codeNoSpotRole = "AuthFailure.ServiceLinkedRoleCreationNotPermitted"

// zoneCodes are failures of a zone's subnet, whatever the type and the market
// (aws-facts §2.1).
func zoneCode(code string) bool { return code == "InsufficientFreeAddressesInSubnet" }

// familyCode says whether a quota counts the vCPUs of a family (aws-facts §2.4 D).
// Another zone does not help then, but another family may.
func familyCode(code string) bool {
	return code == "MaxSpotInstanceCountExceeded" || code == "VcpuLimitExceeded" || code == "InstanceLimitExceeded"
}

func familyName(t InstanceType, onDemand bool) string { return string(FamilyOf(t).Counts(onDemand)) }

// covers says whether a bench keeps a pool from being asked, for spot or
// on-demand. What is wrong with a whole zone is wrong for both.
func (b Bench) covers(p Pool, onDemand bool) bool {
	return (b.Zone == "" || b.Zone == p.Zone) && (b.Type == "" || b.Type == p.Type) &&
		(b.Family == "" || b.Family == familyName(p.Type, onDemand)) &&
		(b.OnDemand == onDemand || b.Type == "" && b.Family == "" && b.Zone != "")
}

// What names what is benched, for a person.
func (b Bench) What() string {
	market := "spot"
	if b.OnDemand {
		market = "on-demand"
	}
	switch {
	case b.Type != "":
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", market, b.Type, b.Zone))
	case b.Family != "":
		return fmt.Sprintf("%s %s types", market, b.Family)
	case b.Zone != "":
		return "everything in " + string(b.Zone)
	}
	return "all " + market
}

// benches says what a failed pool, or a failed call, benches of a region: q is
// what was asked for. Throttling and EC2's own errors say nothing about capacity
// and bench nothing (aws-facts §1.4).
func (e *Error) benches(q LaunchRequest, until time.Time) []Bench {
	t, z, _ := strings.Cut(e.Resource, " ")
	b := Bench{Region: q.Region, OnDemand: q.OnDemand, Until: until, Why: orText(e.Code, "no capacity")}
	switch {
	case e.Code == codeNoSpotRole:
		b.OnDemand, b.Why = false, "the account has no role for spot ("+e.Code+")"
		return []Bench{b}
	case zoneCode(e.Code):
		b.Zone, b.OnDemand = Zone(z), false
		return withZone(b)
	case e.Kind == KindQuota && familyCode(e.Code):
		if t != "" {
			b.Family = familyName(InstanceType(t), q.OnDemand)
			return []Bench{b}
		}
		return b.families(q.Pools)
	case e.Kind == KindQuota:
		return []Bench{b}
	case e.Kind == KindCapacity && t != "":
		b.Type, b.Zone = InstanceType(t), Zone(z)
		return []Bench{b}
	case e.Kind == KindCapacity: // of no pool in particular: none of them could serve
		var bs []Bench
		for _, p := range q.Pools {
			b.Type, b.Zone = p.Type, p.Zone
			bs = append(bs, b)
		}
		return bs
	}
	return nil
}

func withZone(b Bench) []Bench {
	if b.Zone == "" {
		return nil // a zone that is not named can't be left alone
	}
	return []Bench{b}
}

// families benches each family among pools.
func (b Bench) families(pools []Pool) []Bench {
	var bs []Bench
	for _, p := range pools {
		b.Family = familyName(p.Type, b.OnDemand)
		if !slices.ContainsFunc(bs, b.same) {
			bs = append(bs, b)
		}
	}
	return bs
}

// died benches the pool that AWS has just taken an instance from (R17).
func (w *worker) died(o *owned) {
	w.e.putBenches(Bench{Region: w.region, Zone: o.Zone, Type: o.Type, Until: time.Now().Add(BenchTime), Why: "AWS took " + string(o.ID) + " back"})
}

// open are the pools that are not benched, and the bench that keeps most of the
// others from being asked.
func (e *Engine) open(r Region, pools []Pool, onDemand bool) (open []Pool, by []Bench) {
	bs := slices.DeleteFunc(e.bench.now(), func(b Bench) bool { return b.Region != r })
	for _, p := range pools {
		at := slices.IndexFunc(bs, func(b Bench) bool { return b.covers(p, onDemand) })
		switch {
		case at < 0:
			open = append(open, p)
		case !slices.Contains(by, bs[at]):
			by = append(by, bs[at])
		}
	}
	return open, by
}

// benchedOnly is why a region was not asked at all.
func benchedOnly(r Region, n int, by []Bench) *Error {
	e := &Error{Op: "launch " + plural(n, "instance"), Region: r, Kind: KindCapacity, Err: errText("no pool is left to ask")}
	if len(by) > 0 {
		soon := slices.MinFunc(by, func(a, b Bench) int { return a.Until.Compare(b.Until) })
		e.Code = soon.Why
		e.Err = fmt.Errorf("every pool failed a moment ago (%s) and is left alone until %s", soon.Why, soon.Until.Local().Format(time.TimeOnly))
		e.Hint = "wait until then, or lift it with `spot-tui capacity --lift`"
	}
	return e
}
