package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// expect notes an operation that was begun here: the session does not leave before
// its end is known.
func (l *linear) expect(op fleet.OpID, err error) {
	if err != nil {
		l.say("%v", err)
		return
	}
	if !l.ops[op] {
		l.ops[op] = true
		l.say("began")
	}
}

// plan asks for a plan, says it, and launches it when it is confirmed: the plan that
// was said is the one that is launched.
func (l *linear) plan(args string) error {
	q, err := l.asked(strings.Fields(args))
	if err != nil {
		return err
	}
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

// asked reads what a plan is to have otherwise than the config says.
func (l *linear) asked(words []string) (fleet.PlanRequest, error) {
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
			for _, r := range l.m.o.Offer.Regions {
				if slices.Contains(list, string(r.Name)) {
					r.Weight, r.Count = max(1, r.Weight, r.Count), -1
					q.Regions = append(q.Regions, r)
				}
			}
			if len(q.Regions) != len(list) {
				return q, fmt.Errorf("%q names a region that is not in the config", words[1])
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

// destroy asks about instances, a region or the fleet. The set is frozen when it is
// asked about (R5); more than one instance want the fleet's name (R3).
func (l *linear) destroy(args string) error {
	if why := known(l.m); why != "" {
		return errors.New(why)
	}
	s := scope{kind: fleet.ScopeInstances}
	word, rest, _ := strings.Cut(args, " ")
	switch word {
	case "fleet":
		s.kind = fleet.ScopeFleet
		s.is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage != fleet.StageGone })
	case "region":
		s.kind, s.in = fleet.ScopeRegion, fleet.Region(strings.TrimSpace(rest))
		s.is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage != fleet.StageGone && i.Region == s.in })
	default:
		is, _, err := l.some(args)
		if err != nil {
			return err
		}
		s.is = living(is)
	}
	if len(s.is) == 0 && s.kind != fleet.ScopeFleet {
		return errors.New("no living instance is meant")
	}
	l.say("to be destroyed in account %s: %s", l.m.summary.Identity.Account, count(len(s.is), "instance"))
	for _, r := range byRegion(s.is) {
		l.say("  %s: %s", r.region, r.stages())
	}
	if len(s.is) > 1 {
		l.say("  %s", strings.Join(texts(ids(s.is)), " "))
	}
	if s.kind == fleet.ScopeFleet {
		l.say("and what belongs to them in every region: disks, security groups, launch templates, the fleet record.%s", costsOf(l.m.summary))
	}
	need := string(l.m.summary.Fleet)
	if s.single() {
		need = "y"
	}
	l.confirm(need, "Destroy?", func() {
		words := []string{"destroy", "--yes"}
		if s.kind != fleet.ScopeFleet {
			words = append(words, texts(ids(s.is))...)
		}
		l.m.did(words...)
		l.expect(l.m.o.Face.Destroy(fleet.DestroyRequest{Scope: s.kind, Region: s.in, Instances: ids(s.is)}))
	})
	return nil
}

func (l *linear) provision(args string, fromStart bool) error {
	is, _, err := l.some(args)
	if err != nil {
		return err
	}
	on := ids(living(is))
	if len(on) == 0 {
		return errors.New("no living instance is meant")
	}
	what := "Take up the setup of "
	if fromStart {
		what = "Do every step of the setup again on "
	}
	l.confirm("y", what+count(len(on), "instance")+"?", func() {
		words := []string{"provision"}
		if fromStart {
			words = append(words, "--from-start")
		}
		l.m.did(append(words, texts(on)...)...)
		l.expect(l.m.o.Face.Provision(on, fromStart))
	})
	return nil
}

// quit says what keeps running, and leaves: at once where nothing is cut off by it.
func (l *linear) quit(string) error {
	if l.m.summary.Live > 0 || !l.settled() {
		for _, b := range (&quitPanel{}).box(l.m, 200).body {
			if text := strings.TrimSpace(ansi.Strip(b.end())); text != "" {
				l.say("%s", text)
			}
		}
	}
	if l.settled() {
		l.left = true
		return nil
	}
	l.confirm("quit", "Leave now?", func() { l.left = true })
	return nil
}
