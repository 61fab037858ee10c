//go:build interop

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestInteropAWSCLISeesAndSteersOurInstances: what create made, the AWS CLI
// lists, describes, dry-runs and terminates unchanged.
func TestInteropAWSCLISeesAndSteersOurInstances(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	p.setup("foreign")
	created := p.must(0, "create", "--yes", "--json").result(t)

	for _, i := range created.Instances {
		out := awsCLI(t, p, 0, "ec2", "describe-instances", "--region", string(i.Region), "--filters", "Name=tag:spot-tui:fleet,Values=foreign", "--query", "Reservations[].Instances[].[InstanceId,InstanceType,State.Name,PublicIpAddress,Placement.AvailabilityZone]", "--output", "json")
		var rows [][]string
		if err := json.Unmarshal([]byte(out), &rows); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		want := []string{string(i.ID), string(i.Type), "running", i.PublicIP, string(i.Zone)}
		if len(rows) != 1 || strings.Join(rows[0], " ") != strings.Join(want, " ") {
			t.Errorf("the AWS CLI sees %v, we see %v", rows, want)
		}
	}
	first := created.Instances[0]
	dry := awsCLI(t, p, 255, "ec2", "terminate-instances", "--dry-run", "--region", string(first.Region), "--instance-ids", string(first.ID))
	if !strings.Contains(dry, "DryRunOperation") {
		t.Errorf("dry run: %s", dry)
	}
	if n := cl.instances(); n != 3 {
		t.Fatalf("a dry run changed the world: %d instances", n)
	}
	awsCLI(t, p, 0, "ec2", "terminate-instances", "--region", string(first.Region), "--instance-ids", string(first.ID))
	awsCLI(t, p, 0, "ec2", "wait", "instance-terminated", "--region", string(first.Region), "--instance-ids", string(first.ID))
	left := p.must(0, "list", "--json").result(t)
	if len(left.Instances) != 2 {
		t.Errorf("we see %d instances after the AWS CLI ended one", len(left.Instances))
	}
	botocoreListsAndTerminates(t, p, left.Instances[0])
	p.must(0, "destroy", "--yes", "--json")
}

// awsCLI runs the AWS CLI with the program's environment.
func awsCLI(t *testing.T, p *program, code int, args ...string) string {
	t.Helper()
	return foreign(t, p, code, "aws", args...)
}

func foreign(t *testing.T, p *program, code int, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER="}, p.env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); c.ProcessState == nil {
		t.Fatalf("%s: %v; install it", name, err)
	}
	if got := c.ProcessState.ExitCode(); got != code {
		t.Fatalf("%s %s: exit %d, want %d: %s", name, strings.Join(args, " "), got, code, out.String())
	}
	return out.String()
}

func botocoreListsAndTerminates(t *testing.T, p *program, i jsonInstance) {
	t.Helper()
	script := fmt.Sprintf(`
import botocore.session
ec2 = botocore.session.get_session().create_client("ec2", region_name=%q)
def states():
    pages = ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": "instance-id", "Values": [%q]}])
    return [i["State"]["Name"] for p in pages for r in p["Reservations"] for i in r["Instances"]]
assert states() == ["running"], states()
try:
    ec2.terminate_instances(InstanceIds=[%q], DryRun=True)
    raise SystemExit("the dry run was no dry run")
except ec2.exceptions.ClientError as e:
    assert e.response["Error"]["Code"] == "DryRunOperation", e.response
ec2.terminate_instances(InstanceIds=[%q])
ec2.get_waiter("instance_terminated").wait(InstanceIds=[%q], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
assert states() == ["terminated"], states()
print("done")
`, i.Region, i.ID, i.ID, i.ID, i.ID)
	if out := foreign(t, p, 0, "python3", "-c", script); !strings.Contains(out, "done") {
		t.Error(out)
	}
}

