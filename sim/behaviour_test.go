package sim

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestBucketsEmptyAndRefill(t *testing.T) {
	bubble(t, Options{Scale: 1, CallLatency: func(string) time.Duration { return 0 }}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		count := func(n int, f func() error) (passed int) {
			for range n {
				if err := f(); err == nil {
					passed++
				} else if code(err) != "RequestLimitExceeded" {
					t.Fatal(err)
				}
			}
			return passed
		}
		filtered := func() error {
			_, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{MaxResults: awssdk.Int32(5)})
			return err
		}
		bare := func() error {
			_, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
			return err
		}
		group := func() error {
			_, err := c.DeleteKeyPair(t.Context(), &ec2.DeleteKeyPairInput{KeyName: awssdk.String("none")})
			return err
		}
		for _, tc := range []struct {
			name        string
			call        func() error
			size, after int // passed of many at once, and of many 3 s later
		}{{"paginated describe", filtered, 100, 60}, {"bare describe", bare, 50, 30}, {"change", group, 50, 15}} {
			if n := count(200, tc.call); n != tc.size {
				t.Errorf("%s: %d at once, want %d", tc.name, n, tc.size)
			}
			pass(3 * time.Second)
			if n := count(200, tc.call); n != tc.after {
				t.Errorf("%s: %d after 3 s, want %d", tc.name, n, tc.after)
			}
		}
		other := client(w, "us-west-2")
		if _, err := other.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{}); err != nil {
			t.Errorf("another region has its own buckets: %v", err)
		}
	})
}

func TestLaunchRateIsAnErrorBesideInstances(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		template := ready(t, c, "many")
		got := 0
		var limited bool
		for range 8 { // 8 × 200 is more than the 1,000 instances that may be launched at once
			out, err := c.CreateFleet(t.Context(), fleetOf(t, c, template, 200, ""))
			must(t, err)
			got += len(idsOf(out))
			for _, e := range out.Errors {
				if *e.ErrorCode == "RequestLimitExceeded" {
					limited = true
				}
			}
		}
		if !limited || got < 700 || got > 1100 { // pools run dry too
			t.Errorf("%d launched, limited: %v", got, limited)
		}
	})
}

func TestDescribesLagAndReferencesLess(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		must(t, w.Inject(Fault{Fault: "lag", DelayMS: 40_000}))
		c := client(w, "us-east-1")
		ids, err := launchN(t, c, 1, "")
		must(t, err)
		seen := func() int {
			out, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{MaxResults: awssdk.Int32(5)})
			must(t, err)
			return len(out.Reservations)
		}
		if _, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: ids}); code(err) != "InvalidInstanceID.NotFound" {
			t.Errorf("by id at once: %v", err)
		}
		if _, err := c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids}); code(err) != "InvalidInstanceID.NotFound" {
			t.Errorf("terminate at once: %v", err)
		}
		pass(6 * time.Second)
		if n := seen(); n != 0 {
			t.Error("shown after 6 s")
		}
		if _, err := c.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: ids, Tags: []types.Tag{{Key: awssdk.String("a"), Value: awssdk.String("b")}}}); err != nil {
			t.Errorf("a reference after 6 s: %v", err)
		}
		pass(35 * time.Second)
		if n := seen(); n != 1 {
			t.Error("not shown after 40 s")
		}
	})
}

func TestMixedAnswer(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		template := ready(t, c, "mixed")
		must(t, w.Inject(Fault{Fault: "mixed-answer", N: 1, Capacity: 2, Code: "InternalError"}))
		for _, want := range []struct{ ids, errors int }{{2, 1}, {5, 0}} {
			out, err := c.CreateFleet(t.Context(), fleetOf(t, c, template, 5, ""))
			must(t, err)
			if len(idsOf(out)) != want.ids || len(out.Errors) != want.errors {
				t.Errorf("%d instances, %d errors, want %+v", len(idsOf(out)), len(out.Errors), want)
			}
			for _, e := range out.Errors {
				if *e.ErrorCode != "InternalError" {
					t.Errorf("code %s", *e.ErrorCode)
				}
			}
		}
	})
}

func TestOptOut(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		must(t, w.Inject(Fault{Fault: "opt-out", Region: "eu-west-1"}))
		if _, err := client(w, "eu-west-1").DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); code(err) != "AuthFailure" {
			t.Errorf("opted out: %v", err)
		}
		if _, err := client(w, "us-east-1").DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); err != nil {
			t.Error(err)
		}
	})
}

// A wrong clock is refused, and a client that takes the time from the answer
// gets through: the SDK does that.
func TestClockSkew(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		must(t, w.Inject(Fault{Fault: "clock-skew", DelayMS: int(2 * time.Hour / time.Millisecond)}))
		if _, err := client(w, "us-east-1").DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); code(err) != "RequestExpired" {
			t.Errorf("a wrong clock: %v", err)
		}
		cfg := sdkConfig(w, "us-east-1")
		cfg.Retryer = func() awssdk.Retryer { return retry.NewStandard() }
		if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
			t.Errorf("a client that corrects its clock: %v", err)
		}
	})
}

func TestScenario(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		s, err := ReadScenario(`
about = "two are taken, then a region dies"
[[step]]
at = "2m"
fault = "dead-region"
region = "eu-west-1"
[[step]]
at = "90s"
fault = "interrupt"
instance = "any"
n = 2
`)
		must(t, err)
		c := client(w, "us-east-1")
		ids, err := launchN(t, c, 3, "")
		must(t, err)
		_ = ids
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "spots"), 3, ""))
		must(t, err)
		w.Play(s)
		pass(100 * time.Second)
		taken := 0
		for _, id := range idsOf(out) {
			req, err := c.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{Filters: []types.Filter{filter("instance-id", id)}})
			must(t, err)
			if *req.SpotInstanceRequests[0].Status.Code == "instance-terminated-no-capacity" {
				taken++
			}
		}
		if taken != 2 {
			t.Errorf("%d of 3 spot instances were taken, want 2", taken)
		}
		pass(30 * time.Second)
		played := w.PlayedSteps()
		if len(played) != 2 || played[0].Step.Fault != "interrupt" || played[0].Error != "" || played[1].Step.Region != "eu-west-1" {
			t.Errorf("played: %+v", played)
		}
	})
}

func TestScenarioMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"seed = \"x\"": "line 1",
		"sead = 1":     "sead is no key of a scenario",
		"[[step]]\nat = \"1s\"\nfault = \"sleep\"":     "no fault is called \"sleep\"",
		"[[step]]\nat = \"-1s\"\nfault = \"throttle\"": "a step can't come before the start",
		"[[step]]\nfault = \"throttle\"\nop = \"Nix\"": "no operation \"Nix\"",
		"no_default_vpc = [\"mars\"]":                  "no region \"mars\"",
	} {
		if _, err := ReadScenario(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
