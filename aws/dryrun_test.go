package aws

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// TestPermissionsAreAskedWithoutEffect: what is denied is missing, all else is
// allowed, and nothing in the account is any different afterwards.
func TestPermissionsAreAskedWithoutEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, permissionsAreAsked) // some fifty calls, each with a limit: not by a busy machine's clock
}

func permissionsAreAsked(t *testing.T) {
	a, w := on(t, sim.Options{})
	before := fmt.Sprint(w.Inventory())
	q := PolicyRequest{Fleet: "a", Features: FeaturesOf(fleet.Spec{})}
	denied := []string{"DescribeVpcs", "CreateVpc", "CreateSecurityGroup", "GetParameters"}
	for round, deny := range [][]string{nil, denied} {
		for _, op := range deny {
			must(t, w.Inject(sim.Fault{Fault: "deny", Op: op}))
		}
		asked := 0
		var missing []string
		for _, v := range a.Permissions(t.Context(), "us-west-2", q) {
			switch v.State {
			case Allowed:
				asked++
			case Missing:
				asked++
				missing = append(missing, v.Action)
			case NotAsked:
				if v.Why == "" {
					t.Errorf("%s is not asked, and doesn't say why", v.Action)
				}
			default:
				t.Errorf("%+v", v)
			}
		}
		if asked < 30 {
			t.Errorf("only %d permissions were asked for", asked)
		}
		want := []string{"ec2:CreateSecurityGroup", "ec2:CreateVpc", "ec2:DescribeVpcs", "ssm:GetParameters"}
		if round == 0 {
			want = nil
		}
		slices.Sort(missing)
		if !slices.Equal(missing, want) {
			t.Errorf("missing %v, want %v", missing, want)
		}
	}
	for _, c := range w.Calls(0) {
		if c.Mutating && !c.DryRun {
			t.Errorf("a call that changes something: %+v", c)
		}
	}
	if after := fmt.Sprint(w.Inventory()); after != before {
		t.Errorf("the account was %s and is %s", before, after)
	}
}

// TestProbesAreDry: a probe of EC2 that had no dry run would be a call for real.
func TestProbesAreDry(t *testing.T) {
	t.Parallel()
	a, _ := on(t, sim.Options{})
	for action, p := range a.in("us-west-2").probes("a") {
		if p == nil {
			t.Errorf("%s has no dry run: leave it to unaskable", action)
		}
	}
}

func TestWhoseClockIsRight(t *testing.T) {
	t.Parallel()
	a, w := on(t, sim.Options{})
	if d, err := a.ClockSkew(t.Context()); err != nil || d.Abs() > time.Second {
		t.Errorf("%v, %v", d, err)
	}
	must(t, w.Inject(sim.Fault{Fault: "clock-skew", DelayMS: int((3 * time.Minute).Milliseconds())}))
	if d, err := a.ClockSkew(t.Context()); err != nil || d < 178*time.Second || d > 182*time.Second {
		t.Errorf("three minutes ahead: %v, %v", d, err)
	}
	if s, until, err := a.CredentialSource(t.Context()); err != nil || s != "StaticCredentials" || !until.IsZero() {
		t.Errorf("%q %v %v", s, until, err)
	}
}
