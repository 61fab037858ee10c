package sim

import (
	"slices"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func states(t *testing.T, c *ec2.Client, ids ...string) []string {
	t.Helper()
	var out []string
	for _, id := range ids {
		out = append(out, string(describe(t, c, id).State.Name))
	}
	return out
}

// One protected instance keeps those beside it in its zone; other zones go
// through, and the call fails (SDK TerminateInstances).
func TestTerminationProtection(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		run := func(zone string, spot bool) (string, error) {
			in := &ec2.RunInstancesInput{MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1), ImageId: awssdk.String(imageFor(t, c)), InstanceType: "t3.medium", Placement: &types.Placement{AvailabilityZone: &zone}, DisableApiTermination: awssdk.Bool(zone == "us-east-1b")}
			if spot {
				in.InstanceMarketOptions = &types.InstanceMarketOptionsRequest{MarketType: types.MarketTypeSpot}
			}
			out, err := c.RunInstances(t.Context(), in)
			if err != nil {
				return "", err
			}
			return *out.Instances[0].InstanceId, nil
		}
		var ids []string
		for _, zone := range []string{"us-east-1a", "us-east-1a", "us-east-1b"} {
			id, err := run(zone, false)
			must(t, err)
			ids = append(ids, id)
		}
		if _, err := run("us-east-1b", true); code(err) != "InvalidParameterCombination" {
			t.Errorf("a protected spot instance: %v", err)
		}
		spot, err := run("us-east-1a", true)
		must(t, err)
		pass(time.Second)
		protect := func(id string, on bool) error {
			_, err := c.ModifyInstanceAttribute(t.Context(), &ec2.ModifyInstanceAttributeInput{InstanceId: &id, DisableApiTermination: &types.AttributeBooleanValue{Value: &on}})
			return err
		}
		if err := protect(spot, true); code(err) != "UnsupportedOperation" {
			t.Errorf("protecting a spot instance: %v", err)
		}
		out, err := c.DescribeInstanceAttribute(t.Context(), &ec2.DescribeInstanceAttributeInput{InstanceId: &ids[2], Attribute: types.InstanceAttributeNameDisableApiTermination})
		must(t, err)
		if !awssdk.ToBool(out.DisableApiTermination.Value) {
			t.Error("the protection of the launch is not shown")
		}
		if _, err := c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids}); code(err) != "OperationNotPermitted" {
			t.Errorf("terminate: %v", err)
		}
		pass(time.Second)
		if got := states(t, c, ids...); !slices.Equal(got, []string{"terminated", "terminated", "running"}) {
			t.Errorf("states %v", got)
		}
		must(t, protect(ids[2], false))
		_, err = c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids})
		must(t, err)
	})
}

func imageFor(t *testing.T, c *ec2.Client) string {
	t.Helper()
	out, err := c.DescribeImages(t.Context(), &ec2.DescribeImagesInput{Filters: []types.Filter{filter("architecture", "x86_64")}})
	must(t, err)
	return *out.Images[0].ImageId
}

