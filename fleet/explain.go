package fleet

import (
	"context"
	"fmt"
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
// by side.
func (e *Engine) Explain(ctx context.Context, id InstanceID) (Explanation, error) {
	in, ok := e.instance(id)
	if !ok {
		return Explanation{}, &Error{Op: "explain", Resource: string(id), Kind: KindGone, Err: errText("no such instance in this fleet"), Hint: "`spot-tui list` shows the ids"}
	}
	x := Explanation{Instance: id, At: time.Now()}
	ctx, cancel := context.WithTimeout(ctx, explainPatience)
	defer cancel()
	var cloud, tried []Check
	var console Console
	var wg sync.WaitGroup
	wg.Add(3)
	e.group.run("explain "+string(id), func() { defer wg.Done(); cloud = e.askReach(ctx, in) })
	e.group.run("console of "+string(id), func() {
		defer wg.Done()
		console, _ = e.worker(in.Region).cloud.Console(ctx, id) // it is one more piece of evidence, and often not there yet
	})
	e.group.run("probe "+string(id), func() { defer wg.Done(); tried = e.tryLogin(ctx, in) })
	wg.Wait()
	if loggedIn(tried) {
		cloud = inTheWayOfOthers(cloud)
	}
	x.Checks = append(append(cloud, tried...), e.setUpCheck(in)...)
	x.Console = endOf(CleanLines(console.Text), consoleEnd)
	x.Answer, x.Hint = verdictOf(in, x.Checks)
	return x, nil
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
	q := ReachRequest{Fleet: e.spec.Name, Instance: in.ID, Port: sshPort(e.spec)}
	if from, err := e.opts.Account.CallerAddress(ctx); err == nil {
		q.From = from
	}
	checks, err := e.worker(in.Region).cloud.Reach(ctx, q)
	if err != nil {
		checks = append(checks, Check{What: "EC2", State: CheckWarn, Detail: err.Error()})
	}
	return checks
}

// tryLogin tries to log in, where that makes sense.
func (e *Engine) tryLogin(ctx context.Context, in Instance) []Check {
	if in.State != StateRunning {
		return nil
	}
	t, err := e.target(ctx, in.ID)
	if err != nil {
		return []Check{{What: "login", State: CheckFail, Detail: err.Error()}}
	}
	return e.opts.Shell.Probe(ctx, t)
}

// setUpCheck is how the provisioning stands.
func (e *Engine) setUpCheck(in Instance) []Check {
	switch {
	case in.Track == nil:
		return nil
	case in.Stage == StageFailed:
		return []Check{{What: "set up", State: CheckFail, Detail: in.Reason, Hint: "`spot-tui provision " + string(in.ID) + "` takes it up where it failed"}}
	case in.Stage == StageReady:
		return []Check{{What: "set up", State: CheckOK, Detail: plural(len(in.Track.Steps), "step") + " done"}}
	case in.Stage.Moving():
		return []Check{{What: "set up", State: CheckWarn, Detail: "goes on: " + strings.TrimSpace(in.Step.Name+" "+in.Step.Detail)}}
	}
	return nil
}

// verdictOf is the answer: the first check that fails, else the first that warns
// and stands in the way, else that all is well.
func verdictOf(in Instance, checks []Check) (answer, hint string) {
	if in.Stage.Leaving() {
		return fmt.Sprintf("%s is %s: %s", in.ID, in.Stage, orText(in.Reason, "EC2 gives no reason")), "nothing can be done on it any more"
	}
	for _, c := range checks {
		if c.State == CheckFail {
			return fmt.Sprintf("%s: %s", c.What, c.Detail), c.Hint
		}
	}
	for _, c := range checks {
		if c.State == CheckWarn {
			return fmt.Sprintf("nothing is broken; %s: %s", c.What, c.Detail), c.Hint
		}
	}
	return "nothing is wrong: it can be reached and logged in to", ""
}

// endOf gives the last n lines.
func endOf(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n "), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
