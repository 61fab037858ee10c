package aws

import (
	"slices"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// estate makes, with the SDK alone, what people make beside a fleet: with its
// tag, with the predecessor's, and with none. Scans must tell them apart, and
// nothing may be taken away that is not what was found. The teardown after it
// takes what carries the fleet's tag.
func (c *contract) estate(t *testing.T) {
	e := &estate{c: c, t: t, api: c.cloud.(*Account).ec2Client(c.q.region)}
	mine := map[string]string{fleet.TagFleet: string(fleetA), fleet.TagOwner: "ada"}
	volume := e.volume(mine)
	e.snapshot(volume, mine)
	nic := e.nic(mine)
	e.address(nic, mine)
	e.keyPair("contract-key", mine)
	stranger := e.nic(nil) // holds the fleet's group, and nobody's tag
	old := e.volume(map[string]string{fleet.TagManagedBy: "Amauo"})
	both := e.volume(map[string]string{fleet.TagManagedBy: "amauo", fleet.TagFleet: string(fleetB), fleet.TagOwner: "bob"})

	e.strays(fleet.MadeBySpotTUI, []string{volume, nic, both}, []string{stranger, old})
	e.strays(fleet.MadeByPredecessor, []string{old}, []string{stranger, volume, both})
	e.holds(stranger)
	e.guards(old, both)

	if c.q.ignoresKeyIDs {
		_, err := e.api.DeleteKeyPair(c.ctx, &ec2.DeleteKeyPairInput{KeyName: awssdk.String("contract-key")})
		must(t, err)
	}
	_, err := e.api.DeleteNetworkInterface(c.ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: &stranger})
	must(t, err)
}

type estate struct {
	c   *contract
	t   *testing.T
	api *ec2.Client
}

func (e *estate) specs(k types.ResourceType, tags map[string]string) []types.TagSpecification {
	if len(tags) == 0 {
		return nil
	}
	return specs(tagsOf(tags), k)
}

func (e *estate) volume(tags map[string]string) string {
	e.t.Helper()
	out, err := e.api.CreateVolume(e.c.ctx, &ec2.CreateVolumeInput{
		AvailabilityZone: awssdk.String(string(e.c.found.Pools[0].Zone)), Size: awssdk.Int32(8), VolumeType: types.VolumeTypeGp3, TagSpecifications: e.specs(types.ResourceTypeVolume, tags),
	})
	must(e.t, err)
	return *out.VolumeId
}

func (e *estate) snapshot(of string, tags map[string]string) {
	e.t.Helper()
	_, err := e.api.CreateSnapshot(e.c.ctx, &ec2.CreateSnapshotInput{VolumeId: &of, TagSpecifications: e.specs(types.ResourceTypeSnapshot, tags)})
	must(e.t, err)
}

// nic makes an interface with the first fleet's group.
func (e *estate) nic(tags map[string]string) string {
	e.t.Helper()
	out, err := e.api.CreateNetworkInterface(e.c.ctx, &ec2.CreateNetworkInterfaceInput{
		SubnetId: awssdk.String(e.c.found.Pools[0].Subnet), Groups: []string{string(e.c.groupA)}, Description: awssdk.String("a stranger"),
		TagSpecifications: e.specs(types.ResourceTypeNetworkInterface, tags),
	})
	must(e.t, err)
	return *out.NetworkInterface.NetworkInterfaceId
}

func (e *estate) address(on string, tags map[string]string) {
	e.t.Helper()
	a, err := e.api.AllocateAddress(e.c.ctx, &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc, TagSpecifications: e.specs(types.ResourceTypeElasticIp, tags)})
	must(e.t, err)
	_, err = e.api.AssociateAddress(e.c.ctx, &ec2.AssociateAddressInput{AllocationId: a.AllocationId, NetworkInterfaceId: &on})
	must(e.t, err)
}

func (e *estate) keyPair(name string, tags map[string]string) {
	e.t.Helper()
	_, err := e.api.ImportKeyPair(e.c.ctx, &ec2.ImportKeyPairInput{
		KeyName: &name, TagSpecifications: e.specs(types.ResourceTypeKeyPair, tags),
		PublicKeyMaterial: []byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPyGZ8Rv3yqZkmJ3o8YQp2VmGkDVVGVo5b4Q4Q1Q1Q1 ada@host"),
	})
	must(e.t, err)
}

