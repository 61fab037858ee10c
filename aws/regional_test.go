package aws

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
)

// TestLaunchPartly: instances and errors come in one answer, and neither hides
// the other.
func TestLaunchPartly(t *testing.T) {
	t.Parallel()
	override := func(typ, zone string) string {
		return `<launchTemplateAndOverrides><overrides><instanceType>` + typ + `</instanceType><availabilityZone>` + zone + `</availabilityZone></overrides></launchTemplateAndOverrides>`
	}
	body := `<CreateFleetResponse><fleetId>fleet-1</fleetId>
<errorSet>
<item>` + override("t3.medium", "us-west-2a") + `<errorCode>InsufficientInstanceCapacity</errorCode><errorMessage>There is no Spot capacity available that matches your request.</errorMessage></item>
<item>` + override("t3.medium", "us-west-2b") + `<errorCode>RequestLimitExceeded</errorCode><errorMessage>Request limit exceeded.</errorMessage></item>
<item>` + override("t4g.medium", "us-west-2b") + `<errorCode>MaxSpotInstanceCountExceeded</errorCode><errorMessage>Max spot instance count exceeded</errorMessage></item>
<item><errorCode>NeverSeen</errorCode><errorMessage>?</errorMessage></item>
</errorSet>
<fleetInstanceSet>
<item>` + override("t3.medium", "us-west-2a") + `<instanceIds><item>i-1</item><item>i-2</item></instanceIds><instanceType>t3.medium</instanceType></item>
<item><launchTemplateAndOverrides><overrides><instanceType>t4g.medium</instanceType><subnetId>subnet-b</subnetId></overrides></launchTemplateAndOverrides><instanceIds><item>i-3</item></instanceIds></item>
</fleetInstanceSet></CreateFleetResponse>`
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){"CreateFleet": always(200, body)}}
	res, err := f.account().In("us-west-2").Launch(t.Context(), launchRequest())
	if err != nil {
		t.Fatal(err)
	}
	want := []fleet.Launched{{ID: "i-1", Type: "t3.medium", Zone: "us-west-2a"}, {ID: "i-2", Type: "t3.medium", Zone: "us-west-2a"}, {ID: "i-3", Type: "t4g.medium", Zone: "us-west-2b"}}
	if res.FleetID != "fleet-1" || !slices.Equal(res.Instances, want) {
		t.Errorf("launched %+v; want %+v", res, want)
	}
	var got []string
	for _, e := range res.Errors {
		got = append(got, fmt.Sprintf("%s %s %s", e.Resource, e.Kind, e.Code))
	}
	if w := []string{
		"t3.medium us-west-2a capacity InsufficientInstanceCapacity", "t3.medium us-west-2b throttle RequestLimitExceeded",
		"t4g.medium us-west-2b quota MaxSpotInstanceCountExceeded", " unknown NeverSeen",
	}; !slices.Equal(got, w) {
		t.Errorf("errors = %q; want %q", got, w)
	}
}

// TestLaunchWaitsForItsTemplate: right after its creation EC2 may not know it.
func TestLaunchWaitsForItsTemplate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		code  string
		fails int // how often
		calls int
		kind  fleet.Kind
	}{
		{"visible after a while", "InvalidLaunchTemplateName.NotFoundException", 3, 4, ""},
		{"never", "InvalidLaunchTemplateName.NotFoundException", 99, 5, fleet.KindGone},
		{"the token's instances have ended", "IdempotentInstanceTerminated", 99, 1, fleet.KindGone},
		{"the token was used otherwise", "IdempotentParameterMismatch", 99, 1, fleet.KindConflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &fake{t: t}
				f.answers = map[string]func(url.Values) (int, string){"CreateFleet": func(url.Values) (int, string) {
					if f.count("CreateFleet") <= tt.fails {
						return 400, apiError(tt.code, "no")
					}
					return 200, `<CreateFleetResponse><fleetId>fleet-1</fleetId></CreateFleetResponse>`
				}}
				_, err := f.account().In("us-west-2").Launch(t.Context(), launchRequest())
				if n := f.count("CreateFleet"); n != tt.calls || fleet.KindOf(err) != tt.kind {
					t.Errorf("%d calls, %v; want %d, %q", n, err, tt.calls, tt.kind)
				}
			})
		})
	}
}

func TestDescribePages(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":   instancesXML("p2", instanceXML("i-1", "a", "running"), instanceXML("i-x", "other", "running")),
		"p2": instancesXML("p3"), // empty, and yet not the last
		"p3": instancesXML("", instanceXML("i-2", "a", "terminated")),
	}
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){"DescribeInstances": func(q url.Values) (int, string) {
		return 200, pages[q.Get("NextToken")]
	}}}
	obs, err := f.account().In("us-west-2").Describe(t.Context(), "a")
	if err != nil || len(obs) != 2 || obs[0].ID != "i-1" || obs[1].State != fleet.StateTerminated {
		t.Errorf("described %+v, %v", obs, err)
	}
	if q := f.of("DescribeInstances"); len(q) != 3 || q[0].Get("MaxResults") != "1000" || q[0].Get("Filter.1.Name") != "tag:"+fleet.TagFleet || q[0].Get("Filter.1.Value.1") != "a" {
		t.Errorf("asked %v", q)
	}
	pages["p2"] = instancesXML("p2")
	if _, err := f.account().In("us-west-2").Describe(t.Context(), "a"); fleet.KindOf(err) != fleet.KindInternal {
		t.Errorf("a page that leads to itself: %v", err)
	}
}

