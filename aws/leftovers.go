package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// lister lists one kind of what a fleet may leave behind. A new kind is one
// entry of leftoverListers and one of removers.
type lister func(context.Context, *region, scope) ([]fleet.Resource, error)

// leftoverListers stand in the order of removal (R10, aws-facts §6.3). Instant
// fleets are missing: they hold nothing, cost nothing and are shown only to who
// has kept their ids (aws-facts §1.4).
func leftoverListers() []listing {
	return []listing{
		{list: keepers},
		{list: liveInstances},
		{list: spotRequests},
		{list: addresses, extra: true},
		{list: interfaces},
		{list: volumes},
		{list: snapshots, extra: true},
		{list: foundGroups},
		{list: foundSubnets},
		{list: foundTables},
		{list: foundGateways},
		{list: foundVPCs},
		{list: foundTemplates},
		{list: keyPairs, extra: true},
	}
}

// listing is a lister and how much hangs on it.
type listing struct {
	list lister
	// extra: spot-tui never makes this kind itself, it only carries the fleet's
	// tag where a person gave it. Who may not list it can still destroy the rest.
	extra bool
}

// Leftovers implements fleet.Remover. The scans run side by side; one that
// fails fails the whole, since then nothing is proven.
func (r *region) Leftovers(ctx context.Context, f fleet.Name) ([]fleet.Resource, error) {
	return r.scan(ctx, ofFleet(f))
}

// Strays implements fleet.Sweeper.
func (r *region) Strays(ctx context.Context, by fleet.Maker) ([]fleet.Resource, error) {
	return r.scan(ctx, ofMaker(by))
}

