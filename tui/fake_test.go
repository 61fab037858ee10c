package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"spot-tui/fleet"
)

// fakeFace is an engine that only remembers what it was asked.
type fakeFace struct {
	leftoversFake

	mu          sync.Mutex
	plan        fleet.Plan
	launched    []fleet.Plan
	planned     []fleet.PlanRequest
	destroys    []fleet.DestroyRequest
	runs        []fleet.RunRequest
	uploads     []fleet.UploadRequest
	fetches     []fleet.FetchRequest
	provisioned []fleet.InstanceID
	locks       []string
	shrinks     []fleet.ShrinkPlan
	replaces    []fleet.ReplacePlan
	calls       int
}

// changed counts what was asked that changes something.
func (f *fakeFace) changed() int {
	cleaned := len(f.cleaned)
	return cleaned + len(f.launched) + len(f.destroys) + len(f.runs) + len(f.uploads) + len(f.fetches) + len(f.provisioned) + len(f.locks) + len(f.shrinks) + len(f.replaces)
}

func (f *fakeFace) note() { f.mu.Lock(); f.calls++; f.mu.Unlock() }

func (f *fakeFace) Next(ctx context.Context, _ fleet.Cursor) (fleet.Batch, error) {
	<-ctx.Done()
	return fleet.Batch{}, ctx.Err()
}

func (f *fakeFace) Plan(_ context.Context, q fleet.PlanRequest) (fleet.Plan, error) {
	f.note()
	f.planned = append(f.planned, q)
	return f.plan, nil
}

func (f *fakeFace) Launch(p fleet.Plan) (fleet.OpID, error) {
	f.note()
	f.launched = append(f.launched, p)
	return "launch-1", nil
}

func (f *fakeFace) Destroy(q fleet.DestroyRequest) (fleet.OpID, error) {
	f.note()
	f.destroys = append(f.destroys, q)
	return "destroy-1", nil
}

func (f *fakeFace) Run(q fleet.RunRequest) (*fleet.Run, error) {
	f.note()
	f.runs = append(f.runs, q)
	if q.Line == "slow" {
		return f.slow(q), nil
	}
	hosts := make([]fleet.HostResult, len(q.Instances))
	for i, id := range q.Instances {
		hosts[i] = fleet.HostResult{Instance: id, Region: "us-west-2", Zone: "us-west-2a"}
	}
	r := fleet.NewRun("run-1", q.Line, now(), hosts, nil)
	for i, h := range hosts {
		h.Done, h.Output, h.Took = true, "bacalhau-compute\nsensor-generator\n", time.Second
		switch i {
		case 1:
			h.Output = "bacalhau-compute\n"
		case 2:
			h.Err = errors.New("did not end within 8 s")
			h.Output = ""
		}
		r.Record(h)
	}
	return r, nil
}

func (f *fakeFace) Upload(q fleet.UploadRequest) (*fleet.Run, error) {
	f.note()
	f.uploads = append(f.uploads, q)
	return f.copied(fleet.OpUpload, q.Instances, q.File.Source+" → "+q.File.Target), nil
}

func (f *fakeFace) Fetch(q fleet.FetchRequest) (*fleet.Run, error) {
	f.note()
	f.fetches = append(f.fetches, q)
	return f.copied(fleet.OpFetch, q.Instances, q.Source+" → "+q.Target), nil
}

// slow is a run that goes on: some have ended, each in its way.
func (f *fakeFace) slow(q fleet.RunRequest) *fleet.Run {
	hosts := make([]fleet.HostResult, len(q.Instances))
	for i, id := range q.Instances {
		hosts[i] = fleet.HostResult{Instance: id, Region: "us-west-2", Zone: "us-west-2a"}
	}
	r := fleet.NewRun("run-1", q.Line, now(), hosts, nil)
	for i, h := range hosts {
		h.Phase, h.Took = fleet.PhaseWorking, 12*time.Second
		switch i {
		case 0:
			h.Phase = fleet.PhaseQueued
		case 1:
			h.Phase, h.Output = fleet.PhaseConnecting, "port 22 is closed: sshd is not up yet"
		case 2:
			h.Output = "unpacking 3 of 9\n"
		case 3:
			h.Done, h.Err = true, &fleet.Error{Op: "run", Resource: string(h.Instance), Kind: fleet.KindTimeout, Err: errors.New("did not end within 5m0s")}
		case 4:
			h.Done, h.Err = true, &fleet.Error{Op: "run", Resource: string(h.Instance), Kind: fleet.KindUnknown, Err: errors.New("result unknown: connection lost after the command was started")}
		case 5:
			h.Done, h.Output, h.Cut, h.File = true, "first\n[… 99738000 bytes left out, all of it: /state/i-1.log]\nlast\n", 99738000, "/state/i-1.log"
		default:
			h.Done, h.Output = true, "done\n"
		}
		r.Record(h)
	}
	return r
}