// terminating answers as EC2 does: one bad id fails the whole batch.
func terminating(t *testing.T, states map[string]fleet.State, bad map[string]string) *fake {
	f := &fake{t: t}
	f.answers = map[string]func(url.Values) (int, string){
		"DescribeInstances": func(q url.Values) (int, string) {
			var items []string
			for id, s := range states {
				of := fleet.Name("a")
				if strings.HasPrefix(id, "i-other") {
					of = "b"
				}
				if q.Get("Filter.1.Name") == "tag:"+fleet.TagFleet && of != "a" {
					continue
				}
				if q.Get("Filter.1.Name") == "instance-id" && !slices.Contains(valuesOf(q, "Filter.1.Value."), id) {
					continue
				}
				items = append(items, instanceXML(id, of, s))
			}
			return 200, instancesXML("", items...)
		},
		"TerminateInstances": func(q url.Values) (int, string) {
			ids := valuesOf(q, "InstanceId.")
			for _, id := range ids {
				if code, ok := bad[id]; ok {
					return 400, apiError(code, "because of "+id)
				}
			}
			for _, id := range ids {
				states[id] = fleet.StateShuttingDown
			}
			return 200, `<TerminateInstancesResponse/>`
		},
	}
	return f
}

func valuesOf(q url.Values, prefix string) []string {
	var vs []string
	for i := 1; q.Get(prefix+fmt.Sprint(i)) != ""; i++ {
		vs = append(vs, q.Get(prefix+fmt.Sprint(i)))
	}
	return vs
}

func TestTerminate(t *testing.T) {
	t.Parallel()
	states := map[string]fleet.State{"i-gone": fleet.StateTerminated, "i-other": fleet.StateRunning}
	ask := []fleet.InstanceID{"i-gone", "i-other", "i-unknown", "i-unknown"}
	for i := range 20 {
		id := fmt.Sprintf("i-%02d", i)
		states[id] = fleet.StateRunning
		ask = append(ask, fleet.InstanceID(id))
	}
	f := terminating(t, states, map[string]string{"i-03": "InvalidInstanceID.NotFound", "i-11": "OperationNotPermitted"})
	got := f.account().In("us-west-2").Terminate(t.Context(), "a", ask)
	if len(got) != 23 {
		t.Errorf("%d results; want one per id", len(got))
	}
	for id, err := range got {
		want := fleet.Kind("")
		switch id {
		case "i-other":
			want = fleet.KindGuard
		case "i-11":
			want = fleet.KindDenied
		}
		if fleet.KindOf(err) != want {
			t.Errorf("%s: %v; want %q", id, err, want)
		}
	}
	for id, s := range states {
		want := fleet.StateShuttingDown
		switch id {
		case "i-gone":
			want = fleet.StateTerminated
		case "i-other", "i-03", "i-11":
			want = fleet.StateRunning
		}
		if s != want {
			t.Errorf("%s is %s; want %s", id, s, want)
		}
	}
	for _, q := range f.of("TerminateInstances") {
		for _, id := range valuesOf(q, "InstanceId.") {
			if id == "i-other" || id == "i-unknown" || id == "i-gone" {
				t.Errorf("%s was sent", id)
			}
		}
	}
}

func TestTerminateThatFailsForAll(t *testing.T) {
	t.Parallel()
	states := map[string]fleet.State{}
	var ask []fleet.InstanceID
	for i := range 1500 {
		id := fmt.Sprintf("i-%04d", i)
		states[id] = fleet.StateRunning
		ask = append(ask, fleet.InstanceID(id))
	}
	f := terminating(t, states, map[string]string{"i-0000": "UnauthorizedOperation", "i-1400": "UnauthorizedOperation"})
	got := f.account().In("us-west-2").Terminate(t.Context(), "a", ask)
	for _, id := range ask {
		if fleet.KindOf(got[id]) != fleet.KindDenied {
			t.Fatalf("%s: %v", id, got[id])
		}
	}
	if n := f.count("TerminateInstances"); n != 2 { // two batches, no search for a culprit
		t.Errorf("%d calls", n)
	}
	f.answers["DescribeInstances"] = always(403, apiError("UnauthorizedOperation", "no"))
	got = f.account().In("us-west-2").Terminate(t.Context(), "a", ask[:2])
	if len(got) != 2 || fleet.KindOf(got["i-0000"]) != fleet.KindDenied || f.count("TerminateInstances") != 2 {
		t.Errorf("without a look at the tags: %v", got)
	}
}

