package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// hand is a person at the console of one region: what they make and change there.
type hand struct {
	t   *testing.T
	api *ec2.Client
}

func (b *bench) hand(region string) *hand {
	cfg := awssdk.Config{
		Region: region, Credentials: credentials.NewStaticCredentialsProvider("AK", "s", ""), HTTPClient: httpClient{b.world.Transport()},
	}
	return &hand{b.t, ec2.NewFromConfig(cfg, func(o *ec2.Options) { o.BaseEndpoint = awssdk.String("http://simulated.invalid") })}
}

func done[T any](h *hand, v T, err error) T {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

func tagged(k types.ResourceType, tags map[string]string) []types.TagSpecification {
	s := types.TagSpecification{ResourceType: k}
	for key, v := range tags {
		s.Tags = append(s.Tags, types.Tag{Key: awssdk.String(key), Value: awssdk.String(v)})
	}
	return []types.TagSpecification{s}
}

func ofFleet(name, owner string) map[string]string {
	return map[string]string{fleet.TagFleet: name, fleet.TagOwner: owner}
}

func (h *hand) volume(tags map[string]string) string {
	h.t.Helper()
	out, err := h.api.CreateVolume(h.t.Context(), &ec2.CreateVolumeInput{
		AvailabilityZone: awssdk.String(h.api.Options().Region + "a"), Size: awssdk.Int32(100), VolumeType: types.VolumeTypeGp3, TagSpecifications: tagged(types.ResourceTypeVolume, tags),
	})
	return *done(h, out, err).VolumeId
}

func (h *hand) group(tags map[string]string) string {
	h.t.Helper()
	out, err := h.api.CreateSecurityGroup(h.t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: awssdk.String("g" + tags[fleet.TagFleet]), Description: awssdk.String("d"), TagSpecifications: tagged(types.ResourceTypeSecurityGroup, tags),
	})
	return *done(h, out, err).GroupId
}

// nic makes an interface that holds a group.
func (h *hand) nic(group string, tags map[string]string) string {
	h.t.Helper()
	nets, err := h.api.DescribeSubnets(h.t.Context(), &ec2.DescribeSubnetsInput{})
	in := &ec2.CreateNetworkInterfaceInput{SubnetId: done(h, nets, err).Subnets[0].SubnetId, Groups: []string{group}, Description: awssdk.String("of a lambda")}
	if len(tags) > 0 {
		in.TagSpecifications = tagged(types.ResourceTypeNetworkInterface, tags)
	}
	out, err := h.api.CreateNetworkInterface(h.t.Context(), in)
	return *done(h, out, err).NetworkInterface.NetworkInterfaceId
}

func (h *hand) tag(id, key, value string) {
	h.t.Helper()
	_, err := h.api.CreateTags(h.t.Context(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: &key, Value: &value}}})
	done(h, 0, err)
}

// protected makes an on-demand instance that TerminateInstances refuses.
func (h *hand) protected(tags map[string]string) string {
	h.t.Helper()
	images, err := h.api.DescribeImages(h.t.Context(), &ec2.DescribeImagesInput{Filters: []types.Filter{{Name: awssdk.String("architecture"), Values: []string{"x86_64"}}}})
	out, err2 := h.api.RunInstances(h.t.Context(), &ec2.RunInstancesInput{
		MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), InstanceType: "t3.medium", ImageId: done(h, images, err).Images[0].ImageId,
		DisableApiTermination: awssdk.Bool(true), TagSpecifications: tagged(types.ResourceTypeInstance, tags),
	})
	return *done(h, out, err2).Instances[0].InstanceId
}

func (h *hand) unprotect(id string) {
	h.t.Helper()
	_, err := h.api.ModifyInstanceAttribute(h.t.Context(), &ec2.ModifyInstanceAttributeInput{InstanceId: &id, DisableApiTermination: &types.AttributeBooleanValue{Value: awssdk.Bool(false)}})
	done(h, 0, err)
}

