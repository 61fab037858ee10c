package aws

import (
	"context"
	"errors"
	"fmt"
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
	noPrices            bool // spot prices are constant and old
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
		{"group", c.group},
		{"template", c.template},
		{"record", c.record},
		{"launch", c.launch},
		{"describe", c.describe},
		{"mark", c.mark},
		{"guard", c.guard},
		{"terminate", c.terminate},
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

func ids(ls []fleet.Launched) []fleet.InstanceID {
	out := make([]fleet.InstanceID, 0, len(ls))
	for _, l := range ls {
		out = append(out, l.ID)
	}
	slices.Sort(out)
	return out
}

func (c *contract) launch(t *testing.T) {
	c.request = fleet.LaunchRequest{
		Fleet: fleetA, Launch: "l-contract", Token: "contract-" + fmt.Sprint(time.Now().UnixNano()), Region: c.q.region,
		Count: 3, Template: c.templateA, Pools: c.found.Pools, Tags: c.tags(fleetA, "l-contract"),
	}
	got, err := c.r.Launch(c.ctx, c.request)
	if err != nil || len(got.Instances) != 3 || len(got.Errors) != 0 || got.FleetID == "" {
		t.Fatalf("Launch = %+v, %v", got, err)
	}
	c.a = got.Instances
	for _, i := range got.Instances {
		if !slices.Contains(c.q.types, i.Type) || i.Zone == "" {
			t.Errorf("launched %+v", i)
		}
	}
	if !c.q.ignoresTokens {
		again, err := c.r.Launch(c.ctx, c.request)
		if err != nil || !slices.Equal(ids(again.Instances), ids(c.a)) {
			t.Errorf("the same request gave %+v, %v; want %v", again, err, ids(c.a))
		}
		changed := c.request
		changed.Count = 2
		if _, err := c.r.Launch(c.ctx, changed); code(err) != "IdempotentParameterMismatch" {
			t.Errorf("another request with the same token: %v", err)
		}
	}
	missing := c.request
	missing.Template, missing.Token = "spot-tui-contract-a/nonesuch", missing.Token+"-x"
	ctx, cancel := context.WithTimeout(c.ctx, 1500*time.Millisecond)
	defer cancel()
	if _, err := c.r.Launch(ctx, missing); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("launch from a template that is not there: %v", err)
	}
	name, err := c.r.EnsureTemplate(c.ctx, c.templateRequest(fleetB, c.groupB))
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.r.Launch(c.ctx, fleet.LaunchRequest{
		Fleet: fleetB, Launch: "l-b", Token: c.request.Token + "-b", Region: c.q.region, Count: 1, Template: name,
		Pools: c.found.Pools[:1], Tags: c.tags(fleetB, "l-b"),
	})
	if err != nil || len(b.Instances) != 1 {
		t.Fatalf("launch of the second fleet = %+v, %v", b, err)
	}
	c.b = b.Instances[0]
}

// await describes until every instance is in one of the states.
func (c *contract) await(t *testing.T, f fleet.Name, n int, states ...fleet.State) []fleet.Observation {
	t.Helper()
	for {
		obs, err := c.r.Describe(c.ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		there := 0
		for _, o := range obs {
			if slices.Contains(states, o.State) {
				there++
			}
		}
		if there == len(obs) && there >= n {
			return obs
		}
		pause(c.ctx, t, 50*time.Millisecond)
	}
}

func pause(ctx context.Context, t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		t.Fatal("it took too long")
	}
}

func (c *contract) describe(t *testing.T) {
	obs := c.await(t, fleetA, 3, fleet.StateRunning)
	if len(obs) != 3 {
		t.Fatalf("%d instances; want 3: %+v", len(obs), obs)
	}
	for _, o := range obs {
		if !slices.Contains(ids(c.a), o.ID) || o.Launch != "l-contract" || o.Owner != "ada" || !o.EndsAt.Equal(c.ends) || !o.ReadyAt.IsZero() {
			t.Errorf("tags of %+v", o)
		}
		if o.Region != c.q.region || o.Zone == "" || !slices.Contains(c.q.types, o.Type) || o.PrivateIP == "" || (o.PublicIP == "" && !c.q.ignoresInterfaces) ||
			o.Subnet == "" || o.VPC != c.found.VPC || o.Image == "" || o.Arch == "" || time.Since(o.LaunchedAt) > time.Hour {
			t.Errorf("facts of %+v", o)
		}
	}
	obs, err := c.r.Describe(c.ctx, "contract-none")
	if err != nil || len(obs) != 0 {
		t.Errorf("a fleet that is not there: %v, %v", obs, err)
	}
}