// TestRemove: gone is done, a foreign tag is refused, busy is a conflict.
func TestRemove(t *testing.T) {
	t.Parallel()
	volume := func(tags, state string) string {
		return `<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><status>` + state + `</status><tagSet>` + tags + `</tagSet></item></volumeSet></DescribeVolumesResponse>`
	}
	ourTag := `<item><key>` + fleet.TagFleet + `</key><value>a</value></item>`
	tests := []struct {
		name   string
		look   string
		del    string // error code; empty: success
		want   fleet.Kind
		delete bool // whether the call is made
	}{
		{"ours", volume(ourTag, "available"), "", "", true},
		{"gone", `<DescribeVolumesResponse/>`, "", "", false},
		{"on its way", volume(ourTag, "deleting"), "", "", false},
		{"not ours", volume("", "available"), "", fleet.KindGuard, false},
		{"gone in between", volume(ourTag, "available"), "InvalidVolume.NotFound", "", true},
		{"busy", volume(ourTag, "in-use"), "VolumeInUse", fleet.KindConflict, true},
		{"denied", volume(ourTag, "available"), "UnauthorizedOperation", fleet.KindDenied, true},
	}
	for _, tt := range tests {
		f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
			"DescribeVolumes": always(200, tt.look),
			"DeleteVolume": func(url.Values) (int, string) {
				if tt.del != "" {
					return 400, apiError(tt.del, "no")
				}
				return 200, `<DeleteVolumeResponse/>`
			},
		}}
		err := f.account().In("us-west-2").Remove(t.Context(), "a", fleet.Resource{Kind: fleet.KindOfVolume, ID: "vol-1"})
		if fleet.KindOf(err) != tt.want || (f.count("DeleteVolume") > 0) != tt.delete {
			t.Errorf("%s: %v, %d deletes", tt.name, err, f.count("DeleteVolume"))
		}
	}
	f := &fake{t: t}
	if err := f.account().In("us-west-2").Remove(t.Context(), "a", fleet.Resource{Kind: fleet.KindOfInstance, ID: "i-1"}); fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("an instance: %v", err)
	}
}

// TestGroupKeepsOtherRules: only our own rules for other addresses go.
func TestGroupKeepsOtherRules(t *testing.T) {
	t.Parallel()
	group := func(tags string) string {
		return `<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId><groupName>spot-tui-a</groupName><tagSet>` + tags + `</tagSet><ipPermissions>
<item><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><ipRanges>
 <item><cidrIp>203.0.113.7/32</cidrIp><description>spot-tui ssh</description></item>
 <item><cidrIp>198.51.100.0/24</cidrIp><description>office</description></item></ipRanges>
 <ipv6Ranges><item><cidrIpv6>2001:db8::1/128</cidrIpv6><description>spot-tui ssh</description></item></ipv6Ranges></item>
<item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>
</ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>`
	}
	ourTag := `<item><key>` + fleet.TagFleet + `</key><value>a</value></item>`
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"DescribeSecurityGroups":        always(200, group(ourTag)),
		"AuthorizeSecurityGroupIngress": always(400, apiError("InvalidPermission.Duplicate", "exists")),
		"RevokeSecurityGroupIngress":    always(400, apiError("InvalidPermission.NotFound", "gone")),
	}}
	r := f.account().In("us-west-2")
	q := fleet.GroupRequest{Fleet: "a", VPC: "vpc-1", SSHFrom: "203.0.113.99/32", Port: 22}
	if id, err := r.EnsureGroup(t.Context(), q); err != nil || id != "sg-1" {
		t.Fatalf("EnsureGroup = %s, %v", id, err)
	}
	if q := f.of("AuthorizeSecurityGroupIngress"); len(q) != 1 || q[0].Get("IpPermissions.1.IpRanges.1.CidrIp") != "203.0.113.99/32" || q[0].Get("IpPermissions.1.IpRanges.1.Description") != ruleMark {
		t.Errorf("authorized %v", q)
	}
	var revoked []string
	for _, q := range f.of("RevokeSecurityGroupIngress") {
		revoked = append(revoked, q.Get("IpPermissions.1.IpRanges.1.CidrIp")+q.Get("IpPermissions.1.Ipv6Ranges.1.CidrIpv6"))
	}
	if !slices.Equal(revoked, []string{"203.0.113.7/32", "2001:db8::1/128"}) {
		t.Errorf("revoked %v", revoked)
	}
	q.SSHFrom = "198.51.100.77/24" // a person's rule serves as well; host bits don't matter
	if _, err := r.EnsureGroup(t.Context(), q); err != nil || f.count("AuthorizeSecurityGroupIngress") != 1 {
		t.Errorf("a rule that is there: %v, %d calls", err, f.count("AuthorizeSecurityGroupIngress"))
	}
	q.SSHFrom = "everywhere"
	if _, err := r.EnsureGroup(t.Context(), q); fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("no range: %v", err)
	}
	f.answers["DescribeSecurityGroups"] = always(200, group(""))
	q.SSHFrom = "203.0.113.99/32"
	if _, err := r.EnsureGroup(t.Context(), q); fleet.KindOf(err) != fleet.KindGuard || f.count("AuthorizeSecurityGroupIngress") != 1 {
		t.Errorf("somebody else's group: %v", err)
	}
}
