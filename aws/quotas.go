package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"spot-tui/fleet"
)

// limitAge is how long the limits of a region are good: they change when AWS
// grants a request, and whoever waits for that looks again.
const limitAge = time.Minute

// quotaOf is one vCPU quota of EC2.
type quotaOf struct {
	code     string
	family   fleet.QuotaFamily
	onDemand bool
}

// quotaCodes lists EC2's vCPU quotas by their codes in Service Quotas
// (aws-facts §5.5; the on-demand codes that it does not list are those that
// ListServiceQuotas gives). High Memory and HPC are never sold as spot.
func quotaCodes() []quotaOf {
	return []quotaOf{
		{"L-34B43A08", fleet.FamilyStandard, false},
		{"L-3819A6DF", fleet.FamilyG, false},
		{"L-7212CCBC", fleet.FamilyP, false},
		{"L-C4BD4855", fleet.FamilyP5, false},
		{"L-B5D1601B", fleet.FamilyInf, false},
		{"L-6B0D517C", fleet.FamilyTrn, false},
		{"L-88CF9481", fleet.FamilyF, false},
		{"L-E3A00192", fleet.FamilyX, false},
		{"L-85EED4F7", fleet.FamilyDL, false},
		{"L-1216C47A", fleet.FamilyStandard, true},
		{"L-DB2E81BA", fleet.FamilyG, true},
		{"L-417A185B", fleet.FamilyP, true},
		{"L-1945791B", fleet.FamilyInf, true},
		{"L-2C3B7624", fleet.FamilyTrn, true},
		{"L-74FC7D96", fleet.FamilyF, true},
		{"L-7295265B", fleet.FamilyX, true},
		{"L-6E869C2A", fleet.FamilyDL, true},
		{"L-43DA4232", fleet.FamilyHighMemory, true},
		{"L-F7808C92", fleet.FamilyHPC, true},
	}
}

// quotaLink is the page of Service Quotas on which a limit can be raised.
func (r *region) quotaLink(code string) string {
	host := "console.aws.amazon.com"
	switch {
	case strings.HasPrefix(string(r.name), "cn-"):
		host = "console.amazonaws.cn"
	case strings.HasPrefix(string(r.name), "us-gov-"):
		host = "console.amazonaws-us-gov.com"
	}
	return fmt.Sprintf("https://%s.%s/servicequotas/home/services/ec2/quotas/%s", r.name, host, code)
}

// Quotas implements fleet.Catalog. Limits and use are read side by side, and what
// can't be read of one does not hide the other.
func (r *region) Quotas(ctx context.Context) ([]fleet.Quota, error) {
	var limits map[string]int
	var used map[quotaOf]int
	var noLimit, noUse error
	if err := parallel(
		func() error { limits, noLimit = r.limits.get(ctx, r); return nil },
		func() error { used, noUse = r.used(ctx); return nil },
	); err != nil {
		return nil, err
	}
	for _, err := range []error{noLimit, noUse} {
		// Bad credentials and a caller who gave up are about the whole call.
		if k := fleet.KindOf(err); k == fleet.KindAuth || k == fleet.KindCanceled {
			return nil, err
		}
	}
	out := make([]fleet.Quota, 0, len(quotaCodes()))
	for _, c := range quotaCodes() {
		q := fleet.Quota{
			Family: c.family, OnDemand: c.onDemand, Code: c.code, Link: r.quotaLink(c.code),
			Used: used[quotaOf{family: c.family, onDemand: c.onDemand}],
		}
		limit, known := limits[c.code]
		q.Limit, q.Known = limit, known && noUse == nil
		switch {
		case noLimit != nil:
			q.Reason = "the limit can't be read: " + noLimit.Error()
		case !known:
			q.Reason = "Service Quotas does not list it in " + string(r.name)
		case noUse != nil:
			q.Reason = "what is used can't be counted: " + noUse.Error()
		}
		out = append(out, q)
	}
	return out, nil
}

// limitsKept are a region's limits by code, kept for limitAge.
type limitsKept struct {
	mu sync.Mutex
	of map[string]int
	at time.Time
}