func (r *region) scan(ctx context.Context, s scope) ([]fleet.Resource, error) {
	listers := leftoverListers()
	found, refused := make([][]fleet.Resource, len(listers)), make([]error, len(listers))
	calls := make([]func() error, len(listers))
	for i, l := range listers {
		calls[i] = func() (err error) {
			found[i], err = l.list(ctx, r, s)
			if l.extra && fleet.KindOf(err) == fleet.KindDenied {
				refused[i], err = err, nil
			}
			return err
		}
	}
	if err := parallel(calls...); err != nil {
		return nil, err
	}
	rs := slices.Concat(found...)
	last := func(x fleet.Resource) int { // a record stands among the templates, but goes when all else has gone
		if x.Kind == fleet.KindOfRecord {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(rs, func(a, b fleet.Resource) int { return last(a) - last(b) })
	if i := slices.IndexFunc(refused, func(err error) bool { return err != nil }); i >= 0 {
		return append([]fleet.Resource{}, rs...), refused[i] // a list beside an error, also where it is empty
	}
	return rs, nil
}

// keepers lists the fleets of type maintain that can still launch, and those that
// have ended and of which EC2 still counts instances, also such as it hides for a
// while. The others stay visible for two days and are nothing.
func keepers(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.fleets(ctx, &ec2.DescribeFleetsInput{}, func(d *types.FleetData) {
		if one, ok := r.found(s, fleet.KindOfKeeper, d.FleetId, d.Tags); ok && d.Type == types.FleetTypeMaintain && (launches(d) || holds(d)) {
			one.State, one.Since, one.EndsAt = string(d.FleetState), awssdk.ToTime(d.CreateTime), awssdk.ToTime(d.ValidUntil)
			rs = append(rs, one)
		}
	})
	return rs, err
}

func liveInstances(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	live := filter("instance-state-name", "pending", "running", "shutting-down", "stopping", "stopped")
	err := r.instances(ctx, []types.Filter{s.filter, live}, func(i *types.Instance) {
		one, ok := r.found(s, fleet.KindOfInstance, i.InstanceId, i.Tags)
		if !ok || i.State == nil {
			return
		}
		one.State, one.Type, one.Name = string(i.State.Name), string(i.InstanceType), tag(i.Tags, "Name")
		one.Spot, one.Public = i.InstanceLifecycle == types.InstanceLifecycleTypeSpot, awssdk.ToString(i.PublicIpAddress) != ""
		one.Since, one.Locked = awssdk.ToTime(i.LaunchTime), tag(i.Tags, fleet.TagLock) != ""
		if i.Placement != nil {
			one.Zone = fleet.Zone(awssdk.ToString(i.Placement.AvailabilityZone))
		}
		rs = append(rs, one)
	})
	return rs, err
}

func spotRequests(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.spotRequests(ctx, []types.Filter{s.filter, filter("state", "open", "active")}, func(q *types.SpotInstanceRequest) {
		one, ok := r.found(s, fleet.KindOfSpotRequest, q.SpotInstanceRequestId, q.Tags)
		if !ok || !spotRequestLives(q) {
			return
		}
		one.State, one.Since = string(q.State), awssdk.ToTime(q.CreateTime)
		if q.InstanceId != nil {
			one.Detail = "of instance " + *q.InstanceId
		}
		rs = append(rs, one)
	})
	return rs, err
}

// spotRequestLives says whether a request can still launch or hold something.
func spotRequestLives(s *types.SpotInstanceRequest) bool {
	return s.State == types.SpotInstanceStateOpen || s.State == types.SpotInstanceStateActive
}

func (r *region) spotRequests(ctx context.Context, fs []types.Filter, each func(*types.SpotInstanceRequest)) error {
	return pages(r.op("list spot requests"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeSpotInstanceRequests", "list spot requests"), &ec2.DescribeSpotInstanceRequestsInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeSpotInstanceRequests)
		if err != nil {
			return nil, err
		}
		for i := range out.SpotInstanceRequests {
			each(&out.SpotInstanceRequests[i])
		}
		return out.NextToken, nil
	})
}

func interfaces(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.interfaces(ctx, []types.Filter{s.filter}, func(n *types.NetworkInterface) {
		if one, ok := r.found(s, fleet.KindOfInterface, n.NetworkInterfaceId, n.TagSet); ok {
			one.State, one.Detail = string(n.Status), interfaceUse(n)
			rs = append(rs, one)
		}
	})
	return rs, err
}

// interfaceUse says what an interface is there for, as far as EC2 shows it.
func interfaceUse(n *types.NetworkInterface) string {
	if n.Attachment != nil && awssdk.ToString(n.Attachment.InstanceId) != "" {
		return "of instance " + *n.Attachment.InstanceId
	}
	return strings.TrimSpace(awssdk.ToString(n.Description))
}

func (r *region) interfaces(ctx context.Context, fs []types.Filter, each func(*types.NetworkInterface)) error {
	return pages(r.op("list network interfaces"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeNetworkInterfaces", "list network interfaces"), &ec2.DescribeNetworkInterfacesInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeNetworkInterfaces)
		if err != nil {
			return nil, err
		}
		for i := range out.NetworkInterfaces {
			each(&out.NetworkInterfaces[i])
		}
		return out.NextToken, nil
	})
}

// foundTemplates lists launch templates; one with the name of its fleet's record
// is that.
func foundTemplates(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.templates(ctx, []types.Filter{s.filter}, func(t *types.LaunchTemplate) {
		one, ok := r.found(s, fleet.KindOfTemplate, t.LaunchTemplateId, t.Tags)
		if !ok {
			return
		}
		one.Name, one.Since = awssdk.ToString(t.LaunchTemplateName), awssdk.ToTime(t.CreateTime)
		if one.Fleet != "" && one.Name == fleet.RecordName(one.Fleet) {
			one.Kind, one.Phase, one.EndsAt = fleet.KindOfRecord, fleet.Phase(tag(t.Tags, fleet.TagPhase)), tagTime(t.Tags, fleet.TagEnd)
		}
		rs = append(rs, one)
	})
	return rs, err
}
