//go:build interop

package aws

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// motoQuirks is how moto deviates from EC2 where the contract can see it
// (aws-facts §11.2).
var motoQuirks = quirks{
	region: "us-west-2",
	image:  "al2023", // moto publishes no Ubuntu and no Debian through SSM
	types:  []fleet.InstanceType{"t3.medium", "t4g.medium"},

	ignoresTokens:       true,
	freezesTemplateTags: true,
	ignoresInterfaces:   true,
	ignoresKeyIDs:       true,
	noPrices:            true,
	noModify:            true,
	noQuotas:            true,
	noScores:            true,
}

// TestInteropMotoContract runs the contract against an EC2 emulator that we did not
// write. It fails, and is not skipped, where moto_server is missing.
func TestInteropMotoContract(t *testing.T) {
	endpoint := startMoto(t)
	a, err := New(t.Context(), Options{
		Endpoint: endpoint, HomeRegion: string(motoQuirks.region), CacheDir: t.TempDir(),
		Static: &StaticCredentials{AccessKey: "AKIDMOTO", SecretKey: "moto"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !a.Loopback() {
		t.Error("moto on loopback is not known as such")
	}
	openDefaultVPC(t, a.ec2Client(motoQuirks.region))
	runContract(t, a, motoQuirks)
}

// openDefaultVPC gives moto's default VPC what every real one has: an internet
// gateway, and a route to it in the main table.
func openDefaultVPC(t *testing.T, c *ec2.Client) {
	t.Helper()
	ctx := t.Context()
	vpcs, err := c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: []types.Filter{filter("is-default", "true")}})
	must(t, err)
	vpc := vpcs.Vpcs[0].VpcId
	tables, err := c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("vpc-id", *vpc), filter("association.main", "true")}})
	must(t, err)
	gateway, err := c.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
	must(t, err)
	id := gateway.InternetGateway.InternetGatewayId
	_, err = c.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: id, VpcId: vpc})
	must(t, err)
	everywhere := everywhere
	_, err = c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: tables.RouteTables[0].RouteTableId, DestinationCidrBlock: &everywhere, GatewayId: id})
	must(t, err)
}

// startMoto starts a moto_server of its own and gives its address.
func startMoto(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close() // moto takes the port that was free a moment ago
	log, err := os.Create(filepath.Join(t.TempDir(), "moto.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("moto_server", "-H", "127.0.0.1", "-p", strconv.Itoa(addr.Port))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("moto_server can't be started (pip install 'moto[server]'): %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed: its status says nothing
		log.Close()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // Python imports take seconds on a busy machine
	defer cancel()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr.String())
		if err == nil {
			c.Close()
			return "http://" + addr.String()
		}
		if ctx.Err() != nil {
			b, _ := os.ReadFile(log.Name())
			t.Fatalf("moto_server did not come up: %s", b)
		}
		pause(ctx, t, 100*time.Millisecond)
	}
}
