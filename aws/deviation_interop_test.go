//go:build interop

package aws

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// deviation is one way in which moto answers otherwise than EC2 does. Both
// answers are asserted, so that a new moto shows, and so does a simulated cloud
// that drifts towards the easier one.
type deviation struct {
	name string
	moto string
	sim  string
	fact string // what makes the simulated cloud right
	ask  func(t *testing.T, p probe) string
}

// probe is a client on one of the two clouds with what most questions need.
type probe struct {
	c     *ec2.Client
	image string
	vpc   string
}

func deviations() []deviation {
	return []deviation{
		{"a client token of CreateFleet that comes again", "launches again", "the same instances", "aws-facts §1.6", func(t *testing.T, p probe) string {
			in := p.fleet(t, "again", "t3.medium")
			first, second := p.launch(t, in), p.launch(t, in)
			return either(slices.Equal(idsOfFleet(first), idsOfFleet(second)), "the same instances", "launches again")
		}},
		{"a client token of RunInstances that comes again", "launches again", "the same instances", "aws-facts §1.6", func(t *testing.T, p probe) string {
			in := p.run("t3.medium")
			in.ClientToken = awssdk.String("once")
			first, second := p.started(t, in), p.started(t, in)
			return either(*first[0].InstanceId == *second[0].InstanceId, "the same instances", "launches again")
		}},
		{"the zone in CreateFleet's answer", "missing", "there", "aws-facts §1.4", func(t *testing.T, p probe) string {
			out := p.launch(t, p.fleet(t, "zone", "t3.medium"))
			return either(out.Instances[0].AvailabilityZone != nil, "there", "missing")
		}},
		{"a type that does not exist in CreateFleet", "launches it", "InvalidParameterValue beside no instance", "aws-facts §1.4, §11.2", func(t *testing.T, p probe) string {
			out := p.launch(t, p.fleet(t, "nonsense", "t3.nonsense"))
			if len(idsOfFleet(out)) > 0 {
				return "launches it"
			}
			return *out.Errors[0].ErrorCode + " beside no instance"
		}},
		{"MaxCount above MinCount", "1 of 3", "3 of 3", "aws-facts §1.5", func(t *testing.T, p probe) string {
			in := p.run("t3.medium")
			in.MaxCount = awssdk.Int32(3)
			return fmt.Sprintf("%d of 3", len(p.started(t, in)))
		}},
		{"the spot request of RunInstances", "none", "one", "aws-facts §1.5", func(t *testing.T, p probe) string {
			in := p.run("t3.medium")
			in.InstanceMarketOptions = &types.InstanceMarketOptionsRequest{MarketType: types.MarketTypeSpot}
			return either(awssdk.ToString(p.started(t, in)[0].SpotInstanceRequestId) != "", "one", "none")
		}},
		{"user data of 17 KB", "taken", "InvalidUserData.Malformed", "aws-facts §1.7", func(t *testing.T, p probe) string {
			in := p.run("t3.medium")
			in.UserData = awssdk.String(base64.StdEncoding.EncodeToString(make([]byte, 17<<10)))
			_, err := p.c.RunInstances(t.Context(), in)
			return outcome(err, "taken")
		}},
		{"the age of a spot price", "since 2006", "of these days", "aws-facts §3.2", func(t *testing.T, p probe) string {
			out, err := p.c.DescribeSpotPriceHistory(t.Context(), &ec2.DescribeSpotPriceHistoryInput{InstanceTypes: []types.InstanceType{"t3.medium"}})
			must(t, err)
			return either(time.Since(*out.SpotPriceHistory[0].Timestamp) < 90*24*time.Hour, "of these days", "since "+out.SpotPriceHistory[0].Timestamp.Format("2006"))
		}},
		{"the gateway of the default VPC", "none", "one", "aws-facts §6.1", func(t *testing.T, p probe) string {
			out, err := p.c.DescribeInternetGateways(t.Context(), &ec2.DescribeInternetGatewaysInput{Filters: []types.Filter{filter("attachment.vpc-id", p.vpc)}})
			must(t, err)
			return either(len(out.InternetGateways) == 1, "one", "none")
		}},
		{"a region that needs opting in", "enabled", "not listed", "aws-facts §12", func(t *testing.T, p probe) string {
			out, err := p.c.DescribeRegions(t.Context(), &ec2.DescribeRegionsInput{})
			must(t, err)
			return either(slices.ContainsFunc(out.Regions, func(r types.Region) bool { return *r.RegionName == "af-south-1" }), "enabled", "not listed")
		}},
		{"deleting a security group that an instance has", "deleted", "DependencyViolation", "aws-facts §6.3", func(t *testing.T, p probe) string {
			g, err := p.c.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: awssdk.String("used"), Description: awssdk.String("used"), VpcId: &p.vpc})
			must(t, err)
			in := p.run("t3.medium")
			in.SecurityGroupIds = []string{*g.GroupId}
			p.started(t, in)
			_, err = p.c.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: g.GroupId})
			return outcome(err, "deleted")
		}},
		{"the filter client-token", "HTTP 500", "works", "aws-facts §1.6", func(t *testing.T, p probe) string {
			_, err := p.c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []types.Filter{filter("client-token", "x")}})
			var re *awshttp.ResponseError
			if errors.As(err, &re) {
				return fmt.Sprintf("HTTP %d", re.HTTPStatusCode())
			}
			return outcome(err, "works")
		}},
		{"pages of security groups", "all at once", "in pages", "aws-facts §3.2", func(t *testing.T, p probe) string {
			for n := range 6 {
				_, err := p.c.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: awssdk.String(fmt.Sprint("page", n)), Description: awssdk.String("page"), VpcId: &p.vpc})
				must(t, err)
			}
			out, err := p.c.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{MaxResults: awssdk.Int32(5)})
			must(t, err)
			return either(out.NextToken != nil, "in pages", "all at once")
		}},
		{"an instance that was just terminated", "terminated", "shutting-down", "aws-facts §6.3", func(t *testing.T, p probe) string {
			id := *p.started(t, p.run("t3.medium"))[0].InstanceId
			_, err := p.c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
			must(t, err)
			out, err := p.c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
			must(t, err)
			return string(out.Reservations[0].Instances[0].State.Name)
		}},
		// Last, since moto has no other default subnet to launch into then.
		{"deleting a subnet with an instance in it", "deleted", "DependencyViolation", "aws-facts §6.3", func(t *testing.T, p probe) string {
			i := p.started(t, p.run("t3.medium"))[0]
			_, err := p.c.DeleteSubnet(t.Context(), &ec2.DeleteSubnetInput{SubnetId: i.SubnetId})
			return outcome(err, "deleted")
		}},
	}
}

