package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Prices that are not asked for, each with its source in aws-facts §5.6.
const (
	ipv4Hour   = 0.005      // one public IPv4 address, since 2024-02-01
	gp3GiBHour = 0.08 / 730 // gp3 in us-east-1, per GiB and month of 730 h; other regions differ by up to a half
)

// Plan implements Face.
func (e *Engine) Plan(ctx context.Context, q PlanRequest) (Plan, error) {
	id, err := e.Identity(ctx)
	if err != nil {
		return Plan{}, err
	}
	spec := e.planSpec(q)
	elsewhere := 0
	if q.Regions != nil { // what lives in regions that are left out counts for the target
		elsewhere = e.livingOutside(spec.Regions)
	}
	shares, err := Spread(max(0, spec.Target-elsewhere), spec.Regions)
	if err != nil {
		return Plan{}, &Error{Op: "plan", Kind: KindInvalid, Err: err}
	}
	open, err := e.openLaunches(ctx)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Fleet: spec.Name, At: time.Now(), Account: id.Account, Owner: id.Name, Home: spec.Regions[0].Name, Target: spec.Target,
		Lifetime: spec.MaxLifetime, Image: spec.Image, KeyPath: spec.SSH.PrivateKey, Provision: spec.Provision.Enabled, Keep: spec.Keep,
		Regions: make([]RegionPlan, len(spec.Regions)),
	}
	var wg sync.WaitGroup
	for i, r := range spec.Regions {
		w := e.worker(r.Name)
		wg.Add(1)
		e.group.run("plan "+string(r.Name), func() {
			defer wg.Done()
			p.Regions[i] = w.plan(ctx, spec.in(r), shares[i], open[r.Name], q.Scores)
		})
	}
	var rec Record
	var found bool
	wg.Add(1)
	e.group.run("plan record", func() { defer wg.Done(); rec, found = e.findRecord(ctx) })
	p.SSHFrom, p.SSHFrom6, err = e.sshFrom(ctx, spec)
	wg.Wait()
	if err != nil {
		return Plan{}, err
	}
	if ctx.Err() != nil {
		return Plan{}, AsError("plan", "", ctx.Err())
	}
	now, err := e.committed(ctx)
	if err != nil {
		return Plan{}, err
	}
	p.fit(spec)
	p.limit(spec, now)
	p.Running = elsewhere
	p.finish(spec, rec, found, time.Now())
	p.Guard = e.planGuard(p, now)
	p.Hash = p.hash()
	return p, nil
}

// planSpec is the spec with a request's changes.
func (e *Engine) planSpec(q PlanRequest) Spec {
	s := e.spec
	if q.Regions != nil {
		s.Regions = q.Regions
	}
	if q.Target > 0 && q.Target != s.Target {
		s.Target = q.Target
		s.Regions = slices.Clone(s.Regions)
		_, unmet := Spread(s.Target, s.Regions)
		for i, r := range s.Regions { // another target: the counts become weights
			if r.Count >= 0 && unmet != nil {
				s.Regions[i].Weight, s.Regions[i].Count = max(1, r.Count), -1
			}
		}
	}
	if q.Lifetime > 0 {
		s.MaxLifetime = q.Lifetime
	}
	s.Regions = slices.Clone(s.Regions)
	if q.Types != nil { // what is chosen for this plan rules over what a region says
		s.Types, s.Needs = q.Types, Needs{}
		for i := range s.Regions {
			s.Regions[i].Types = nil
		}
	}
	if q.Image != "" {
		s.Image = q.Image
		for i := range s.Regions {
			s.Regions[i].Image = ""
		}
	}
	return s
}

