package aws

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

var testEnd = time.Date(2026, 8, 1, 12, 30, 15, 999, time.FixedZone("CEST", 7200))

func TestUserData(t *testing.T) {
	t.Parallel()
	key := "ssh-ed25519 AAAA ada \"<&>\" @host"
	b, err := userData(key, fleet.HostKey{}, testEnd)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(b), "\n")
	if head != "#cloud-config" {
		t.Errorf("head = %q", head)
	}
	var c cloudConfig
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Keys) != 1 || c.Keys[0] != key {
		t.Errorf("keys = %q", c.Keys)
	}
	files := map[string]string{}
	for _, f := range c.Files {
		files[f.Path] = f.Content
	}
	for path, want := range map[string]string{
		"/etc/spot-tui/end.sh":                     fmt.Sprintf(`[ "$(date +%%s)" -lt %d ] || exec systemctl poweroff`, testEnd.Unix()),
		"/etc/systemd/system/spot-tui-end.timer":   "OnCalendar=2026-08-01 10:30:15 UTC\nOnBootSec=1min\n",
		"/etc/systemd/system/spot-tui-end.service": "ExecStart=/bin/sh /etc/spot-tui/end.sh",
	} {
		if !strings.Contains(files[path], want) {
			t.Errorf("%s = %q; want %q in it", path, files[path], want)
		}
	}
	if fmt.Sprint(c.Run) != "[[systemctl daemon-reload] [systemctl enable --now spot-tui-end.timer]]" {
		t.Errorf("runcmd = %v", c.Run)
	}
	b, err = userData(key, fleet.HostKey{}, time.Time{})
	if err != nil || strings.Contains(string(b), "timer") {
		t.Errorf("without an end: %s, %v", b, err)
	}
	if b, err := userData(strings.Repeat("k", fleet.MaxUserData), fleet.HostKey{}, testEnd); err != nil || !strings.HasPrefix(string(b), "\x1f\x8b") {
		t.Errorf("what is too long is compressed: %q, %v", b, err)
	}
	if _, err := userData(noise(fleet.MaxUserData), fleet.HostKey{}, testEnd); err == nil {
		t.Error("user data over the limit passed")
	}
}

func TestUserDataWithAHostKey(t *testing.T) {
	t.Parallel()
	host := fleet.HostKey{Private: "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n", Public: "ssh-ed25519 AAAA", Fingerprint: "SHA256:x"}
	b, err := userData("key", host, testEnd)
	if err != nil {
		t.Fatal(err)
	}
	var c cloudConfig
	if err := json.Unmarshal(b[len("#cloud-config\n"):], &c); err != nil {
		t.Fatal(err)
	}
	if len(c.HostKeys) != 2 || c.HostKeys["ed25519_private"] != host.Private || c.HostKeys["ed25519_public"] != host.Public {
		t.Errorf("%q", c.HostKeys)
	}
	q := templateRequest()
	before, err := templateInput(q)
	if err != nil {
		t.Fatal(err)
	}
	q.HostKey = host
	in, err := templateInput(q)
	if err != nil {
		t.Fatal(err)
	}
	if *in.LaunchTemplateName == *before.LaunchTemplateName {
		t.Error("another host key must be another template")
	}
	for _, tag := range in.TagSpecifications[0].Tags {
		if strings.Contains(*tag.Value, "secret") {
			t.Errorf("the private half is in the tag %s", *tag.Key)
		}
	}
}

func templateRequest() fleet.TemplateRequest {
	tags := map[string]string{}
	for i := range 20 { // enough for Go's random map order to show
		tags[fmt.Sprintf("k%02d", i)] = "v"
	}
	return fleet.TemplateRequest{Fleet: "a", Group: "sg-1", RootDevice: "/dev/sda1", RootGiB: 20, PublicKey: "ssh-ed25519 AAAA", EndsAt: testEnd, Tags: tags}
}

// formOf is what a call sends, without what is about the call itself.
func formOf(t *testing.T, f *fake, op string, n int) url.Values {
	t.Helper()
	all := f.of(op)
	if len(all) <= n {
		t.Fatalf("%d calls of %s; want more than %d", len(all), op, n)
	}
	return all[n]
}

