package sim

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/sim/wire"
)

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

// launchN has n instances of t3.medium and gives their ids.
func launchN(t *testing.T, c *ec2.Client, n int32, token string) ([]string, error) {
	t.Helper()
	images, err := c.DescribeImages(t.Context(), &ec2.DescribeImagesInput{Filters: []types.Filter{filter("name", "debian-12-amd64-*")}})
	if err != nil {
		t.Fatal(err)
	}
	in := &ec2.RunInstancesInput{MinCount: &n, MaxCount: &n, ImageId: images.Images[0].ImageId, InstanceType: "t3.medium"}
	if token != "" {
		in.ClientToken = &token
	}
	out, err := c.RunInstances(t.Context(), in)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, i := range out.Instances {
		ids = append(ids, *i.InstanceId)
	}
	return ids, nil
}

func TestEveryOperationOfTheTableIsServed(t *testing.T) {
	t.Parallel()
	var served []string
	for _, m := range []map[string]operation{mutations(), reads()} {
		served = slices.AppendSeq(served, maps.Keys(m))
	}
	served = slices.AppendSeq(served, maps.Keys(listings()))
	slices.Sort(served)
	if want := wire.Operations(); !slices.Equal(served, want) {
		t.Errorf("served %v\nin the table %v", served, want)
	}
}

func TestClientTokens(t *testing.T) {
	t.Parallel()
	w := New(Options{Seed: 3})
	defer w.Close()
	c := client(w, "us-east-2")
	in := fleetOf(t, c, ready(t, c, "tokens"), 2, "one")
	first, err := c.CreateFleet(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.CreateFleet(t.Context(), in)
	if err != nil || *second.FleetId != *first.FleetId || fmt.Sprint(idsOf(second)) != fmt.Sprint(idsOf(first)) {
		t.Errorf("the same token gave %v and %v, %v", idsOf(first), idsOf(second), err)
	}
	in.TargetCapacitySpecification.TotalTargetCapacity = awssdk.Int32(3)
	if _, err := c.CreateFleet(t.Context(), in); code(err) != "IdempotentParameterMismatch" {
		t.Errorf("changed body: %v", err)
	}
	if n := w.Inventory().Counts["instance"]; n != 2 {
		t.Errorf("%d instances, want 2", n)
	}
	ids, err := launchN(t, c, 1, "run")
	if err != nil {
		t.Fatal(err)
	}
	again, err := launchN(t, c, 1, "run")
	if err != nil || again[0] != ids[0] {
		t.Errorf("RunInstances gave %v and %v, %v", ids, again, err)
	}
	if _, err := launchN(t, c, 2, "run"); code(err) != "IdempotentParameterMismatch" {
		t.Errorf("changed body: %v", err)
	}
	if _, err := c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids}); err != nil {
		t.Fatal(err)
	}
	if _, err := launchN(t, c, 1, "run"); code(err) != "IdempotentInstanceTerminated" {
		t.Errorf("token of a terminated instance: %v", err)
	}
	template := &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: awssdk.String("again"), ClientToken: awssdk.String("lt"), LaunchTemplateData: &types.RequestLaunchTemplateData{KeyName: awssdk.String("a")},
	}
	a, err := c.CreateLaunchTemplate(t.Context(), template)
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.CreateLaunchTemplate(t.Context(), template)
	if err != nil || *a.LaunchTemplate.LaunchTemplateId != *b.LaunchTemplate.LaunchTemplateId {
		t.Errorf("template: %v", err)
	}
	template.ClientToken = awssdk.String("other")
	if _, err := c.CreateLaunchTemplate(t.Context(), template); code(err) != "InvalidLaunchTemplateName.AlreadyExistsException" {
		t.Errorf("taken name: %v", err)
	}
}