// TestInteropMotoDeviations asks both clouds each question.
func TestInteropMotoDeviations(t *testing.T) {
	moto, err := New(t.Context(), Options{Endpoint: startMoto(t), HomeRegion: "us-west-2", Static: &StaticCredentials{AccessKey: "AK", SecretKey: "s"}})
	must(t, err)
	for _, d := range deviations() {
		t.Run(d.name, func(t *testing.T) {
			if got := d.ask(t, probeOf(t, moto)); got != d.moto {
				t.Errorf("moto: %q; the table says %q", got, d.moto)
			}
			world, _ := on(t, sim.Options{Seed: 1, Scale: 0.05})
			if got := d.ask(t, probeOf(t, world)); got != d.sim {
				t.Errorf("the simulated cloud: %q; EC2 says %q (%s)", got, d.sim, d.fact)
			}
			if d.moto == d.sim {
				t.Error("no deviation at all: take it out of the table")
			}
		})
	}
}

func probeOf(t *testing.T, a *Account) probe {
	t.Helper()
	p := probe{c: a.ec2Client("us-west-2")}
	vpcs, err := p.c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{Filters: []types.Filter{filter("is-default", "true")}})
	must(t, err)
	p.vpc = *vpcs.Vpcs[0].VpcId
	im, err := a.in("us-west-2").Images(t.Context(), "al2023")
	must(t, err)
	p.image = im[x86].ID
	return p
}

func (p probe) run(typ types.InstanceType) *ec2.RunInstancesInput {
	return &ec2.RunInstancesInput{ImageId: &p.image, InstanceType: typ, MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1)}
}

func (p probe) started(t *testing.T, in *ec2.RunInstancesInput) []types.Instance {
	t.Helper()
	out, err := p.c.RunInstances(t.Context(), in)
	must(t, err)
	return out.Instances
}

func (p probe) fleet(t *testing.T, name string, typ types.InstanceType) *ec2.CreateFleetInput {
	t.Helper()
	_, err := p.c.CreateLaunchTemplate(t.Context(), &ec2.CreateLaunchTemplateInput{LaunchTemplateName: &name, LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: &p.image}})
	must(t, err)
	return &ec2.CreateFleetInput{
		Type: types.FleetTypeInstant, ClientToken: &name,
		TargetCapacitySpecification: &types.TargetCapacitySpecificationRequest{TotalTargetCapacity: awssdk.Int32(1), DefaultTargetCapacityType: types.DefaultTargetCapacityTypeSpot},
		SpotOptions:                 &types.SpotOptionsRequest{AllocationStrategy: types.SpotAllocationStrategyPriceCapacityOptimized},
		LaunchTemplateConfigs: []types.FleetLaunchTemplateConfigRequest{{
			LaunchTemplateSpecification: &types.FleetLaunchTemplateSpecificationRequest{LaunchTemplateName: &name, Version: awssdk.String("$Default")},
			Overrides:                   []types.FleetLaunchTemplateOverridesRequest{{InstanceType: typ, ImageId: &p.image}},
		}},
	}
}