func TestTemplateBody(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"CreateLaunchTemplate": always(200, `<CreateLaunchTemplateResponse><launchTemplate><launchTemplateId>lt-1</launchTemplateId></launchTemplate></CreateLaunchTemplateResponse>`),
	}}
	r := f.account().In("us-west-2")
	var first fleet.TemplateName
	for i := range 5 {
		q := templateRequest()
		if i == 4 {
			q.EndsAt = q.EndsAt.UTC() // the same moment
		}
		name, err := r.EnsureTemplate(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = name
		}
		a, b := formOf(t, f, "CreateLaunchTemplate", 0), formOf(t, f, "CreateLaunchTemplate", i)
		a.Del("ClientToken") // the SDK's own, for its retries
		b.Del("ClientToken")
		if name != first || a.Encode() != b.Encode() {
			t.Fatalf("the same request made %s and %s:\n%s\n%s", first, name, a.Encode(), b.Encode())
		}
	}
	if !strings.HasPrefix(string(first), "spot-tui-a/") || len(first) != len("spot-tui-a/")+12 {
		t.Errorf("name = %s", first)
	}
	form := formOf(t, f, "CreateLaunchTemplate", 0)
	for k, want := range map[string]string{
		"LaunchTemplateData.InstanceInitiatedShutdownBehavior":            "terminate",
		"LaunchTemplateData.MetadataOptions.HttpTokens":                   "required",
		"LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit":      "2",
		"LaunchTemplateData.BlockDeviceMapping.1.DeviceName":              "/dev/sda1",
		"LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeType":          "gp3",
		"LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize":          "20",
		"LaunchTemplateData.BlockDeviceMapping.1.Ebs.Encrypted":           "true",
		"LaunchTemplateData.BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
		"LaunchTemplateData.NetworkInterface.1.AssociatePublicIpAddress":  "true",
		"LaunchTemplateData.NetworkInterface.1.DeleteOnTermination":       "true",
		"LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1":         "sg-1",
		"LaunchTemplateData.TagSpecification.1.ResourceType":              "instance",
		"LaunchTemplateData.TagSpecification.2.ResourceType":              "volume",
		"LaunchTemplateData.TagSpecification.3.ResourceType":              "network-interface",
		"LaunchTemplateData.TagSpecification.4.ResourceType":              "spot-instances-request",
		"LaunchTemplateData.TagSpecification.4.Tag.21.Key":                fleet.TagFleet,
		"LaunchTemplateData.TagSpecification.4.Tag.21.Value":              "a",
		"TagSpecification.1.ResourceType":                                 "launch-template",
		"TagSpecification.1.Tag.21.Key":                                   fleet.TagFleet,
	} {
		if got := form.Get(k); got != want {
			t.Errorf("%s = %q; want %q", k, got, want)
		}
	}
	data, err := base64.StdEncoding.DecodeString(form.Get("LaunchTemplateData.UserData"))
	if err != nil || !strings.HasPrefix(string(data), "#cloud-config\n") {
		t.Errorf("user data = %q, %v", data, err)
	}
	for name, change := range map[string]func(*fleet.TemplateRequest){
		"end":    func(q *fleet.TemplateRequest) { q.EndsAt = q.EndsAt.Add(time.Hour) },
		"key":    func(q *fleet.TemplateRequest) { q.PublicKey += "B" },
		"group":  func(q *fleet.TemplateRequest) { q.Group = "sg-2" },
		"tag":    func(q *fleet.TemplateRequest) { q.Tags["k00"] = "w" },
		"device": func(q *fleet.TemplateRequest) { q.RootDevice = "/dev/xvda" },
	} {
		q := templateRequest()
		change(&q)
		if other, err := r.EnsureTemplate(t.Context(), q); err != nil || other == first {
			t.Errorf("another %s has the same name %s (%v)", name, other, err)
		}
	}
}

func TestTemplateOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]fleet.Kind{
		`<tagSet><item><key>spot-tui:fleet</key><value>a</value></item></tagSet>`: "",
		`<tagSet><item><key>spot-tui:fleet</key><value>b</value></item></tagSet>`: fleet.KindGuard,
		"": fleet.KindGuard,
	} {
		f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
			"CreateLaunchTemplate": always(400, apiError(codeTemplateExists, "exists")),
			"DescribeLaunchTemplates": func(q url.Values) (int, string) {
				return 200, `<DescribeLaunchTemplatesResponse><launchTemplates><item><launchTemplateName>` + q.Get("Filter.1.Value.1") + `</launchTemplateName>` + tags + `</item></launchTemplates></DescribeLaunchTemplatesResponse>`
			},
		}}
		if _, err := f.account().In("us-west-2").EnsureTemplate(t.Context(), templateRequest()); fleet.KindOf(err) != want {
			t.Errorf("with tags %q: %v; want %q", tags, err, want)
		}
	}
}

func launchRequest() fleet.LaunchRequest {
	return fleet.LaunchRequest{
		Fleet: "a", Launch: "l-1", Token: "token-1", Region: "us-west-2", Count: 5, Template: "spot-tui-a/0123456789ab", Tags: templateRequest().Tags,
		Pools: []fleet.Pool{
			{Type: "t3.medium", Zone: "us-west-2a", Subnet: "subnet-a", Image: "ami-1", Arch: x86, Price: fleet.Price{USD: 0.01, Known: true, AsOf: testEnd}},
			{Type: "t4g.medium", Zone: "us-west-2b", Subnet: "subnet-b", Image: "ami-2", Arch: arm},
		},
	}
}

func TestLaunchBody(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"CreateFleet": always(200, `<CreateFleetResponse><fleetId>fleet-1</fleetId></CreateFleetResponse>`),
	}}
	r := f.account().In("us-west-2")
	for i := range 5 {
		res, err := r.Launch(t.Context(), launchRequest())
		if err != nil || len(res.Errors) != 1 || !strings.Contains(res.Errors[0].Error(), "EC2 gave no instances and no reason") {
			t.Fatalf("an empty answer = %+v, %v", res, err)
		}
		if a, b := formOf(t, f, "CreateFleet", 0), formOf(t, f, "CreateFleet", i); a.Encode() != b.Encode() {
			t.Fatalf("the same request differs:\n%s\n%s", a.Encode(), b.Encode())
		}
	}
	form := formOf(t, f, "CreateFleet", 0)
	for k, want := range map[string]string{
		"Type":        "instant",
		"ClientToken": "token-1",
		"TargetCapacitySpecification.TotalTargetCapacity":                        "5",
		"TargetCapacitySpecification.DefaultTargetCapacityType":                  "spot",
		"SpotOptions.AllocationStrategy":                                         "price-capacity-optimized",
		"SpotOptions.InstanceInterruptionBehavior":                               "terminate",
		"LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName": "spot-tui-a/0123456789ab",
		"LaunchTemplateConfigs.1.Overrides.1.InstanceType":                       "t3.medium",
		"LaunchTemplateConfigs.1.Overrides.1.SubnetId":                           "subnet-a",
		"LaunchTemplateConfigs.1.Overrides.1.AvailabilityZone":                   "us-west-2a",
		"LaunchTemplateConfigs.1.Overrides.1.ImageId":                            "ami-1",
		"LaunchTemplateConfigs.1.Overrides.2.ImageId":                            "ami-2",
		"TagSpecification.1.ResourceType":                                        "fleet",
		"TagSpecification.2.ResourceType":                                        "instance",
		"TagSpecification.3.ResourceType":                                        "volume",
		"TagSpecification.4.ResourceType":                                        "network-interface",
		"TagSpecification.2.Tag.21.Key":                                          fleet.TagFleet,
	} {
		if got := form.Get(k); got != want {
			t.Errorf("%s = %q; want %q", k, got, want)
		}
	}
	for k := range form {
		if strings.Contains(k, "MaxPrice") {
			t.Errorf("%s is sent: AWS advises against a maximum price", k)
		}
	}
}

// noise is text that can't be compressed to n bytes.
func noise(n int) string {
	var b strings.Builder
	for b.Len() < 2*n {
		b.WriteString(rand.Text())
	}
	return b.String()
}

// cloudConfig is what a cloud-config says, read on its own.
type cloudConfig struct {
	Keys     []string          `json:"ssh_authorized_keys"`
	Files    []fleet.BootFile  `json:"write_files"`
	Run      [][]string        `json:"runcmd"`
	HostKeys map[string]string `json:"ssh_keys"`
}