func TestTokensBelongToARegion(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	a, errA := launchN(t, client(w, "us-east-1"), 1, "same")
	b, errB := launchN(t, client(w, "eu-west-1"), 1, "same")
	if errA != nil || errB != nil || a[0] == b[0] {
		t.Errorf("%v %v %v %v", a, b, errA, errB)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	w := New(Options{Seed: 5})
	defer w.Close()
	c := client(w, "eu-central-1")
	out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "mine"), 4, "t"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := launchN(t, c, 2, "")
	if err != nil {
		t.Fatal(err)
	}
	mine := idsOf(out)
	_, err = c.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: other[:1], Tags: []types.Tag{{Key: awssdk.String("a*b"), Value: awssdk.String("x")}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		filters []types.Filter
		want    int
	}{
		{"by tag", []types.Filter{filter("tag:fleet", "mine")}, 4},
		{"by tag, wildcard", []types.Filter{filter("tag:fleet", "m?n*")}, 4},
		{"by tag, other case", []types.Filter{filter("tag:fleet", "Mine")}, 0},
		{"by tag key", []types.Filter{filter("tag-key", "fleet")}, 4},
		{"literal star", []types.Filter{filter("tag-key", `a\*b`)}, 1},
		{"literal star doesn't match", []types.Filter{filter("tag-key", `f\*`)}, 0},
		{"ored values", []types.Filter{filter("instance-id", mine[0], other[0])}, 2},
		{"anded filters", []types.Filter{filter("instance-id", mine[0], other[0]), filter("instance-lifecycle", "spot")}, 1},
		{"state", []types.Filter{filter("instance-state-name", "running")}, 6},
		{"no state", []types.Filter{filter("instance-state-name", "terminated")}, 0},
		{"client token", []types.Filter{filter("client-token", "t")}, 4},
		{"type", []types.Filter{filter("instance-type", "t3*.medium")}, 6},
	} {
		out, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: tc.filters})
		n := 0
		if err == nil {
			for _, r := range out.Reservations {
				n += len(r.Instances)
			}
		}
		if err != nil || n != tc.want {
			t.Errorf("%s: %d instances (%v), want %d", tc.name, n, err, tc.want)
		}
	}
	if _, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []types.Filter{filter("colour", "red")}}); code(err) != "InvalidParameterValue" {
		t.Errorf("unknown filter: %v", err)
	}
	nics, err := c.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("tag:fleet", "mine")}})
	if err != nil || len(nics.NetworkInterfaces) != 4 || len(nics.NetworkInterfaces[0].TagSet) != 1 {
		t.Errorf("interfaces by tag: %v", err)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	c := client(w, "us-west-2")
	ids, err := launchN(t, c, 23, "")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	pages := 0
	p := ec2.NewDescribeInstancesPaginator(c, &ec2.DescribeInstancesInput{MaxResults: awssdk.Int32(5)})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reservations {
			for _, i := range r.Instances {
				seen[*i.InstanceId]++
			}
		}
		if pages++; pages == 1 { // what comes between two pages shifts nothing
			if _, err := launchN(t, c, 2, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	if pages != 5 || len(seen) != 25 {
		t.Errorf("%d pages with %d instances", pages, len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was listed %d times", id, n)
		}
	}
	for _, tc := range []struct {
		in   ec2.DescribeInstancesInput
		want string
	}{
		{ec2.DescribeInstancesInput{MaxResults: awssdk.Int32(4)}, "InvalidParameterValue"},
		{ec2.DescribeInstancesInput{MaxResults: awssdk.Int32(1001)}, "InvalidParameterValue"},
		{ec2.DescribeInstancesInput{MaxResults: awssdk.Int32(5), InstanceIds: ids[:1]}, "InvalidParameterCombination"},
		{ec2.DescribeInstancesInput{NextToken: awssdk.String("nonsense")}, "InvalidNextToken"},
		{ec2.DescribeInstancesInput{InstanceIds: []string{"vol-1"}}, "InvalidInstanceID.Malformed"},
	} {
		if _, err := c.DescribeInstances(t.Context(), &tc.in); code(err) != tc.want {
			t.Errorf("%+v: %v, want %s", tc.in, err, tc.want)
		}
	}
	prices, total := ec2.NewDescribeSpotPriceHistoryPaginator(c, &ec2.DescribeSpotPriceHistoryInput{MaxResults: awssdk.Int32(7), InstanceTypes: []types.InstanceType{"t3.medium", "m6i.large"}}), 0
	for prices.HasMorePages() {
		page, err := prices.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		total += len(page.SpotPriceHistory)
	}
	if total < 4*2*3 { // 4 zones, 2 types, at least 3 changes a day
		t.Errorf("%d prices", total)
	}
}

// TestDryRunChangesNothing calls each mutating operation with DryRun.
func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	c := client(w, "us-east-1")
	in := fleetOf(t, c, ready(t, c, "dry"), 1, "t")
	out, err := c.CreateFleet(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	id := idsOf(out)[0]
	i := describe(t, c, id)
	before := fmt.Sprint(w.Inventory())
	image := *i.ImageId
	for op, params := range map[string]string{
		"AuthorizeSecurityGroupIngress": "GroupName=dry&IpProtocol=tcp&FromPort=80&ToPort=80&CidrIp=0.0.0.0/0",
		"RevokeSecurityGroupIngress":    "GroupName=dry&IpProtocol=tcp&FromPort=22&ToPort=22&CidrIp=127.0.0.1/32",
		"CancelSpotInstanceRequests":    "SpotInstanceRequestId.1=" + *i.SpotInstanceRequestId,
		"CreateFleet": "Type=instant&TargetCapacitySpecification.TotalTargetCapacity=1&LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName=dry" +
			"&LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=1",
		"CreateLaunchTemplate": "LaunchTemplateName=new&LaunchTemplateData.KeyName=k",
		"CreateSecurityGroup":  "GroupName=new&GroupDescription=new",
		"CreateTags":           "ResourceId.1=" + id + "&Tag.1.Key=k&Tag.1.Value=v",
		"DeleteTags":           "ResourceId.1=" + id,
		"DeleteFleets":         "FleetId.1=" + *out.FleetId + "&TerminateInstances=true",
		"DeleteLaunchTemplate": "LaunchTemplateName=dry",
		"ImportKeyPair":        "KeyName=k&PublicKeyMaterial=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(testKey))),
		"DeleteKeyPair":        "KeyName=k",
		"RunInstances":         "MinCount=1&MaxCount=1&ImageId=" + image + "&InstanceType=t3.micro",
		"TerminateInstances":   "InstanceId.1=" + id,
	} {
		status, body := raw(t, w, "us-east-1", "Action="+op+"&DryRun=true&"+params)
		if status != http.StatusPreconditionFailed || !strings.Contains(body, "<Code>DryRunOperation</Code>") {
			t.Errorf("%s: %d %s", op, status, body)
		}
	}
	if after := fmt.Sprint(w.Inventory()); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

// raw posts an EC2 request as it would come over the wire.
func raw(t *testing.T, w *World, region, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sim/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if region != "" {
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIASIMULATED/20260101/"+region+"/ec2/aws4_request, SignedHeaders=host, Signature=0")
	}
	a, err := w.respond(t.Context(), mustRead(t, req))
	if err != nil {
		t.Fatal(err)
	}
	return a.status, string(a.body)
}

func mustRead(t *testing.T, req *http.Request) asked {
	t.Helper()
	q, err := read(req, "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	long := url.QueryEscape(base64.StdEncoding.EncodeToString(make([]byte, maxUserData+1)))
	var many strings.Builder
	for i := range maxTags + 1 {
		fmt.Fprintf(&many, "&TagSpecification.1.Tag.%d.Key=k%d", i+1, i)
	}
	for _, tc := range []struct{ name, region, body, want string }{
		{"no credentials", "", "Action=DescribeVpcs", "MissingAuthenticationToken"},
		{"unknown action", "us-east-1", "Action=DescribeMoon", "InvalidAction"},
		{"no action", "us-east-1", "Version=2016-11-15", "MissingAction"},
		{"unknown parameter", "us-east-1", "Action=DescribeVpcs&Colour=red", "UnknownParameter"},
		{"unknown inner parameter", "us-east-1", "Action=DescribeVpcs&Filter.1.Colour=red", "UnknownParameter"},
		{"a structure's parameter with an index", "us-east-1", "Action=DescribeVpcs&Filter.x.Name=red", "UnknownParameter"},
		{"bad number", "us-east-1", "Action=DescribeVpcs&MaxResults=many", "InvalidParameterValue"},
		{"region not opted in", "af-south-1", "Action=DescribeVpcs", "AuthFailure"},
		{"no such region", "mars-north-1", "Action=DescribeVpcs", "AuthFailure"},
		{"fleet of type request", "us-east-1", "Action=CreateFleet&Type=request", "UnsupportedOperation"},
		{"no such template", "us-east-1", "Action=CreateFleet&Type=instant&TargetCapacitySpecification.TotalTargetCapacity=1&LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName=nix&LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=1", "InvalidLaunchTemplateName.NotFoundException"},
		{"no such template to delete", "us-east-1", "Action=DeleteLaunchTemplate&LaunchTemplateName=nix", "InvalidLaunchTemplateName.NotFoundException"},
		{"user data too long", "us-east-1", "Action=CreateLaunchTemplate&LaunchTemplateName=abc&LaunchTemplateData.UserData=" + long, "InvalidUserData.Malformed"},
		{"user data not base64", "us-east-1", "Action=CreateLaunchTemplate&LaunchTemplateName=abc&LaunchTemplateData.UserData=%21", "InvalidUserData.Malformed"},
		{"unknown image", "us-east-1", "Action=RunInstances&MinCount=1&MaxCount=1&ImageId=ami-0&InstanceType=t3.micro", "InvalidAMIID.NotFound"},
		{"51 tags", "us-east-1", "Action=CreateSecurityGroup&GroupName=g&GroupDescription=g&TagSpecification.1.ResourceType=security-group" + many.String(), "TagLimitExceeded"},
		{"tag of AWS", "us-east-1", "Action=CreateSecurityGroup&GroupName=g&GroupDescription=g&TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=aws:x", "InvalidParameterValue"},
		{"taken group name", "us-east-1", "Action=CreateSecurityGroup&GroupName=default&GroupDescription=g", "InvalidGroup.Duplicate"},
		{"default group", "us-east-1", "Action=DeleteSecurityGroup&GroupName=default", "CannotDelete"},
		{"unknown group", "us-east-1", "Action=DeleteSecurityGroup&GroupId=sg-0", "InvalidGroup.NotFound"},
		{"unknown rule", "us-east-1", "Action=RevokeSecurityGroupIngress&GroupName=default&IpProtocol=tcp&FromPort=1&ToPort=1&CidrIp=0.0.0.0/0", "InvalidPermission.NotFound"},
		{"host bits", "us-east-1", "Action=AuthorizeSecurityGroupIngress&GroupName=default&IpProtocol=tcp&FromPort=1&ToPort=1&CidrIp=10.0.0.1/8", "InvalidParameterValue"},
		{"tags on what doesn't exist", "us-east-1", "Action=CreateTags&ResourceId.1=i-0&Tag.1.Key=k", "InvalidInstanceID.NotFound"},
	} {
		_, body := raw(t, w, tc.region, tc.body)
		if !strings.Contains(body, "<Code>"+tc.want+"</Code>") || !strings.Contains(body, "<RequestID>") {
			t.Errorf("%s: %s, want %s", tc.name, body, tc.want)
		}
	}
	if inv := w.Inventory(); inv.Total != 0 {
		t.Errorf("refused calls left %+v", inv)
	}
}

func TestTerminateAllOrNone(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	c := client(w, "us-east-1")
	ids, err := launchN(t, c, 2, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.TerminateInstances(context.Background(), &ec2.TerminateInstancesInput{InstanceIds: append(ids, "i-0123456789abcdef0")})
	if code(err) != "InvalidInstanceID.NotFound" || w.Inventory().Counts["instance"] != 2 {
		t.Errorf("%v, %v", err, w.Inventory().Counts)
	}
}

func TestShortFleetHasInstancesAndErrors(t *testing.T) {
	t.Parallel()
	w := New(Options{Seed: 9})
	defer w.Close()
	c := client(w, "us-east-2")
	in := fleetOf(t, c, ready(t, c, "short"), 5, "t")
	for _, f := range []Fault{{Fault: "no-capacity", Region: "us-east-2", Type: "t3a.medium"}, {Fault: "no-capacity", Region: "us-east-2", Type: "t3.medium", Capacity: 3}} {
		if err := w.Inject(f); err != nil {
			t.Fatal(err)
		}
	}
	out, err := c.CreateFleet(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(idsOf(out)) != 3 || len(out.Errors) != 6 {
		t.Fatalf("%d instances, %d errors", len(idsOf(out)), len(out.Errors))
	}
	for _, e := range out.Errors {
		o := e.LaunchTemplateAndOverrides.Overrides
		if *e.ErrorCode != "InsufficientInstanceCapacity" || o.SubnetId == nil || o.InstanceType == "" {
			t.Errorf("%+v", e)
		}
	}
	w.ClearFaults()
	in.ClientToken = awssdk.String("later")
	if out, err = c.CreateFleet(t.Context(), in); err != nil || len(idsOf(out)) != 5 {
		t.Errorf("with capacity again: %v, %v", idsOf(out), err)
	}
}