func (e *estate) scan(by fleet.Maker) map[string]fleet.Resource {
	e.t.Helper()
	rs, err := e.c.r.Strays(e.c.ctx, by)
	must(e.t, err)
	out := map[string]fleet.Resource{}
	for _, r := range rs {
		out[r.ID] = r
	}
	return out
}

func (e *estate) strays(by fleet.Maker, want, not []string) {
	e.t.Helper()
	found := e.scan(by)
	for _, id := range want {
		r, ok := found[id]
		if !ok {
			e.t.Errorf("%s: %s was not found", by, id)
		}
		if by == fleet.MadeBySpotTUI && (r.Fleet == "" || r.Claim != fleet.ClaimOf(r.Fleet)) || by == fleet.MadeByPredecessor && (r.Fleet != "" || r.Claim.Key != fleet.TagManagedBy) {
			e.t.Errorf("%s: %+v", by, r)
		}
		if r.Kind == fleet.KindOfVolume && (r.GiB != 8 || r.Type != "gp3") {
			e.t.Errorf("volume %+v", r)
		}
	}
	for _, id := range not {
		if r, ok := found[id]; ok {
			e.t.Errorf("%s: found %+v", by, r)
		}
	}
	if by == fleet.MadeBySpotTUI {
		kinds := map[fleet.ResourceKind]bool{}
		for _, r := range found {
			kinds[r.Kind] = true
			if r.Kind == fleet.KindOfRecord && r.Fleet == fleetA && r.Phase == "" {
				e.t.Errorf("record %+v", r)
			}
		}
		for _, k := range []fleet.ResourceKind{fleet.KindOfAddress, fleet.KindOfSnapshot, fleet.KindOfKeyPair, fleet.KindOfVPC, fleet.KindOfRecord} {
			if !kinds[k] {
				e.t.Errorf("no %s was found", k)
			}
		}
	}
}

// holds: what keeps the group is named, also where it is nobody's.
func (e *estate) holds(stranger string) {
	e.t.Helper()
	by, err := e.c.r.Blockers(e.c.ctx, fleet.Resource{Kind: fleet.KindOfSecurityGroup, ID: string(e.c.groupA), Region: e.c.q.region})
	must(e.t, err)
	i := slices.IndexFunc(by, func(r fleet.Resource) bool { return r.ID == stranger })
	if i < 0 || by[i].Kind != fleet.KindOfInterface || by[i].Fleet != "" || by[i].Detail != "a stranger" {
		e.t.Errorf("what holds the group: %+v", by)
	}
}

// guards: a resource that is not what was found is not touched (R7).
func (e *estate) guards(old, both string) {
	e.t.Helper()
	was := e.scan(fleet.MadeByPredecessor)[old]
	retag := func(id, key, value string) {
		_, err := e.api.CreateTags(e.c.ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: &key, Value: &value}}})
		must(e.t, err)
	}
	refused := func(r fleet.Resource, what string) {
		e.t.Helper()
		if err := e.c.r.Sweep(e.c.ctx, r); fleet.KindOf(err) != fleet.KindGuard {
			e.t.Errorf("%s: %v", what, err)
		}
	}
	retag(old, fleet.TagManagedBy, "terraform")
	refused(was, "its tag has changed")
	retag(old, fleet.TagManagedBy, "Amauo")
	retag(old, fleet.TagFleet, "newer")
	refused(was, "it belongs to a fleet now")
	_, err := e.api.DeleteTags(e.c.ctx, &ec2.DeleteTagsInput{Resources: []string{old}, Tags: []types.Tag{{Key: awssdk.String(fleet.TagFleet)}}})
	must(e.t, err)
	if err := e.c.r.Sweep(e.c.ctx, was); err != nil {
		e.t.Errorf("sweep: %v", err)
	}
	if err := e.c.r.Sweep(e.c.ctx, was); err != nil {
		e.t.Errorf("sweep of what is gone: %v", err)
	}
	theirs := e.scan(fleet.MadeBySpotTUI)[both]
	theirs.Owner = "ada"
	refused(theirs, "its owner is another")
	theirs.Owner = "bob"
	if err := e.c.r.Sweep(e.c.ctx, theirs); err != nil {
		e.t.Errorf("sweep: %v", err)
	}
	unclaimed := was
	unclaimed.Claim = fleet.Claim{}
	unclaimed.ID = old
	if err := e.c.r.Sweep(e.c.ctx, unclaimed); err != nil {
		e.t.Errorf("what is gone needs no claim: %v", err)
	}
}