func (p probe) launch(t *testing.T, in *ec2.CreateFleetInput) *ec2.CreateFleetOutput {
	t.Helper()
	out, err := p.c.CreateFleet(t.Context(), in)
	must(t, err)
	return out
}

func idsOfFleet(out *ec2.CreateFleetOutput) []string {
	var ids []string
	for _, i := range out.Instances {
		ids = append(ids, i.InstanceIds...)
	}
	return ids
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// outcome is an error's code, or what success is called.
func outcome(err error, success string) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return success
	case errors.As(err, &api):
		return api.ErrorCode()
	}
	return err.Error()
}

// TestInteropMotoDecodesEveryRequest runs the contract and what it leaves out
// against moto, and checks that every call that this package can make was made
// and understood there.
func TestInteropMotoDecodesEveryRequest(t *testing.T) {
	var mu sync.Mutex
	made := map[string]int{}
	a, err := New(t.Context(), Options{
		Endpoint: startMoto(t), HomeRegion: string(motoQuirks.region), Static: &StaticCredentials{AccessKey: "AK", SecretKey: "s"}, CacheDir: t.TempDir(),
		OnCall: func(c fleet.Call) {
			if c.Err == nil {
				mu.Lock()
				made[c.Op]++
				mu.Unlock()
			}
		},
	})
	must(t, err)
	openDefaultVPC(t, a.ec2Client(motoQuirks.region))
	runContract(t, a, motoQuirks)
	removeStrays(t, a)
	_, err = a.in(motoQuirks.region).zoneNames(t.Context()) // asked for with scores only, which moto has not
	must(t, err)
	lacking := map[string]bool{"GetSpotPlacementScores": true, "ModifyFleet": true, "DescribeFleetHistory": true} // moto has no such calls
	for _, api := range []reflect.Type{reflect.TypeFor[ec2API](), reflect.TypeFor[ssmAPI](), reflect.TypeFor[stsAPI]()} {
		for m := range api.Methods() {
			if made[m.Name] == 0 != lacking[m.Name] {
				t.Errorf("moto answered %s %d times", m.Name, made[m.Name])
			}
		}
	}
}

// removeStrays has the adapter take away what only an unlucky fleet leaves.
func removeStrays(t *testing.T, a *Account) {
	t.Helper()
	c, r, ctx := a.ec2Client(motoQuirks.region), a.In(motoQuirks.region), t.Context()
	p := probeOf(t, a)
	tags := []types.Tag{{Key: awssdk.String(fleet.TagFleet), Value: awssdk.String("stray")}}
	_, err := c.CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: awssdk.String("us-west-2a"), Size: awssdk.Int32(1), TagSpecifications: specs(tags, types.ResourceTypeVolume)})
	must(t, err)
	subnets, err := c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []types.Filter{filter("vpc-id", p.vpc)}})
	must(t, err)
	_, err = c.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: subnets.Subnets[0].SubnetId, TagSpecifications: specs(tags, types.ResourceTypeNetworkInterface)})
	must(t, err)
	req, err := c.RequestSpotInstances(ctx, &ec2.RequestSpotInstancesInput{
		InstanceCount: awssdk.Int32(1), SpotPrice: awssdk.String("0.5"), LaunchSpecification: &types.RequestSpotLaunchSpecification{ImageId: &p.image, InstanceType: "t3.medium"},
	})
	must(t, err)
	_, err = c.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{*req.SpotInstanceRequests[0].SpotInstanceRequestId}, Tags: tags})
	must(t, err)
	_, err = c.ImportKeyPair(ctx, &ec2.ImportKeyPairInput{
		KeyName: awssdk.String("stray"), PublicKeyMaterial: []byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ stray"),
		TagSpecifications: specs(tags, types.ResourceTypeKeyPair),
	})
	must(t, err)
	left, err := r.Leftovers(ctx, "stray")
	must(t, err)
	if len(left) != 4 {
		t.Errorf("strays: %+v", left)
	}
	for _, l := range left {
		must(t, r.Remove(ctx, "stray", l))
	}
}