func (f *fakeFace) copied(kind fleet.OpKind, ids []fleet.InstanceID, line string) *fleet.Run {
	hosts := make([]fleet.HostResult, len(ids))
	for i, id := range ids {
		hosts[i] = fleet.HostResult{Instance: id, Region: "us-west-2", Zone: "us-west-2a", Size: -1}
	}
	r := fleet.NewRun("copy-1", line, now(), hosts, nil).Of(kind)
	for i, h := range hosts {
		if h.Size = 209_715_200; i == 0 {
			h.Phase, h.Moved, h.Took = fleet.PhaseWorking, 83_886_080, 2*time.Second
		} else {
			h.Done, h.Moved, h.Output, h.Took = true, h.Size, "3 files, 209715200 bytes, sha256 ab12\n", 5*time.Second
		}
		r.Record(h)
	}
	return r
}

func (f *fakeFace) Provision(ids []fleet.InstanceID, fromStart bool) (fleet.OpID, error) {
	f.note()
	f.provisioned = append(f.provisioned, ids...)
	return "provision-1", nil
}

func (f *fakeFace) Follow(q fleet.FollowRequest) (*fleet.Tail, error) {
	f.note()
	t := fleet.NewTail(len(q.Instances), nil)
	for n, id := range q.Instances {
		t.Record(fleet.TailLine{Instance: id, Text: fmt.Sprintf("GET /health 200 %d ms, a line that is longer than a terminal of eighty columns is wide, so that it has to be cut or broken somewhere", 3+n)})
	}
	t.Record(fleet.TailLine{Instance: q.Instances[0], Notice: true, Text: "the connection is lost (the host stopped answering); trying again"})
	return t, nil
}

func (f *fakeFace) Forward(q fleet.ForwardRequest) (*fleet.Forwarding, error) {
	f.note()
	return fleet.NewForwarding(fleet.ForwardState{Op: "forward-1", Instance: q.Instance, Local: "127.0.0.1:" + q.Local, Remote: "localhost:" + q.Remote}, nil), nil
}

func (f *fakeFace) ConfigText([]fleet.InstanceID) string { f.note(); return "Host x\n" }

func (f *fakeFace) Output(id fleet.InstanceID) ([]string, string) {
	f.note()
	return []string{"── setup", "preparing", "setup.sh: line 7: docker: command not found"}, "/state/" + string(id) + ".log"
}

func (f *fakeFace) Explain(_ context.Context, id fleet.InstanceID) (fleet.Explanation, error) {
	f.note()
	return fleet.Explanation{
		Instance: id, At: now(), Answer: "security group: no rule of sg-1 lets your address 81.2.69.142 in to port 22", Hint: "your address may have changed: `spot-tui create` sets the rule anew",
		Checks: []fleet.Check{
			{What: "stage", State: fleet.CheckFail, Detail: "failed for 4m10s"},
			{What: "instance", State: fleet.CheckOK, Detail: "running"},
			{What: "status", State: fleet.CheckWarn, Detail: "its status checks have not been made yet: it has just started"},
			{What: "security group", State: fleet.CheckFail, Detail: "no rule of sg-1 lets your address 81.2.69.142 in to port 22"},
			{What: "TCP", State: fleet.CheckFail, Detail: "no answer on port 22 within 10s (security group, route or still booting)", Hint: "wait until it has booted, or mend what stands above"},
			{What: "spot request", State: fleet.CheckOK, Detail: fleet.SpotWords("fulfilled") + " (fulfilled)"},
		},
		Console: "[    0.000000] Linux version 6.8.0-aws (x86_64)\nCloud-init finished at Tue, 24 Nov 2026 03:34:39 +0000.",
	}, nil
}

