package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"spot-tui/aws"
)

func TestIAMPolicy(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.setup("paper", `# instance_profile = ""`, `instance_profile = "web"`)
	out := p.must(0, "iam-policy") // without credentials, and without a network
	var doc aws.Policy
	if err := json.Unmarshal([]byte(out.stdout), &doc); err != nil || doc.Version != "2012-10-17" || len(doc.Statement) < 10 {
		t.Fatalf("%v: %s", err, out.stdout)
	}
	grants := func(p aws.Policy, action string) bool {
		return slices.ContainsFunc(p.Statement, func(s aws.Statement) bool { return slices.Contains(s.Action, action) })
	}
	for _, a := range []string{"ec2:CreateFleet", "iam:PassRole", "ec2:CreateVpc", "pricing:GetProducts"} {
		if !grants(doc, a) {
			t.Errorf("%s is missing", a)
		}
	}
	if !strings.Contains(out.stdout, `"paper"`) {
		t.Error("the fleet's name is in no condition")
	}
	r := p.must(0, "iam-policy", "--least", "--any-fleet", "--json").result(t)
	if len(r.Policies) != 1 || grants(r.Policies[0], "pricing:GetProducts") || !grants(r.Policies[0], "ec2:CreateFleet") {
		t.Errorf("%+v", r.Policies)
	}
	if r := p.run("iam-policy", "--part", "9"); r.code != exitUsage {
		t.Errorf("a part that is not there: %+v", r)
	}
}

// Every example line of docs/iam.md is run.
func TestEveryExampleOfTheIAMPageRuns(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	p.setup("examples")
	if n := p.examples(docsPage(t, "iam.md")); n < 3 {
		t.Errorf("only %d example lines", n)
	}
}
