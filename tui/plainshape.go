package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spot-tui/fleet"
)

// plainShape are the actions that grow, shrink, replace, move and lock.
func plainShape() []plainAction {
	return []plainAction{
		{id: "grow", args: "[TO]", help: "plan a launch of one more, or of what is missing to a number", run: (*linear).grow},
		{id: "shrink", args: "[TO]", help: "who goes if the fleet is one smaller, or has a number", run: (*linear).shrink},
		{id: "replace", args: which, help: "have a substitute ready, then end the old one", run: func(l *linear, args string) error { return l.replace(args, false) }},
		{id: "move", args: "[" + which + "]", help: "move them, or all, to pools that cost a tenth less", run: func(l *linear, args string) error { return l.replace(args, true) }},
		{id: "lock", args: which, help: "lock them, so that they can't be destroyed", run: (*linear).lock},
		{id: "unlock", args: which, help: "take the lock off (asks first)", run: (*linear).unlock},
	}
}

// target reads a number of instances; none where nothing is written.
func target(args string, none int) (int, error) {
	if args == "" {
		return none, nil
	}
	n, err := strconv.Atoi(args)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no number of instances", args)
	}
	return n, nil
}

func (l *linear) grow(args string) error {
	n, err := target(args, max(l.m.summary.Target, l.m.staying())+1)
	if err != nil {
		return err
	}
	return l.plan("target " + strconv.Itoa(n))
}

// need is what must be typed: y for one instance, the fleet's name for more (R3).
func (l *linear) need(n int) string {
	if n == 1 {
		return "y"
	}
	return string(l.m.summary.Fleet)
}

func (l *linear) shrink(args string) error {
	if why := cantShrink(l.m); why != "" {
		return errors.New(why)
	}
	n, err := target(args, l.m.staying()-1)
	if err != nil {
		return err
	}
	l.say("asking %s", count(len(l.m.regions), "region"))
	p, err := l.m.o.Face.PlanShrink(l.ctx, n)
	if err != nil {
		return err
	}
	if len(p.Leave) == 0 {
		return fmt.Errorf("nothing would go: %d run", p.Running)
	}
	d := shrinkDialog{plan: p}
	l.say("to be destroyed in account %s, for a target of %d: %s, saves %s", p.Account, p.Target, count(len(p.Leave), "instance"), hourly(p.PerHour))
	for _, r := range byRegion(d.leaving()) {
		l.say("  %s: %s", r.region, r.stages())
	}
	for _, w := range p.Leave {
		l.say("  %s in %s: %s", w.Instance.ID, w.Instance.Zone, w.Why)
	}
	l.confirm(l.need(len(p.Leave)), "Shrink?", func() {
		l.m.did("scale", "--yes", strconv.Itoa(p.Target))
		l.expect(l.m.o.Face.Shrink(p))
	})
	return nil
}

// replace asks about a replacement or a move; the set is frozen when it is asked
// about (R5).
func (l *linear) replace(args string, cheaper bool) error {
	if why := known(l.m); why != "" {
		return errors.New(why)
	}
	var on []fleet.InstanceID
	if args != "" || !cheaper {
		is, _, err := l.some(args)
		if err != nil {
			return err
		}
		is = slices.DeleteFunc(is, func(i fleet.Instance) bool { return i.Stage.Leaving() })
		if n := slices.IndexFunc(is, func(i fleet.Instance) bool { return i.Locked }); n >= 0 {
			return fmt.Errorf("%s is locked; unlock it first", is[n].ID)
		}
		if on = ids(is); len(on) == 0 {
			return errors.New("all of them leave already")
		}
	}
	l.say("asking %s what they offer", count(len(l.m.regions), "region"))
	p, err := l.m.o.Face.PlanReplace(l.ctx, fleet.ReplaceRequest{Instances: on, Cheaper: cheaper})
	if err != nil {
		return err
	}
	d := replaceDialog{cheaper: cheaper, plan: p}
	if len(p.Swaps) == 0 {
		return errors.New(strings.ToLower(nothingToMove[:1]) + strings.TrimSuffix(nothingToMove[1:], "."))
	}
	l.say("to %s in account %s: %s", d.verb(), p.Account, count(len(p.Swaps), "instance"))
	for _, r := range byRegion(old(p)) {
		l.say("  %s: %s", r.region, r.stages())
	}
	for _, s := range p.Swaps {
		line := fmt.Sprintf("  %s in %s: out of %s", s.Old.ID, s.Old.Zone, count(len(s.Pools), "other pool"))
		if cheaper {
			line += ", saves " + hourly(s.Saves)
		}
		l.say("%s", line)
	}
	if cheaper {
		l.say("it saves %s", hourly(p.Saves))
	}
	l.say("%s", surplusText(p))
	l.confirm(l.need(len(p.Swaps)), capital(d.verb())+"?", func() {
		l.m.did(append([]string{d.verb(), "--yes"}, texts(ids(old(p)))...)...)
		l.expect(l.m.o.Face.Replace(p))
	})
	return nil
}

// lockable gives those that a word names, that stay, and are locked or not.
func (l *linear) lockable(args string, locked bool) ([]fleet.InstanceID, error) {
	is, _, err := l.some(args)
	if err != nil {
		return nil, err
	}
	on := ids(slices.DeleteFunc(is, func(i fleet.Instance) bool { return i.Stage.Leaving() || i.Locked != locked }))
	switch {
	case len(on) > 0:
		return on, nil
	case locked:
		return nil, errors.New("none of them is locked")
	}
	return nil, errors.New("all of them are locked already, or leave")
}

func (l *linear) lock(args string) error {
	on, err := l.lockable(args, false)
	if err != nil {
		return err
	}
	l.m.did(append([]string{"lock"}, texts(on)...)...)
	l.expect(l.m.o.Face.Lock(on, true))
	return nil
}

func (l *linear) unlock(args string) error {
	on, err := l.lockable(args, true)
	if err != nil {
		return err
	}
	l.confirm("y", "Unlock "+count(len(on), "instance")+"?", func() {
		l.m.did(append([]string{"unlock", "--yes"}, texts(on)...)...)
		l.expect(l.m.o.Face.Lock(on, false))
	})
	return nil
}