func (f *fakeFace) Inspect(_ context.Context, id fleet.InstanceID) (fleet.Inspection, error) {
	f.note()
	return fleet.Inspection{Instance: id, At: now(), Groups: []fleet.FactGroup{
		{Name: "Status checks", Facts: []fleet.Fact{{Name: "AWS's machine", Value: "ok"}, {Name: "inside", Why: "made only while it runs"}}},
		{Name: "Spot request", Facts: []fleet.Fact{{Name: "request", Value: "sir-abcd1234"}, {Name: "status", Value: "fulfilled"}, {Name: "meaning", Value: fleet.SpotWords("fulfilled")}}},
		{Name: "Disks", Facts: []fleet.Fact{{Name: "root device", Value: "/dev/sda1"}, {Name: "/dev/sda1", Value: "vol-0123456789abcdef0  8 GiB gp3, encrypted, deleted with it"}}},
		{Name: "Network", Facts: []fleet.Fact{{Name: "security groups", Value: "sg-1 spot-tui-sensors"}, {Name: "IPv6", None: true, Why: "it has no IPv6 address"}}},
	}}, nil
}

func (f *fakeFace) Commands(context.Context) []string { f.note(); return []string{"uptime", "df -h"} }

func (f *fakeFace) Benches(context.Context) ([]fleet.Bench, error) { f.note(); return nil, nil }

func (f *fakeFace) LiftBench(context.Context, fleet.Bench) error { f.note(); return nil }

func (f *fakeFace) Costs(context.Context) (fleet.CostReport, error) {
	f.note()
	return costReport(), nil
}

func (f *fakeFace) Lock(ids []fleet.InstanceID, on bool) (fleet.OpID, error) {
	f.note()
	f.locks = append(f.locks, fmt.Sprint(on, len(ids)))
	return "lock-1", nil
}

func (f *fakeFace) PlanShrink(_ context.Context, target int) (fleet.ShrinkPlan, error) {
	f.note()
	is := steady().Instances
	p := fleet.ShrinkPlan{Fleet: "sensors", At: now(), Account: "123456789012", Was: 12, Target: target, Running: 11, PerHour: fleet.Price{USD: 0.0287, Known: true, AsOf: now()}}
	for n := range min(len(is), 11-target) {
		p.Leave = append(p.Leave, fleet.Leaver{Instance: *is[len(is)-1-n], Why: "the dearest: $0.0148/h"})
	}
	return p, nil
}

func (f *fakeFace) Shrink(p fleet.ShrinkPlan) (fleet.OpID, error) {
	f.note()
	f.shrinks = append(f.shrinks, p)
	return "destroy-1", nil
}

func (f *fakeFace) PlanReplace(_ context.Context, q fleet.ReplaceRequest) (fleet.ReplacePlan, error) {
	f.note()
	p := fleet.ReplacePlan{Fleet: "sensors", Account: "123456789012", Saves: fleet.Price{Known: true}, Extra: fleet.Price{USD: 0.0171, Known: true, AsOf: now()}}
	for _, i := range steady().Instances {
		if len(q.Instances) > 0 && !slices.Contains(q.Instances, i.ID) || len(q.Instances) == 0 && i.Region != "us-west-2" {
			continue
		}
		s := fleet.Swap{Old: *i, Pools: make([]fleet.Pool, 5)}
		if q.Cheaper {
			s.Saves = fleet.Price{USD: 0.002, Known: true, AsOf: now()}
			p.Saves.USD += s.Saves.USD
		}
		p.Swaps = append(p.Swaps, s)
	}
	p.Surplus = min(5, len(p.Swaps))
	return p, nil
}

func (f *fakeFace) Replace(p fleet.ReplacePlan) (fleet.OpID, error) {
	f.note()
	f.replaces = append(f.replaces, p)
	return "replace-1", nil
}

func (f *fakeFace) Refresh() { f.note() }

func (f *fakeFace) Interactive(context.Context, fleet.InstanceID, fleet.TTY) (fleet.ExitStatus, error) {
	f.note()
	return fleet.ExitStatus{}, nil
}

func (f *fakeFace) LoginLine(id fleet.InstanceID) (string, error) {
	f.note()
	return "ssh ubuntu@" + string(id), nil
}

// now is the tests' now.
func now() time.Time { return time.Date(2026, 11, 23, 12, 4, 31, 0, time.UTC) }