// extras makes what people make beside a fleet, all with its tag.
func (h *hand) extras(tags map[string]string) {
	h.t.Helper()
	v := h.volume(tags)
	snap, err := h.api.CreateSnapshot(h.t.Context(), &ec2.CreateSnapshotInput{VolumeId: &v, TagSpecifications: tagged(types.ResourceTypeSnapshot, tags)})
	done(h, snap, err)
	a, err := h.api.AllocateAddress(h.t.Context(), &ec2.AllocateAddressInput{TagSpecifications: tagged(types.ResourceTypeElasticIp, tags)})
	done(h, a, err)
	nic := h.nic(h.group(map[string]string{fleet.TagFleet: "scenario", fleet.TagOwner: tags[fleet.TagOwner], "Name": "extra"}), tags)
	tie, err := h.api.AssociateAddress(h.t.Context(), &ec2.AssociateAddressInput{AllocationId: a.AllocationId, NetworkInterfaceId: &nic})
	done(h, tie, err)
	key, err := h.api.ImportKeyPair(h.t.Context(), &ec2.ImportKeyPairInput{
		KeyName: awssdk.String("extra"), TagSpecifications: tagged(types.ResourceTypeKeyPair, tags),
		PublicKeyMaterial: []byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPyGZ8Rv3yqZkmJ3o8YQp2VmGkDVVGVo5b4Q4Q1Q1Q1 ada@host"),
	})
	done(h, key, err)
}

// A destroy takes everything that carries the fleet's tag, also what people made
// beside it, and waits for interfaces that outlive their instances.
func TestADestroyTakesEveryKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		b.inject(sim.Fault{Fault: "slow-release", DelayMS: 90_000})
		dir := filepath.Join(b.home, "receipts")
		e, stop := b.engine(func(o *fleet.Options) {
			o.ReceiptDir, o.Spec.Network = dir, fleet.NetworkSpec{Mode: fleet.NetworkOwn}
		})
		defer stop()
		v := &view{}
		b.create(e, v)
		b.hand("us-west-2").extras(ofFleet("scenario", v.summary.Identity.Name))
		<-time.After(10 * time.Minute) // so that the fleet has a lifetime
		o := b.destroy(e, v)
		if o.Receipt == nil || !o.Receipt.Clean() || len(o.Errors) > 0 {
			t.Fatalf("%+v", o)
		}
		if inv := b.world.Inventory(); inv.Total != 0 {
			t.Errorf("left in the world: %+v", inv.Resources)
		}
		r := *o.Receipt
		for _, k := range []fleet.ResourceKind{fleet.KindOfAddress, fleet.KindOfInterface, fleet.KindOfVolume, fleet.KindOfSnapshot, fleet.KindOfKeyPair, fleet.KindOfRecord} {
			if r.Removed[k] != 1 {
				t.Errorf("%d of kind %s removed: %v", r.Removed[k], k, r.Removed)
			}
		}
		if r.Removed[fleet.KindOfInstance] != 3 || r.Removed[fleet.KindOfVPC] != 3 {
			t.Errorf("removed: %v", r.Removed)
		}
		if l := r.Lifetime(); l < 10*time.Minute || l > 20*time.Minute {
			t.Errorf("lifetime %s", l)
		}
		text, err := os.ReadFile(strings.TrimSuffix(r.File, ".json") + ".txt")
		if err != nil || !strings.Contains(string(text), "left: 0") {
			t.Errorf("%v %s", err, text)
		}
		if _, err := os.Stat(r.File); err != nil || filepath.Dir(r.File) != dir {
			t.Errorf("%s: %v", r.File, err)
		}
	})
}

// A protected instance is named and stays with what hangs on it; all else goes,
// and the destroy does not wait its whole patience. It is taken up later.
func TestADestroyNamesAProtectedInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		h := b.hand("us-west-2")
		id := h.protected(ofFleet("scenario", v.summary.Identity.Name))
		vol := h.volume(ofFleet("scenario", v.summary.Identity.Name))
		began := time.Now()
		o := b.destroy(e, v)
		if took := time.Since(began); took > 5*time.Minute {
			t.Errorf("it took %s", took)
		}
		all := strings.Join(o.Errors, "\n")
		if o.Receipt.Clean() || !strings.Contains(all, id) || !strings.Contains(all, "termination protection") {
			t.Errorf("%+v\n%s", o.Receipt, all)
		}
		for _, l := range o.Receipt.Leftovers {
			if l.ID == vol || l.Kind == fleet.KindOfTemplate {
				t.Errorf("%s could have gone", l)
			}
			if l.ID == id && (l.USDMonth == nil) != strings.Contains(l.USDNote, "price") {
				t.Errorf("a price, or the reason why there is none: %+v", l)
			}
		}
		h.unprotect(id)
		if o := b.destroy(e, v); !o.Receipt.Clean() {
			t.Errorf("%+v", o.Receipt)
		}
		if n := b.world.Inventory().Total; n != 0 {
			t.Errorf("%d things are left", n)
		}
	})
}

