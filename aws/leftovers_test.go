package aws

import (
	"net/url"
	"slices"
	"testing"

	"spot-tui/fleet"
)

// scanFake is a region with one leftover of each kind and, in each answer, one
// thing of another fleet that a careless filter would let through.
func scanFake(t *testing.T) *fake {
	tags := func(key, f string) string {
		return `<` + key + `><item><key>` + fleet.TagFleet + `</key><value>` + f + `</value></item><item><key>` + fleet.TagOwner + `</key><value>ada</value></item></` + key + `>`
	}
	list := func(op, set, body string) func(url.Values) (int, string) {
		return always(200, "<"+op+"Response><"+set+">"+body+"</"+set+"></"+op+"Response>")
	}
	both := func(one func(f string) string) string { return one("a") + one("b") }
	return &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"DescribeInstances": always(200, instancesXML("", instanceXML("i-1", "a", "stopping"), instanceXML("i-2", "b", "running"))),
		"DescribeFleets": list("DescribeFleets", "fleetSet", both(func(f string) string {
			return `<item><fleetId>fleet-1</fleetId><type>maintain</type><fleetState>active</fleetState>` + tags("tagSet", f) + `</item>` +
				`<item><fleetId>fleet-2</fleetId><type>maintain</type><fleetState>deleted_running</fleetState>` + tags("tagSet", f) + `</item>` +
				`<item><fleetId>fleet-3</fleetId><type>instant</type><fleetState>active</fleetState>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeSpotInstanceRequests": list("DescribeSpotInstanceRequests", "spotInstanceRequestSet", both(func(f string) string {
			return `<item><spotInstanceRequestId>sir-1</spotInstanceRequestId><state>open</state>` + tags("tagSet", f) + `</item><item><spotInstanceRequestId>sir-2</spotInstanceRequestId><state>closed</state>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeNetworkInterfaces": list("DescribeNetworkInterfaces", "networkInterfaceSet", both(func(f string) string {
			return `<item><networkInterfaceId>eni-1</networkInterfaceId><status>available</status>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeVolumes": list("DescribeVolumes", "volumeSet", both(func(f string) string {
			return `<item><volumeId>vol-1</volumeId><status>available</status>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeSecurityGroups": list("DescribeSecurityGroups", "securityGroupInfo", both(func(f string) string {
			return `<item><groupId>sg-1</groupId><groupName>spot-tui-a</groupName>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeSubnets": list("DescribeSubnets", "subnetSet", both(func(f string) string {
			return `<item><subnetId>subnet-1</subnetId>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeRouteTables": list("DescribeRouteTables", "routeTableSet", both(func(f string) string {
			return `<item><routeTableId>rtb-1</routeTableId>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeInternetGateways": list("DescribeInternetGateways", "internetGatewaySet", both(func(f string) string {
			return `<item><internetGatewayId>igw-1</internetGatewayId>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeVpcs": list("DescribeVpcs", "vpcSet", both(func(f string) string {
			return `<item><vpcId>vpc-1</vpcId>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeAddresses": list("DescribeAddresses", "addressesSet", both(func(f string) string {
			return `<item><allocationId>eipalloc-1</allocationId><publicIp>203.0.113.9</publicIp>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeSnapshots": list("DescribeSnapshots", "snapshotSet", both(func(f string) string {
			return `<item><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeKeyPairs": list("DescribeKeyPairs", "keySet", both(func(f string) string {
			return `<item><keyPairId>key-1</keyPairId><keyName>k</keyName>` + tags("tagSet", f) + `</item>`
		})),
		"DescribeLaunchTemplates": list("DescribeLaunchTemplates", "launchTemplates", both(func(f string) string {
			return `<item><launchTemplateId>lt-0</launchTemplateId><launchTemplateName>spot-tui-a</launchTemplateName>` + tags("tagSet", f) + `</item>` +
				`<item><launchTemplateId>lt-1</launchTemplateId><launchTemplateName>spot-tui-a/0123456789ab</launchTemplateName>` + tags("tagSet", f) + `</item>`
		})),
	}}
}

func TestLeftovers(t *testing.T) {
	t.Parallel()
	left, err := scanFake(t).account().In("us-west-2").Leftovers(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range left {
		if l.Region != "us-west-2" || (l.Owner != "ada" && l.Kind != fleet.KindOfInstance) {
			t.Errorf("leftover %+v", l)
		}
		got = append(got, string(l.Kind)+" "+l.ID+" "+l.Name)
	}
	if want := []string{
		"EC2 fleet fleet-1 ", "instance i-1 ", "spot request sir-1 ", "elastic IP eipalloc-1 203.0.113.9", "network interface eni-1 ", "volume vol-1 ", "snapshot snap-1 ",
		"security group sg-1 spot-tui-a", "subnet subnet-1 ", "route table rtb-1 ", "internet gateway igw-1 ", "VPC vpc-1 ", "launch template lt-1 spot-tui-a/0123456789ab", "key pair key-1 k", "fleet record lt-0 spot-tui-a",
	}; !slices.Equal(got, want) {
		t.Errorf("leftovers = %q; want %q", got, want)
	}
}

// TestLeftoversThatCantBeProven: a scan of which one part fails proves nothing.
func TestLeftoversThatCantBeProven(t *testing.T) {
	t.Parallel()
	for _, op := range []string{
		"DescribeInstances", "DescribeSpotInstanceRequests", "DescribeNetworkInterfaces", "DescribeVolumes", "DescribeSecurityGroups", "DescribeLaunchTemplates",
		"DescribeSubnets", "DescribeRouteTables", "DescribeInternetGateways", "DescribeVpcs", "DescribeFleets",
	} {
		f := scanFake(t)
		f.answers[op] = always(403, apiError("UnauthorizedOperation", "no"))
		if left, err := f.account().In("us-west-2").Leftovers(t.Context(), "a"); fleet.KindOf(err) != fleet.KindDenied || left != nil {
			t.Errorf("without %s: %v, %v", op, left, err)
		}
	}
}

// TestLeftoversWithoutEveryPermission: who may not list what spot-tui never makes
// gets the rest, and the refusal beside it.
func TestLeftoversWithoutEveryPermission(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"DescribeAddresses", "DescribeSnapshots", "DescribeKeyPairs"} {
		f := scanFake(t)
		f.answers[op] = always(403, apiError("UnauthorizedOperation", "no"))
		if left, err := f.account().In("us-west-2").Leftovers(t.Context(), "a"); fleet.KindOf(err) != fleet.KindDenied || len(left) != 14 {
			t.Errorf("without %s: %d, %v", op, len(left), err)
		}
		f.answers[op] = always(500, apiError("InternalError", "no"))
		if left, err := f.account().In("us-west-2").Leftovers(t.Context(), "a"); fleet.KindOf(err) != fleet.KindInternal || left != nil {
			t.Errorf("%s fails: %d, %v", op, len(left), err)
		}
	}
}

// TestMarkSurvivesAnEndedInstance: one id that EC2 no longer knows does not
// keep the others from their tags.
func TestMarkSurvivesAnEndedInstance(t *testing.T) {
	t.Parallel()
	var marked []string
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"DescribeInstances": always(200, instancesXML("", instanceXML("i-1", "a", "running"), instanceXML("i-2", "a", "running"), instanceXML("i-3", "a", "running"), instanceXML("i-4", "a", "terminated"), instanceXML("i-5", "b", "running"))),
		"CreateTags": func(q url.Values) (int, string) {
			ids := valuesOf(q, "ResourceId.")
			if slices.Contains(ids, "i-2") {
				return 400, apiError("InvalidInstanceID.NotFound", "i-2")
			}
			marked = append(marked, ids...)
			return 200, `<CreateTagsResponse/>`
		},
	}}
	r := f.account().In("us-west-2")
	if err := r.Mark(t.Context(), "a", []fleet.InstanceID{"i-1", "i-2", "i-3", "i-4", "i-5", "i-6"}, map[string]string{fleet.TagReady: "now"}); err != nil {
		t.Fatal(err)
	}
	if slices.Sort(marked); !slices.Equal(marked, []string{"i-1", "i-3"}) {
		t.Errorf("marked %v", marked)
	}
	if err := r.Mark(t.Context(), "a", []fleet.InstanceID{"i-1"}, map[string]string{fleet.TagFleet: "b"}); fleet.KindOf(err) != fleet.KindGuard {
		t.Errorf("the tag that says whose it is: %v", err)
	}
}
