package aws

import (
	"context"
	"errors"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// remover reads the tags of one resource and deletes it. look gives ok = false
// where the resource does not exist (any more).
type remover struct {
	look func(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error)
	del  func(ctx context.Context, r *region, id string) error
}

// removers gives what takes a kind away. Instances are missing: Terminate ends them.
func removers(k fleet.ResourceKind) (remover, bool) {
	switch k {
	case fleet.KindOfSpotRequest:
		return remover{lookSpotRequest, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("CancelSpotInstanceRequests", "cancel spot request", id), &ec2.CancelSpotInstanceRequestsInput{SpotInstanceRequestIds: []string{id}}, r.ec2().CancelSpotInstanceRequests)
			return err
		}}, true
	case fleet.KindOfKeeper:
		return remover{lookFleet, func(ctx context.Context, r *region, id string) error { return r.endFleet(ctx, id) }}, true
	case fleet.KindOfInterface:
		return remover{lookInterface, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteNetworkInterface", "delete network interface", id), &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: &id}, r.ec2().DeleteNetworkInterface)
			return err
		}}, true
	case fleet.KindOfAddress, fleet.KindOfSnapshot, fleet.KindOfKeyPair:
		return extraRemover(k), true
	case fleet.KindOfVolume:
		return remover{lookVolume, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteVolume", "delete volume", id), &ec2.DeleteVolumeInput{VolumeId: &id}, r.ec2().DeleteVolume)
			return err
		}}, true
	case fleet.KindOfSecurityGroup:
		return remover{lookGroup, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteSecurityGroup", "delete security group", id), &ec2.DeleteSecurityGroupInput{GroupId: &id}, r.ec2().DeleteSecurityGroup)
			return err
		}}, true
	case fleet.KindOfSubnet, fleet.KindOfRouteTable, fleet.KindOfGateway, fleet.KindOfVPC:
		return networkRemover(k), true
	case fleet.KindOfTemplate, fleet.KindOfRecord:
		return remover{lookTemplate, func(ctx context.Context, r *region, id string) error {
			_, err := do(ctx, r, remove("DeleteLaunchTemplate", "delete launch template", id), &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: &id}, r.ec2().DeleteLaunchTemplate)
			return err
		}}, true
	default:
		return remover{}, false
	}
}

// Remove implements fleet.Remover.
func (r *region) Remove(ctx context.Context, f fleet.Name, res fleet.Resource) error {
	return r.removeIf(ctx, res, func(tags []types.Tag) error {
		if !ours(tags, f) {
			return guard("delete "+string(res.Kind), r.name, res.ID, f)
		}
		return nil
	})
}

// removeIf reads a resource's tags and deletes it if they allow it (R7).
func (r *region) removeIf(ctx context.Context, res fleet.Resource, allowed func([]types.Tag) error) error {
	rm, ok := removers(res.Kind)
	if !ok || res.ID == "" {
		return &fleet.Error{Op: "remove", Region: r.name, Resource: string(res.Kind) + " " + res.ID, Kind: fleet.KindInvalid, Err: errors.New("this kind can't be removed so")}
	}
	tags, ok, err := rm.look(ctx, r, res.ID)
	switch {
	case fleet.KindOf(err) == fleet.KindGone, err == nil && !ok:
		return nil
	case err != nil:
		return err
	}
	if err := allowed(tags); err != nil {
		return err
	}
	if err := rm.del(ctx, r, res.ID); fleet.KindOf(err) != fleet.KindGone {
		return err
	}
	return nil
}

// The looks below filter by id only, not by tag too: what lacks the tag must
// be told from what is gone.

func lookSpotRequest(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.spotRequests(ctx, []types.Filter{filter("spot-instance-request-id", id)}, func(s *types.SpotInstanceRequest) {
		tags, ok = s.Tags, spotRequestLives(s)
	})
	return tags, ok, err
}

func lookFleet(ctx context.Context, r *region, id string) ([]types.Tag, bool, error) {
	d, err := r.fleetData(ctx, id)
	if err != nil || d == nil {
		return nil, false, err
	}
	return d.Tags, (launches(d) || holds(d)) && d.Type == types.FleetTypeMaintain, nil // deleting an instant one would end its instances
}

func lookInterface(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.interfaces(ctx, []types.Filter{filter("network-interface-id", id)}, func(n *types.NetworkInterface) {
		tags, ok = n.TagSet, true
	})
	return tags, ok, err
}

func lookVolume(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.volumes(ctx, []types.Filter{filter("volume-id", id)}, func(v *types.Volume) {
		tags, ok = v.Tags, v.State != types.VolumeStateDeleting && v.State != types.VolumeStateDeleted
	})
	return tags, ok, err
}

func lookGroup(ctx context.Context, r *region, id string) (tags []types.Tag, ok bool, err error) {
	err = r.groups(ctx, []types.Filter{filter("group-id", id)}, func(g *types.SecurityGroup) { tags, ok = g.Tags, true })
	return tags, ok, err
}

// lookTemplate names the id: launch templates have no filter for it.
func lookTemplate(ctx context.Context, r *region, id string) ([]types.Tag, bool, error) {
	a := read("DescribeLaunchTemplates", "look at launch template")
	a.about = id
	out, err := do(ctx, r, a, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{id}}, r.ec2().DescribeLaunchTemplates)
	if err != nil || len(out.LaunchTemplates) == 0 {
		return nil, false, err
	}
	return out.LaunchTemplates[0].Tags, awssdk.ToString(out.LaunchTemplates[0].LaunchTemplateId) == id, nil
}
