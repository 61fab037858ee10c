package tui

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"spot-tui/fleet"
)

// confirmedWalks is how many walks pass their confirmations in a run of the tests:
// each has a world of its own.
const confirmedWalks = 8

// said is what the confirmations of a walk have named.
type said struct {
	named    map[fleet.InstanceID]bool
	fleet    bool // all of it
	launches int
}

func (s *said) take(over overlay) {
	switch d := over.(type) {
	case *launchDialog:
		s.launches += d.plan.Launch
	case *shrinkDialog:
		for _, i := range d.leaving() {
			s.named[i.ID] = true
		}
	case *destroyDialog:
		at := d.scopes[d.at]
		s.fleet = s.fleet || at.kind == fleet.ScopeFleet
		for _, i := range at.is {
			s.named[i.ID] = true
		}
	}
}

// living are the instances of the world that have not ended.
func (l *live) living() map[fleet.InstanceID]bool {
	is := map[fleet.InstanceID]bool{}
	for _, r := range l.world.Inventory().Resources {
		if r.Kind == "instance" && r.State != "terminated" && r.State != "shutting-down" {
			is[fleet.InstanceID(r.ID)] = true
		}
	}
	return is
}

// judge compares what the world was and is with what was confirmed.
func (s *said) judge(before, after map[fleet.InstanceID]bool) string {
	for id := range before {
		switch gone := !after[id]; {
		case gone && !s.named[id] && !s.fleet:
			return fmt.Sprintf("%s has ended, and no confirmation named it (%v)", id, s.named)
		case !gone && s.named[id]:
			return fmt.Sprintf("%s was named in a passed confirmation, and goes on", id)
		}
	}
	made := 0
	for id := range after {
		if !before[id] {
			made++
		}
	}
	if made > s.launches {
		return fmt.Sprintf("%d instances were made, %d were confirmed", made, s.launches)
	}
	return ""
}

// confirmSteps are walks that do come through: marks, moves, and whole confirmations.
func confirmSteps() *rapid.Generator[[]string] {
	return rapid.SampledFrom([][]string{
		{"j"},
		{"k"},
		{"space"},
		{"*"},
		{"!"},
		{"esc"},
		{"G"},
		{"/", "e", "u", "enter"},
		{"E"},
		{"o"},
		{"right"},
		{"enter"},
		{"i"},
		{"q"},
		{"wait"},
		{"resize"},
		{"D", "wait", "y"},
		{"space", "space", "D", "wait", "name", "enter"},
		{"n", "rest", "right", "rest", "enter", "wait", "y"},
		{"D", "wait", "y"},
		{"D", "wait", "name", "enter"},
		{"D", "right", "wait", "name", "enter"},
		{"D", "right", "right", "wait", "y"},
		{"D", "wait", "j", "y"},
		{"D", "y"},
		{"D", "left", "wait", "name", "enter"},
		{"n", "rest", "enter", "wait", "y"},
		{"n", "wait", "enter", "wait", "y"},
		{"n", "rest", "down", "space", "rest", "enter", "wait", "y"},
		{"P", "wait", "y"},
		{"-", "rest", "wait", "y"},
		{"-", "rest", "left", "rest", "wait", "name", "enter"},
	})
}

// walk is one walk over a world of its own: what was wrong about it, and how much
// was confirmed.
func confirmedWalk(t *testing.T, typed [][]string) (wrong string, confirmed int) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 4)
		defer func() {
			l.close()
			<-time.After(time.Minute)
		}()
		l.launch()
		<-time.After(2 * time.Minute) // what the launch left to do is done
		before := l.living()
		s := l.show(size{100, 30})
		<-time.After(2 * time.Second) // the first facts are there
		heard := &said{named: map[fleet.InstanceID]bool{}}
		s.w.allow = func(over overlay) { heard.take(over); confirmed++ }
		for _, keys := range typed {
			if s.over() {
				break
			}
			s.typed(keys)
			synctest.Wait()
		}
		<-time.After(5 * time.Minute) // what was begun has ended
		s.p.Quit()
		err := <-s.ended
		s.stop()
		if wrong = heard.judge(before, l.living()); err != nil && wrong == "" {
			wrong = err.Error()
		}
		if wrong == "" {
			wrong = s.w.bad
		}
	})
	return wrong, confirmed
}

// Walks that pass their confirmations on a live simulated world: what was named
// ends, all of it, and nothing else; no more is made than was confirmed. A walk that
// fails is made as short as it can be.
func TestAPassedConfirmationChangesWhatItNamedAndNothingElse(t *testing.T) {
	t.Chdir(t.TempDir())
	done, confirmed, failed := 0, 0, false
	most := confirmedWalks
	if testing.Short() || raced {
		most = 3
	}
	rapid.Check(t, func(rt *rapid.T) {
		typed := rapid.SliceOfN(confirmSteps(), 2, 8).Draw(rt, "keys")
		if done++; done > most && !failed { // a walk is a whole world: fewer than rapid would make
			return
		}
		wrong, n := confirmedWalk(t, typed)
		confirmed += n
		if wrong != "" {
			failed = true
			rt.Fatalf("%s after %q", wrong, slices.Concat(typed...))
		}
	})
	if confirmed == 0 {
		t.Error("no walk passed a confirmation")
	}
	t.Logf("%d walks passed %d confirmations", min(done, most), confirmed)
}

// The judge of the walks sees what is wrong, or they would prove nothing.
func TestTheWalksAreJudged(t *testing.T) {
	t.Parallel()
	set := func(ids ...fleet.InstanceID) map[fleet.InstanceID]bool {
		m := map[fleet.InstanceID]bool{}
		for _, id := range ids {
			m[id] = true
		}
		return m
	}
	for name, tt := range map[string]struct {
		s             said
		before, after map[fleet.InstanceID]bool
		ok            bool
	}{
		"nothing":      {said{}, set("a", "b"), set("a", "b"), true},
		"named":        {said{named: set("a")}, set("a", "b"), set("b"), true},
		"another":      {said{named: set("a")}, set("a", "b"), set("a"), false},
		"one more":     {said{named: set("a")}, set("a", "b"), set(), false},
		"goes on":      {said{named: set("a")}, set("a", "b"), set("a", "b"), false},
		"fleet":        {said{named: set("a"), fleet: true}, set("a", "b"), set(), true},
		"launched":     {said{launches: 2}, set("a"), set("a", "c", "d"), true},
		"too many":     {said{launches: 1}, set("a"), set("a", "c", "d"), false},
		"unconfirmed":  {said{}, set("a"), set("a", "c"), false},
		"fleet, again": {said{fleet: true, launches: 1}, set("a"), set("c"), true},
	} {
		if wrong := tt.s.judge(tt.before, tt.after); (wrong == "") != tt.ok {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}