// steady is a batch of twelve instances in every interesting stage.
func steady() fleet.Batch {
	now := now()
	price := func(v float64) fleet.Price { return fleet.Price{USD: v, Known: true, AsOf: now} }
	mk := func(n int, zone fleet.Zone, typ fleet.InstanceType, s fleet.Stage, age time.Duration, usd float64) *fleet.Instance {
		return &fleet.Instance{
			ID: fleet.InstanceID(fmt.Sprintf("i-0%016x", 0xa4f39c1d2e8b77+n*7919)), Region: fleet.Region(zone[:len(zone)-1]), Zone: zone, Type: typ, State: fleet.StateRunning, Stage: s,
			PublicIP: fmt.Sprintf("198.18.4.%d", n+1), PrivateIP: fmt.Sprintf("172.31.16.%d", n+4), LaunchedAt: now.Add(-age), StageSince: now.Add(-age), Price: price(usd),
			Image: "ami-0123456789abcdef0", Launch: "l-7f3k2m9qpx", SpotRequest: "sir-abcd1234", Arch: "x86_64", User: "ubuntu", Owner: "ops-admin", SeenAt: now, Rev: uint64(n + 1),
		}
	}
	is := []*fleet.Instance{
		mk(0, "us-east-1d", "m6i.large", fleet.StageInterrupted, 231*time.Minute, 0.0287),
		mk(1, "eu-west-1b", "t3.medium", fleet.StageFailed, 4*time.Minute+10*time.Second, 0.0139),
		mk(2, "eu-west-1a", "t3a.medium", fleet.StageUploading, 72*time.Second, 0.0121),
		mk(3, "eu-west-1c", "t3.medium", fleet.StageRunning, 38*time.Second, 0.0137),
	}
	is[0].Reason = "AWS took it back for lack of spot capacity"
	is[1].Reason = "setup exit 127: docker: command not found"
	is[2].Step = fleet.Step{Name: "upload", Index: 1, Of: 2, Percent: 62}
	is[2].Step.Detail = "4.1 of 6.6 MB"
	is[2].Track = &fleet.Track{Steps: []fleet.TrackStep{
		{Name: "ssh", State: fleet.StepOK, Took: 18 * time.Second}, {Name: "upload ~/app", State: fleet.StepRunning, Began: now.Add(-12 * time.Second), Deadline: now.Add(9 * time.Minute), Tries: 2, Moved: 4_100_000, Size: 6_600_000, Last: "4.1 of 6.6 MB"},
	}}
	is[3].Step = fleet.Step{Name: "ssh", Percent: 20}
	is[1].Track = &fleet.Track{Steps: []fleet.TrackStep{
		{Name: "ssh", State: fleet.StepOK, Took: 18 * time.Second, Tries: 1},
		{Name: "cloud-init", State: fleet.StepOK, Took: 31 * time.Second, Tries: 2, Last: "status: done"},
		{Name: "upload ~/app", State: fleet.StepSkipped, Took: time.Second, Tries: 1, Last: "unchanged: 3 files, 812 bytes"},
		{Name: "setup", State: fleet.StepFailed, Took: 12 * time.Second, Tries: 1, Exit: 127, Last: "docker: command not found"},
		{Name: "ready check", State: fleet.StepTodo},
	}}
	for n, z := range []fleet.Zone{"us-west-2a", "us-west-2b", "us-west-2c", "us-west-2c", "us-east-1a", "us-east-1b", "us-east-1f", "ap-northeast-1c"} {
		is = append(is, mk(n+4, z, "t3.medium", fleet.StageReady, time.Duration(57+n*9)*time.Minute, 0.0113+float64(n)/2000))
	}
	counts := map[fleet.Stage]int{}
	for _, i := range is {
		counts[i.Stage]++
	}
	line := func(n int, l fleet.Level, r fleet.Region, id fleet.InstanceID, text string) fleet.LogLine {
		return fleet.LogLine{Seq: uint64(n), At: now.Add(time.Duration(n-6) * time.Second), Level: l, Region: r, Instance: id, Text: text}
	}
	return fleet.Batch{
		Cursor: fleet.Cursor{Rev: 1}, At: now,
		Summary: fleet.Summary{
			Fleet: "sensors", Identity: fleet.Identity{Account: "123456789012", Name: "ops-admin"}, Record: fleet.Record{Fleet: "sensors", Home: "us-west-2"},
			Scanned: true, Counts: counts, Live: 12, Target: 12, PerHour: price(0.143), Accrued: price(1.27), Saved: fleet.Share{Value: 0.66, Known: true}, Since: now.Add(-9 * time.Hour), EndsAt: now.Add(5*time.Hour + 12*time.Minute),
		},
		Regions: []fleet.RegionStatus{
			{Region: "us-west-2", Health: fleet.HealthOK, Live: 4, Answered: now.Add(-2 * time.Second)},
			{Region: "us-east-1", Health: fleet.HealthOK, Live: 4, Answered: now},
			{Region: "eu-west-1", Health: fleet.HealthBusy, Live: 3, Answered: now},
			{Region: "ap-northeast-1", Health: fleet.HealthThrottled, Live: 1, Answered: now},
		},
		Instances: is,
		Logs: []fleet.LogLine{
			line(1, fleet.LevelInfo, "eu-west-1", is[2].ID, "upload 4.1 of 6.6 MB"),
			line(2, fleet.LevelWarn, "us-east-1", is[0].ID, "interrupted: AWS took it back for lack of spot capacity"),
			line(3, fleet.LevelWarn, "ap-northeast-1", "", "throttled on DescribeInstances; next try in 4 s"),
			line(4, fleet.LevelError, "eu-west-1", is[1].ID, "setup exit 127: docker: command not found"),
			line(5, fleet.LevelOK, "us-west-2", is[4].ID, "ready after 41s"),
		},
	}
}

