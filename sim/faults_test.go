package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func TestHoldKeepsTheAnswerNotTheEffect(t *testing.T) {
	bubble(t, Options{Seed: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		in := fleetOf(t, c, ready(t, c, "held"), 2, "t")
		if err := w.Inject(Fault{Fault: "hold", Nth: 2}); err != nil {
			t.Fatal(err)
		}
		if _, err := launchN(t, c, 1, ""); err != nil { // the first mutating call passes
			t.Fatal(err)
		}
		type result struct {
			out *ec2.CreateFleetOutput
			err error
		}
		done := make(chan result, 1)
		go func() {
			out, err := c.CreateFleet(t.Context(), in)
			done <- result{out, err}
		}()
		synctest.Wait()
		held := w.Held()
		if len(held) != 1 || held[0].Op != "CreateFleet" || len(done) != 0 {
			t.Fatalf("held: %+v", held)
		}
		if n := w.Inventory().Counts["instance"]; n != 3 {
			t.Errorf("%d instances exist while the answer is held", n)
		}
		if w.Release(held[0].ID) != 1 {
			t.Error("nothing was released")
		}
		if r := <-done; r.err != nil || len(idsOf(r.out)) != 2 {
			t.Errorf("after release: %v", r.err)
		}
		if len(w.Held()) != 0 {
			t.Error("still held")
		}
	})
}

func TestDeadRegionAnswersNothing(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		if err := w.Inject(Fault{Fault: "dead-region", Region: "eu-west-1"}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		began := time.Now()
		_, err := client(w, "eu-west-1").DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 7*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := client(w, "us-east-1").DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); err != nil {
			t.Errorf("another region: %v", err)
		}
		calls := w.Calls(0)
		if len(calls) != 2 || calls[0].Code != "cut" || calls[1].Code != "" {
			t.Errorf("calls: %+v", calls)
		}
	})
}

func TestFaultsAtCalls(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		ask := func() error {
			_, err := c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
			return err
		}
		for _, tc := range []struct {
			fault Fault
			want  []string // codes of the next calls
		}{
			{Fault{Fault: "throttle", N: 2}, []string{"RequestLimitExceeded", "RequestLimitExceeded", ""}},
			{Fault{Fault: "throttle", N: 1, Op: "RunInstances"}, []string{""}},
			{Fault{Fault: "throttle", Region: "us-west-2"}, []string{""}},
			{Fault{Fault: "error-5xx", N: 1}, []string{"InternalError", ""}},
			{Fault{Fault: "expired-credentials"}, []string{"RequestExpired", "RequestExpired"}},
		} {
			if err := w.Inject(tc.fault); err != nil {
				t.Fatal(err)
			}
			for n, want := range tc.want {
				if err := ask(); code(err) != want || (want == "") != (err == nil) {
					t.Errorf("%+v, call %d: %v, want %q", tc.fault, n+1, err, want)
				}
			}
			if err := w.Inject(Fault{Fault: "clear"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Inject(Fault{Fault: "slow-region", DelayMS: 1500}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := ask(); err != nil || time.Since(began) != 1500*time.Millisecond {
			t.Errorf("slow: %v after %v", err, time.Since(began))
		}
	})
}

func TestRetriedThrottleIsInvisible(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		cfg := sdkConfig(w, "us-east-1")
		cfg.Retryer = func() awssdk.Retryer { return retry.NewStandard() }
		if err := w.Inject(Fault{Fault: "throttle", N: 2}); err != nil {
			t.Fatal(err)
		}
		if _, err := ec2.NewFromConfig(cfg).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); err != nil {
			t.Error(err)
		}
		if n := len(w.Calls(0)); n != 3 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestLostAnswer(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		if err := w.Inject(Fault{Fault: "lost-answer", Op: "RunInstances"}); err != nil {
			t.Fatal(err)
		}
		if _, err := launchN(t, c, 1, "lost"); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("lost: %v", err)
		}
		if _, err := launchN(t, c, 1, "lost"); err != nil {
			t.Errorf("again with its token: %v", err)
		}
		if n := w.Inventory().Counts["instance"]; n != 1 {
			t.Errorf("%d instances", n)
		}
	})
}

