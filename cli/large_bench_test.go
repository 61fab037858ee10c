//go:build linux

package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"spot-tui/sim"
)

// build makes the program itself: a test binary starts slower and is larger.
func build(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "spot-tui")
	c := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "spot-tui")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return path
}

// BenchmarkFirstFrame is the time from the start of the process to its first
// frame in a terminal, with a cloud that never answers: the number to hold is
// 50 ms.
func BenchmarkFirstFrame(b *testing.B) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // only then a caller that goes away is noticed
		<-q.Context().Done()
	}))
	defer silent.Close()
	p := onEndpoint(b, silent.URL)
	p.setup("sensors")
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		s := openScreen(b, p, 200, 60)
		s.sees("sensors")
		took = append(took, s.first.Sub(began))
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
}

func onEndpoint(b *testing.B, endpoint string) *program {
	b.Helper()
	p := newProgram(b)
	p.self = build(b)
	p.env = []string{"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=AKIDEMO", "AWS_SECRET_ACCESS_KEY=demo", "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=", "COLORTERM=truecolor"}
	return p
}

// crowd is a simulated cloud in which ten regions have 1 000 running instances
// of the fleet each: more than a simulated cloud would launch in a benchmark.
func crowd(w *sim.World, fleet string) http.Handler {
	pages := map[string]string{}
	for n, r := range crowdRegions {
		var page strings.Builder
		page.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>x</requestId><reservationSet>`)
		for i := range 1000 {
			fmt.Fprintf(&page, crowdInstance, n*1000+i, r, 'a'+i%3, i/250, i%250, fleet)
		}
		page.WriteString("</reservationSet></DescribeInstancesResponse>")
		pages[r] = page.String()
	}
	region := regexp.MustCompile(`Credential=[^/]+/\d+/([a-z0-9-]+)/ec2`)
	return http.HandlerFunc(func(out http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		at := region.FindStringSubmatch(q.Header.Get("Authorization"))
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") == "DescribeInstances" && at != nil && pages[at[1]] != "" {
			out.Header().Set("Content-Type", "text/xml")
			_, _ = io.WriteString(out, pages[at[1]])
			return
		}
		q.Body = io.NopCloser(strings.NewReader(string(body)))
		w.Handler().ServeHTTP(out, q)
	})
}

var crowdRegions = []string{"us-west-2", "us-east-1", "us-east-2", "us-west-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "ap-northeast-1"}

const crowdInstance = `<item><reservationId>r-1</reservationId><ownerId>123456789012</ownerId><instancesSet><item><instanceId>i-%017[1]x</instanceId><imageId>ami-0123456789abcdef0</imageId><instanceState><code>16</code><name>running</name></instanceState><privateDnsName>ip-10-0-0-1.internal</privateDnsName><dnsName/><reason/><amiLaunchIndex>0</amiLaunchIndex><instanceType>t3.medium</instanceType><launchTime>2026-08-01T12:30:15.000Z</launchTime><placement><availabilityZone>%[2]s%[3]c</availabilityZone><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring><subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><privateIpAddress>10.0.%[4]d.%[5]d</privateIpAddress><ipAddress>198.18.%[4]d.%[5]d</ipAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>spot-tui</groupName></item></groupSet><architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/sda1</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-0123456789abcdef0</volumeId><status>attached</status><attachTime>2026-08-01T12:30:16.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping><virtualizationType>hvm</virtualizationType><instanceLifecycle>spot</instanceLifecycle><spotInstanceRequestId>sir-abcdefgh</spotInstanceRequestId><clientToken>t</clientToken><tagSet><item><key>spot-tui:fleet</key><value>%[6]s</value></item><item><key>spot-tui:launch</key><value>l-abcdefghij</value></item><item><key>spot-tui:owner</key><value>demo</value></item><item><key>spot-tui:ready</key><value>2026-08-01T12:31:15Z</value></item><item><key>Name</key><value>sensors</value></item></tagSet><hypervisor>xen</hypervisor><networkInterfaceSet><item><networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId><subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><ownerId>123456789012</ownerId><status>in-use</status><macAddress>02:00:00:00:00:01</macAddress><privateIpAddress>10.0.0.1</privateIpAddress><attachment><attachmentId>eni-attach-0123456789abcdef0</attachmentId><deviceIndex>0</deviceIndex><status>attached</status><attachTime>2026-08-01T12:30:15.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment></item></networkInterfaceSet><ebsOptimized>false</ebsOptimized><metadataOptions><state>applied</state><httpTokens>required</httpTokens></metadataOptions></item></instancesSet></item>
`

// BenchmarkMemory is what the whole program has resident while it shows 10 000
// instances of ten regions, which it asks for every two seconds: the number to
// hold is 80 MiB. Each round takes 20 s.
func BenchmarkMemory(b *testing.B) {
	w := sim.New(sim.Options{Seed: 1, Scale: 0.01})
	defer w.Close()
	cloud := httptest.NewServer(crowd(w, "sensors"))
	defer cloud.Close()
	p := onEndpoint(b, cloud.URL)
	p.setup("sensors")
	path := filepath.Join(p.dir, "config.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "\n[[region]]\n")
	_, tail, _ := strings.Cut(rest, "\n[disk]\n")
	for _, r := range crowdRegions {
		head += fmt.Sprintf("\n[[region]]\nname = %q\n", r)
	}
	head = regexp.MustCompile(`(?m)^target = .*$`).ReplaceAllString(head, "target = 10000")
	if err := os.WriteFile(path, []byte(head+"\n[disk]\n"+tail), 0o600); err != nil {
		b.Fatal(err)
	}
	s := openScreen(b, p, 200, 60)
	s.sees("10000")
	<-time.After(10 * time.Second) // stored, priced, drawn
	peak, cpu, began := 0.0, used(b, s.cmd.Process.Pid), time.Now()
	for b.Loop() {
		for range 100 {
			<-time.After(200 * time.Millisecond)
			peak = max(peak, resident(b, s.cmd.Process.Pid))
		}
	}
	b.ReportMetric(peak, "resident-MiB")
	b.ReportMetric(100*(used(b, s.cmd.Process.Pid)-cpu).Seconds()/time.Since(began).Seconds(), "cpu-%")
}

// resident reads a process's resident memory, in MiB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}

// used is the processor time of a process.
func used(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(after) // from the state on: utime is the 12th, stime the 13th, in hundredths of a second on Linux
	u, errU := strconv.Atoi(f[11])
	v, errV := strconv.Atoi(f[12])
	if errU != nil || errV != nil {
		b.Fatal(errU, errV)
	}
	return time.Duration(u+v) * 10 * time.Millisecond
}
