package sim

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// client is an SDK that talks to a world without a socket.
func client(w *World, region string) *ec2.Client {
	return ec2.NewFromConfig(sdkConfig(w, region))
}

func sdkConfig(w *World, region string) awssdk.Config {
	return awssdk.Config{
		Region: region, HTTPClient: &http.Client{Transport: w.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider("AKIASIMULATED", "secret", ""),
		Retryer:     func() awssdk.Retryer { return awssdk.NopRetryer{} },
	}
}

// pass lets virtual time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// code gives an API error's code, "" for none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// bubble runs a test in virtual time with a world in it.
func bubble(t *testing.T, o Options, f func(t *testing.T, w *World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := New(o)
		defer w.Close()
		f(t, w)
	})
}

const testKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ test"

// ready makes a group and a template in a region and gives the template's name.
func ready(t *testing.T, c *ec2.Client, name string) string {
	t.Helper()
	ctx := t.Context()
	g, err := c.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: &name, Description: awssdk.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: g.GroupId, IpPermissions: []types.IpPermission{{
		IpProtocol: awssdk.String("tcp"), FromPort: awssdk.Int32(22), ToPort: awssdk.Int32(22),
		IpRanges: []types.IpRange{{CidrIp: awssdk.String("127.0.0.1/32"), Description: awssdk.String("me")}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	data := "#cloud-config\n" + `{"ssh_authorized_keys": ["` + testKey + `"]}`
	_, err = c.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: &name,
		LaunchTemplateData: &types.RequestLaunchTemplateData{
			SecurityGroupIds: []string{*g.GroupId}, UserData: awssdk.String(base64.StdEncoding.EncodeToString([]byte(data))),
			ImageId:                           awssdk.String("resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"),
			InstanceInitiatedShutdownBehavior: types.ShutdownBehaviorTerminate,
			TagSpecifications: []types.LaunchTemplateTagSpecificationRequest{
				{ResourceType: types.ResourceTypeSpotInstancesRequest, Tags: []types.Tag{{Key: awssdk.String("fleet"), Value: &name}}},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// fleetOf asks for n spot instances of t3.medium and t3a.medium in every zone.
func fleetOf(t *testing.T, c *ec2.Client, template string, n int32, token string) *ec2.CreateFleetInput {
	t.Helper()
	subnets, err := c.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: []types.Filter{{Name: awssdk.String("default-for-az"), Values: []string{"true"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var o []types.FleetLaunchTemplateOverridesRequest
	for _, s := range subnets.Subnets {
		if *s.AvailabilityZone == "us-east-1e" { // it has neither type
			continue
		}
		for _, typ := range []types.InstanceType{"t3.medium", "t3a.medium"} {
			o = append(o, types.FleetLaunchTemplateOverridesRequest{InstanceType: typ, SubnetId: s.SubnetId, AvailabilityZone: s.AvailabilityZone})
		}
	}
	return &ec2.CreateFleetInput{
		Type: types.FleetTypeInstant, ClientToken: &token,
		TargetCapacitySpecification: &types.TargetCapacitySpecificationRequest{TotalTargetCapacity: &n, DefaultTargetCapacityType: types.DefaultTargetCapacityTypeSpot},
		SpotOptions:                 &types.SpotOptionsRequest{AllocationStrategy: types.SpotAllocationStrategyPriceCapacityOptimized},
		LaunchTemplateConfigs: []types.FleetLaunchTemplateConfigRequest{{
			LaunchTemplateSpecification: &types.FleetLaunchTemplateSpecificationRequest{LaunchTemplateName: &template, Version: awssdk.String("$Default")},
			Overrides:                   o,
		}},
		TagSpecifications: []types.TagSpecification{
			{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: awssdk.String("fleet"), Value: &template}}},
			{ResourceType: types.ResourceTypeVolume, Tags: []types.Tag{{Key: awssdk.String("fleet"), Value: &template}}},
			{ResourceType: types.ResourceTypeNetworkInterface, Tags: []types.Tag{{Key: awssdk.String("fleet"), Value: &template}}},
		},
	}
}

// idsOf gives the instance ids of a fleet's answer.
func idsOf(out *ec2.CreateFleetOutput) []string {
	var ids []string
	for _, i := range out.Instances {
		ids = append(ids, i.InstanceIds...)
	}
	return ids
}

// describe gives one instance.
func describe(t *testing.T, c *ec2.Client, id string) types.Instance {
	t.Helper()
	out, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Reservations[0].Instances[0]
}

func TestLifeOfASpotInstance(t *testing.T) {
	bubble(t, Options{Seed: 1, Scale: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-west-2")
		empty := w.Inventory()
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "demo"), 3, "token"))
		if err != nil {
			t.Fatal(err)
		}
		ids := idsOf(out)
		if len(ids) != 3 || len(out.Errors) != 0 {
			t.Fatalf("got %d instances and %d errors", len(ids), len(out.Errors))
		}
		first := out.Instances[0]
		if first.Lifecycle != types.InstanceLifecycleSpot || first.SubnetId == nil || first.AvailabilityZone == nil {
			t.Errorf("the answer lacks its pool: %+v", first)
		}
		i := describe(t, c, ids[0])
		if i.State.Name != types.InstanceStateNamePending || i.PublicIpAddress != nil {
			t.Errorf("just launched: %s, %v", i.State.Name, awssdk.ToString(i.PublicIpAddress))
		}
		pass(13 * time.Second)
		i = describe(t, c, ids[0])
		if i.State.Name != types.InstanceStateNameRunning || i.PublicIpAddress == nil || i.SpotInstanceRequestId == nil {
			t.Fatalf("after boot: %+v", i.State)
		}
		if want := map[string]int{"instance": 3, "volume": 3, "network-interface": 3, "spot-instances-request": 3, "security-group": 1, "launch-template": 1, "fleet": 1}; fmt.Sprint(w.Inventory().Counts) != fmt.Sprint(want) {
			t.Errorf("inventory %v, want %v", w.Inventory().Counts, want)
		}
		spot, err := c.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{Filters: []types.Filter{{Name: awssdk.String("tag:fleet"), Values: []string{"demo"}}}})
		if err != nil || len(spot.SpotInstanceRequests) != 3 || *spot.SpotInstanceRequests[0].Status.Code != "fulfilled" {
			t.Fatalf("spot requests: %v, %v", spot, err)
		}
		if _, err := c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupName: awssdk.String("demo")}); code(err) != "DependencyViolation" {
			t.Errorf("group in use: %v", err)
		}
		pass(16 * time.Second)
		i = describe(t, c, ids[0])
		if i.State.Name != types.InstanceStateNameTerminated || *i.StateReason.Code != "Client.UserInitiatedShutdown" {
			t.Errorf("after terminate: %s, %s", i.State.Name, *i.StateReason.Code)
		}
		if _, err := c.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupName: awssdk.String("demo")}); err != nil {
			t.Errorf("group free: %v", err)
		}
		if _, err := c.DeleteLaunchTemplate(t.Context(), &ec2.DeleteLaunchTemplateInput{LaunchTemplateName: awssdk.String("demo")}); err != nil {
			t.Error(err)
		}
		if now := w.Inventory(); fmt.Sprint(now) != fmt.Sprint(empty) {
			t.Errorf("after everything: %+v", now)
		}
		pass(time.Hour)
		if _, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: ids}); code(err) != "InvalidInstanceID.NotFound" {
			t.Errorf("an hour later: %v", err)
		}
	})
}

func TestIdentityAndParameters(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	cfg := sdkConfig(w, "eu-north-1")
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil || *me.Account != Account || *me.Arn != CallerARN {
		t.Fatalf("identity: %+v, %v", me, err)
	}
	p, err := ssm.NewFromConfig(cfg).GetParameters(context.Background(), &ssm.GetParametersInput{Names: []string{
		"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", "/aws/service/debian/release/12/latest/amd64", "/nothing",
	}})
	if err != nil || len(p.Parameters) != 2 || len(p.InvalidParameters) != 1 {
		t.Fatalf("parameters: %+v, %v", p, err)
	}
	img, err := client(w, "eu-north-1").DescribeImages(context.Background(), &ec2.DescribeImagesInput{ImageIds: []string{*p.Parameters[0].Value}})
	if err != nil || img.Images[0].Architecture != types.ArchitectureValuesArm64 || *img.Images[0].RootDeviceName != "/dev/xvda" {
		t.Fatalf("image: %+v, %v", img, err)
	}
	if _, err := ssm.NewFromConfig(cfg).GetParameter(context.Background(), &ssm.GetParameterInput{Name: awssdk.String("/nothing")}); code(err) != "ParameterNotFound" {
		t.Errorf("unknown parameter: %v", err)
	}
}