// Somebody else's interface in the fleet's group is named, not touched.
func TestADestroyNamesWhatHoldsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		h := b.hand("us-west-2")
		groups, err := h.api.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{{Name: awssdk.String("tag:" + fleet.TagFleet), Values: []string{"scenario"}}}})
		nic := h.nic(*done(h, groups, err).SecurityGroups[0].GroupId, nil)
		o := b.destroy(e, v)
		i := slices.IndexFunc(o.Receipt.Leftovers, func(l fleet.Resource) bool { return l.Kind == fleet.KindOfSecurityGroup })
		if i < 0 || !strings.Contains(o.Receipt.Leftovers[i].State, "held by network interface "+nic+" (of a lambda, not of this fleet)") {
			t.Errorf("%+v", o.Receipt.Leftovers)
		}
		if all := strings.Join(o.Errors, "\n"); !strings.Contains(all, nic) {
			t.Errorf("%s", all)
		}
		if b.world.Inventory().Counts["network-interface"] != 1 {
			t.Error("the stranger's interface is not there any more")
		}
	})
}

// clean runs a cleanup to its end.
func (b *bench) clean(e *fleet.Engine, v *view, items []fleet.Leftover) fleet.Operation {
	b.t.Helper()
	op, err := e.Cleanup(fleet.CleanupRequest{Items: items})
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(e, v, time.Hour, "the cleanup", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
	return v.ops[op]
}

func (b *bench) leftovers(e *fleet.Engine, old bool) map[string]fleet.Leftover {
	b.t.Helper()
	rep, err := e.Leftovers(context.Background(), fleet.LeftoversRequest{Predecessor: old})
	if err != nil || len(rep.RegionsFailed) > 0 {
		b.t.Fatal(err, rep.RegionsFailed)
	}
	out := map[string]fleet.Leftover{}
	for _, l := range rep.Items {
		out[l.ID] = l
	}
	return out
}

// A cleanup finds what is left of fleets that are gone, in every region, and takes
// what was named; what lives, is another's or carries no tag stays.
func TestCleanup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		me := v.summary.Identity.Name
		far, near := b.hand("ap-south-1"), b.hand("us-west-2")
		vol, group := far.volume(ofFleet("dead", me)), far.group(ofFleet("dead", me))
		nic := far.nic(group, ofFleet("dead", me))
		theirs := near.volume(ofFleet("other", "bob"))
		alive := near.volume(ofFleet("scenario", me))
		bare := near.volume(map[string]string{"Name": "mine"})
		old := near.volume(map[string]string{fleet.TagManagedBy: "Amauo"})
		before := b.world.Inventory().Counts
		<-time.After(10 * time.Minute) // older than what EC2 may hide

		found := b.leftovers(e, false)
		for id, refused := range map[string]string{vol: "", group: "", nic: "", theirs: "belongs to bob", alive: "its fleet lives"} {
			l, ok := found[id]
			if !ok || (refused == "") != (l.Refused == "") || !strings.Contains(l.Refused, refused) {
				t.Errorf("%s: %+v", id, l)
			}
		}
		if _, ok := found[bare]; ok {
			t.Error("what has no tag was found")
		}
		if _, ok := found[old]; ok {
			t.Error("the predecessor's was found without being asked for")
		}
		if l := found[vol]; l.USDMonth == nil || *l.USDMonth != 8 || l.Region != "ap-south-1" {
			t.Errorf("%+v", l)
		}
		for _, id := range []string{theirs, alive} {
			if _, err := e.Cleanup(fleet.CleanupRequest{Items: []fleet.Leftover{found[vol], found[id]}}); fleet.KindOf(err) != fleet.KindGuard {
				t.Errorf("%s: %v", id, err)
			}
		}
		if after := b.world.Inventory().Counts; after["volume"] != before["volume"] {
			t.Error("a refused cleanup changed something")
		}
		o := b.clean(e, v, []fleet.Leftover{found[group], found[vol], found[nic]})
		if !o.Receipt.Clean() || o.Receipt.Removed[fleet.KindOfVolume] != 1 || o.Receipt.Removed[fleet.KindOfSecurityGroup] != 1 || len(o.Errors) > 0 {
			t.Errorf("%+v", o)
		}
		found = b.leftovers(e, true)
		if l := found[old]; l.Maker != fleet.MadeByPredecessor || l.Refused != "" {
			t.Errorf("%+v", l)
		}
		if o := b.clean(e, v, []fleet.Leftover{found[old]}); !o.Receipt.Clean() {
			t.Errorf("%+v", o)
		}
		inv := b.world.Inventory().Counts
		if inv["volume"] != before["volume"]-2 || inv["instance"] != 3 || inv["security-group"] != before["security-group"]-1 {
			t.Errorf("before %v, after %v", before, inv)
		}
	})
}