func (l *limitsKept) get(ctx context.Context, r *region) (map[string]int, error) {
	l.mu.Lock()
	of := l.of
	if time.Since(l.at) > limitAge {
		of = nil
	}
	l.mu.Unlock()
	if of != nil {
		return of, nil
	}
	of, err := r.readLimits(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.of, l.at = of, time.Now()
	l.mu.Unlock()
	return of, nil
}

// readLimits reads the limits that apply to the account. The list leaves out
// those that the account never had changed where AWS keeps no value of its own
// for them; their default is asked for one by one.
func (r *region) readLimits(ctx context.Context) (map[string]int, error) {
	of := map[string]int{}
	err := pages(r.op("read quotas"), func(token *string) (*string, error) {
		out, err := do(ctx, r, action{service: "servicequotas", api: "ListServiceQuotas", words: "read quotas", class: reads}, &servicequotas.ListServiceQuotasInput{
			ServiceCode: awssdk.String("ec2"), MaxResults: awssdk.Int32(100), NextToken: token,
		}, r.quotas().ListServiceQuotas)
		if err != nil {
			return nil, err
		}
		for _, q := range out.Quotas {
			if q.Value != nil {
				of[awssdk.ToString(q.QuotaCode)] = int(*q.Value)
			}
		}
		return out.NextToken, nil
	})
	if err != nil || !slices.ContainsFunc(quotaCodes(), func(c quotaOf) bool { _, ok := of[c.code]; return ok }) {
		return of, err // an emulator that lists none of them knows no defaults either
	}
	var mu sync.Mutex
	var asks []func() error
	for _, c := range quotaCodes() {
		if _, ok := of[c.code]; ok {
			continue
		}
		asks = append(asks, func() error {
			out, err := do(ctx, r, action{service: "servicequotas", api: "GetAWSDefaultServiceQuota", words: "read quotas", class: reads, about: c.code}, &servicequotas.GetAWSDefaultServiceQuotaInput{
				ServiceCode: awssdk.String("ec2"), QuotaCode: awssdk.String(c.code),
			}, r.quotas().GetAWSDefaultServiceQuota)
			if fleet.KindOf(err) == fleet.KindGone { // the region does not have it
				return nil
			}
			if err != nil {
				return err
			}
			if out.Quota != nil && out.Quota.Value != nil {
				mu.Lock()
				defer mu.Unlock()
				of[c.code] = int(*out.Quota.Value)
			}
			return nil
		})
	}
	return of, parallel(asks...)
}

// used counts the vCPUs of the account's pending and running instances, and of
// its open spot requests, by family and market (aws-facts §5.5). Dedicated hosts
// have quotas of their own, which count hosts.
func (r *region) used(ctx context.Context) (map[quotaOf]int, error) {
	type started struct {
		t        fleet.InstanceType
		onDemand bool
	}
	counts := map[started]int{}
	var open []types.SpotInstanceRequest
	err := parallel(
		func() error {
			return r.instances(ctx, []types.Filter{filter("instance-state-name", "pending", "running")}, func(i *types.Instance) {
				if i.Placement != nil && i.Placement.Tenancy == types.TenancyHost {
					return
				}
				counts[started{fleet.InstanceType(i.InstanceType), i.InstanceLifecycle != types.InstanceLifecycleTypeSpot}]++
			})
		},
		func() error {
			return pages(r.op("list spot requests"), func(token *string) (*string, error) {
				out, err := do(ctx, r, read("DescribeSpotInstanceRequests", "list spot requests"), &ec2.DescribeSpotInstanceRequestsInput{
					Filters: []types.Filter{filter("state", "open")}, MaxResults: awssdk.Int32(pageSize), NextToken: token,
				}, r.ec2().DescribeSpotInstanceRequests)
				if err != nil {
					return nil, err
				}
				open = append(open, out.SpotInstanceRequests...)
				return out.NextToken, nil
			})
		},
	)
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		if o.LaunchSpecification != nil && o.LaunchSpecification.InstanceType != "" {
			counts[started{fleet.InstanceType(o.LaunchSpecification.InstanceType), false}]++
		}
	}
	var names []fleet.InstanceType
	for s := range counts {
		names = append(names, s.t)
	}
	if len(names) == 0 {
		return map[quotaOf]int{}, nil
	}
	slices.Sort(names)
	infos, err := r.Types(ctx, slices.Compact(names))
	if err != nil {
		return nil, err
	}
	used := map[quotaOf]int{}
	for s, n := range counts {
		i := slices.IndexFunc(infos, func(i fleet.TypeInfo) bool { return i.Type == s.t })
		if i < 0 {
			op := r.op("count the vCPUs in use")
			op.Kind, op.Resource = fleet.KindUnknown, string(s.t)
			op.Err = &brief{"EC2 runs an instance of this type, but does not describe it", nil}
			return nil, &op
		}
		f := infos[i].Family().Counts(s.onDemand)
		used[quotaOf{family: f, onDemand: s.onDemand}] += n * infos[i].VCPU
	}
	return used, nil
}