func (c *contract) mark(t *testing.T) {
	at := time.Now().UTC().Truncate(time.Second)
	err := c.r.Mark(c.ctx, fleetA, append(ids(c.a), c.b.ID, "i-0123456789abcdef0"), map[string]string{fleet.TagReady: at.Format(time.RFC3339)})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range c.await(t, fleetA, 3, fleet.StateRunning) {
		if !o.ReadyAt.Equal(at) {
			t.Errorf("%s is not marked: %v", o.ID, o.ReadyAt)
		}
	}
	for _, o := range c.await(t, fleetB, 1, fleet.StateRunning) {
		if !o.ReadyAt.IsZero() {
			t.Errorf("%s of another fleet was marked", o.ID)
		}
	}
}

func (c *contract) guard(t *testing.T) {
	got := c.r.Terminate(c.ctx, fleetA, []fleet.InstanceID{c.b.ID, "i-0123456789abcdef0"})
	if len(got) != 2 || fleet.KindOf(got[c.b.ID]) != fleet.KindGuard || got["i-0123456789abcdef0"] != nil {
		t.Errorf("terminate of another fleet's instance = %v", got)
	}
	c.await(t, fleetB, 1, fleet.StateRunning)
	left, err := c.r.Leftovers(c.ctx, fleetB)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range left {
		if l.Kind == fleet.KindOfInstance {
			continue
		}
		if err := c.r.Remove(c.ctx, fleetA, l); fleet.KindOf(err) != fleet.KindGuard {
			t.Errorf("remove of %s %s of another fleet: %v", l.Kind, l.ID, err)
		}
	}
	if !c.q.ignoresInterfaces {
		err = c.r.Remove(c.ctx, fleetB, fleet.Resource{Kind: fleet.KindOfSecurityGroup, ID: string(c.groupB), Region: c.q.region})
		if fleet.KindOf(err) != fleet.KindConflict {
			t.Errorf("remove of a group in use: %v", err)
		}
	}
}

func (c *contract) terminate(t *testing.T) {
	for _, f := range []fleet.Name{fleetA, fleetB} {
		obs, err := c.r.Describe(c.ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		want := []fleet.InstanceID{"i-0fedcba9876543210"}
		for _, o := range obs {
			want = append(want, o.ID)
		}
		for range 2 { // the second time they are on their way already
			for id, err := range c.r.Terminate(c.ctx, f, want) {
				if err != nil {
					t.Errorf("terminate %s: %v", id, err)
				}
			}
		}
		for _, o := range c.await(t, f, len(obs), fleet.StateTerminated) {
			if o.StateReasonCode != "Client.UserInitiatedShutdown" {
				t.Errorf("%s ended with reason %q", o.ID, o.StateReasonCode)
			}
		}
	}
}

func (c *contract) teardown(t *testing.T) {
	order := []fleet.ResourceKind{
		fleet.KindOfInstance, fleet.KindOfSpotRequest, fleet.KindOfInterface, fleet.KindOfVolume,
		fleet.KindOfSecurityGroup, fleet.KindOfTemplate, fleet.KindOfRecord,
	}
	for _, f := range []fleet.Name{fleetA, fleetB} {
		seen := map[fleet.ResourceKind]int{}
		for {
			left, err := c.r.Leftovers(c.ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			if len(left) == 0 {
				break
			}
			if !slices.IsSortedFunc(left, func(a, b fleet.Resource) int {
				return slices.Index(order, a.Kind) - slices.Index(order, b.Kind)
			}) {
				t.Errorf("order of removal = %+v", left)
			}
			for _, l := range left {
				if l.Region != c.q.region || l.ID == "" {
					t.Errorf("leftover %+v", l)
				}
				err := c.r.Remove(c.ctx, f, l)
				var fe *fleet.Error
				if err != nil && (!errors.As(err, &fe) || fe.Kind != fleet.KindConflict) {
					t.Fatalf("remove %s %s: %v", l.Kind, l.ID, err)
				}
				if err == nil {
					seen[l.Kind]++
					if err := c.r.Remove(c.ctx, f, l); err != nil {
						t.Errorf("remove of %s %s, which is gone: %v", l.Kind, l.ID, err)
					}
				}
			}
			pause(c.ctx, t, 50*time.Millisecond)
		}
		t.Logf("removed of %s: %v", f, seen)
		if seen[fleet.KindOfSecurityGroup] != 1 || seen[fleet.KindOfTemplate] == 0 || (f == fleetA) != (seen[fleet.KindOfRecord] == 1) {
			t.Errorf("removed of %s: %v", f, seen)
		}
	}
}
