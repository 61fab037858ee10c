package config

import (
	"errors"
	"strings"
	"testing"
)

// Mistakes in what a region, the network and the account say for themselves.
func TestMistakesOfRegionsNetworkAndAccount(t *testing.T) {
	t.Parallel()
	const types = `instance_types = ["t3.micro", "m7g.large"]`
	dir := withKey(t)
	network, aws := func(s string) string { return "\"al2023\"\n[network]\n" + s }, func(s string) string { return "\"al2023\"\n[aws]\n" + s }
	for _, tt := range []struct{ old, now, want string }{
		{types, "", "c.toml:4: capacity.instance_types: is missing"},
		{"weight = 3", "instance_types = []", "c.toml:8: region[0].instance_types: is empty"},
		{"weight = 3", `instance_types = ["t3.micro", "t3"]`, "c.toml:8: region[0].instance_types[1]: \"t3\" is no instance type"},
		{"weight = 3", "instance_types = 3", "c.toml:8: region[0].instance_types: must be a list of strings"},
		{"weight = 3", `image = "al2032"`, "c.toml:8: region[0].image: \"al2032\" is no image; did you mean \"al2023\"?"},
		{"weight = 3", `image = ""`, "c.toml:8: region[0].image: \"\" is no image"},
		{"weight = 3", "image = { name = \"al2023\" }", "c.toml:8: region[0].image: must be a string, not a table"},
		{"weight = 3", `zones = ["us-east-1a"]`, "c.toml:8: region[0].zones[0]: us-east-1a is a zone of us-east-1, not of us-west-2; did you mean \"us-west-2a\"?"},
		{"weight = 3", `zones = ["a", "us-west-2a"]`, "c.toml:8: region[0].zones[1]: us-west-2a stands there already"},
		{"weight = 3", `zones = ["usw2-az1"]`, "\"usw2-az1\" is no zone; write its letter, such as \"a\", or its name, such as \"us-west-2a\""},
		{"weight = 3", `zones = ["us-west-2-lax-1a"]`, "is no zone"},
		{"weight = 3", "zones = []", "c.toml:8: region[0].zones: is empty; leave it out"},
		{"weight = 3", `zones = "a"`, "must be a list of strings"},
		{`"al2023"`, network(`mode = "onw"`), `c.toml:3: network.mode: "onw" is not known; did you mean "own"?`},
		{`"al2023"`, network("mode = \"default\"\ncidr = \"10.0.0.0/16\""), `c.toml:4: network.cidr: contradicts mode = "default"`},
		{`"al2023"`, network("mode = \"default\"\nprivate = 1"), "c.toml:4: network.private: must be true or false"},
		{`"al2023"`, network("private = true"), "c.toml:3: network.private: does not go with mode = \"auto\""},
		{`"al2023"`, network("mode = \"own\"\nipv6 = \"only\""), "c.toml:4: network.ipv6: does not go with mode = \"own\""},
		{`"al2023"`, network("ipv6 = \"yes\""), "c.toml:3: network.ipv6: \"yes\" is not known"},
		{"weight = 3", `vpc = "vpc-0123456789abcdef0"`, "c.toml:8: region[0].vpc: is never used, since network.mode is \"auto\""},
		{"weight = 3", `subnets = ["subnet-0123456789abcdef0"]`, "c.toml:8: region[0].subnets: is never used"},
		{`"al2023"`, network(`cidr = "10.0.0.0"`), "c.toml:3: network.cidr: \"10.0.0.0\" is no CIDR"},
		{`"al2023"`, network(`cidr = "10.0.0.0/8"`), "use /16 to /20"},
		{`"al2023"`, network(`cidr = "10.0.0.0/21"`), "use /16 to /20"},
		{`"al2023"`, network(`cidr = "10.1.2.3/16"`), `did you mean "10.1.0.0/16"?`},
		{`"al2023"`, network(`cidr = "172.32.0.0/16"`), "is not private"},
		{`"al2023"`, network(`cidr = "192.0.0.0/2"`), "is not private"},
		{`"al2023"`, network(`cidr = "fd00::/16"`), "is not private"},
		{`"al2023"`, network(`cidr = ""`), "is no CIDR"},
		{`"al2023"`, aws(`instance_profile = "arn:aws:iam::123456789012:role/web"`), "is a role"},
		{`"al2023"`, aws(`instance_profile = "arn:aws:iam::1234:instance-profile/web"`), "c.toml:3: aws.instance_profile: "},
		{`"al2023"`, aws(`instance_profile = "web server"`), "is no instance profile"},
		{`"al2023"`, aws("protected_accounts = [\"123456789012\"]\ninstance_profile = \"arn:aws:iam::123456789012:instance-profile/web\""), "c.toml:4: aws.instance_profile: is of account 123456789012"},
		{`"al2023"`, aws(`poll = "500ms"`), "c.toml:3: aws.poll: 500ms is out of range; use 1s to 5m"},
		{`"al2023"`, aws(`poll_idle = "6m"`), "use 1s to 5m"},
		{`"al2023"`, aws("poll = \"20s\"\npoll_idle = \"15s\""), "c.toml:4: aws.poll_idle: 15s is shorter than poll, which is 20s"},
		{`"al2023"`, aws(`poll_idle = "1s"`), "1s is shorter than poll, which is 2s"},
	} {
		_, err := Parse("c.toml", []byte(swap(t, tt.old, tt.now)), dir)
		var es Errors
		if !errors.As(err, &es) || len(es) != 1 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(es[0].Msg, "; ") {
			t.Errorf("%s: want %q, got %v", tt.now, tt.want, err)
		}
	}
	for _, now := range []string{
		network(`cidr = "172.16.0.0/16"`), network(`cidr = "192.168.16.0/20"`), network("mode = \"default\""),
		aws(`instance_profile = "web"`), aws(`poll = "5m"`), aws("poll = \"1s\"\npoll_idle = \"1s\""),
	} {
		if f := mustParse(t, swap(t, `"al2023"`, now), dir); len(f.Warnings())+len(f.LaunchProblems()) != 0 {
			t.Errorf("%s: %v", now, f.Warnings())
		}
	}
}
