package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// Inspect implements fleet.Inspector: an instance, its two status checks, its spot
// request and its volumes, side by side. A part that can't be read is a fact
// that says why.
func (r *region) Inspect(ctx context.Context, f fleet.Name, id fleet.InstanceID) ([]fleet.FactGroup, error) {
	var in *types.Instance
	err := r.instances(ctx, []types.Filter{fleetFilter(f), filter("instance-id", string(id))}, func(i *types.Instance) { in = i })
	if err != nil {
		return nil, err
	}
	if in == nil || !ours(in.Tags, f) {
		return nil, &fleet.Error{Op: "look at", Region: r.name, Resource: string(id), Kind: fleet.KindGone, Err: errors.New("EC2 shows no such instance of this fleet any more")}
	}
	var health, spot, disks []fleet.Fact
	_ = parallel( // each makes facts of its own failure
		func() error { health = r.healthFacts(ctx, id); return nil },
		func() error { spot = r.spotFacts(ctx, awssdk.ToString(in.SpotInstanceRequestId)); return nil },
		func() error { disks = r.diskFacts(ctx, in); return nil },
	)
	return []fleet.FactGroup{
		{Name: "Status checks", Facts: health},
		{Name: "Spot request", Facts: spot},
		{Name: "Disks", Facts: disks},
		{Name: "Network", Facts: networkFacts(in)},
		{Name: "Machine", Facts: machineFacts(in)},
		{Name: "Tags", Facts: tagFacts(in.Tags)},
	}, nil
}

// SpotRequest implements fleet.Inspector. The id is a filter: naming an unknown
// one would be an error of its own kind (aws-facts §1.9).
func (r *region) SpotRequest(ctx context.Context, id string) (fleet.SpotRequest, error) {
	out, err := do(ctx, r, read("DescribeSpotInstanceRequests", "read the spot request"), &ec2.DescribeSpotInstanceRequestsInput{
		Filters: []types.Filter{filter("spot-instance-request-id", id)},
	}, r.ec2().DescribeSpotInstanceRequests)
	if err != nil {
		return fleet.SpotRequest{}, err
	}
	if len(out.SpotInstanceRequests) > 0 {
		q := out.SpotInstanceRequests[0]
		s := fleet.SpotRequest{ID: id, State: string(q.State)}
		if q.Status != nil {
			s.Code, s.Message, s.At = awssdk.ToString(q.Status.Code), awssdk.ToString(q.Status.Message), awssdk.ToTime(q.Status.UpdateTime)
		}
		return s, nil
	}
	return fleet.SpotRequest{}, &fleet.Error{
		Op: "read the spot request", Region: r.name, Resource: id, Kind: fleet.KindGone,
		Err: errors.New("EC2 keeps it no more; it forgets one four hours after its end"),
	}
}

// known is a fact, or why it is not known.
func known(name, value, why string) fleet.Fact {
	if value != "" {
		why = ""
	}
	return fleet.Fact{Name: name, Value: value, Why: why}
}

// none is a fact that may be known not to be there.
func none(name, value, why string) fleet.Fact {
	f := known(name, value, why)
	f.None = value == ""
	return f
}

const notSaid = "EC2 does not say"

// failed are facts that could not be read, all for one reason.
func failed(err error, names ...string) []fleet.Fact {
	fs := make([]fleet.Fact, len(names))
	for n, name := range names {
		fs[n] = fleet.Fact{Name: name, Why: err.Error()}
	}
	return fs
}

// healthFacts are EC2's two status checks and what it has planned.
func (r *region) healthFacts(ctx context.Context, id fleet.InstanceID) []fleet.Fact {
	const machine, inside, planned = "AWS's machine", "inside", "scheduled"
	out, err := do(ctx, r, read("DescribeInstanceStatus", "describe the status of"), &ec2.DescribeInstanceStatusInput{
		InstanceIds: []string{string(id)}, IncludeAllInstances: awssdk.Bool(true),
	}, r.ec2().DescribeInstanceStatus)
	if err != nil {
		return failed(err, machine, inside, planned)
	}
	if len(out.InstanceStatuses) == 0 {
		return failed(errors.New("EC2 makes no status checks of it"), machine, inside, planned)
	}
	s := out.InstanceStatuses[0]
	event := "nothing"
	for _, e := range s.Events {
		event = fmt.Sprintf("%s at %s: %s", e.Code, stamp(e.NotBefore), awssdk.ToString(e.Description))
	}
	const notMade = "made only while it runs"
	return []fleet.Fact{known(machine, string(status(s.SystemStatus)), notMade), known(inside, string(status(s.InstanceStatus)), notMade), known(planned, event, "")}
}

func (r *region) spotFacts(ctx context.Context, id string) []fleet.Fact {
	names := []string{"state", "status", "meaning", "since"}
	if id == "" {
		return append([]fleet.Fact{known("request", "", "it is no spot instance, or EC2 has not said yet")}, failed(errors.New("there is no request"), names...)...)
	}
	s, err := r.SpotRequest(ctx, id)
	if err != nil {
		return append([]fleet.Fact{known("request", id, "")}, failed(err, names...)...)
	}
	words := fleet.SpotWords(s.Code)
	if words == "" {
		words = s.Message
	}
	return []fleet.Fact{known("request", id, ""), known("state", s.State, notSaid), known("status", s.Code, notSaid), known("meaning", words, notSaid), known("since", stamp(&s.At), notSaid)}
}

