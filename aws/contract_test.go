package aws

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// quirks is how a cloud deviates from EC2; the zero value is EC2's behaviour.
type quirks struct {
	region fleet.Region
	image  string
	types  []fleet.InstanceType // two, the first one of x86_64, the second of arm64

	ignoresTokens       bool // CreateFleet launches again for a token it has seen
	freezesTemplateTags bool // a describe shows a template's tags as they were at its creation
	ignoresInterfaces   bool // a launch template's network interfaces don't count: default group, nothing tagged
	ignoresKeyIDs       bool // DeleteKeyPair knows names only, and says yes to an id
	noPrices            bool // spot prices are constant and old
	noModify            bool // no ModifyFleet, no DescribeFleetHistory
	noValidUntil        bool // a fleet shows no end
	noQuotas            bool // Service Quotas knows nothing of EC2
	noScores            bool // there are no placement scores
}

// runContract proves that what the engine relies on holds against a cloud. It
// leaves nothing behind.
func runContract(t *testing.T, cloud fleet.Account, q quirks) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	c := &contract{ctx: ctx, q: q, cloud: cloud, r: cloud.In(q.region), ends: time.Now().Add(time.Hour).UTC().Truncate(time.Second)}
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"account", c.account},
		{"survey", c.survey},
		{"network", c.network},
		{"group", c.group},
		{"template", c.template},
		{"record", c.record},
		{"launch", c.launch},
		{"describe", c.describe},
		{"catalog", c.catalog},
		{"reach", c.reach},
		{"console", c.console},
		{"inspect", c.inspect},
		{"mark", c.mark},
		{"guard", c.guard},
		{"terminate", c.terminate},
		{"keeper", c.keeper},
		{"estate", c.estate},
		{"teardown", c.teardown},
	} {
		if !t.Run(step.name, step.run) {
			t.FailNow() // each step builds on those before it
		}
	}
}

const (
	fleetA = fleet.Name("contract-a")
	fleetB = fleet.Name("contract-b")
)

type contract struct {
	ctx   context.Context
	q     quirks
	cloud fleet.Account
	r     fleet.RegionCloud
	ends  time.Time

	found     fleet.Survey
	groupA    fleet.GroupID
	groupB    fleet.GroupID
	templateA fleet.TemplateName
	request   fleet.LaunchRequest
	a         []fleet.Launched
	b         fleet.Launched
}

func (c *contract) tags(f fleet.Name, launch fleet.LaunchID) map[string]string {
	return map[string]string{
		fleet.TagFleet: string(f), fleet.TagOwner: "ada", fleet.TagEnd: c.ends.Format(time.RFC3339),
		fleet.TagLaunch: string(launch), "Name": "contract <&> ünïcode",
	}
}

func (c *contract) account(t *testing.T) {
	id, err := c.cloud.Identity(c.ctx)
	if err != nil || len(id.Account) != 12 || id.Name == "" {
		t.Fatalf("Identity = %+v, %v", id, err)
	}
	rs, err := c.cloud.Regions(c.ctx)
	if err != nil || !slices.Contains(rs, c.q.region) || !slices.IsSorted(rs) {
		t.Fatalf("Regions = %v, %v", rs, err)
	}
	addr, err := c.cloud.CallerAddress(c.ctx)
	if err != nil || !addr.IsValid() {
		t.Fatalf("CallerAddress = %v, %v", addr, err)
	}
}