// TestInteropMotoCreateListDestroy runs the whole way against an independent
// EC2 emulator, after which it holds nothing of ours.
func TestInteropMotoCreateListDestroy(t *testing.T) {
	t.Parallel()
	endpoint := startMoto(t)
	p := newProgram(t)
	p.env = []string{"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=AKIAMOTO", "AWS_SECRET_ACCESS_KEY=moto", "AWS_REGION=us-east-1"}
	p.setup("moto", `image = "ubuntu-24.04"`, `image = "al2023"`, "target = 3", "target = 12", "enabled = true", "enabled = false", `ssh_from = "auto"`, "ssh_from = \"auto\"\nmode = \"own\"") // its default VPC has no way out

	before := motoHolds(t, p)
	r := p.must(0, "create", "--yes", "--json").result(t)
	if count(r.Instances, isReady) != 12 {
		t.Fatalf("want 12 ready, got %d:\n%s", count(r.Instances, isReady), describe(r.Errors))
	}
	if l := p.must(0, "list", "--json").result(t); len(l.Instances) != 12 {
		t.Fatalf("list shows %d", len(l.Instances))
	}
	script := `
import botocore.session
ec2 = botocore.session.get_session().create_client("ec2", region_name="us-west-2")
tags = lambda kind: [{"ResourceType": kind, "Tags": [{"Key": "spot-tui:fleet", "Value": "moto"}]}]
v = ec2.create_volume(AvailabilityZone="us-west-2a", Size=8, VolumeType="gp3", TagSpecifications=tags("volume"))
ec2.create_snapshot(VolumeId=v["VolumeId"], TagSpecifications=tags("snapshot"))
ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip"))
`
	foreign(t, p, 0, "python3", "-c", script) // what people make beside a fleet
	gone := p.must(0, "destroy", "--yes", "--json").result(t)
	if gone.Receipt == nil || gone.Receipt.Removed["snapshot"] != 1 || gone.Receipt.Removed["elastic IP"] != 1 {
		t.Fatalf("receipt: %+v", gone.Receipt)
	}
	if gone.Receipt == nil || !gone.Receipt.Clean() || gone.Receipt.Removed["instance"] != 12 || gone.Receipt.Removed["VPC"] != 3 {
		t.Fatalf("receipt: %+v\n%s", gone.Receipt, describe(gone.Errors))
	}
	if after := motoHolds(t, p); after != before {
		t.Errorf("moto holds something of ours\nbefore: %s\nafter: %s", before, after)
	}
	clean := p.run("cleanup", "--predecessor", "--json")
	for range 2 { // moto answers one caller after the other: on a busy machine some of a scan's hundreds wait for more than 15 s
		if clean.code == 0 || !strings.Contains(clean.stdout, `"kind":"timeout"`) {
			break
		}
		clean = p.run("cleanup", "--predecessor", "--json")
	}
	if r := clean.result(t); clean.code != 0 || len(r.Leftovers) != 0 {
		t.Errorf("exit %d, leftovers: %+v\n%s", clean.code, r.Leftovers, describe(r.Errors))
	}
}

// motoHolds asks botocore for everything that a fleet could leave behind.
// Network interfaces count only with a tag of ours: moto keeps those of
// terminated instances, untagged, where EC2 deletes them (aws-facts §11.2).
func motoHolds(t *testing.T, p *program) string {
	t.Helper()
	return foreign(t, p, 0, "python3", "-c", `
import botocore.session
s = botocore.session.get_session()
for region in ("us-west-2", "us-east-1", "eu-west-1"):
    ec2 = s.create_client("ec2", region_name=region)
    live = [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"] if i["State"]["Name"] != "terminated"]
    print(region, live,
          [t["LaunchTemplateName"] for t in ec2.describe_launch_templates()["LaunchTemplates"]],
          sorted(g["GroupName"] for g in ec2.describe_security_groups()["SecurityGroups"]),
          len(ec2.describe_vpcs()["Vpcs"]), len(ec2.describe_subnets()["Subnets"]), len(ec2.describe_internet_gateways()["InternetGateways"]), len(ec2.describe_route_tables()["RouteTables"]),
          [v["VolumeId"] for v in ec2.describe_volumes()["Volumes"]],
          len(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]), [a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]], [k["KeyName"] for k in ec2.describe_key_pairs()["KeyPairs"]],
          [n["NetworkInterfaceId"] for n in ec2.describe_network_interfaces()["NetworkInterfaces"] if n["TagSet"]])
`)
}

func startMoto(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	c := exec.Command("moto_server", "-H", "127.0.0.1", "-p", port)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatalf("moto_server: %v; install moto[server]", err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it has no other way to stop
		_ = c.Wait()
	})
	endpoint := "http://" + addr
	eventually(t, "an answer of moto_server", func() bool {
		res, err := http.Get(endpoint + "/moto-api/data.json")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return endpoint
}
