package fleet

import (
	"context"
	"slices"
	"time"
)

// prepare makes what a launch needs in the region and composes the request.
func (w *worker) prepare(ctx context.Context, p Plan, r RegionPlan) (LaunchRequest, error) {
	e := w.e
	if err := w.stopped(); err != nil {
		return LaunchRequest{}, err
	}
	r, err := w.settleIn(ctx, p, r)
	if err != nil {
		return LaunchRequest{}, err
	}
	launch := newLaunch()
	group, err := w.letIn(ctx, p, r)
	if err != nil {
		return LaunchRequest{}, err
	}
	t := TemplateRequest{Fleet: p.Fleet, Group: group, PublicKey: e.spec.SSH.PublicKey, Profile: e.spec.Profile, EndsAt: p.EndsAt, Tags: e.tags(p.EndsAt, "")}
	tags := e.tags(p.EndsAt, launch)
	if e.spec.SSH.HostKeys == HostKeysInject {
		if t.HostKey, err = e.opts.Shell.NewHostKey(); err != nil {
			return LaunchRequest{}, err
		}
		tags[TagHostKey] = t.HostKey.Fingerprint
	}
	for _, im := range r.Images {
		t.RootDevice, t.RootGiB = im.RootDevice, max(t.RootGiB, e.spec.RootGiB, im.RootGiB)
	}
	var name TemplateName
	err = e.journaled(ctx, IntentTemplate, w.region, "", t, func(ctx context.Context) (any, error) {
		var err error
		name, err = w.cloud.EnsureTemplate(ctx, t)
		return name, err
	})
	if err != nil {
		return LaunchRequest{}, err
	}
	q := LaunchRequest{Fleet: p.Fleet, Launch: launch, Region: w.region, Count: r.Launch, Template: name, Pools: poolsToAsk(r.Pools), Tags: tags}
	q.Token = token(q)
	return q, nil
}

// letIn makes the region's security group, and the rule for the address of now:
// it may be another than at the last launch.
func (w *worker) letIn(ctx context.Context, p Plan, r RegionPlan) (group GroupID, err error) {
	q := GroupRequest{Fleet: p.Fleet, VPC: r.VPC, SSHFrom: p.SSHFrom, Port: sshPort(w.e.spec), Tags: w.e.tags(time.Time{}, "")}
	err = w.e.journaled(ctx, IntentGroup, w.region, "", q, func(ctx context.Context) (any, error) {
		var err error
		group, err = w.cloud.EnsureGroup(ctx, q)
		return group, err
	})
	return group, err
}

// networkTries is how often a network is gone on with after an answer that got
// lost: it takes a dozen calls, each of which may lose its own.
const networkTries = 5

// settleIn makes the region's network where the plan says so, and puts its
// subnets into the pools.
func (w *worker) settleIn(ctx context.Context, p Plan, r RegionPlan) (RegionPlan, error) {
	var zones []Zone
	bare := r.VPC == ""
	for _, pool := range r.Pools {
		bare = bare || pool.Subnet == ""
		if !slices.Contains(zones, pool.Zone) {
			zones = append(zones, pool.Zone)
		}
	}
	if !bare {
		return r, nil
	}
	slices.Sort(zones)
	q := NetworkRequest{Fleet: p.Fleet, CIDR: orText(w.e.spec.Network.CIDR, OwnCIDR), Zones: zones, Tags: w.e.tags(time.Time{}, "")}
	var err error
	if q.Before, err = w.e.begunBefore(ctx, IntentNetwork, w.region); err != nil {
		return r, err
	}
	var n Network
	err = w.e.journaled(ctx, IntentNetwork, w.region, "", q, func(ctx context.Context) (any, error) {
		for try := 1; ; try++ {
			var err error
			n, err = w.cloud.EnsureNetwork(ctx, q)
			if k := KindOf(err); k != KindNetwork && k != KindInternal || try == networkTries {
				return n, err
			}
			q.Before = time.Now() // what got no answer may have been made: look for it, then go on
		}
	})
	if err != nil {
		return r, err
	}
	r.VPC = n.VPC
	r.Pools = slices.Clone(r.Pools)
	for i := range r.Pools {
		r.Pools[i].Subnet = n.Subnets[r.Pools[i].Zone]
	}
	return r, nil
}
