package fleet

import (
	"context"
	"slices"
	"time"
)

// ground is what a launch has made in a region to build on: it is made once,
// however often the region is asked.
type ground struct {
	group     GroupID
	host      HostKey // of this launch's instances; zero: they make their own
	templates map[bool]TemplateName
}

// prepare makes what a launch needs in the region and composes the request, all
// but its pools.
func (w *worker) prepare(ctx context.Context, p Plan, a *asking, n want, attempt int) (LaunchRequest, error) {
	e := w.e
	if err := w.stopped(); err != nil {
		return LaunchRequest{}, err
	}
	if err := w.lay(ctx, p, a); err != nil {
		return LaunchRequest{}, err
	}
	name, err := w.template(ctx, p, a, n.onDemand)
	if err != nil {
		return LaunchRequest{}, err
	}
	launch := newLaunch()
	tags := e.tags(p.EndsAt, launch)
	tags[TagOrigin] = Origin{Attempt: attempt, Why: n.why}.tag()
	if a.ground.host != (HostKey{}) {
		tags[TagHostKey] = a.ground.host.Fingerprint
	}
	return LaunchRequest{Fleet: p.Fleet, Launch: launch, Region: w.region, Count: n.n, Template: name, Tags: tags, OnDemand: n.onDemand}, nil
}

// lay makes the region's network and security group.
func (w *worker) lay(ctx context.Context, p Plan, a *asking) error {
	if a.ground != nil {
		return nil
	}
	r, err := w.settleIn(ctx, p, a.plan)
	if err != nil {
		return err
	}
	a.plan = r
	g := &ground{templates: map[bool]TemplateName{}}
	if g.group, err = w.letIn(ctx, p, r); err != nil {
		return err
	}
	if w.e.spec.SSH.HostKeys == HostKeysInject {
		if g.host, err = w.e.opts.Shell.NewHostKey(); err != nil {
			return err
		}
	}
	a.ground = g
	return nil
}

// template makes the launch template for a market.
func (w *worker) template(ctx context.Context, p Plan, a *asking, onDemand bool) (TemplateName, error) {
	e, g := w.e, a.ground
	if name, ok := g.templates[onDemand]; ok {
		return name, nil
	}
	t := TemplateRequest{
		Fleet: p.Fleet, Group: g.group, PublicKey: e.spec.SSH.PublicKey, Profile: e.spec.Profile, HostKey: g.host, EndsAt: p.EndsAt, Tags: e.tags(p.EndsAt, ""), OnDemand: onDemand,
		Private: !e.spec.Network.PublicIPv4(), IPv6: a.plan.IPv6,
	}
	for _, im := range a.plan.Images {
		t.RootDevice, t.RootGiB = im.RootDevice, max(t.RootGiB, e.spec.RootGiB, im.RootGiB)
	}
	err := e.journaled(ctx, IntentTemplate, w.region, "", t, func(ctx context.Context) (any, error) {
		name, err := w.cloud.EnsureTemplate(ctx, t)
		g.templates[onDemand] = name
		return name, err
	})
	if err != nil {
		delete(g.templates, onDemand)
		return "", err
	}
	return g.templates[onDemand], nil
}

// letIn makes the region's security group, and the rule for the address of now:
// it may be another than at the last launch.
func (w *worker) letIn(ctx context.Context, p Plan, r RegionPlan) (group GroupID, err error) {
	from := p.letInAt(r)
	if len(from) == 0 {
		return "", &Error{Op: "make the security group", Region: w.region, Kind: KindInvalid, Err: errText("it is not known who may reach SSH: the VPC shows no address block"), Hint: "set network.ssh_from"}
	}
	q := GroupRequest{Fleet: p.Fleet, VPC: r.VPC, SSHFrom: from[0], More: from[1:], Port: sshPort(w.e.spec), Tags: w.e.tags(time.Time{}, "")}
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
	for _, pool := range slices.Concat(r.Pools, r.OnDemandPools) {
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
	r.Pools, r.OnDemandPools = inSubnets(r.Pools, n), inSubnets(r.OnDemandPools, n)
	return r, nil
}

// inSubnets puts pools into a network's subnets.
func inSubnets(pools []Pool, n Network) []Pool {
	pools = slices.Clone(pools)
	for i := range pools {
		pools[i].Subnet = n.Subnets[pools[i].Zone]
	}
	return pools
}
