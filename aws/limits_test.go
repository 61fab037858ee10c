package aws

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// TestThrottlingIsNeverFatal: what AWS refuses for its rate is asked again until
// it is taken; the poll alone gives up early, since it comes again anyway.
func TestThrottlingIsNeverFatal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := 10
		f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
			"DescribeInstances": always(200, instancesXML("", instanceXML("i-1", "a", "running"))),
			"CreateTags": func(url.Values) (int, string) {
				if left--; left >= 0 {
					return 503, apiError("RequestLimitExceeded", "Request limit exceeded.")
				}
				return 200, `<CreateTagsResponse/>`
			},
		}}
		r := f.account().In("us-west-2")
		if err := r.Mark(t.Context(), "a", []fleet.InstanceID{"i-1"}, map[string]string{fleet.TagReady: "now"}); err != nil {
			t.Errorf("refused ten times: %v", err)
		}
	})
}

// TestCallsStayUnderEC2sBuckets: hundreds of calls at once pass a world that
// refuses what exceeds its buckets, without one refusal.
func TestCallsStayUnderEC2sBuckets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, w := on(t, sim.Options{Scale: 1})
		defer w.Close()
		var wg sync.WaitGroup
		began := time.Now()
		for range 300 {
			wg.Go(func() {
				if _, err := a.In("us-west-2").Describe(t.Context(), "a"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, c := range w.Calls(0) {
			if c.Code != "" {
				t.Fatalf("%s: %s", c.Op, c.Code)
			}
		}
		// 80 at once, the rest at 16 per second.
		if took := time.Since(began); took < 13*time.Second || took > 15*time.Second {
			t.Errorf("300 calls took %s", took)
		}
	})
}

// TestATurnThatComesTooLate: who would wait longer than its deadline is told at
// once, and that it is about the rate.
func TestATurnThatComesTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{t: t, answers: map[string]func(url.Values) (int, string){"DescribeInstances": always(200, instancesXML(""))}}
		r := f.account().In("us-west-2")
		var wg sync.WaitGroup
		var mu sync.Mutex
		kinds := map[fleet.Kind]int{}
		for range 500 {
			wg.Go(func() {
				_, err := r.Describe(t.Context(), "a")
				mu.Lock()
				kinds[fleet.KindOf(err)]++
				mu.Unlock()
			})
		}
		wg.Wait()
		if kinds[fleet.KindThrottle] == 0 || kinds[""] < 300 || len(kinds) != 2 {
			t.Errorf("outcomes %v", kinds)
		}
	})
}

// TestWhatTakesNoTokenIsSentOnce: an answer that got lost must not make a
// second VPC.
func TestWhatTakesNoTokenIsSentOnce(t *testing.T) {
	t.Parallel()
	a, w := on(t, sim.Options{})
	must(t, w.Inject(sim.Fault{Fault: "lost-answer", Op: "CreateVpc"}))
	_, err := a.In("us-west-2").EnsureNetwork(t.Context(), fleet.NetworkRequest{Fleet: "a", CIDR: "10.77.0.0/16", Zones: []fleet.Zone{"us-west-2a"}})
	if err == nil || fleet.KindOf(err) != fleet.KindNetwork {
		t.Errorf("error %v", err)
	}
	if n := w.Inventory().Counts["vpc"]; n != 1 {
		t.Errorf("%d VPCs", n)
	}
}

// TestCredentialsAreReadAgain: a login in another terminal, which writes new
// keys to the file, is enough to go on.
func TestCredentialsAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(key string) {
		must(t, os.WriteFile(filepath.Join(dir, "credentials"), []byte("[default]\naws_access_key_id = "+key+"\naws_secret_access_key = s\n"), 0o600))
	}
	write("AKIDOLD")
	for k, v := range map[string]string{
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials"), "AWS_CONFIG_FILE": filepath.Join(dir, "none"), "AWS_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(k, v)
	}
	f := &fake{t: t}
	f.answers = map[string]func(url.Values) (int, string){"GetCallerIdentity": func(url.Values) (int, string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if last := f.auth[len(f.auth)-1]; !strings.Contains(last, "AKIDNEW") {
			return 403, `<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>`
		}
		return 200, identityXML
	}}
	a := f.account(func(o *Options) { o.Static, o.HomeRegion = nil, "us-east-1" })
	ask := func() error { _, err := a.Identity(context.Background()); return err }
	if err := ask(); fleet.KindOf(err) != fleet.KindAuth {
		t.Fatalf("with old keys: %v", err)
	}
	write("AKIDNEW")
	if err := ask(); err != nil {
		t.Errorf("with new keys: %v", err)
	}
}