func TestACallerThatGoesAwayHasItsEffect(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := c.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: awssdk.String("gone"), Description: awssdk.String("gone")})
		if !errors.Is(err, context.DeadlineExceeded) || w.Inventory().Counts["security-group"] != 1 {
			t.Errorf("%v, %v", err, w.Inventory().Counts)
		}
	})
}

func TestInterruption(t *testing.T) {
	bubble(t, Options{Scale: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "spot"), 1, "t"))
		if err != nil {
			t.Fatal(err)
		}
		id := idsOf(out)[0]
		pass(time.Minute)
		if err := w.Inject(Fault{Fault: "interrupt", Instance: id}); err != nil {
			t.Fatal(err)
		}
		spot, err := c.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{})
		if err != nil || *spot.SpotInstanceRequests[0].Status.Code != "instance-terminated-no-capacity" {
			t.Errorf("%v %v", spot, err)
		}
		if s := describe(t, c, id).State.Name; s != types.InstanceStateNameRunning {
			t.Errorf("during the notice: %s", s)
		}
		pass(2 * time.Minute)
		if i := describe(t, c, id); i.State.Name != types.InstanceStateNameShuttingDown || *i.StateReason.Code != "Server.SpotInstanceTermination" {
			t.Errorf("after the notice: %s %s", i.State.Name, *i.StateReason.Code)
		}
		for _, bad := range []Fault{{Fault: "interrupt", Instance: id}, {Fault: "interrupt", Instance: "i-0"}, {Fault: "nix"}, {Fault: "hold", Op: "Nix"}, {Fault: "dead-region", Region: "nix"}} {
			if w.Inject(bad) == nil {
				t.Errorf("%+v was taken", bad)
			}
		}
	})
}

func TestControlOverASocket(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	srv := httptest.NewServer(w.Handler())
	defer srv.Close()
	ask := func(method, path, body string) (int, map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if took := time.Since(began); took < fastest {
			t.Errorf("%s was answered in %v", path, took)
		}
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		v := map[string]any{}
		if res.Header.Get("Content-Type") == "application/json" {
			if err := json.Unmarshal(text, &v); err != nil {
				t.Fatal(err)
			}
		} else {
			v["text"] = string(text)
		}
		return res.StatusCode, v
	}
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/caller-address", "", 200, "map[text:127.0.0.1\n]"},
		{"GET", "/_control/inventory", "", 200, "map[counts:map[] resources:[] total:0]"},
		{"GET", "/_control/calls", "", 200, "map[calls:[]]"},
		{"GET", "/_control/calls?since=x", "", 400, `map[error:since is the number of a call, not "x"]`},
		{"POST", "/_control/faults", `{"fault":"dead-region","region":"us-east-1"}`, 200, "map[ok:true]"},
		{"POST", "/_control/faults", `{"fault":"clear"}`, 200, "map[ok:true]"},
		{"POST", "/_control/faults", `{"fault":"dead-region","where":"x"}`, 400, `map[error:the fault is not as documented: json: unknown field "where"]`},
		{"GET", "/_control/held", "", 200, "map[held:[]]"},
		{"POST", "/_control/release", "", 200, "map[released:0]"},
		{"POST", "/_control/release", `{"id":7}`, 200, "map[released:0]"},
		{"GET", "/_control/nix", "", 404, "map[error:GET /_control/nix does not exist; GET inventory, bill, calls, faults, held, scenario; POST faults, release]"},
	} {
		status, v := ask(tc.method, tc.path, tc.body)
		if status != tc.status || fmt.Sprint(v) != tc.want {
			t.Errorf("%s %s: %d %v, want %d %s", tc.method, tc.path, status, v, tc.status, tc.want)
		}
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	if err := w.Inject(Fault{Fault: "dead-region"}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := client(w, "us-east-1").DescribeVpcs(context.Background(), &ec2.DescribeVpcsInput{})
		done <- err
	}()
	w.Close()
	if err := <-done; err == nil {
		t.Error("a closed world answered")
	}
	w.Close() // once more changes nothing
}
