package aws

import (
	"context"
	"errors"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// Sweep implements fleet.Sweeper.
func (r *region) Sweep(ctx context.Context, res fleet.Resource) error {
	still := func(tags []types.Tag) error { return r.stillAsFound(res, tags) }
	if res.Kind == fleet.KindOfInstance {
		return r.sweepInstance(ctx, res, still)
	}
	return r.removeIf(ctx, res, still)
}

// stillAsFound refuses what does not carry its claim any more, or another
// owner's name than when it was found (R7).
func (r *region) stillAsFound(res fleet.Resource, tags []types.Tag) error {
	why, hint := "", "scan again, and look at whose it is now"
	switch owner := tag(tags, fleet.TagOwner); {
	case !claimed(tags, res.Claim):
		why = fmt.Sprintf("it does not carry the tag %s=%s any more", res.Claim.Key, res.Claim.Value)
	case res.Claim.Key != fleet.TagFleet && tag(tags, fleet.TagFleet) != "":
		why = "it belongs to the fleet " + tag(tags, fleet.TagFleet) + " now"
	case owner != res.Owner:
		why = fmt.Sprintf("its owner is %q now, not %q", owner, res.Owner)
	case res.Kind == fleet.KindOfRecord && fleet.Phase(tag(tags, fleet.TagPhase)) != res.Phase:
		why = "its fleet is " + tag(tags, fleet.TagPhase) + " now"
	default:
		return nil
	}
	return &fleet.Error{Op: "delete " + string(res.Kind), Region: r.name, Resource: res.ID, Kind: fleet.KindGuard, Err: errors.New(why + ", so it is not touched"), Hint: hint}
}

// sweepInstance ends one instance after a fresh look at its tags.
func (r *region) sweepInstance(ctx context.Context, res fleet.Resource, allowed func([]types.Tag) error) error {
	var shown *types.Instance
	err := r.instances(ctx, []types.Filter{filter("instance-id", res.ID)}, func(i *types.Instance) { shown = i })
	if err != nil || shown == nil || shown.State == nil || shown.State.Name == types.InstanceStateNameTerminated {
		return err
	}
	if err := allowed(shown.Tags); err != nil {
		return err
	}
	id := fleet.InstanceID(awssdk.ToString(shown.InstanceId))
	done := map[fleet.InstanceID]error{}
	r.terminate(ctx, []fleet.InstanceID{id}, done)
	return done[id]
}

// Blockers implements fleet.Sweeper.
func (r *region) Blockers(ctx context.Context, res fleet.Resource) ([]fleet.Resource, error) {
	b := &blockers{r: r, ctx: ctx}
	switch res.Kind {
	case fleet.KindOfSecurityGroup:
		b.interfaces(filter("group-id", res.ID), false)
		b.groups(filter("ip-permission.group-id", res.ID), res.ID)
	case fleet.KindOfSubnet:
		b.interfaces(filter("subnet-id", res.ID), false)
	case fleet.KindOfGateway:
		var of []string
		b.note(r.gateways(ctx, []types.Filter{filter("internet-gateway-id", res.ID)}, func(g *types.InternetGateway) {
			for _, a := range g.Attachments {
				of = append(of, awssdk.ToString(a.VpcId))
			}
		}))
		if len(of) > 0 {
			b.interfaces(filter("vpc-id", of...), true)
		}
	case fleet.KindOfVPC:
		b.vpc(res.ID)
	case fleet.KindOfVolume:
		b.note(r.volumes(ctx, []types.Filter{filter("volume-id", res.ID)}, func(v *types.Volume) {
			for _, a := range v.Attachments {
				b.add(fleet.KindOfInstance, a.InstanceId, nil, "has it attached")
			}
		}))
	default:
	}
	return b.found, b.err
}

// blockers gathers what hangs on a resource.
type blockers struct {
	r     *region
	ctx   context.Context //nolint:containedctx // lives for one call
	found []fleet.Resource
	err   error
}

func (b *blockers) note(err error) { b.err = errors.Join(b.err, err) }

func (b *blockers) add(k fleet.ResourceKind, id *string, tags []types.Tag, detail string) {
	b.found = append(b.found, fleet.Resource{
		Kind: k, ID: awssdk.ToString(id), Region: b.r.name, Detail: detail, Name: tag(tags, "Name"),
		Fleet: fleet.Name(tag(tags, fleet.TagFleet)), Owner: tag(tags, fleet.TagOwner),
	})
}

// interfaces adds those that match; mapped: only those with a public address.
func (b *blockers) interfaces(f types.Filter, mapped bool) {
	b.note(b.r.interfaces(b.ctx, []types.Filter{f}, func(n *types.NetworkInterface) {
		if !mapped || n.Association != nil {
			b.add(fleet.KindOfInterface, n.NetworkInterfaceId, n.TagSet, interfaceUse(n))
		}
	}))
}

func (b *blockers) groups(f types.Filter, but string) {
	b.note(b.r.groups(b.ctx, []types.Filter{f}, func(g *types.SecurityGroup) {
		if awssdk.ToString(g.GroupId) != but && awssdk.ToString(g.GroupName) != "default" {
			b.add(fleet.KindOfSecurityGroup, g.GroupId, g.Tags, awssdk.ToString(g.GroupName))
		}
	}))
}

func (b *blockers) vpc(id string) {
	in := filter("vpc-id", id)
	b.interfaces(in, false)
	b.groups(in, "")
	b.note(b.r.subnets(b.ctx, []types.Filter{in}, func(s *types.Subnet) {
		b.add(fleet.KindOfSubnet, s.SubnetId, s.Tags, awssdk.ToString(s.CidrBlock))
	}))
	b.note(b.r.gateways(b.ctx, []types.Filter{filter("attachment.vpc-id", id)}, func(g *types.InternetGateway) {
		b.add(fleet.KindOfGateway, g.InternetGatewayId, g.Tags, "attached to it")
	}))
	b.note(b.r.tables(b.ctx, []types.Filter{in}, func(t *types.RouteTable) {
		for _, a := range t.Associations {
			if awssdk.ToBool(a.Main) {
				return
			}
		}
		b.add(fleet.KindOfRouteTable, t.RouteTableId, t.Tags, "")
	}))
}
