package aws

import (
	"context"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

func volumes(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.volumes(ctx, []types.Filter{s.filter}, func(v *types.Volume) {
		one, ok := r.found(s, fleet.KindOfVolume, v.VolumeId, v.Tags)
		if !ok || v.State == types.VolumeStateDeleted {
			return
		}
		one.State, one.Type, one.GiB = string(v.State), string(v.VolumeType), int(awssdk.ToInt32(v.Size))
		one.Zone, one.Since = fleet.Zone(awssdk.ToString(v.AvailabilityZone)), awssdk.ToTime(v.CreateTime)
		one.Detail = fmt.Sprintf("%d GiB %s", one.GiB, one.Type)
		for _, a := range v.Attachments {
			one.Detail += " of instance " + awssdk.ToString(a.InstanceId)
		}
		rs = append(rs, one)
	})
	return rs, err
}

func (r *region) volumes(ctx context.Context, fs []types.Filter, each func(*types.Volume)) error {
	return pages(r.op("list volumes"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeVolumes", "list volumes"), &ec2.DescribeVolumesInput{
			Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeVolumes)
		if err != nil {
			return nil, err
		}
		for i := range out.Volumes {
			each(&out.Volumes[i])
		}
		return out.NextToken, nil
	})
}

func snapshots(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.snapshots(ctx, []types.Filter{s.filter}, func(n *types.Snapshot) {
		if one, ok := r.found(s, fleet.KindOfSnapshot, n.SnapshotId, n.Tags); ok {
			one.State, one.GiB, one.Since = string(n.State), int(awssdk.ToInt32(n.VolumeSize)), awssdk.ToTime(n.StartTime)
			one.Detail = fmt.Sprintf("%d GiB of %s", one.GiB, awssdk.ToString(n.VolumeId))
			rs = append(rs, one)
		}
	})
	return rs, err
}

// snapshots lists the account's own only: without an owner EC2 lists everybody's
// public ones.
func (r *region) snapshots(ctx context.Context, fs []types.Filter, each func(*types.Snapshot)) error {
	return pages(r.op("list snapshots"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeSnapshots", "list snapshots"), &ec2.DescribeSnapshotsInput{
			OwnerIds: []string{"self"}, Filters: fs, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeSnapshots)
		if err != nil {
			return nil, err
		}
		for i := range out.Snapshots {
			each(&out.Snapshots[i])
		}
		return out.NextToken, nil
	})
}

func addresses(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.addresses(ctx, []types.Filter{s.filter}, func(a *types.Address) {
		one, ok := r.found(s, fleet.KindOfAddress, a.AllocationId, a.Tags)
		if !ok {
			return
		}
		one.Name, one.State = awssdk.ToString(a.PublicIp), "unused"
		switch {
		case a.InstanceId != nil:
			one.State, one.Detail = "in use", "of instance "+*a.InstanceId
		case a.NetworkInterfaceId != nil:
			one.State, one.Detail = "in use", "of network interface "+*a.NetworkInterfaceId
		}
		rs = append(rs, one)
	})
	return rs, err
}

// addresses lists all at once: EC2 does not page them.
func (r *region) addresses(ctx context.Context, fs []types.Filter, each func(*types.Address)) error {
	out, err := do(ctx, r, read("DescribeAddresses", "list elastic IPs"), &ec2.DescribeAddressesInput{Filters: fs}, r.ec2().DescribeAddresses)
	if err != nil {
		return err
	}
	for i := range out.Addresses {
		each(&out.Addresses[i])
	}
	return nil
}

func keyPairs(ctx context.Context, r *region, s scope) ([]fleet.Resource, error) {
	var rs []fleet.Resource
	err := r.keyPairs(ctx, []types.Filter{s.filter}, func(k *types.KeyPairInfo) {
		if one, ok := r.found(s, fleet.KindOfKeyPair, k.KeyPairId, k.Tags); ok {
			one.Name, one.Since = awssdk.ToString(k.KeyName), awssdk.ToTime(k.CreateTime)
			rs = append(rs, one)
		}
	})
	return rs, err
}

// keyPairs lists all at once: EC2 does not page them.
func (r *region) keyPairs(ctx context.Context, fs []types.Filter, each func(*types.KeyPairInfo)) error {
	out, err := do(ctx, r, read("DescribeKeyPairs", "list key pairs"), &ec2.DescribeKeyPairsInput{Filters: fs}, r.ec2().DescribeKeyPairs)
	if err != nil {
		return err
	}
	for i := range out.KeyPairs {
		each(&out.KeyPairs[i])
	}
	return nil
}
