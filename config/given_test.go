package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// givenText is a config whose regions name their network.
func givenText(mode, first, second string) string {
	return `image = "al2023"
[fleet]
name = "f"
[capacity]
instance_types = ["t3.micro"]
[[region]]
name = "us-west-2"
` + first + `
[[region]]
name = "eu-west-1"
` + second + `
[network]
` + mode + `
[ssh]
private_key = "key"
jump = "me@bastion"
`
}

const (
	oneVPC     = `vpc = "vpc-0123456789abcdef0"`
	oneSubnet  = `subnets = ["subnet-0123456789abcdef0"]`
	twoSubnets = `subnets = ["subnet-0123456789abcdef0", "subnet-00000000000000001"]`
)

func TestAGivenNetwork(t *testing.T) {
	t.Parallel()
	dir := withKey(t)
	s := mustParse(t, givenText("mode = \"subnets\"\nprivate = true\nipv6 = \"on\"", oneSubnet, twoSubnets), dir).Spec()
	if want := (fleet.NetworkSpec{Mode: fleet.NetworkSubnets, SSHFrom: "auto", Private: true, IPv6: fleet.IPv6On}); !reflect.DeepEqual(s.Network, want) {
		t.Errorf("%+v", s.Network)
	}
	if len(s.Regions[0].Subnets) != 1 || len(s.Regions[1].Subnets) != 2 || s.Regions[1].Subnets[1] != "subnet-00000000000000001" {
		t.Errorf("%+v", s.Regions)
	}
	if s = mustParse(t, givenText(`mode = "vpc"`, oneVPC, oneVPC), dir).Spec(); s.Regions[1].VPC != "vpc-0123456789abcdef0" || s.Network.Private || s.Network.IPv6 != "" {
		t.Errorf("%+v", s)
	}
}

func TestMistakesOfAGivenNetwork(t *testing.T) {
	t.Parallel()
	dir := withKey(t)
	for _, tt := range []struct{ mode, first, second, want string }{
		{`mode = "vpc"`, oneVPC, "", "c.toml:9: region[1].vpc: is missing, since network.mode is \"vpc\""},
		{`mode = "subnets"`, oneSubnet, "", "c.toml:9: region[1].subnets: is missing"},
		{`mode = "vpc"`, oneVPC, `vpc = "10.0.0.0/16"`, "c.toml:11: region[1].vpc: \"10.0.0.0/16\" is no VPC"},
		{`mode = "vpc"`, oneVPC, `vpc = 3`, "c.toml:11: region[1].vpc: must be a string"},
		{`mode = "subnets"`, oneSubnet, `subnets = []`, "c.toml:11: region[1].subnets: is empty"},
		{`mode = "subnets"`, oneSubnet, `subnets = ["vpc-0123456789abcdef0"]`, "c.toml:11: region[1].subnets[0]: \"vpc-0123456789abcdef0\" is no subnet"},
		{`mode = "subnets"`, oneSubnet, `subnets = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef0"]`, "region[1].subnets[1]: subnet-0123456789abcdef0 stands there already"},
		{`mode = "subnets"`, oneSubnet, `subnets = "subnet-0123456789abcdef0"`, "must be a list of strings"},
		{"mode = \"vpc\"\ncidr = \"10.0.0.0/16\"", oneVPC, oneVPC, "network.cidr: contradicts mode = \"vpc\""},
		{"mode = \"default\"\nprivate = true", oneVPC, "", "c.toml:8: region[0].vpc: is never used, since network.mode is \"default\""},
	} {
		_, err := Parse("c.toml", []byte(givenText(tt.mode, tt.first, tt.second)), dir)
		var es Errors
		if !errors.As(err, &es) || len(es) != 1 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(es[0].Msg, "; ") {
			t.Errorf("%s: want %q, got %v", tt.second, tt.want, err)
		}
	}
}

func TestPrivateWithoutAWayInIsOdd(t *testing.T) {
	t.Parallel()
	text := strings.Replace(givenText("mode = \"default\"\nprivate = true", "", ""), "jump = \"me@bastion\"\n", "", 1)
	if ws := Errors(mustParse(t, text, withKey(t)).Warnings()); len(ws) != 1 || !strings.Contains(ws.Error(), "network.private: no jump host is named") {
		t.Errorf("%v", ws)
	}
	if ws := mustParse(t, givenText("mode = \"default\"\nprivate = true", "", ""), withKey(t)).Warnings(); len(ws) != 0 {
		t.Errorf("%v", ws)
	}
}
