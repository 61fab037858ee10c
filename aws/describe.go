package aws

import (
	"context"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// pageSize is the largest page that EC2's describe calls give (aws-facts §3.2).
const pageSize = 1000

// Describe implements fleet.Watcher.
func (r *region) Describe(ctx context.Context, f fleet.Name) ([]fleet.Observation, error) {
	seen := newSpellings()
	if r.polls.TryLock() { // two at once are rare, and each can do without
		defer r.polls.Unlock()
		defer r.seen.turn()
		seen = r.seen
	}
	var obs []fleet.Observation
	if seen == r.seen { // as many as before, nearly always
		obs = make([]fleet.Observation, 0, r.had)
		defer func() { r.had = len(obs) }()
	}
	add := func(i *types.Instance) {
		if ours(i.Tags, f) {
			obs = append(obs, r.observe(i))
		}
	}
	begun := 0 // observations of the pages before
	p := &poll{seen: seen, each: add, start: func() { obs = obs[:begun] }}
	ask := describeInstances()
	ask.now = true // asked again in seconds anyway
	ask.reading = p.middleware
	err := r.instancesPaged(ctx, ask, []types.Filter{fleetFilter(f)}, add, func() { begun = len(obs) })
	if p.odd {
		r.a.log.Warn("an answer of EC2 is read by the SDK", "region", r.name, "why", err)
		obs = nil
		ask.reading = nil
		err = r.instancesBy(ctx, ask, []types.Filter{fleetFilter(f)}, add)
	}
	return obs, err
}

// instances goes through all instances that pass the filters. It never names
// ids: one unknown id would fail the whole call (aws-facts §1.9).
func (r *region) instances(ctx context.Context, fs []types.Filter, each func(*types.Instance)) error {
	return r.instancesBy(ctx, describeInstances(), fs, each)
}

func describeInstances() action { return read("DescribeInstances", "describe instances") }

func (r *region) instancesBy(ctx context.Context, a action, fs []types.Filter, each func(*types.Instance)) error {
	return r.instancesPaged(ctx, a, fs, each, func() {})
}

// instancesPaged tells before each page that it comes.
func (r *region) instancesPaged(ctx context.Context, a action, fs []types.Filter, each func(*types.Instance), page func()) error {
	return pages(r.op("describe instances"), func(token *string) (*string, error) {
		page()
		out, err := do(ctx, r, a, &ec2.DescribeInstancesInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeInstances)
		if err != nil {
			return nil, err
		}
		for i := range out.Reservations {
			for j := range out.Reservations[i].Instances {
				each(&out.Reservations[i].Instances[j])
			}
		}
		return out.NextToken, nil
	})
}

func (r *region) op(words string) fleet.Error { return fleet.Error{Op: words, Region: r.name} }

// observe copies one instance of a describe answer.
func (r *region) observe(i *types.Instance) fleet.Observation {
	o := fleet.Observation{
		ID:               fleet.InstanceID(awssdk.ToString(i.InstanceId)),
		Region:           r.name,
		Type:             fleet.InstanceType(i.InstanceType),
		TransitionReason: awssdk.ToString(i.StateTransitionReason),
		PublicIP:         awssdk.ToString(i.PublicIpAddress),
		PrivateIP:        awssdk.ToString(i.PrivateIpAddress),
		IPv6:             ipv6Of(i),
		Launch:           fleet.LaunchID(tag(i.Tags, fleet.TagLaunch)),
		Owner:            tag(i.Tags, fleet.TagOwner),
		EndsAt:           tagTime(i.Tags, fleet.TagEnd),
		ReadyAt:          tagTime(i.Tags, fleet.TagReady),
		LaunchedAt:       awssdk.ToTime(i.LaunchTime),
		Image:            awssdk.ToString(i.ImageId),
		Arch:             string(i.Architecture),
		SpotRequest:      awssdk.ToString(i.SpotInstanceRequestId),
		Subnet:           awssdk.ToString(i.SubnetId),
		VPC:              awssdk.ToString(i.VpcId),
		HostKey:          tag(i.Tags, fleet.TagHostKey),
		OnDemand:         i.InstanceLifecycle == "",
		Origin:           fleet.ParseOrigin(tag(i.Tags, fleet.TagOrigin)),
		Locked:           tag(i.Tags, fleet.TagLock) != "",
	}
	if tag(i.Tags, fleet.TagKeep) == string(fleet.KeepAWS) {
		o.Keeper = fleet.KeeperID(tag(i.Tags, "aws:ec2:fleet-id"))
	}
	if i.Placement != nil {
		o.Zone = fleet.Zone(awssdk.ToString(i.Placement.AvailabilityZone))
	}
	if i.State != nil {
		o.State = fleet.State(i.State.Name)
	}
	if i.StateReason != nil {
		o.StateReasonCode = awssdk.ToString(i.StateReason.Code)
		o.StateReason = awssdk.ToString(i.StateReason.Message)
	}
	return o
}

// ipv6Of is an instance's IPv6 address, or nothing. EC2 names the primary one by
// itself; else the first of its interface counts.
func ipv6Of(i *types.Instance) string {
	if a := awssdk.ToString(i.Ipv6Address); a != "" {
		return a
	}
	for _, n := range i.NetworkInterfaces {
		for _, a := range n.Ipv6Addresses {
			return awssdk.ToString(a.Ipv6Address)
		}
	}
	return ""
}

// Prices implements fleet.Watcher. A start of now gives the newest change per
// type and zone, however old (aws-facts §3.2).
func (r *region) Prices(ctx context.Context, ts []fleet.InstanceType) ([]fleet.PoolPrice, error) {
	all, err := r.PriceHistory(ctx, ts, time.Now())
	type pool struct {
		t fleet.InstanceType
		z fleet.Zone
	}
	at := map[pool]int{}
	var ps []fleet.PoolPrice
	for _, p := range all { // oldest first: the last one counts
		k := pool{p.Type, p.Zone}
		if n, ok := at[k]; ok {
			ps[n] = p
			continue
		}
		at[k] = len(ps)
		ps = append(ps, p)
	}
	return ps, err
}