// diskFacts are the root device and a line for each volume.
func (r *region) diskFacts(ctx context.Context, in *types.Instance) []fleet.Fact {
	root := awssdk.ToString(in.RootDeviceName)
	fs := []fleet.Fact{known("root device", root, notSaid), known("root kind", string(in.RootDeviceType), notSaid)}
	ends := map[string]bool{}
	for _, b := range in.BlockDeviceMappings {
		if b.Ebs != nil {
			ends[awssdk.ToString(b.Ebs.VolumeId)] = awssdk.ToBool(b.Ebs.DeleteOnTermination)
		}
	}
	var vs []fleet.Fact
	err := r.volumes(ctx, []types.Filter{filter("attachment.instance-id", awssdk.ToString(in.InstanceId))}, func(v *types.Volume) {
		id := awssdk.ToString(v.VolumeId)
		device, stays := "volume", "stays when it ends"
		for _, a := range v.Attachments {
			if d := awssdk.ToString(a.Device); d != "" {
				device = d
			}
		}
		if ends[id] {
			stays = "deleted with it"
		}
		plain := "not encrypted"
		if awssdk.ToBool(v.Encrypted) {
			plain = "encrypted"
		}
		vs = append(vs, fleet.Fact{Name: device, Value: fmt.Sprintf("%s  %d GiB %s, %s, %s", id, awssdk.ToInt32(v.Size), v.VolumeType, plain, stays)})
	})
	if err != nil {
		return append(fs, failed(err, "volumes")...)
	}
	if len(vs) == 0 {
		return append(fs, none("volumes", "", "EC2 shows none that is attached to it"))
	}
	slices.SortFunc(vs, func(a, b fleet.Fact) int { return strings.Compare(a.Name, b.Name) })
	return append(fs, vs...)
}

func networkFacts(in *types.Instance) []fleet.Fact {
	var groups, cards, six []string
	for _, g := range in.SecurityGroups {
		groups = append(groups, strings.TrimSpace(awssdk.ToString(g.GroupId)+" "+awssdk.ToString(g.GroupName)))
	}
	for _, c := range in.NetworkInterfaces {
		cards = append(cards, strings.TrimSpace(awssdk.ToString(c.NetworkInterfaceId)+" "+awssdk.ToString(c.MacAddress)))
		for _, a := range c.Ipv6Addresses {
			six = append(six, awssdk.ToString(a.Ipv6Address))
		}
	}
	return []fleet.Fact{
		none("security groups", strings.Join(groups, ", "), "it has none any more"),
		none("interfaces", strings.Join(cards, ", "), "it has none any more"),
		none("public name", awssdk.ToString(in.PublicDnsName), "its network gives no public names, or it has no public address"),
		known("private name", awssdk.ToString(in.PrivateDnsName), notSaid),
		none("IPv6", strings.Join(six, ", "), "it has no IPv6 address"),
	}
}

func machineFacts(in *types.Instance) []fleet.Fact {
	cpu, tokens, profile, zone := "", "", "", ""
	if c := in.CpuOptions; c != nil && c.CoreCount != nil {
		cpu = fmt.Sprintf("%d × %d", awssdk.ToInt32(c.CoreCount), awssdk.ToInt32(c.ThreadsPerCore))
	}
	if o := in.MetadataOptions; o != nil {
		tokens = string(o.HttpTokens)
	}
	if p := in.IamInstanceProfile; p != nil {
		profile = awssdk.ToString(p.Arn)
	}
	if p := in.Placement; p != nil {
		zone = string(p.Tenancy)
	}
	why := "EC2 gives no reason"
	reason := ""
	if s := in.StateReason; s != nil {
		reason = strings.TrimSpace(awssdk.ToString(s.Code) + " " + awssdk.ToString(s.Message))
	}
	if in.State != nil && in.State.Name == types.InstanceStateNameRunning {
		why = "it runs: there is none to give"
	}
	return []fleet.Fact{
		none("state reason", reason, why),
		known("cores × threads", cpu, notSaid),
		known("tenancy", zone, notSaid),
		known("metadata tokens", tokens, notSaid),
		none("instance profile", profile, "it was launched without one"),
		none("key pair", awssdk.ToString(in.KeyName), "the key went in by cloud-init"),
		known("virtualization", string(in.VirtualizationType), notSaid),
		known("launched", stamp(in.LaunchTime), notSaid),
	}
}

func tagFacts(ts []types.Tag) []fleet.Fact {
	fs := make([]fleet.Fact, 0, len(ts))
	for _, t := range ts {
		fs = append(fs, none(awssdk.ToString(t.Key), awssdk.ToString(t.Value), "the tag has no value"))
	}
	slices.SortFunc(fs, func(a, b fleet.Fact) int { return strings.Compare(a.Name, b.Name) })
	return fs
}

// stamp is a time as scripts write it; empty for none.
func stamp(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