// What has changed since it was shown is left alone, also where the request says
// otherwise (R5, R7).
func TestCleanupLooksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		defer stop()
		v := &view{}
		b.until(e, v, time.Minute, "the identity", func(v *view) bool { return v.summary.Identity.Account != "" })
		me := v.summary.Identity.Name
		h := b.hand("us-west-2")
		sold, lost, revived := h.volume(ofFleet("dead", me)), h.volume(ofFleet("dead", me)), h.volume(ofFleet("revived", me))
		<-time.After(10 * time.Minute)
		found := b.leftovers(e, false)
		h.tag(sold, fleet.TagOwner, "bob")
		h.tag(lost, fleet.TagFleet, "")
		h.protected(ofFleet("revived", me))
		o := b.clean(e, v, []fleet.Leftover{found[sold], found[lost], found[revived]})
		all := strings.Join(o.Errors, "\n")
		if n := b.world.Inventory().Counts["volume"]; n < 3 {
			t.Errorf("%d volumes are there of 3: %s", n, all)
		}
		if !strings.Contains(all, sold) || !strings.Contains(all, revived) || !strings.Contains(o.Detail, "3 left alone") {
			t.Errorf("%s\n%s", o.Detail, all)
		}
		forged := found[sold]
		forged.Refused = ""
		forged.Owner = "bob"
		if o := b.clean(e, v, []fleet.Leftover{forged}); b.world.Inventory().Counts["volume"] < 3 {
			t.Errorf("a forged owner: %+v", o)
		}
	})
}

// A cleanup is refused where anything that changes AWS is.
func TestCleanupIsGuarded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		h := b.hand("us-west-2")
		for name, change := range map[string]func(*fleet.Options){
			"read-only": func(o *fleet.Options) { o.ReadOnly = true },
			"protected": func(o *fleet.Options) { o.Protected = []string{sim.Account} },
		} {
			e, stop := b.engine(change)
			v := &view{}
			b.until(e, v, time.Minute, "the identity", func(v *view) bool { return v.summary.Identity.Account != "" })
			vol := h.volume(ofFleet("dead", v.summary.Identity.Name))
			<-time.After(10 * time.Minute)
			item, ok := b.leftovers(e, false)[vol]
			if !ok {
				t.Errorf("%s: one may look", name)
			}
			if _, err := e.Cleanup(fleet.CleanupRequest{Items: []fleet.Leftover{item}}); fleet.KindOf(err) != fleet.KindGuard {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := e.Cleanup(fleet.CleanupRequest{}); err == nil {
				t.Errorf("%s: nothing was named", name)
			}
			stop()
		}
	})
}

// A destroy that was cut off and taken up again counts in its receipt what both
// removed.
func TestAReceiptCountsWhatACutOffDestroyRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(nil)
		v := &view{}
		b.create(e, v)
		h := b.hand("us-west-2")
		for range 3 {
			h.volume(ofFleet("scenario", v.summary.Identity.Name))
		}
		b.inject(sim.Fault{Fault: "hold", Op: "DeleteVolume", Nth: 2})
		if _, err := e.Destroy(fleet.DestroyRequest{Scope: fleet.ScopeFleet}); err != nil {
			t.Fatal(err)
		}
		for len(b.world.Held()) == 0 {
			<-time.After(time.Second)
		}
		stop() // the second volume is gone, and nobody was told
		b.world.ClearFaults()
		e, stop = b.engine(nil)
		defer stop()
		nv := &view{}
		b.until(e, nv, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.summary.Identity.Account != "" })
		o := b.destroy(e, nv)
		if !o.Receipt.Clean() || o.Receipt.Removed[fleet.KindOfVolume] != 3 || o.Receipt.Removed[fleet.KindOfInstance] != 3 || o.Receipt.FirstLaunch.IsZero() {
			t.Errorf("%+v", o.Receipt)
		}
	})
}
