package cli

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awscreds "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// console is a person at EC2's console beside us: what they make there.
type console struct {
	t   *testing.T
	api *ec2.Client
}

func (c *cloud) console(region string) *console {
	c.t.Helper()
	env := map[string]string{}
	for _, e := range c.env {
		k, v, _ := strings.Cut(e, "=")
		env[k] = v
	}
	cfg := awssdk.Config{Region: region, Credentials: awscreds.NewStaticCredentialsProvider(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], "")}
	return &console{c.t, ec2.NewFromConfig(cfg, func(o *ec2.Options) { o.BaseEndpoint = awssdk.String(env["AWS_ENDPOINT_URL"]) })}
}

func specified(k types.ResourceType, tags map[string]string) []types.TagSpecification {
	if len(tags) == 0 {
		return nil
	}
	s := types.TagSpecification{ResourceType: k}
	for key, v := range tags {
		s.Tags = append(s.Tags, types.Tag{Key: awssdk.String(key), Value: awssdk.String(v)})
	}
	return []types.TagSpecification{s}
}

func got[T any](c *console, v T, err error) T {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

func (c *console) volume(tags map[string]string) string {
	c.t.Helper()
	v, err := c.api.CreateVolume(c.t.Context(), &ec2.CreateVolumeInput{
		AvailabilityZone: awssdk.String(c.api.Options().Region + "a"), Size: awssdk.Int32(100), VolumeType: types.VolumeTypeGp3, TagSpecifications: specified(types.ResourceTypeVolume, tags),
	})
	return *got(c, v, err).VolumeId
}

// extras makes one of each kind that people make beside a fleet, with its tag.
func (c *console) extras(f, owner string) {
	c.t.Helper()
	ctx, tags := c.t.Context(), map[string]string{fleet.TagFleet: f, fleet.TagOwner: owner}
	v := c.volume(tags)
	snap, err := c.api.CreateSnapshot(ctx, &ec2.CreateSnapshotInput{VolumeId: &v, TagSpecifications: specified(types.ResourceTypeSnapshot, tags)})
	got(c, snap, err)
	subnets, err := c.api.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []types.Filter{{Name: awssdk.String("tag:" + fleet.TagFleet), Values: []string{f}}}})
	nic, err2 := c.api.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: got(c, subnets, err).Subnets[0].SubnetId, TagSpecifications: specified(types.ResourceTypeNetworkInterface, tags)})
	got(c, nic, err2)
	a, err := c.api.AllocateAddress(ctx, &ec2.AllocateAddressInput{TagSpecifications: specified(types.ResourceTypeElasticIp, tags)})
	tie, err2 := c.api.AssociateAddress(ctx, &ec2.AssociateAddressInput{AllocationId: got(c, a, err).AllocationId, NetworkInterfaceId: nic.NetworkInterface.NetworkInterfaceId})
	got(c, tie, err2)
	key, err := c.api.ImportKeyPair(ctx, &ec2.ImportKeyPairInput{
		KeyName: awssdk.String("extra"), TagSpecifications: specified(types.ResourceTypeKeyPair, tags),
		PublicKeyMaterial: []byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPyGZ8Rv3yqZkmJ3o8YQp2VmGkDVVGVo5b4Q4Q1Q1Q1 ada@host"),
	})
	got(c, key, err)
}
