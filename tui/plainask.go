package tui

import (
	"errors"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
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
		l.leaves = true
		return nil
	}
	l.confirm("quit", "Leave now?", func() { l.leaves = true })
	return nil
}
