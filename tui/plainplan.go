package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// plan asks for a plan, says it, and launches it when it is confirmed: the plan that
// was said is the one that is launched.
func (l *linear) plan(args string) error {
	q, err := l.request(strings.Fields(args))
	if err != nil {
		return err
	}
	return l.propose(q)
}

// propose is plan for a request that has been read.
func (l *linear) propose(q fleet.PlanRequest) error {
	l.say("asking %s what they offer", count(len(l.m.regions), "region"))
	p, err := l.m.o.Face.Plan(l.ctx, q)
	if err != nil {
		return err
	}
	l.planned(p)
	switch {
	case p.Empty():
		l.say("nothing is missing: the fleet has its %d", p.Target)
		return nil
	case known(l.m) != "":
		return errors.New(known(l.m))
	}
	need, ask := "y", fmt.Sprintf("Launch %s in account %s?", count(p.Launch, "instance"), p.Account)
	if n := p.Takes(); n > 0 { // they end, so it is confirmed as a destroy is (R3)
		need, ask = string(p.Fleet), fmt.Sprintf("Hand %s over to AWS in account %s? %s", count(n, "running instance"), p.Account, handOverText(p))
	}
	l.confirm(need, ask, func() {
		l.m.didCreate(p, q)
		l.expect(l.m.o.Face.Launch(p))
	})
	return nil
}

// why says why a plan is as it is: types, pools, quotas, prices.
func (l *linear) why(args string) error {
	q, err := l.request(strings.Fields(args))
	if err != nil {
		return err
	}
	l.say("asking %s what they offer", count(len(l.m.regions), "region"))
	p, err := l.m.o.Face.Plan(l.ctx, q)
	if err != nil {
		return err
	}
	for _, r := range p.Explain(l.m.benches) {
		l.say("%s:", r.Region)
		for _, line := range r.Lines {
			l.say("  %s", line)
		}
	}
	return nil
}

// request reads what a plan is to have otherwise than the config says.
func (l *linear) request(words []string) (fleet.PlanRequest, error) {
	var q fleet.PlanRequest
	for len(words) >= 2 {
		var err error
		list := strings.Split(words[1], ",")
		switch words[0] {
		case "target":
			if q.Target, err = strconv.Atoi(words[1]); err != nil || q.Target < 1 {
				return q, fmt.Errorf("%q is no number of instances", words[1])
			}
		case "lifetime":
			if q.Lifetime, err = time.ParseDuration(words[1]); err != nil || q.Lifetime < 10*time.Minute {
				return q, fmt.Errorf("%q is no lifetime; write one such as 8h, 10m at least", words[1])
			}
		case "regions":
			if q.Regions, err = l.regionsNamed(list); err != nil {
				return q, err
			}
		case "types":
			for _, t := range list {
				q.Types = append(q.Types, fleet.InstanceType(t))
			}
		case "image":
			q.Image = words[1]
		default:
			return q, fmt.Errorf("%q is nothing that a plan has", words[0])
		}
		words = words[2:]
	}
	if len(words) > 0 {
		return q, fmt.Errorf("%q has no value", words[0])
	}
	return q, nil
}

// planned says a plan.
func (l *linear) planned(p fleet.Plan) {
	l.say("target %d, running %d, to launch %d, image %s", p.Target, p.Running, p.Launch, p.Image)
	for _, r := range p.Regions {
		switch {
		case r.Problem != nil:
			l.say("  %s takes no part: %v", r.Region, r.Problem)
		case r.Low.Known:
			l.say("  %s: launch %d, has %d, %s, $%.4f to $%.4f per hour each", r.Region, r.Launch, r.Have, count(len(r.Pools), "pool"), r.Low.USD, r.High.USD)
		default:
			l.say("  %s: launch %d, has %d, %s, price unknown: %s", r.Region, r.Launch, r.Have, count(len(r.Pools), "pool"), r.Low.Reason)
		}
		for _, c := range r.Checks {
			if c.State == fleet.CheckWarn {
				l.say("  %s: %s: %s", r.Region, c.What, c.Detail)
			}
		}
	}
	if p.PerHour.Known {
		hour := p.PerHour.USD + p.IPv4Hour.USD + p.DiskHour.USD
		line := format.USD(hour) + " per hour with addresses and disks"
		if p.Lifetime > 0 {
			line += ", " + format.USD(hour*p.Lifetime.Hours()) + " in " + format.Long(p.Lifetime)
		}
		l.say("%s", line)
	} else {
		l.say("what it costs is not known: %s", p.PerHour.Reason)
	}
	if p.EndsAt.IsZero() {
		l.say("they never end by themselves")
	} else {
		l.say("they end by themselves at %s", moment(p.EndsAt))
	}
	if len(p.Makes) > 0 {
		l.say("it makes: %s", strings.Join(p.Makes, ", "))
	}
}

// regionsNamed reads regions: the config's, or others that the account has enabled.
func (l *linear) regionsNamed(names []string) ([]fleet.RegionSpec, error) {
	var enabled []fleet.Region
	for _, n := range names {
		if slices.ContainsFunc(l.m.o.Offer.Regions, func(r fleet.RegionSpec) bool { return string(r.Name) == n }) {
			continue
		}
		if enabled == nil {
			var err error
			if enabled, err = l.m.o.Face.EnabledRegions(l.ctx); err != nil {
				return nil, err
			}
		}
		if why := notEnabled(fleet.Region(n), enabled); why != "" {
			return nil, errors.New(why)
		}
	}
	return l.m.o.Offer.named(names), nil
}
