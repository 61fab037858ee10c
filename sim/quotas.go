package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spot-tui/sim/wire"
)

// vcpuQuota is one limit of Service Quotas for EC2, in vCPUs (aws-facts §5.5).
type vcpuQuota struct {
	code     string
	name     string
	families string // beginnings of the types' names that it counts, with spaces
	spot     bool
	limit    int  // where no one has set another
	unlisted bool // ListServiceQuotas has no value of the account's own for it
}

// vcpuQuotas lists the limits. They are larger than those of a new account
// (5 vCPUs of Standard, none of the rest), so that whoever only wants to launch
// something meets none; P types are what a new account can't have.
func vcpuQuotas() []vcpuQuota {
	const standard, ample, some = "a c d h i im is m r t z", 20000, 256
	return []vcpuQuota{
		{"L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", standard, true, ample, false},
		{"L-3819A6DF", "All G and VT Spot Instance Requests", "g gr vt", true, some, false},
		{"L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests", "p2 p3 p4", true, 0, false},
		{"L-C4BD4855", "All P5 Spot Instance Requests", "p5 p6", true, 0, false},
		{"L-B5D1601B", "All Inf Spot Instance Requests", "inf", true, some, false},
		{"L-6B0D517C", "All Trn Spot Instance Requests", "trn", true, some, false},
		{"L-88CF9481", "All F Spot Instance Requests", "f", true, 0, false},
		{"L-E3A00192", "All X Spot Instance Requests", "x", true, some, false},
		{"L-85EED4F7", "All DL Spot Instance Requests", "dl", true, 0, false},
		{"L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", standard, false, ample, false},
		{"L-DB2E81BA", "Running On-Demand G and VT instances", "g gr vt", false, some, false},
		{"L-417A185B", "Running On-Demand P instances", "p", false, 0, false},
		{"L-1945791B", "Running On-Demand Inf instances", "inf", false, some, false},
		{"L-2C3B7624", "Running On-Demand Trn instances", "trn", false, some, false},
		{"L-74FC7D96", "Running On-Demand F instances", "f", false, 0, false},
		{"L-7295265B", "Running On-Demand X instances", "x", false, some, false},
		{"L-6E869C2A", "Running On-Demand DL instances", "dl", false, 0, false},
		{"L-F7808C92", "Running On-Demand HPC instances", "hpc", false, 0, false},
		{"L-43DA4232", "Running On-Demand High Memory instances", "u", false, 0, true},
	}
}

// counts says whether the limit counts a type.
func (q vcpuQuota) counts(typ string) bool {
	const digits = "0123456789"
	class, _, _ := strings.Cut(typ, ".") // "m7i-flex"
	rest := strings.TrimLeft(class, "abcdefghijklmnopqrstuvwxyz")
	letters := strings.TrimSuffix(class, rest)
	generation := strings.TrimSuffix(rest, strings.TrimLeft(rest, digits))
	families := strings.Fields(q.families)
	return slices.Contains(families, letters) || slices.Contains(families, letters+generation)
}

// market is a type as spot or on demand.
type market struct {
	typ  string
	spot bool
}

// quotasByMarket says once which limit counts what; a market that is missing has
// none and can't be launched.
func quotasByMarket(types []typeInfo) map[market]vcpuQuota {
	of := map[market]vcpuQuota{}
	for _, t := range types {
		for _, q := range vcpuQuotas() {
			if q.counts(t.name) {
				of[market{t.name, q.spot}] = q
			}
		}
	}
	return of
}

// limit gives what a limit is in a region now.
func (r *region) limit(q vcpuQuota) int {
	if n, ok := r.limits[q.code]; ok {
		return n
	}
	return q.limit
}

// countVCPU keeps what of each limit is in use when an instance's state changes:
// a limit counts pending and running instances. Spot requests are fulfilled or
// refused at once here, so none is ever open.
func (i *instance) countVCPU(before, after string) {
	counts := func(state string) int { return b2i(state == "pending" || state == "running") }
	if d := counts(after) - counts(before); d != 0 {
		i.r.vcpus[i.r.w.quotas[market{i.spec.typ.name, i.spec.spot}].code] += d * i.spec.typ.vcpu
	}
}