// plan is one region's part: what is there, and what a launch would build on.
func (w *worker) plan(ctx context.Context, spec Spec, want int, open []openLaunch, scores bool) RegionPlan {
	p := RegionPlan{Region: w.region, Want: want}
	if err := w.ask(ctx); err != nil {
		p.Problem = AsError("plan", w.region, err)
		return p
	}
	if err := w.do(ctx, func() { p.Have, p.HaveOnDemand = w.countFor(open), w.onDemand() }); err != nil {
		p.Problem = AsError("plan", w.region, err)
		return p
	}
	p.counted = true
	p.Launch = max(0, want-p.Have)
	if err := w.keepPlan(ctx, spec, &p); err != nil {
		p.Problem = AsError("plan", w.region, err)
		return p
	}
	var s Survey
	var quotas []Quota
	c, err := w.choose(ctx, spec)
	if err == nil {
		s, quotas, err = w.survey(ctx, spec, c.types)
	}
	p.Checks = preflight(spec, s, p.Launch, err)
	if err != nil {
		p.Problem = AsError("plan", w.region, err)
		return p
	}
	for _, im := range s.Images {
		w.post(func() { w.learnUser(orText(spec.SSH.User, im.User)) })
		break
	}
	p.VPC, p.Images, p.Pools, p.Dropped, p.Blocks, p.IPv6 = s.VPC, s.Images, s.Pools, append(c.dropped, s.Dropped...), s.Blocks, s.IPv6
	p.narrow(spec, s.Types, quotas)
	if c, failed := firstFailure(p.Checks); failed {
		p.Problem = &Error{Op: "plan", Region: w.region, Resource: c.What, Kind: KindInvalid, Err: errText(c.Detail), Hint: c.Hint}
		return p
	}
	if len(p.Pools) == 0 {
		p.Problem = p.nothing(spec)
		return p
	}
	if scores {
		p.Scores = w.scores(ctx, p)
	}
	w.compare(ctx, p.Pools)
	if spec.Capacity.wanted() {
		p.OnDemandPools = w.onDemandPools(ctx, p.Pools)
	}
	p.leaveDear(spec.Capacity)
	for _, pool := range p.Pools {
		p.widen(pool.Price)
	}
	return p
}

// onDemand counts the region's on-demand instances that are not leaving.
func (w *worker) onDemand() int {
	n := 0
	for _, o := range w.instances {
		if o.OnDemand && !o.Stage.Leaving() {
			n++
		}
	}
	return n
}

// finish computes what follows from the regions' parts.
func (p *Plan) finish(spec Spec, rec Record, found bool, now time.Time) {
	p.Recorded = found
	if found {
		p.Home = rec.Home
	} else if p.part(p.Home).Problem != nil {
		for _, r := range p.Regions { // the record needs a home that answers
			if r.Problem == nil {
				p.Home = r.Region
				break
			}
		}
	}
	if spec.MaxLifetime > 0 {
		p.EndsAt = now.Add(spec.MaxLifetime).UTC().Truncate(time.Second)
	}
	if found && rec.EndsAt.After(now) {
		p.EndsAt, p.Lifetime = rec.EndsAt, rec.EndsAt.Sub(now).Round(time.Second)
	}
	p.renewKeepers()
	p.PerHour, p.IPv4Hour, p.DiskHour = Price{Known: true, AsOf: now}, Price{Known: true, AsOf: now}, Price{Known: true, AsOf: now}
	parts, gib, networks := 0, 0, 0
	for _, r := range p.Regions {
		p.Running += r.Have
		if r.Problem != nil {
			p.Problems = append(p.Problems, r.Problem)
			continue
		}
		p.Launch += r.Launch
		p.OnDemand += r.OnDemand
		if r.Launch == 0 {
			continue
		}
		parts++
		if r.VPC == "" {
			networks++
		}
		hour := r.hour()
		if !hour.Known {
			p.PerHour.Known, p.PerHour.Reason = false, hour.Reason
		}
		p.PerHour.USD += hour.USD
		gib += r.Launch * r.rootGiB(spec)
	}
	p.IPv4Hour.USD = float64(p.Launch) * spec.Network.addressHour()
	address := " without a public address"
	if spec.Network.PublicIPv4() {
		address = " and a public address each"
	}
	p.DiskHour.USD = float64(gib) * gp3GiBHour
	if p.Launch > 0 {
		p.Makes = []string{plural(parts, "security group"), plural(parts, "launch template"), plural(p.Launch, "instance") + " with a disk" + address}
		if networks > 0 {
			p.Makes = append([]string{plural(networks, "VPC") + " with a subnet per zone, a gateway and a route table"}, p.Makes...)
		}
		if !found {
			p.Makes = append([]string{"the fleet record in " + string(p.Home)}, p.Makes...)
		}
	}
	p.May = p.may(spec.Capacity)
	p.Makes = append(p.Makes, p.keepMakes()...)
	p.OnDemandHour = p.onDemandHour(now)
	p.Hash = p.hash()
}

// rootGiB is the size of the root disk of each instance.
func (r RegionPlan) rootGiB(spec Spec) int {
	for _, im := range r.Images {
		return max(spec.RootGiB, im.RootGiB)
	}
	return spec.RootGiB
}

// part gives a region's part of the plan.
func (p *Plan) part(r Region) RegionPlan {
	for _, rp := range p.Regions {
		if rp.Region == r {
			return rp
		}
	}
	return RegionPlan{Region: r}
}

// hash binds what was shown to what is done.
func (p *Plan) hash() string {
	q := *p
	q.Hash = ""
	b, err := json.Marshal(q)
	if err != nil {
		return "" // only strings, numbers and times: can't happen, and an empty hash is refused
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// plural writes a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
