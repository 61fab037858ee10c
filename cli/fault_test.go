package cli

import (
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// A region that answers nothing and one without capacity: the third has what the
// empty one lacks, the dead one's failure is one sentence with a next step, and the
// exit code says that it was done in part.
func TestFaultyRegionsDoNotStopTheRest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, dead, empty string }{
		{"the home region is dead", "us-west-2", "us-east-1"},
		{"another region is dead", "eu-west-1", "us-west-2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cl := startCloud(t, "0.02")
			cl.ask("POST", "faults", map[string]any{"fault": "dead-region", "region": tt.dead}, nil)
			cl.ask("POST", "faults", map[string]any{"fault": "no-capacity", "region": tt.empty}, nil)
			p := newProgram(t)
			p.env = cl.env
			p.setup("faulty")

			started := time.Now()
			r := p.must(exitPartial, "create", "--yes", "--json").result(t)
			if took := time.Since(started); took > 2*time.Minute {
				t.Errorf("it took %s: a dead region must not hold up the rest", took)
			}
			if count(r.Instances, isReady) != 2 {
				t.Fatalf("want two ready in the third region: %+v\n%s", r.Instances, describe(r.Errors))
			}
			for region, want := range map[string]int{tt.dead: 1, tt.empty: 0} {
				n := count(r.Errors, func(e jsonError) bool { return string(e.Region) == region && e.Hint != "" })
				if n != want {
					t.Errorf("want %d failures with a next step for %s, got %d:\n%s", want, region, n, describe(r.Errors))
				}
			}
			for _, e := range r.Errors {
				if strings.Contains(e.Message, "\n") {
					t.Errorf("not one sentence: %q", e.Message)
				}
			}

			cl.ask("POST", "faults", map[string]any{"fault": "clear"}, nil)
			p.must(0, "create", "--yes", "--json") // everything answers again: it converges
			gone := p.must(0, "destroy", "--yes", "--json").result(t)
			if gone.Receipt == nil || !gone.Receipt.Clean() {
				t.Fatalf("receipt: %+v", gone.Receipt)
			}
		})
	}
}

func TestADestroyThatCannotSeeARegionSaysSo(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	p.setup("unseen")
	p.must(0, "create", "--yes", "--json")
	cl.ask("POST", "faults", map[string]any{"fault": "dead-region", "region": "eu-west-1"}, nil)
	r := p.must(exitPartial, "destroy", "--yes", "--json").result(t)
	if r.Receipt == nil || r.Receipt.Clean() || count(r.Receipt.RegionsFailed, func(x fleet.Region) bool { return x == "eu-west-1" }) != 1 {
		t.Fatalf("the receipt must name the region that was not scanned: %+v", r.Receipt)
	}
	cl.ask("POST", "faults", map[string]any{"fault": "clear"}, nil)
	if r := p.must(0, "destroy", "--yes", "--json").result(t); !r.Receipt.Clean() {
		t.Fatalf("the second destroy must finish it: %+v", r.Receipt)
	}
}

func TestWrongCredentialsAreOneSentence(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.setup("nobody")
	for _, e := range cl.env {
		if !strings.HasPrefix(e, "AWS_ACCESS_KEY_ID") && !strings.HasPrefix(e, "AWS_SECRET") {
			p.env = append(p.env, e)
		}
	}
	p.env = append(p.env, "AWS_EC2_METADATA_DISABLED=true")
	r := p.must(exitAuth, "list")
	if n := strings.Count(strings.TrimSpace(r.stderr), "\n"); n != 0 || !strings.Contains(r.stderr, "aws configure") && !strings.Contains(r.stderr, "--demo") {
		t.Errorf("want one sentence with what to do, got %q", r.stderr)
	}
}