// underQuota gives how many more instances of a spec the account may have: the
// limit is the region's, so another zone doesn't help (aws-facts §2.4 D).
func (r *region) underQuota(s *launchSpec) int {
	q, ok := r.w.quotas[market{s.typ.name, s.spot}]
	if !ok {
		return 0
	}
	return max(0, r.limit(q)-r.vcpus[q.code]) / s.typ.vcpu
}

// refusal is EC2's error for a launch of n that there is no room for: the account's
// limit, or the pool's capacity.
func (r *region) refusal(s *launchSpec, n int) *wire.Error {
	if r.underQuota(s) >= n {
		return s.lacking()
	}
	if s.spot {
		return wire.Errorf("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
	}
	return wire.Errorf("VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of %d allows for the instance bucket "+
		"that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.", r.limit(r.w.quotas[market{s.typ.name, false}]))
}

// setQuota is the fault "quota": it sets a limit of a region, or of all.
func setQuota(w *World, f Fault) error {
	code := f.Code
	if code == "" {
		code = vcpuQuotas()[0].code
	}
	if !slices.ContainsFunc(vcpuQuotas(), func(q vcpuQuota) bool { return q.code == code }) {
		return fmt.Errorf("the simulated cloud has no quota %q", code)
	}
	if f.Capacity < 0 {
		return fmt.Errorf("a quota of %d vCPUs can't be", f.Capacity)
	}
	for _, r := range w.regions {
		if f.Region == "" || f.Region == r.info.name {
			r.mu.Lock()
			r.limits[code] = f.Capacity
			r.mu.Unlock()
		}
	}
	return nil
}

// serviceQuotas answers the Service Quotas API for EC2.
func serviceQuotas(c *call) (wire.Map, error) {
	if s := c.str("ServiceCode"); s != "ec2" {
		return nil, wire.Errorf("NoSuchResourceException", "This simulated cloud has quotas of ec2 only, not of %q", s)
	}
	switch c.op {
	case "ListServiceQuotas":
		return c.listQuotas()
	case "GetServiceQuota", "GetAWSDefaultServiceQuota":
		for _, q := range vcpuQuotas() {
			if q.code == c.str("QuotaCode") && (!q.unlisted || c.op == "GetAWSDefaultServiceQuota") {
				n := c.r.limit(q)
				if c.op == "GetAWSDefaultServiceQuota" {
					n = q.limit
				}
				return wire.Map{"Quota": c.quotaTree(q, n)}, nil
			}
		}
		return nil, wire.Errorf("NoSuchResourceException", "The request failed because the specified quota does not exist.")
	}
	return nil, wire.Errorf("UnknownOperationException", "This simulated cloud knows ListServiceQuotas, GetServiceQuota and GetAWSDefaultServiceQuota only")
}

// listQuotas gives the values that apply, in pages. What the account has no value
// of its own for is left out (Service Quotas API reference, ListServiceQuotas).
func (c *call) listQuotas() (wire.Map, error) {
	size := wire.Int(c.in, "MaxResults")
	if size == 0 {
		size = 100
	}
	if size < 1 || size > 100 {
		return nil, wire.Errorf("IllegalArgumentException", "MaxResults must be between 1 and 100, not %d", size)
	}
	from := 0
	if t := c.str("NextToken"); t != "" {
		var err error
		if from, err = strconv.Atoi(t); err != nil || from < 0 {
			return nil, wire.Errorf("InvalidPaginationTokenException", "Invalid pagination token")
		}
	}
	all := wire.List{}
	for _, q := range vcpuQuotas() {
		if !q.unlisted {
			all = append(all, c.quotaTree(q, c.r.limit(q)))
		}
	}
	from = min(from, len(all))
	to := min(from+size, len(all))
	out := wire.Map{"Quotas": all[from:to]}
	if to < len(all) {
		out["NextToken"] = strconv.Itoa(to)
	}
	return out, nil
}

func (c *call) quotaTree(q vcpuQuota, n int) wire.Map {
	return wire.Map{
		"ServiceCode": "ec2", "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)", "QuotaCode": q.code, "QuotaName": q.name,
		"QuotaArn": "arn:aws:servicequotas:" + c.r.info.name + ":" + Account + ":ec2/" + q.code,
		"Value":    float64(n), "Unit": "None", "Adjustable": true, "GlobalQuota": false,
	}
}
