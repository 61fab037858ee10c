package aws

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// surveyFake is a small region: two zones with a default subnet, one without.
func surveyFake(t *testing.T) *fake {
	image := func(id, arch, created string) string {
		return `<item><imageId>` + id + `</imageId><architecture>` + arch + `</architecture><creationDate>` + created + `</creationDate><rootDeviceName>/dev/sda1</rootDeviceName>
<blockDeviceMapping><item><deviceName>/dev/sdb</deviceName></item><item><deviceName>/dev/sda1</deviceName><ebs><volumeSize>8</volumeSize></ebs></item></blockDeviceMapping></item>`
	}
	typ := func(name, arch, usage string) string {
		return `<item><instanceType>` + name + `</instanceType><supportedUsageClasses><item>` + usage + `</item></supportedUsageClasses><processorInfo><supportedArchitectures><item>i386</item><item>` + arch + `</item></supportedArchitectures></processorInfo></item>`
	}
	f := &fake{t: t}
	f.answers = map[string]func(url.Values) (int, string){
		"DescribeVpcs": func(q url.Values) (int, string) {
			if q.Get("Filter.1.Name") != "is-default" {
				return 200, `<DescribeVpcsResponse/>`
			}
			return 200, `<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>`
		},
		"DescribeRouteTables": always(200, `<DescribeRouteTablesResponse><routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet><item><main>true</main></item></associationSet>
<routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId><state>active</state></item></routeSet></item></routeTableSet></DescribeRouteTablesResponse>`),
		"DescribeInternetGateways": always(200, `<DescribeInternetGatewaysResponse><internetGatewaySet><item><internetGatewayId>igw-1</internetGatewayId></item></internetGatewaySet></DescribeInternetGatewaysResponse>`),
		"DescribeSecurityGroups":   always(200, `<DescribeSecurityGroupsResponse/>`),
		"DescribeSubnets": always(200, `<DescribeSubnetsResponse><subnetSet>
<item><subnetId>subnet-a</subnetId><availabilityZone>us-west-2a</availabilityZone></item><item><subnetId>subnet-b</subnetId><availabilityZone>us-west-2b</availabilityZone></item></subnetSet></DescribeSubnetsResponse>`),
		"GetParameters": func(q url.Values) (int, string) {
			if !strings.Contains(q.Get("Body"), "canonical/ubuntu/server/24.04") {
				return 200, `{"Parameters":[],"InvalidParameters":["x"]}`
			}
			return 200, `{"Parameters":[{"Name":"/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id","Value":"ami-x86"},
{"Name":"/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id","Value":"ami-arm"}]}`
		},
		"DescribeImages": func(q url.Values) (int, string) {
			body := ""
			switch {
			case q.Get("ImageId.1") == "ami-0custom":
				body = strings.Replace(image("ami-0custom", x86, "2026"), "<item>", "<item><imageOwnerId>136693071363</imageOwnerId><name>debian-12-amd64-20260101</name>", 1)
			case q.Get("ImageId.1") == "ami-withdrawn":
				return 400, apiError("InvalidAMIID.NotFound", "The image id '[ami-withdrawn]' does not exist")
			case q.Get("ImageId.1") != "":
				body = image("ami-x86", x86, "2026") + image("ami-arm", arm, "2026")
			case q.Get("Owner.1") == "136693071363" && strings.HasPrefix(q.Get("Filter.1.Value.1"), "debian-12-amd64-"):
				body = image("ami-old", x86, "2026-01-01T00:00:00.000Z") + image("ami-new", x86, "2026-02-01T00:00:00.000Z") + image("ami-older", x86, "2025-12-01T00:00:00.000Z")
			}
			return 200, `<DescribeImagesResponse><imagesSet>` + body + `</imagesSet></DescribeImagesResponse>`
		},
		"DescribeInstanceTypes": always(200, `<DescribeInstanceTypesResponse><instanceTypeSet>`+typ("t3.medium", x86, "spot")+typ("t4g.medium", arm, "spot")+typ("mac2.metal", "arm64_mac", "spot")+typ("u-6tb1.metal", x86, "on-demand")+typ("c9.far", x86, "spot")+`</instanceTypeSet></DescribeInstanceTypesResponse>`),
		"DescribeInstanceTypeOfferings": func(url.Values) (int, string) {
			body := ""
			for _, o := range []string{"t3.medium us-west-2a", "t3.medium us-west-2b", "t3.medium us-west-2c", "t4g.medium us-west-2b", "mac2.metal us-west-2a", "c9.far us-west-2c"} {
				name, zone, _ := strings.Cut(o, " ")
				body += `<item><instanceType>` + name + `</instanceType><location>` + zone + `</location></item>`
			}
			return 200, `<DescribeInstanceTypeOfferingsResponse><instanceTypeOfferingSet>` + body + `</instanceTypeOfferingSet></DescribeInstanceTypeOfferingsResponse>`
		},
		"DescribeSpotPriceHistory": func(url.Values) (int, string) {
			body := ""
			for _, p := range []string{"t3.medium us-west-2a 0.0200 09", "t3.medium us-west-2a 0.0150 11", "t3.medium us-west-2a 0.0900 10", "t4g.medium us-west-2b 0.0100 10"} {
				w := strings.Fields(p)
				body += `<item><instanceType>` + w[0] + `</instanceType><availabilityZone>` + w[1] + `</availabilityZone><spotPrice>` + w[2] + `</spotPrice><timestamp>2026-07-01T` + w[3] + `:00:00.000Z</timestamp></item>`
			}
			return 200, `<DescribeSpotPriceHistoryResponse><spotPriceHistorySet>` + body + `</spotPriceHistorySet></DescribeSpotPriceHistoryResponse>`
		},
	}
	return f
}

