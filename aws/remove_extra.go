package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// extraRemover gives what takes away a kind that spot-tui itself never makes.
func extraRemover(k fleet.ResourceKind) remover {
	switch k {
	case fleet.KindOfAddress:
		return remover{lookAddress, releaseAddress}
	case fleet.KindOfSnapshot:
		return remover{lookSnapshot, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteSnapshot", "delete snapshot", id), &ec2.DeleteSnapshotInput{SnapshotId: &id}, r.ec2().DeleteSnapshot)
			return err
		}}
	default:
		return remover{lookKeyPair, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteKeyPair", "delete key pair", id), &ec2.DeleteKeyPairInput{KeyPairId: &id}, r.ec2().DeleteKeyPair)
			return err
		}}
	}
}

func lookAddress(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.addresses(ctx, []types.Filter{filter("allocation-id", id)}, func(a *types.Address) { tags, ok = a.Tags, true })
	return tags, ok, err
}

func lookSnapshot(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.snapshots(ctx, []types.Filter{filter("snapshot-id", id)}, func(n *types.Snapshot) { tags, ok = n.Tags, true })
	return tags, ok, err
}

func lookKeyPair(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.keyPairs(ctx, []types.Filter{filter("key-pair-id", id)}, func(k *types.KeyPairInfo) { tags, ok = k.Tags, true })
	return tags, ok, err
}

// releaseAddress unmaps an address first: EC2 refuses to release one that is in
// use (SDK ReleaseAddress).
func releaseAddress(ctx context.Context, r *region, id string) error {
	var ties []string
	err := r.addresses(ctx, []types.Filter{filter("allocation-id", id)}, func(a *types.Address) {
		if a.AssociationId != nil {
			ties = append(ties, *a.AssociationId)
		}
	})
	if err != nil {
		return err
	}
	for _, tie := range ties {
		_, err := do(ctx, r, remove("DisassociateAddress", "unmap elastic IP", id), &ec2.DisassociateAddressInput{AssociationId: &tie}, r.ec2().DisassociateAddress)
		if err != nil && fleet.KindOf(err) != fleet.KindGone {
			return err
		}
	}
	_, err = do(ctx, r, remove("ReleaseAddress", "release elastic IP", id), &ec2.ReleaseAddressInput{AllocationId: &id}, r.ec2().ReleaseAddress)
	return err
}
