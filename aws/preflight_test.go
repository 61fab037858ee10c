package aws

import (
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// on makes an account on a world of its own.
func on(t *testing.T, o sim.Options) (*Account, *sim.World) {
	t.Helper()
	w := sim.New(o)
	t.Cleanup(w.Close)
	a, err := New(t.Context(), Options{
		Endpoint: "http://simulated.invalid", Transport: w.Transport(), HomeRegion: "us-west-2", CacheDir: t.TempDir(),
		Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, w
}

// checksOf is a preflight as text: "VPC ok, subnets ok, …".
func checksOf(s fleet.Survey) string {
	var parts []string
	for _, c := range s.Checks {
		parts = append(parts, c.What+" "+string(c.State))
	}
	return strings.Join(parts, ", ")
}

// TestPreflight breaks a region's network piece by piece, as a person would.
func TestPreflight(t *testing.T) {
	t.Parallel()
	const rest = ", security group make, public address ok, image ok"
	all := types.Filter{Name: awssdk.String("vpc-id"), Values: []string{"*"}}
	tests := []struct {
		name   string
		mode   fleet.NetworkMode
		spoil  func(t *testing.T, c *ec2.Client)
		checks string
		pools  int // 2 types in 4 zones, or none
		text   string
	}{
		{"as every account has it", "", nil, "VPC ok, subnets ok, route ok, gateway ok", 8, ""},
		{"of our own", fleet.NetworkOwn, nil, "VPC make, subnets make, route make, gateway make", 8, "10.77.0.0/16"},
		{"no route", "", func(t *testing.T, c *ec2.Client) {
			out, err := c.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{all}})
			must(t, err)
			_, err = c.DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: out.RouteTables[0].RouteTableId, DestinationCidrBlock: awssdk.String("0.0.0.0/0")})
			must(t, err)
		}, "VPC ok, subnets ok, route fail, gateway ok", 0, "has no route to 0.0.0.0/0"},
		{"no gateway", "", func(t *testing.T, c *ec2.Client) { detachAll(t, c) }, "VPC ok, subnets ok, route fail, gateway fail", 0, "which is gone"},
		{"one subnet less", "", func(t *testing.T, c *ec2.Client) {
			out, err := c.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{})
			must(t, err)
			_, err = c.DeleteSubnet(t.Context(), &ec2.DeleteSubnetInput{SubnetId: out.Subnets[0].SubnetId})
			must(t, err)
		}, "VPC ok, subnets ok, route ok, gateway ok", 6, "3, one per zone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, _ := on(t, sim.Options{})
			if tt.spoil != nil {
				tt.spoil(t, a.ec2Client("us-west-2"))
			}
			s, err := a.In("us-west-2").Survey(t.Context(), fleet.SurveyRequest{
				Fleet: "a", Image: "ubuntu-24.04", Types: []fleet.InstanceType{"t3.medium", "t4g.medium"}, Network: fleet.NetworkSpec{Mode: tt.mode},
			})
			must(t, err)
			if got := checksOf(s); got != tt.checks+rest {
				t.Errorf("checks: %s\nwant    %s", got, tt.checks+rest)
			}
			if len(s.Pools) != tt.pools {
				t.Errorf("%d pools, want %d", len(s.Pools), tt.pools)
			}
			if !strings.Contains(fmt.Sprint(s.Checks), tt.text) {
				t.Errorf("%q is not in %+v", tt.text, s.Checks)
			}
		})
	}
}

func detachAll(t *testing.T, c *ec2.Client) {
	t.Helper()
	out, err := c.DescribeInternetGateways(t.Context(), &ec2.DescribeInternetGatewaysInput{})
	must(t, err)
	for _, g := range out.InternetGateways {
		for _, a := range g.Attachments {
			_, err := c.DetachInternetGateway(t.Context(), &ec2.DetachInternetGatewayInput{InternetGatewayId: g.InternetGatewayId, VpcId: a.VpcId})
			must(t, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPreflightWithoutADefaultVPC: by default one of our own takes its place.
func TestPreflightWithoutADefaultVPC(t *testing.T) {
	t.Parallel()
	a, _ := on(t, sim.Options{NoDefaultVPC: []string{"us-west-2"}})
	q := fleet.SurveyRequest{Fleet: "a", Image: "ubuntu-24.04", Types: []fleet.InstanceType{"t3.medium"}, Zones: []fleet.Zone{"us-west-2b"}}
	s, err := a.In("us-west-2").Survey(t.Context(), q)
	must(t, err)
	if len(s.Pools) != 1 || s.Pools[0].Subnet != "" || s.Pools[0].Zone != "us-west-2b" || s.VPC != "" {
		t.Errorf("survey = %+v", s)
	}
	q.Network.Mode = fleet.NetworkDefault
	if s, err = a.In("us-west-2").Survey(t.Context(), q); err != nil || len(s.Pools) != 0 || s.Checks[0].State != fleet.CheckFail || !strings.Contains(s.Checks[0].Hint, "create-default-vpc") {
		t.Errorf("with the default VPC only: %+v, %v", s, err)
	}
}