func (c *contract) survey(t *testing.T) {
	var err error
	q := fleet.SurveyRequest{Fleet: fleetA, Image: c.q.image, Types: append([]fleet.InstanceType{"t3.nonsense"}, c.q.types...)}
	c.found, err = c.r.Survey(c.ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if c.found.VPC == "" || len(c.found.Pools) < 4 {
		t.Fatalf("survey = %+v", c.found)
	}
	for _, arch := range []string{"x86_64", "arm64"} {
		im := c.found.Images[arch]
		if im.ID == "" || im.User == "" || im.RootDevice == "" || im.RootGiB < 1 || im.Arch != arch {
			t.Errorf("image for %s = %+v", arch, im)
		}
	}
	if len(c.found.Dropped) != 1 || c.found.Dropped[0].Type != "t3.nonsense" || c.found.Dropped[0].Reason == "" {
		t.Errorf("dropped = %+v", c.found.Dropped)
	}
	last := 0.0
	archs := map[string]int{}
	for _, p := range c.found.Pools {
		if p.Subnet == "" || p.Zone == "" || p.Image != c.found.Images[p.Arch].ID || !p.Price.Known || p.Price.USD < last {
			t.Errorf("pool %+v after price %v", p, last)
		}
		last = p.Price.USD
		archs[p.Arch]++
	}
	if archs["x86_64"] == 0 || archs["arm64"] == 0 {
		t.Errorf("pools by architecture = %v", archs)
	}
	q.Image = "windows-95"
	if _, err := c.r.Survey(c.ctx, q); fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("survey of an unknown image: %v", err)
	}
	q.Image = "ami-00000000000000001"
	if _, err := c.r.Survey(c.ctx, q); fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("survey of an unknown image id: %v", err)
	}
	ps, err := c.r.Prices(c.ctx, c.q.types)
	if err != nil || len(ps) < 4 {
		t.Fatalf("Prices = %v, %v", ps, err)
	}
	for _, p := range ps {
		if p.USD <= 0 || (!c.q.noPrices && time.Since(p.AsOf) > 90*24*time.Hour) {
			t.Errorf("price %+v", p)
		}
	}
}

// network makes a VPC of the first fleet's own, which the second's must not see.
func (c *contract) network(t *testing.T) {
	zones := map[fleet.Zone]bool{}
	for _, p := range c.found.Pools {
		zones[p.Zone] = true
	}
	all := slices.Sorted(maps.Keys(zones))
	q := fleet.NetworkRequest{Fleet: fleetA, CIDR: "10.77.0.0/16", Zones: all[:2], Tags: c.tags(fleetA, "")}
	first, err := c.r.EnsureNetwork(c.ctx, q)
	if err != nil || first.VPC == "" || len(first.Subnets) != 2 {
		t.Fatalf("EnsureNetwork = %+v, %v", first, err)
	}
	q.Zones = all[:3] // a third zone is added, and nothing made twice
	second, err := c.r.EnsureNetwork(c.ctx, q)
	if err != nil || second.VPC != first.VPC || len(second.Subnets) != 3 || second.Subnets[all[0]] != first.Subnets[all[0]] {
		t.Fatalf("EnsureNetwork again = %+v, %v; first %+v", second, err, first)
	}
	if third, err := c.r.EnsureNetwork(c.ctx, q); err != nil || !reflect.DeepEqual(third, second) {
		t.Errorf("EnsureNetwork a third time = %+v, %v", third, err)
	}
	s := c.surveyed(t, fleetA, fleet.NetworkOwn)
	if s.VPC != first.VPC {
		t.Errorf("survey of the own network = %s; want %s", s.VPC, first.VPC)
	}
	for _, p := range s.Pools {
		if p.Subnet != second.Subnets[p.Zone] {
			t.Errorf("pool %+v; want subnet %q", p, second.Subnets[p.Zone])
		}
	}
	if s := c.surveyed(t, fleetB, fleet.NetworkOwn); s.VPC != "" || len(s.Pools) == 0 || s.Pools[0].Subnet != "" {
		t.Errorf("the second fleet's own network = %+v", s)
	}
	if s := c.surveyed(t, fleetB, fleet.NetworkDefault); s.VPC != c.found.VPC {
		t.Errorf("the second fleet's default network = %s; want %s", s.VPC, c.found.VPC)
	}
}

func (c *contract) surveyed(t *testing.T, f fleet.Name, mode fleet.NetworkMode) fleet.Survey {
	t.Helper()
	s, err := c.r.Survey(c.ctx, fleet.SurveyRequest{Fleet: f, Image: c.q.image, Types: c.q.types, Network: fleet.NetworkSpec{Mode: mode}})
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range s.Checks {
		if check.State == fleet.CheckFail || check.Detail == "" {
			t.Errorf("check of %s, %s: %+v", f, mode, check)
		}
	}
	return s
}

