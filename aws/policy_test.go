package aws

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// callsOf reads every API call that spot-tui makes from api.go, as IAM names them.
func callsOf(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "api.go", nil, 0)
	must(t, err)
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		face, ok := spec.Type.(*ast.InterfaceType)
		if !ok {
			return true
		}
		service := strings.TrimSuffix(spec.Name.Name, "API")
		switch {
		case strings.HasPrefix(service, "ec2"):
			service = "ec2"
		case service == "quotas":
			service = "servicequotas"
		}
		for _, m := range face.Methods.List {
			for _, name := range m.Names {
				out = append(out, service+":"+name.Name)
			}
		}
		return true
	})
	if len(out) < 50 {
		t.Fatalf("only %d calls are found in api.go", len(out))
	}
	return out
}

// TestThePolicyIsWhatWeCall: every call has a line in the table of permissions,
// and every line is for a call, or says why not.
func TestThePolicyIsWhatWeCall(t *testing.T) {
	t.Parallel()
	calls := callsOf(t)
	table := map[string]bool{}
	for _, p := range permissions() {
		table[p.action] = true
		if called := slices.Contains(calls, p.action); called == (p.instead != "") {
			t.Errorf("%s: called %v, and in place of a call it says %q", p.action, called, p.instead)
		}
	}
	for _, c := range calls {
		if !table[c] && !slices.Contains(unasked(), c) {
			t.Errorf("api.go calls %s, for which aws/permissions.go has no line: add it to the table, with its feature and what it is bound to", c)
		}
	}
}

// every is all features.
func every() []Feature {
	return []Feature{FeatureCore, FeatureNetwork, FeatureProfile, FeatureKeep, FeatureCleanup, FeatureOptional}
}

// manySubnets is a region that names n subnets.
func manySubnets(n int) []fleet.RegionSpec {
	r := fleet.RegionSpec{Name: "ap-southeast-1"}
	for i := range n {
		r.Subnets = append(r.Subnets, fmt.Sprintf("subnet-%017x", i))
	}
	return []fleet.RegionSpec{r}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]PolicyRequest{
		"the least":           {Fleet: "sensors"},
		"everything":          {Fleet: "sensors", Features: every(), Profile: "web"},
		"any fleet":           {Features: every()},
		"forty characters":    {Fleet: fleet.Name(strings.Repeat("a", 40)), Features: every()},
		"two hundred subnets": {Fleet: "sensors", Features: every(), Network: fleet.NetworkSpec{Mode: fleet.NetworkSubnets}, Regions: manySubnets(200)},
	} {
		ps, err := Policies(q)
		must(t, err)
		if many := len(q.Regions) > 0; many != (len(ps) > 1) {
			t.Errorf("%s: %d parts", name, len(ps))
		}
		var granted []string
		for n, p := range ps {
			b, err := json.MarshalIndent(p, "", "  ")
			must(t, err)
			var back Policy
			must(t, json.Unmarshal(b, &back))
			if size, _ := p.size(); size > PolicyLimit || len(p.Statement) == 0 {
				t.Errorf("%s, part %d: %d characters, %d statements", name, n, size, len(p.Statement))
			}
			for _, s := range p.Statement {
				granted = append(granted, s.Action...)
				if s.Effect != "Allow" || len(s.Action) == 0 || len(s.Resource) == 0 {
					t.Errorf("%s: %+v", name, s)
				}
				// What changes something is bound to a tag, or named by a whole ARN.
				for _, a := range s.Action {
					verb := a[strings.Index(a, ":")+1:]
					reads := strings.HasPrefix(verb, "Describe") || strings.HasPrefix(verb, "Get") || strings.HasPrefix(verb, "List")
					if !reads && len(s.Condition) == 0 && !slices.Contains([]string{"ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateSecurityGroup"}, a) {
						t.Errorf("%s: %s is bound to nothing", name, a)
					}
					if strings.Contains(a, "*") {
						t.Errorf("%s: %s grants more than one action", name, a)
					}
				}
			}
		}
		slices.Sort(granted)
		if got, want := slices.Compact(granted), Actions(q); !slices.Equal(got, want) {
			t.Errorf("%s: granted %v, want %v", name, got, want)
		}
	}
}

func TestFeaturesNeedTheirOwn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spec fleet.Spec
		has  []string
		not  []string
	}{
		"as written":  {fleet.Spec{}, []string{"ec2:CreateVpc", "ec2:CreateFleet", "pricing:GetProducts"}, []string{"iam:PassRole", "ec2:ModifyFleet"}},
		"given":       {fleet.Spec{Network: fleet.NetworkSpec{Mode: fleet.NetworkVPC}}, []string{"ec2:CreateSecurityGroup"}, []string{"ec2:CreateVpc", "ec2:DeleteSubnet", "ec2:AttachInternetGateway"}},
		"default":     {fleet.Spec{Network: fleet.NetworkSpec{Mode: fleet.NetworkDefault}}, nil, []string{"ec2:CreateVpc"}},
		"kept by AWS": {fleet.Spec{Keep: fleet.KeepAWS}, []string{"ec2:ModifyFleet", "ec2:DeleteFleets", "ec2:DescribeFleetHistory"}, nil},
		"with a role": {fleet.Spec{Profile: "web"}, []string{"iam:PassRole"}, nil},
	} {
		got := Actions(PolicyRequest{Features: FeaturesOf(tt.spec)})
		for _, a := range tt.has {
			if !slices.Contains(got, a) {
				t.Errorf("%s: %s is missing", name, a)
			}
		}
		for _, a := range tt.not {
			if slices.Contains(got, a) {
				t.Errorf("%s: %s is too much", name, a)
			}
		}
	}
}

// TestAGivenNetworkIsNamed: the policy lets launches into the given subnets only.
func TestAGivenNetworkIsNamed(t *testing.T) {
	t.Parallel()
	ps, err := Policies(PolicyRequest{
		Fleet: "a", Network: fleet.NetworkSpec{Mode: fleet.NetworkSubnets}, Profile: "arn:aws:iam::123456789012:instance-profile/web", Features: every(),
		Regions: []fleet.RegionSpec{{Name: "us-west-2", Subnets: []string{"subnet-1"}}, {Name: "eu-west-1", Subnets: []string{"subnet-2"}}},
	})
	must(t, err)
	b, err := json.Marshal(ps)
	must(t, err)
	text := string(b)
	for _, want := range []string{"arn:aws:ec2:us-west-2:*:subnet/subnet-1", "arn:aws:ec2:eu-west-1:*:subnet/subnet-2", "arn:aws:iam::123456789012:role/*", `"aws:ResourceTag/spot-tui:fleet":["a"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}