// offer is what a plan can choose from.
func offer() Offer {
	return Offer{
		Regions: []fleet.RegionSpec{{Name: "us-west-2", Count: -1}, {Name: "us-east-1", Count: -1}, {Name: "eu-west-1", Count: -1}},
		Types:   []fleet.InstanceType{"t3.medium", "t3a.medium", "t4g.medium", "m6i.large"},
		Images:  []string{"ubuntu-24.04", "ubuntu-22.04", "debian-12", "al2023"},
	}
}

// plan is a launch of three in three regions, one of which has a problem.
func plan() fleet.Plan {
	price := func(v float64) fleet.Price { return fleet.Price{USD: v, Known: true, AsOf: now()} }
	pools := make([]fleet.Pool, 12)
	return fleet.Plan{
		Fleet: "sensors", Account: "123456789012", Owner: "ops-admin", Home: "us-west-2", Target: 15, Running: 12, Launch: 3, Lifetime: 8 * time.Hour, EndsAt: now().Add(8 * time.Hour),
		Image: "ubuntu-24.04", KeyPath: "/home/me/.ssh/id_ed25519", SSHFrom: "81.2.69.142/32",
		Regions: []fleet.RegionPlan{
			{Region: "us-west-2", Want: 6, Have: 4, Launch: 2, VPC: "vpc-1", Pools: pools, Low: price(0.0113), High: price(0.0301), Quotas: []fleet.QuotaUse{{Quota: fleet.Quota{Family: fleet.FamilyStandard, Used: 12, Limit: 64, Known: true}, AskedLow: 4, AskedHigh: 8}}},
			{Region: "us-east-1", Want: 5, Have: 4, Launch: 1, VPC: "vpc-2", Pools: pools, Low: price(0.0119), High: price(0.0298), Quotas: []fleet.QuotaUse{{Quota: fleet.Quota{Family: fleet.FamilyStandard, Reason: "the limit can't be read"}}}},
			{Region: "eu-west-1", Want: 4, Have: 3, Launch: 1, Problem: &fleet.Error{Op: "plan", Region: "eu-west-1", Kind: fleet.KindTimeout, Err: errors.New("no answer within 15s"), Hint: "try again"}},
		},
		PerHour: price(0.0345), IPv4Hour: price(0.015), DiskHour: price(0.0026), Makes: []string{"2 security groups", "2 launch templates", "3 instances with a disk and a public address each"}, Hash: "h",
	}
}

// EnabledRegions are one more than the regions of the steady fleet.
func (f *fakeFace) EnabledRegions(context.Context) ([]fleet.Region, error) {
	f.note()
	return []fleet.Region{"ap-northeast-1", "eu-north-1", "eu-west-1", "us-east-1", "us-west-2"}, nil
}

func (f *fakeFace) Quotas(context.Context) ([]fleet.RegionQuotas, error) {
	f.note()
	return quotaReport(), nil
}

func (f *fakeFace) Prices(context.Context, fleet.PriceRequest) (fleet.PriceReport, error) {
	f.note()
	return priceReport(), nil
}