func (c *contract) ingress(t *testing.T, id fleet.GroupID) []string {
	t.Helper()
	var rules []string
	err := c.r.(*region).groups(c.ctx, []types.Filter{filter("group-id", string(id))}, func(g *types.SecurityGroup) {
		for _, p := range g.IpPermissions {
			for _, one := range split(p) {
				rules = append(rules, fmt.Sprintf("%d-%d %s", awssdk.ToInt32(p.FromPort), awssdk.ToInt32(p.ToPort), cidr(one)))
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rules)
	return rules
}

func (c *contract) group(t *testing.T) {
	q := fleet.GroupRequest{Fleet: fleetA, VPC: c.found.VPC, SSHFrom: "203.0.113.7/32", Port: 22, Tags: c.tags(fleetA, "")}
	id, err := c.r.EnsureGroup(c.ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"203.0.113.7/32", "198.51.100.4/32", "2001:db8::5/128", "198.51.100.4/32"} {
		q.SSHFrom = from
		again, err := c.r.EnsureGroup(c.ctx, q)
		if err != nil || again != id {
			t.Fatalf("EnsureGroup from %s = %s, %v; want %s", from, again, err, id)
		}
		if got := c.ingress(t, id); !slices.Equal(got, []string{"22-22 " + from}) {
			t.Errorf("rules for %s = %v", from, got)
		}
	}
	c.groupA = id
	q.Fleet, q.Tags = fleetB, c.tags(fleetB, "")
	if c.groupB, err = c.r.EnsureGroup(c.ctx, q); err != nil || c.groupB == id {
		t.Fatalf("group of the second fleet = %s, %v", c.groupB, err)
	}
}

func (c *contract) templateRequest(f fleet.Name, g fleet.GroupID) fleet.TemplateRequest {
	im := c.found.Images["x86_64"]
	return fleet.TemplateRequest{
		Fleet: f, Group: g, RootDevice: im.RootDevice, RootGiB: im.RootGiB + 2,
		PublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPyGZ8Rv3yqZkmJ3o8YQp2VmGkDVVGVo5b4Q4Q1Q1Q1 ada@host", EndsAt: c.ends, Tags: c.tags(f, ""),
	}
}

func (c *contract) template(t *testing.T) {
	q := c.templateRequest(fleetA, c.groupA)
	var err error
	if c.templateA, err = c.r.EnsureTemplate(c.ctx, q); err != nil {
		t.Fatal(err)
	}
	again, err := c.r.EnsureTemplate(c.ctx, q)
	if err != nil || again != c.templateA {
		t.Errorf("the same template again = %s, %v; want %s", again, err, c.templateA)
	}
	q.RootGiB++
	other, err := c.r.EnsureTemplate(c.ctx, q)
	if err != nil || other == c.templateA {
		t.Errorf("another template = %s, %v", other, err)
	}
}

func (c *contract) record(t *testing.T) {
	if _, err := c.r.ReadRecord(c.ctx, fleetA); fleet.KindOf(err) != fleet.KindGone {
		t.Fatalf("a record before its creation: %v", err)
	}
	want := fleet.Record{Fleet: fleetA, Home: c.q.region, Owner: "ada", Target: 3, EndsAt: c.ends, Phase: fleet.PhaseActive, ConfigHash: "abc123"}
	if err := c.r.UpdateRecord(c.ctx, want); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("update of a record that is not there: %v", err)
	}
	if err := c.r.CreateRecord(c.ctx, want, c.tags(fleetA, "")); err != nil {
		t.Fatal(err)
	}
	if err := c.r.CreateRecord(c.ctx, want, nil); fleet.KindOf(err) != fleet.KindConflict {
		t.Errorf("a second record: %v", err)
	}
	c.wantRecord(t, want)
	if c.q.freezesTemplateTags {
		return
	}
	want.Phase, want.Target, want.EndsAt, want.ConfigHash = fleet.PhaseDestroying, 0, time.Time{}, "def"
	if err := c.r.UpdateRecord(c.ctx, want); err != nil {
		t.Fatal(err)
	}
	c.wantRecord(t, want)
}

func (c *contract) wantRecord(t *testing.T, want fleet.Record) {
	t.Helper()
	got, err := c.r.ReadRecord(c.ctx, want.Fleet)
	if err != nil || time.Since(got.CreatedAt) > time.Hour {
		t.Fatalf("ReadRecord = %+v, %v", got, err)
	}
	got.CreatedAt = time.Time{}
	if got != want {
		t.Errorf("record = %+v; want %+v", got, want)
	}
}