// An address stays allocated after its instance, can't be released from an own
// VPC while it is mapped, and keeps the VPC's gateway.
func TestAddressesOutliveTheirInstances(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		n := build(t, c, "us-east-1a")
		i := n.launch(t)
		a, err := c.AllocateAddress(t.Context(), &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc, TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeElasticIp, Tags: []types.Tag{{Key: awssdk.String("a"), Value: awssdk.String("b")}}}}})
		must(t, err)
		tie, err := c.AssociateAddress(t.Context(), &ec2.AssociateAddressInput{AllocationId: a.AllocationId, InstanceId: i.InstanceId})
		must(t, err)
		if got := describe(t, c, *i.InstanceId); awssdk.ToString(got.PublicIpAddress) != *a.PublicIp {
			t.Errorf("the instance has %v, not %s", got.PublicIpAddress, *a.PublicIp)
		}
		if _, err := c.ReleaseAddress(t.Context(), &ec2.ReleaseAddressInput{AllocationId: a.AllocationId}); code(err) != "InvalidIPAddress.InUse" {
			t.Errorf("release while mapped: %v", err)
		}
		must(t, second(c.DisassociateAddress(t.Context(), &ec2.DisassociateAddressInput{AssociationId: tie.AssociationId})))
		must(t, second(c.AssociateAddress(t.Context(), &ec2.AssociateAddressInput{AllocationId: a.AllocationId, InstanceId: i.InstanceId})))
		must(t, second(c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{*i.InstanceId}})))
		pass(time.Second)
		list, err := c.DescribeAddresses(t.Context(), &ec2.DescribeAddressesInput{Filters: []types.Filter{filter("tag:a", "b")}})
		must(t, err)
		if len(list.Addresses) != 1 || list.Addresses[0].AssociationId != nil {
			t.Fatalf("%+v", list.Addresses)
		}
		must(t, second(c.ReleaseAddress(t.Context(), &ec2.ReleaseAddressInput{AllocationId: a.AllocationId})))
		if w.Inventory().Counts["elastic-ip"] != 0 {
			t.Error("still there")
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Interfaces that linger after their instance hold group, subnet and gateway.
func TestSlowReleaseHoldsTheNetwork(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		must(t, w.Inject(Fault{Fault: "slow-release", DelayMS: 60_000}))
		c := client(w, "us-east-1")
		n := build(t, c, "us-east-1a")
		i := n.launch(t)
		must(t, second(c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{*i.InstanceId}})))
		pass(time.Second)
		if s := states(t, c, *i.InstanceId); s[0] != "terminated" {
			t.Fatal(s)
		}
		blocked := func() []string {
			return []string{
				code(second(c.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: i.SecurityGroups[0].GroupId, DryRun: awssdk.Bool(true)}))),
				code(second(c.DeleteSubnet(t.Context(), &ec2.DeleteSubnetInput{SubnetId: i.SubnetId, DryRun: awssdk.Bool(true)}))),
				code(second(c.DetachInternetGateway(t.Context(), &ec2.DetachInternetGatewayInput{InternetGatewayId: &n.gateway, VpcId: i.VpcId, DryRun: awssdk.Bool(true)}))),
			}
		}
		if got := blocked(); !slices.Equal(got, []string{"DependencyViolation", "DependencyViolation", "DependencyViolation"}) {
			t.Errorf("while it lingers: %v", got)
		}
		pass(time.Minute)
		if got := blocked(); !slices.Equal(got, []string{"DryRunOperation", "DryRunOperation", "DryRunOperation"}) {
			t.Errorf("afterwards: %v", got)
		}
	})
}

func TestVolumesSnapshotsInterfacesAndTemplateLimit(t *testing.T) {
	bubble(t, Options{MaxTemplates: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		v, err := c.CreateVolume(t.Context(), &ec2.CreateVolumeInput{AvailabilityZone: awssdk.String("us-east-1a"), Size: awssdk.Int32(8), VolumeType: types.VolumeTypeGp3})
		must(t, err)
		s, err := c.CreateSnapshot(t.Context(), &ec2.CreateSnapshotInput{VolumeId: v.VolumeId})
		must(t, err)
		snaps, err := c.DescribeSnapshots(t.Context(), &ec2.DescribeSnapshotsInput{OwnerIds: []string{"self"}, MaxResults: awssdk.Int32(5)})
		must(t, err)
		if len(snaps.Snapshots) != 1 || *snaps.Snapshots[0].VolumeSize != 8 || snaps.Snapshots[0].State != types.SnapshotStateCompleted {
			t.Errorf("%+v", snaps.Snapshots)
		}
		must(t, second(c.DeleteVolume(t.Context(), &ec2.DeleteVolumeInput{VolumeId: v.VolumeId})))
		must(t, second(c.DeleteSnapshot(t.Context(), &ec2.DeleteSnapshotInput{SnapshotId: s.SnapshotId})))
		subnets, err := c.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{})
		must(t, err)
		n, err := c.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: subnets.Subnets[0].SubnetId})
		must(t, err)
		must(t, second(c.DeleteNetworkInterface(t.Context(), &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: n.NetworkInterface.NetworkInterfaceId})))
		template := func(name string) error {
			return second(c.CreateLaunchTemplate(t.Context(), &ec2.CreateLaunchTemplateInput{LaunchTemplateName: &name, LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: awssdk.String("ami-1")}}))
		}
		must(t, template("one"))
		if err := template("two"); code(err) != "MaxTemplateLimitExceeded" {
			t.Errorf("over the limit: %v", err)
		}
		if n := w.Inventory().Total; n != 1 {
			t.Errorf("%d things are left, want the template only", n)
		}
	})
}
