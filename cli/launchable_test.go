package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spot-tui/config"
	"spot-tui/fleet"
)

// What is gone from this machine keeps from launching, and never from looking
// or destroying.
func TestALostSourceKeepsFromLaunchingOnly(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	before := cl.inventory()
	p := newProgram(t)
	p.env = cl.env
	p.setup("lost", "# setup = ", "setup = ", "# files = ", "files = ")
	for _, name := range []string{"app", "setup.sh"} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte("true\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.must(0, "create", "--yes", "--json")
	for _, name := range []string{"app", "setup.sh"} {
		if err := os.Remove(filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, verb := range [][]string{{"create", "--yes"}, {"plan"}, {"validate"}} {
		r := p.must(exitUsage, verb...)
		if !strings.Contains(r.stderr, `provision.setup: the script "setup.sh" can't be read`) ||
			!strings.Contains(r.stderr, `provision.files[0].source: "app" can't be uploaded`) || !strings.Contains(r.stderr, "config.toml:") {
			t.Errorf("%v must tell both with their lines: %s", verb, r.stderr)
		}
		if es := p.must(exitUsage, append(verb, "--json")...).result(t).Errors; len(es) != 2 || es[0].Kind != fleet.KindInvalid {
			t.Errorf("%v --json: %+v", verb, es)
		}
	}
	if r := p.must(0, "list", "--json"); len(r.result(t).Instances) != 3 || !strings.Contains(r.stderr, "warning: config.toml:") {
		t.Errorf("list: %+v", r)
	}
	gone := p.must(0, "destroy", "--yes", "--json").result(t)
	if gone.Receipt == nil || !gone.Receipt.Clean() || gone.Receipt.Removed["instance"] != 3 {
		t.Errorf("receipt: %+v %s", gone.Receipt, describe(gone.Errors))
	}
	if after := cl.inventory(); after != before {
		t.Errorf("the world is not as it was\nbefore: %s\nafter: %s", before, after)
	}
}

func TestAKeyThatOthersCanRead(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.setup("open")
	key := filepath.Join(p.home, "spot", "state", "id_ed25519")
	if i, err := os.Stat(key); err != nil || i.Mode().Perm() != 0o600 {
		t.Fatalf("our own key: %v %v", i, err)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"validate", "plan", "create"} {
		if r := p.must(exitUsage, verb); !strings.Contains(r.stderr, "run: chmod 600 "+key+"\n") {
			t.Errorf("%s: %s", verb, r.stderr)
		}
	}
	r := p.must(0, "list", "--demo=empty", "--config", filepath.Join(p.dir, "config.toml"))
	if strings.Count(r.stderr, "chmod 600 "+key) != 1 {
		t.Errorf("list must warn once: %s", r.stderr)
	}
}

// A region that only --regions names has no types of its own; that matters for
// launching only, and what the config says of the others holds.
func TestARegionFromOutsideTheConfig(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("types", "[capacity]", "", `instance_types = ["t3.medium", "t3a.medium", "m6i.large", "c6i.large"]`, "",
		`name = "us-west-2"`, "name = \"us-west-2\"\ninstance_types = [\"t3.large\"]\nzones = [\"a\"]\ncount = 2",
		`name = "us-east-1"`, "name = \"us-east-1\"\ninstance_types = [\"t3.large\"]\ncount = 1",
		`name = "eu-west-1"`, "name = \"eu-west-1\"\ninstance_types = [\"t3.large\"]\ncount = 0")
	p.must(0, "validate")
	r := p.must(exitUsage, "create", "--yes", "--regions", "us-west-2,eu-north-1")
	if !strings.Contains(r.stderr, "no types are named for eu-north-1") || strings.Contains(r.stderr, "us-west-2") {
		t.Errorf("create: %s", r.stderr)
	}
	p.must(0, "list", "--regions", "us-west-2,eu-north-1")
	if r := p.must(exitUsage, "list", "--regions", "us-wets-2"); !strings.Contains(r.stderr, `--regions: "us-wets-2" is no region; did you mean "us-west-2"?`) {
		t.Errorf("list: %s", r.stderr)
	}
	s := session{a: &app{}, spec: fleet.Spec{Regions: []fleet.RegionSpec{
		{Name: "us-west-2", Weight: 1, Count: 2, Types: []fleet.InstanceType{"t3.large"}, Image: "al2023", Zones: []fleet.Zone{"us-west-2a"}},
	}}}
	if err := s.pickRegions([]fleet.Region{"us-west-2"}); err != nil {
		t.Fatal(err)
	}
	if g := s.spec.Regions[0]; g.Weight != 2 || g.Count != -1 || len(g.Types) != 1 || g.Image != "al2023" || len(g.Zones) != 1 {
		t.Errorf("%+v", g)
	}
}

// The screen opens on a config that is not fit for launching, and says why it
// launches nothing.
func TestTheScreenLaunchesNothingWithoutWhatItNeeds(t *testing.T) {
	t.Parallel()
	ps := config.Errors{{File: "c.toml", Line: 7, Key: "provision.setup", Msg: "it is gone"}, {File: "c.toml", Line: 9, Msg: "another"}}
	w := watchFace{why: ps}
	_, planned := w.Plan(t.Context(), fleet.PlanRequest{})
	_, launched := w.Launch(fleet.Plan{})
	for _, err := range []error{planned, launched} {
		if fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "c.toml:7: provision.setup: it is gone") {
			t.Errorf("%v", err)
		}
	}
}

func TestPaced(t *testing.T) {
	t.Parallel()
	base := fleet.Poll{Fast: 2 * time.Second, Slow: 10 * time.Second, Prices: time.Minute, Settle: time.Second}
	for _, tt := range []struct {
		c          fleet.PollSpec
		fast, slow time.Duration
	}{
		{fleet.PollSpec{}, 2 * time.Second, 10 * time.Second},
		{fleet.PollSpec{Fast: 5 * time.Second}, 5 * time.Second, 10 * time.Second},
		{fleet.PollSpec{Fast: 20 * time.Second}, 20 * time.Second, 20 * time.Second},
		{fleet.PollSpec{Slow: time.Minute}, 2 * time.Second, time.Minute},
	} {
		if p := paced(base, tt.c); p.Fast != tt.fast || p.Slow != tt.slow || p.Prices != base.Prices || p.Settle != base.Settle {
			t.Errorf("%+v: %+v", tt.c, p)
		}
	}
}
