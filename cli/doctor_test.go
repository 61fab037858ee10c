package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spot-tui/aws"
	"spot-tui/fleet"
	"spot-tui/sim"
)

// doctor decodes the last line of doctor --json.
func (r ran) doctor(t *testing.T) doctorResult {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	var last struct {
		Result doctorResult `json:"result"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatalf("the last line is no result (%v): %s", err, r.stdout)
	}
	return last.Result
}

// topicNamed gives a topic of the doctor's result.
func topicNamed(t *testing.T, r doctorResult, name string) jsonTopic {
	t.Helper()
	i := slices.IndexFunc(r.Doctor, func(x jsonTopic) bool { return x.Topic == name })
	if i < 0 {
		t.Fatalf("no topic %q in %+v", name, r.Doctor)
	}
	return r.Doctor[i]
}

func failing(x jsonTopic) []string {
	var out []string
	for _, c := range x.Checks {
		if c.State == fleet.CheckFail {
			out = append(out, c.What)
		}
	}
	return out
}

// TestDoctor: a healthy fleet, then one permission less, a region that is not
// enabled, and a key that is lost; and in all of it, nothing in AWS changes.
func TestDoctor(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	p.setup("patient")
	if r := p.must(exitDone, "doctor", "--permissions", "--json").doctor(t); len(r.Policies) != 0 {
		t.Errorf("nothing is missing: %+v", r.Policies)
	} else {
		for _, topic := range []string{"terminal", "config", "SSH key", "state folder", "credentials", "clock", "regions", "network us-west-2", "permissions eu-west-1"} {
			if f := failing(topicNamed(t, r, topic)); len(f) > 0 {
				t.Errorf("%s: %v", topic, f)
			}
		}
	}
	inject := func(f sim.Fault) { cl.ask("POST", "faults", f, nil) }
	inject(sim.Fault{Fault: "deny", Op: "CreateVpc", Region: "us-east-1"})
	inject(sim.Fault{Fault: "deny", Op: "DescribeSnapshots"})
	r := p.must(exitAuth, "doctor", "--permissions", "--json").doctor(t)
	if f := failing(topicNamed(t, r, "permissions us-west-2")); !slices.Equal(f, []string{"permissions"}) {
		t.Errorf("us-west-2: %v", f)
	}
	if len(r.Policies) != 1 {
		t.Fatalf("%+v", r.Policies)
	}
	var granted []string
	for _, s := range r.Policies[0].Statement {
		granted = append(granted, s.Action...)
	}
	if slices.Sort(granted); !slices.Equal(granted, []string{"ec2:CreateVpc", "ec2:DescribeSnapshots"}) {
		t.Errorf("the missing statements grant %v", granted)
	}
	for _, v := range topicNamed(t, r, "permissions us-west-2").Verdicts {
		if want := v.Action == "ec2:DescribeSnapshots"; want != (v.State == aws.Missing) {
			t.Errorf("%+v", v)
		}
	}
	if out := p.must(exitAuth, "doctor", "--permissions").stdout; !strings.Contains(out, "The missing statements") || !strings.Contains(out, `"ec2:CreateVpc"`) {
		t.Errorf("%s", out)
	}
	if p.must(exitDone, "doctor"); cl.mutatingCalls() != 0 {
		t.Errorf("the doctor changed something: %d calls", cl.mutatingCalls())
	}
	if left := cl.resources(); len(left) > 0 {
		t.Errorf("the doctor made %+v", left)
	}
	inject(sim.Fault{Fault: "clear"})
	inject(sim.Fault{Fault: "expired-credentials"})
	if r := p.must(exitAuth, "doctor", "--json").doctor(t); len(failing(topicNamed(t, r, "credentials"))) != 1 {
		t.Errorf("%+v", r.Doctor)
	}
}

// TestDoctorOfAMachine: what is wrong here is told without AWS as well.
func TestDoctorOfAMachine(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	if r := p.must(exitFailed, "doctor", "--json").doctor(t); len(failing(topicNamed(t, r, "config"))) != 1 {
		t.Errorf("no config: %+v", r.Doctor)
	}
	p.setup("machine", `name = "eu-west-1"`, `name = "af-south-1"`, `private_key = "`, `private_key = "nowhere/`)
	r := p.must(exitAuth, "doctor", "--json").doctor(t) // a region that is not enabled is a matter of the account
	if f := failing(topicNamed(t, r, "SSH key")); len(f) != 1 {
		t.Errorf("the key: %+v", r.Doctor)
	}
	if f := failing(topicNamed(t, r, "regions")); !slices.Equal(f, []string{"af-south-1"}) {
		t.Errorf("regions: %v", f)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "config.toml"), []byte("image = 3\nfleet = 4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := p.must(exitFailed, "doctor", "--json").doctor(t); len(failing(topicNamed(t, r, "config"))) < 2 {
		t.Errorf("a broken config: %+v", r.Doctor)
	}
}
