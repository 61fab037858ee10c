package aws

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// answering is an account in which every describe answers pages, in turn.
func answering(t testing.TB, pages ...string) *region {
	t.Helper()
	n := 0
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){"DescribeInstances": func(q url.Values) (int, string) {
		if q.Get("NextToken") == "" {
			n = 0
		}
		n++
		return http.StatusOK, pages[(n-1)%len(pages)]
	}}}
	return f.account().in("us-west-2")
}

// bySDK is Describe as the SDK reads it.
func bySDK(t testing.TB, r *region, f fleet.Name) ([]fleet.Observation, error) {
	t.Helper()
	var obs []fleet.Observation
	err := r.instances(t.Context(), nil, func(i *types.Instance) {
		if ours(i.Tags, f) {
			obs = append(obs, r.observe(i))
		}
	})
	return obs, err
}

func page(token string, instances ...string) string {
	if token != "" {
		token = "<nextToken>" + token + "</nextToken>"
	}
	var b strings.Builder
	for _, i := range instances {
		fmt.Fprintf(&b, "<item><reservationId>r-1</reservationId><instancesSet><item>%s</item></instancesSet></item>\n", i)
	}
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>x</requestId><reservationSet>` + b.String() + "</reservationSet>" + token + "</DescribeInstancesResponse>\n"
}

const ourTag = "<tagSet><item><key>spot-tui:fleet</key><value>a</value></item></tagSet>"

// What a poll reads is what the SDK reads, over everything that the simulated
// cloud shows in a life of instances.
func TestAPollReadsWhatTheSDKReads(t *testing.T) {
	t.Parallel()
	w := sim.New(sim.Options{Seed: 1, Scale: 0.001})
	t.Cleanup(w.Close)
	var mu sync.Mutex
	bodies := map[string]bool{}
	a, err := New(t.Context(), Options{
		Endpoint: "http://simulated.invalid", HomeRegion: "us-west-2", Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
		Transport: through(func(q *http.Request) (*http.Response, error) {
			resp, err := w.Transport().RoundTrip(q)
			if err == nil {
				b, _ := io.ReadAll(resp.Body)
				if bytes.Contains(b, []byte("DescribeInstancesResponse")) {
					mu.Lock()
					bodies[string(b)] = true
					mu.Unlock()
				}
				resp.Body = io.NopCloser(bytes.NewReader(b))
			}
			return resp, err
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	runContract(t, a, simQuirks)
	if len(bodies) < 4 {
		t.Fatalf("%d answers were seen", len(bodies))
	}
	for b := range bodies {
		for _, f := range []fleet.Name{fleetA, fleetB} {
			sameOf(t, f, strings.NewReplacer("<nextToken>", "<x>", "</nextToken>", "</x>").Replace(b)) // each page for itself
		}
	}
}

type through func(*http.Request) (*http.Response, error)

func (f through) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// same compares both readings of answers, and that none was odd.
func same(t testing.TB, pages ...string) { t.Helper(); sameOf(t, "a", pages...) }

func sameOf(t testing.TB, f fleet.Name, pages ...string) {
	t.Helper()
	r := answering(t, pages...)
	want, wantErr := bySDK(t, r, f)
	n := len(r.a.http.(*http.Client).Transport.(*fake).asked)
	got, err := r.Describe(t.Context(), f)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%v, but the SDK says %v, of %q", err, wantErr, pages)
	}
	if asked := len(r.a.http.(*http.Client).Transport.(*fake).asked) - n; err == nil && asked != len(pages) {
		t.Errorf("%d calls were made for %d pages: the poll could not read %q", asked, len(pages), pages)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the poll reads\n%+v\nthe SDK\n%+v\nof %q", got, want, pages)
	}
}

// Every member that an observation has is read: text with everything that XML
// may have in it.
func TestAPollReadsEveryMember(t *testing.T) {
	t.Parallel()
	full := `<instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState><privateDnsName/>
<reason>User &lt;b&gt; &amp; &quot;c&quot; &apos;d&apos; &#233;&#x1F600;	é</reason><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>t3.medium</instanceType>
<launchTime>2026-08-01T12:30:15.000Z</launchTime><placement><availabilityZone>us-west-2a</availabilityZone><groupName/><tenancy>default</tenancy></placement>
<monitoring><state>disabled</state></monitoring><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.1</privateIpAddress><ipAddress>198.18.0.1</ipAddress>
<ipv6Address>2001:db8::1</ipv6Address><stateReason><code>Server.SpotInstanceTermination</code><message>Server.SpotInstanceTermination: gone</message></stateReason>
<architecture>x86_64</architecture><blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-1</volumeId></ebs></item></blockDeviceMapping>
<instanceLifecycle>spot</instanceLifecycle><spotInstanceRequestId>sir-1</spotInstanceRequestId><clientToken>t</clientToken>
<tagSet><item><key>spot-tui:fleet</key><value>a</value></item><item><key>spot-tui:launch</key><value>l-1</value></item><item><key>spot-tui:owner</key><value>ada &amp; co</value></item>
<item><key>spot-tui:end</key><value>2026-08-02T12:30:15Z</value></item><item><key>spot-tui:ready</key><value>2026-08-01T12:31:15Z</value></item><item><key>spot-tui:host-key</key><value>SHA256:x</value></item>
<item><key>spot-tui:lock</key><value>ada</value></item><item><key>empty</key><value/></item></tagSet>
<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-other</subnetId><vpcId>vpc-other</vpcId><privateIpAddress>10.0.0.9</privateIpAddress></item></networkInterfaceSet>`
	same(t, page("", full, "<instanceId>i-2</instanceId>"+ourTag, "<instanceId>i-3</instanceId>"))
	same(t, page("next", full), page("", "<instanceId>i-4</instanceId><launchTime>2026-08-01T12:30:15Z</launchTime>"+ourTag))
	r := answering(t, page("", full))
	obs, err := r.Describe(t.Context(), "a")
	if err != nil || len(obs) != 1 {
		t.Fatal(obs, err)
	}
	if o := obs[0]; o.TransitionReason != "User <b> & \"c\" 'd' é\U0001F600\té" || o.Owner != "ada & co" || o.Subnet != "subnet-1" || o.StateReasonCode == "" || o.LaunchedAt.IsZero() || o.Zone != "us-west-2a" {
		t.Errorf("%+v", o)
	}
}

// Tags of any text come out as they were put in, by both readings.
func TestAPollReadsAnyText(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	letters := []rune("ab <>&\"';é\U0001F600\t\n]-=/漢&#")
	for range 300 {
		var text, esc strings.Builder
		for range rnd.IntN(20) {
			text.WriteRune(letters[rnd.IntN(len(letters))])
		}
		if err := xml.EscapeText(&esc, []byte(text.String())); err != nil {
			t.Fatal(err)
		}
		p := page("", "<instanceId>i-1</instanceId><tagSet><item><key>spot-tui:fleet</key><value>a</value></item><item><key>spot-tui:owner</key><value>"+esc.String()+"</value></item></tagSet>")
		same(t, p)
		if obs, err := answering(t, p).Describe(t.Context(), "a"); err != nil || obs[0].Owner != text.String() {
			t.Fatalf("%q came out as %+v, %v", text.String(), obs, err)
		}
	}
}

// What has not the form that EC2 writes is read by the SDK; what is cut off is
// an error, never an answer in which less is listed.
func TestAPollLeavesOddAnswersToTheSDK(t *testing.T) {
	t.Parallel()
	good := page("", "<instanceId>i-1</instanceId>"+ourTag)
	for name, body := range map[string]string{
		"comment":      strings.Replace(good, "<reservationSet>", "<!-- hello --><reservationSet>", 1),
		"section":      strings.Replace(good, "i-1", "<![CDATA[i-1]]>", 1),
		"carriage":     strings.Replace(good, "i-1", "i-1\r\n", 1),
		"long text":    strings.Replace(good, "<instanceId>", "<reason>"+strings.Repeat("x", 2*scanBuffer)+"</reason><instanceId>", 1),
		"quoted arrow": strings.Replace(good, "<reservationSet>", `<reservationSet a=">">`, 1),
	} {
		r := answering(t, body)
		want, err := bySDK(t, r, "a")
		if err != nil || len(want) != 1 {
			t.Fatalf("%s: the SDK can't read it: %v", name, err)
		}
		if got, err := r.Describe(t.Context(), "a"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for n := len(good) - 2; n > len(good)-140; n-- {
		if got, err := answering(t, good[:n]).Describe(t.Context(), "a"); err == nil {
			t.Fatalf("cut after %d bytes: %+v without an error", n, got)
		}
	}
}

// FuzzPoll: no answer makes the reading panic, and what it takes for an answer
// is well-formed.
func FuzzPoll(f *testing.F) {
	f.Add([]byte(page("t", "<instanceId>i-1</instanceId>"+ourTag)))
	f.Add([]byte(page("", "<instanceId>i&#45;1</instanceId><launchTime>2026-08-01T12:30:15Z</launchTime><tagSet><item/></tagSet>")))
	f.Add([]byte("<a><b c=\"d\"/></a>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p := &poll{seen: newSpellings(), start: func() {}, each: func(*types.Instance) {}}
		if p.read(bytes.NewReader(body)) != nil {
			return
		}
		depth, roots := 0, 0
		d := xml.NewDecoder(bytes.NewReader(body))
		d.Strict = false
		for {
			tok, err := d.RawToken()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // in what the poll passes over: an entity, an attribute
			}
			switch tok.(type) {
			case xml.StartElement:
				if depth == 0 {
					roots++
				}
				depth++
			case xml.EndElement:
				depth--
			}
		}
		if depth != 0 || roots != 1 {
			t.Errorf("%q was taken for an answer", body)
		}
	})
}

// BenchmarkPoll reads 1 000 instances, beside the SDK's own reading.
func BenchmarkPoll(b *testing.B) {
	instance := `<instanceId>i-%017x</instanceId><imageId>ami-0123456789abcdef0</imageId><instanceState><code>16</code><name>running</name></instanceState><privateDnsName>ip-10-0-0-1.internal</privateDnsName><dnsName/><reason/><keyName>k</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>t3.medium</instanceType><launchTime>2026-08-01T12:30:15.000Z</launchTime><placement><availabilityZone>us-west-2a</availabilityZone><groupName/><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring><subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><privateIpAddress>10.0.%[2]d.%[3]d</privateIpAddress><ipAddress>198.18.%[2]d.%[3]d</ipAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>spot-tui-a</groupName></item></groupSet><architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/sda1</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-0123456789abcdef0</volumeId><status>attached</status><attachTime>2026-08-01T12:30:16.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping><virtualizationType>hvm</virtualizationType><instanceLifecycle>spot</instanceLifecycle><spotInstanceRequestId>sir-abcdefgh</spotInstanceRequestId><clientToken>spot-tui-0123456789abcdef0123456789abcdef01234567</clientToken><tagSet><item><key>spot-tui:fleet</key><value>a</value></item><item><key>spot-tui:launch</key><value>l-abcdefghij</value></item><item><key>spot-tui:owner</key><value>ada</value></item><item><key>spot-tui:end</key><value>2026-08-02T12:30:15Z</value></item><item><key>Name</key><value>a</value></item><item><key>spot-tui:ready</key><value>2026-08-01T12:31:15Z</value></item></tagSet><hypervisor>xen</hypervisor><networkInterfaceSet><item><networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId><subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><description/><ownerId>123456789012</ownerId><status>in-use</status><macAddress>02:00:00:00:00:01</macAddress><privateIpAddress>10.0.0.1</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>spot-tui-a</groupName></item></groupSet><attachment><attachmentId>eni-attach-0123456789abcdef0</attachmentId><deviceIndex>0</deviceIndex><status>attached</status><attachTime>2026-08-01T12:30:15.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment></item></networkInterfaceSet><ebsOptimized>false</ebsOptimized><metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions><enclaveOptions><enabled>false</enabled></enclaveOptions>`
	var is []string
	for n := range 1000 {
		is = append(is, fmt.Sprintf(instance, n, n/250, n%250))
	}
	body := page("", is...)
	for name, describe := range map[string]func(*region) (int, error){
		"ours": func(r *region) (int, error) { obs, err := r.Describe(b.Context(), "a"); return len(obs), err },
		"SDK":  func(r *region) (int, error) { obs, err := bySDK(b, r, "a"); return len(obs), err },
	} {
		b.Run(name, func(b *testing.B) {
			r := answering(b, body)
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if n, err := describe(r); err != nil || n != 1000 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
