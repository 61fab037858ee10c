package fleet_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

func (r consoleRegion) Reach(_ context.Context, q fleet.ReachRequest) ([]fleet.Check, error) {
	if r.c.reach == nil {
		return nil, errors.New("nobody asked")
	}
	return r.c.reach(q)
}

func (s *trusting) Probe(context.Context, fleet.Target) []fleet.Check {
	if s.probe != nil {
		return s.probe
	}
	return []fleet.Check{{What: "TCP", State: fleet.CheckFail, Detail: "no answer on port 22"}}
}

func TestExplainNamesTheFirstThingThatIsWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, c, stop := b.consoleMode(func(fleet.InstanceID, int) (fleet.Console, error) {
			return fleet.Console{Text: "boot\x1b[31m\r\n" + strings.Repeat("line\n", 100) + "login:"}, nil
		}, nil)
		defer stop()
		v := &view{}
		b.create(e, v)
		id := v.only().ID
		var asked fleet.ReachRequest
		for _, tc := range []struct {
			checks       []fleet.Check
			err          error
			answer, hint string
		}{
			{checks: []fleet.Check{{What: "instance", State: fleet.CheckOK}, {What: "security group", State: fleet.CheckFail, Detail: "no rule lets you in", Hint: "add one"}}, answer: "security group: no rule lets you in", hint: "add one"},
			{checks: []fleet.Check{{What: "network ACL", State: fleet.CheckWarn, Detail: "not allowed to look"}}, answer: "TCP: no answer on port 22"},
			{err: &fleet.Error{Op: "describe", Kind: fleet.KindDenied, Err: errors.New("not authorized")}, answer: "TCP: no answer on port 22"},
		} {
			c.reach = func(q fleet.ReachRequest) ([]fleet.Check, error) { asked = q; return tc.checks, tc.err }
			x, err := e.Explain(t.Context(), id)
			if err != nil || x.Answer != tc.answer || x.Hint != tc.hint {
				t.Errorf("%q %q %v, want %q", x.Answer, x.Hint, err, tc.answer)
			}
			if n := strings.Count(x.Console, "\n") + 1; n != 40 || !strings.HasSuffix(x.Console, "line\nlogin:") {
				t.Errorf("%d lines of the console: %q", n, x.Console)
			}
		}
		if asked.Instance != id || asked.Port != 22 || !asked.From.IsValid() {
			t.Errorf("%+v", asked)
		}
		if _, err := e.Explain(t.Context(), "i-0000000000000000f"); fleet.KindOf(err) != fleet.KindGone {
			t.Error(err)
		}
		b.destroy(e, v)
		b.until(e, v, time.Minute, "its end", func(v *view) bool { return v.only().Stage == fleet.StageGone })
		if x, err := e.Explain(t.Context(), id); err != nil || !strings.Contains(x.Answer, "is gone: destroyed on request") {
			t.Errorf("%+v %v", x, err)
		}
	})
}

// What keeps others out is no failure where the login works, as by a jump host.
func TestExplainBelievesALoginThatWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, c, stop := b.consoleMode(late, func(o *fleet.Options) {
			if s, ok := o.Shell.(*trusting); ok {
				s.probe = []fleet.Check{{What: "TCP", State: fleet.CheckOK}, {What: "session", State: fleet.CheckOK, Detail: "commands work"}}
			}
		})
		defer stop()
		v := &view{}
		b.create(e, v)
		c.reach = func(fleet.ReachRequest) ([]fleet.Check, error) {
			return []fleet.Check{{What: "security group", State: fleet.CheckFail, Detail: "no rule lets you in"}}, nil
		}
		x, err := e.Explain(t.Context(), v.only().ID)
		if err != nil || x.Answer != "nothing is broken; security group: no rule lets you in; the login works all the same" {
			t.Errorf("%q %v", x.Answer, err)
		}
		for _, check := range x.Checks {
			if check.State == fleet.CheckFail {
				t.Errorf("%+v", check)
			}
		}
	})
}