var surveyTypes = []fleet.InstanceType{"u-6tb1.metal", "t3.medium", "t4g.medium", "mac2.metal", "t3.nonsense", "c9.far", "t3.medium"}

func poolsOf(s fleet.Survey) []string {
	var out []string
	for _, p := range s.Pools {
		out = append(out, fmt.Sprintf("%s %s %s %s %s %v", p.Type, p.Zone, p.Subnet, p.Image, p.Arch, p.Price.USD))
	}
	return out
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	f := surveyFake(t)
	s, err := f.account().In("us-west-2").Survey(t.Context(), fleet.SurveyRequest{Fleet: "a", Image: "ubuntu-24.04", Types: surveyTypes})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := poolsOf(s), []string{
		"t4g.medium us-west-2b subnet-b ami-arm arm64 0.01", "t3.medium us-west-2a subnet-a ami-x86 x86_64 0.015", "t3.medium us-west-2b subnet-b ami-x86 x86_64 0",
	}; !slices.Equal(got, want) {
		t.Errorf("pools = %q; want %q", got, want)
	}
	if p := s.Pools[2].Price; p.Known || p.Reason == "" {
		t.Errorf("a price that EC2 does not give = %+v", p)
	}
	var dropped []string
	for _, d := range s.Dropped {
		dropped = append(dropped, string(d.Type)+": "+d.Reason)
	}
	if want := []string{
		"c9.far: it is offered in no zone that can be used", "mac2.metal: the image is not published for i386 or arm64_mac",
		"t3.nonsense: EC2 does not know the type in this region", "u-6tb1.metal: it is not sold as spot",
	}; !slices.Equal(dropped, want) {
		t.Errorf("dropped = %q; want %q", dropped, want)
	}
	if im := s.Images[x86]; s.VPC != "vpc-1" || im != (fleet.Image{ID: "ami-x86", Arch: x86, User: "ubuntu", RootDevice: "/dev/sda1", RootGiB: 8}) {
		t.Errorf("VPC %s, image %+v", s.VPC, im)
	}
}

func TestSurveyWithoutPrices(t *testing.T) {
	t.Parallel()
	f := surveyFake(t)
	f.answers["DescribeSpotPriceHistory"] = always(403, apiError("UnauthorizedOperation", "You are not authorized."))
	s, err := f.account().In("us-west-2").Survey(t.Context(), fleet.SurveyRequest{Image: "ubuntu-24.04", Types: surveyTypes})
	if err != nil || len(s.Pools) != 3 {
		t.Fatalf("survey = %+v, %v", s, err)
	}
	for _, p := range s.Pools {
		if p.Price.Known || !strings.Contains(p.Price.Reason, "UnauthorizedOperation") {
			t.Errorf("price = %+v", p.Price)
		}
	}
}

func TestSurveyFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		image  string
		op     string
		answer func(url.Values) (int, string)
		kind   fleet.Kind
		text   string
	}{
		{"no such alias", "beos-5", "", nil, fleet.KindInvalid, "use one of ubuntu-24.04, ubuntu-22.04, debian-12, al2023"},
		{"not published", "al2023", "", nil, fleet.KindInvalid, "al2023 in us-west-2: it is not published here"},
		{"a withdrawn id", "ami-withdrawn", "", nil, fleet.KindInvalid, "valid in one region only"},
		{"denied", "ubuntu-24.04", "DescribeInstanceTypes", always(403, apiError("UnauthorizedOperation", "no")), fleet.KindDenied, "ec2:DescribeInstanceTypes"},
	}
	for _, tt := range tests {
		f := surveyFake(t)
		if tt.op != "" {
			f.answers[tt.op] = tt.answer
		}
		_, err := f.account().In("us-west-2").Survey(t.Context(), fleet.SurveyRequest{Image: tt.image, Types: surveyTypes})
		if e := asError(t, err); e.Kind != tt.kind || !strings.Contains(e.Error(), tt.text) {
			t.Errorf("%s: %s %q; want %s %q", tt.name, e.Kind, e, tt.kind, tt.text)
		}
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	f := surveyFake(t)
	r := f.account().in("us-west-2")
	im, err := r.Images(t.Context(), "debian-12") // not in SSM: the newest by name
	if err != nil || len(im) != 1 || im[x86].ID != "ami-new" || im[x86].User != "admin" {
		t.Errorf("by name: %+v, %v", im, err)
	}
	im, err = r.Images(t.Context(), "ami-0custom")
	if err != nil || len(im) != 1 || im[x86].ID != "ami-0custom" || im[x86].User != "admin" {
		t.Errorf("by id: %+v, %v", im, err)
	}
	f.answers["GetParameters"] = always(400, `{"__type":"AccessDeniedException","message":"no ssm for you"}`)
	im, err = r.Images(t.Context(), "debian-12")
	if err != nil || im[x86].ID != "ami-new" {
		t.Errorf("without SSM: %+v, %v", im, err)
	}
}

func TestImageCache(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	file := filepath.Join(dir, "images-us-west-2.json")
	ask := func(endpoint string, want int) {
		t.Helper()
		f := surveyFake(t)
		a := f.account(func(o *Options) { o.CacheDir, o.Endpoint = dir, endpoint })
		if im, err := a.in("us-west-2").Images(t.Context(), "ubuntu-24.04"); err != nil || im[x86].ID != "ami-x86" || im[arm].ID != "ami-arm" {
			t.Fatalf("images = %+v, %v", im, err)
		}
		if n := f.count("GetParameters"); n != want {
			t.Errorf("%d calls of SSM at %s; want %d", n, endpoint, want)
		}
	}
	ask("http://one.invalid", 1)
	ask("http://one.invalid", 0)
	ask("http://two.invalid", 1) // another cloud has other ids
	ask("http://one.invalid", 0)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]cachedImage
	if err := json.Unmarshal(b, &kept); err != nil || len(kept) != 2 {
		t.Fatalf("kept %s, %v", b, err)
	}
	for k, c := range kept {
		c.At = c.At.Add(-imageAge)
		kept[k] = c
	}
	old, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"corrupt": string(b[:len(b)/2]), "null": "null", "other": `["x"]`, "old": string(old)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		ask("http://one.invalid", 1)
		ask("http://one.invalid", 0)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files in the cache = %v, %v", left, err)
	}
	// An id that was withdrawn meanwhile: asked anew, and kept.
	withdrawn := strings.NewReplacer("ami-x86", "ami-withdrawn", "ami-arm", "ami-withdrawn").Replace(string(b))
	if err := os.WriteFile(file, []byte(withdrawn), 0o600); err != nil {
		t.Fatal(err)
	}
	ask("http://one.invalid", 1)
	ask("http://one.invalid", 0)
}
