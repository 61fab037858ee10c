package fleet

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	explainPatience = 30 * time.Second // for each of EC2, the console and the instance
	consoleEnd      = 40               // lines of the console that are shown
)

// Explain implements Access: EC2's side, the console and a try to log in, side
// by side. What is gone is not asked whether it can be reached.
func (e *Engine) Explain(ctx context.Context, id InstanceID) (Explanation, error) {
	in, ok := e.instance(id)
	if !ok {
		return Explanation{}, noSuchInstance("explain", id)
	}
	ctx, cancel := context.WithTimeout(ctx, explainPatience)
	defer cancel()
	var ev evidence
	var wg sync.WaitGroup
	for name, ask := range map[string]func(){
		"explain":    func() { ev.cloud = e.askReach(ctx, in) },
		"console of": func() { ev.console, _ = e.worker(in.Region).cloud.Console(ctx, id) }, // it is one more piece of evidence, and often not there yet
		"request of": func() { ev.spot = e.askSpot(ctx, in) },
		"login at":   func() { ev.tried = e.tryLogin(ctx, in) },
	} {
		wg.Add(1)
		e.group.run(name+" "+string(id), func() { defer wg.Done(); ask() })
	}
	wg.Wait()
	return explain(in, ev, time.Now()), nil
}

// evidence is what was found out about an instance.
type evidence struct {
	cloud   []Check // EC2's side
	tried   []Check // a try to log in
	spot    []Check // its spot request
	console Console
}

// explain says what the evidence means for an instance in its stage.
func explain(in Instance, ev evidence, now time.Time) Explanation {
	x := Explanation{Instance: in.ID, At: now, Console: endOf(CleanLines(ev.console.Text), consoleEnd)}
	if loggedIn(ev.tried) {
		ev.cloud = inTheWayOfOthers(ev.cloud)
	}
	x.Checks = slices.Concat(stageCheck(in, now), ev.cloud, ev.tried, setUpCheck(in, now))
	x.Answer, x.Hint = verdictOf(in, x.Checks, now)
	x.Checks = append(x.Checks, ev.spot...) // it explains, and is in nobody's way
	return x
}

// loggedIn says whether a try got as far as a session.
func loggedIn(tried []Check) bool {
	return len(tried) > 0 && !slices.ContainsFunc(tried, func(c Check) bool { return c.State == CheckFail })
}

// inTheWayOfOthers makes warnings of what would keep us out if there were no
// other way in, such as a jump host: the login has just worked.
func inTheWayOfOthers(checks []Check) []Check {
	out := slices.Clone(checks)
	for i := range out {
		if out[i].State == CheckFail {
			out[i].State, out[i].Detail = CheckWarn, out[i].Detail+"; the login works all the same"
		}
	}
	return out
}

// askReach asks EC2; an error is a check too.
func (e *Engine) askReach(ctx context.Context, in Instance) []Check {
	if in.Stage == StageGone || in.Stage == StageRequested { // EC2 has nothing to reach
		return nil
	}
	q := ReachRequest{Fleet: e.spec.Name, Instance: in.ID, Port: sshPort(e.spec), Network: e.spec.Network}
	if from, err := e.callerFor(ctx, in); err == nil {
		q.From = from
	}
	checks, err := e.worker(in.Region).cloud.Reach(ctx, q)
	if err != nil {
		checks = append(checks, Check{What: "EC2", State: CheckWarn, Detail: err.Error()})
	}
	return checks
}

// askSpot asks how the spot request stands; an error is a check too.
func (e *Engine) askSpot(ctx context.Context, in Instance) []Check {
	if in.SpotRequest == "" {
		return nil
	}
	s, err := e.worker(in.Region).cloud.SpotRequest(ctx, in.SpotRequest)
	if err != nil {
		return []Check{{What: "spot request", State: CheckWarn, Detail: err.Error()}}
	}
	return []Check{s.check()}
}

// tryLogin tries to log in, where that makes sense.
func (e *Engine) tryLogin(ctx context.Context, in Instance) []Check {
	if in.State != StateRunning || in.Stage == StageGone {
		return nil
	}
	t, err := e.target(ctx, in.ID)
	if err != nil {
		return []Check{{What: "login", State: CheckFail, Detail: err.Error()}}
	}
	return e.opts.Shell.Probe(ctx, t)
}

// endOf gives the last n lines.
func endOf(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n "), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
