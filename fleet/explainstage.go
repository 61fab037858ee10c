package fleet

import (
	"fmt"
	"slices"
	"time"
)

// What to do next, as the verbs write it; the screen names its keys instead.
const (
	hintReplace = "`spot-tui create` makes another one"
	hintWait    = "wait; it goes on by itself"
)

// stageCheck says in which stage an instance is, and for how long: what every
// explanation begins with.
func stageCheck(in Instance, now time.Time) []Check {
	c := Check{What: "stage", State: CheckOK, Detail: in.Stage.String() + since(in.StageSince, now)}
	switch {
	case in.Stage == StageFailed:
		c.State = CheckFail
	case in.Stage.Leaving():
		c.State, c.Detail = CheckFail, c.Detail+": "+orText(in.Reason, "EC2 gives no reason")
		if in.ReasonCode != "" {
			c.Detail += " (" + in.ReasonCode + ")"
		}
	}
	return append([]Check{c}, originCheck(in)...)
}

// originCheck says where an instance came from and why, and whether it is locked.
func originCheck(in Instance) []Check {
	var cs []Check
	if from := in.Origin.String(); from != "" {
		cs = append(cs, Check{What: "origin", State: CheckOK, Detail: from})
	}
	if in.Keeper != "" {
		cs = append(cs, keeperCheck(in))
	}
	if in.Locked {
		cs = append(cs, Check{What: "lock", State: CheckOK, Detail: "it is locked: it can't be destroyed, shrunk away or replaced"})
	}
	return cs
}

// keeperCheck says that AWS keeps an instance, and what that means for its end.
func keeperCheck(in Instance) Check {
	c := Check{What: "kept by", State: CheckOK, Detail: "AWS: EC2 Fleet " + string(in.Keeper) + " launched it"}
	if in.Stage.Leaving() {
		c.Detail += ", and launches another one in its place unless it was destroyed on purpose"
	} else {
		c.Detail += ", and launches another one if it is lost; `spot-tui destroy` lowers the EC2 Fleet's target first"
	}
	return c
}

// since says for how long something has been so; empty where that is not known.
func since(t, now time.Time) string {
	if t.IsZero() || now.Before(t) {
		return ""
	}
	return " for " + spell(now.Sub(t))
}

// ago is since for what happened once.
func ago(t, now time.Time) string {
	if t.IsZero() || now.Before(t) {
		return ""
	}
	return " " + spell(now.Sub(t)) + " ago"
}

// spell writes how long something took: seconds up to an hour, then minutes.
func spell(d time.Duration) string {
	if d >= time.Hour {
		return Span(d.Round(time.Minute))
	}
	return d.Round(time.Second).String()
}

// setUpCheck is how the provisioning stands.
func setUpCheck(in Instance, now time.Time) []Check {
	if in.Track == nil || in.Stage.Leaving() {
		return nil
	}
	switch in.Stage {
	case StageFailed:
		return []Check{{What: "set up", State: CheckFail, Detail: failure(in), Hint: "`spot-tui provision " + string(in.ID) + "` takes it up where it failed"}}
	case StageReady:
		return []Check{{What: "set up", State: CheckOK, Detail: plural(len(in.Track.Steps), "step") + " done"}}
	default:
		return []Check{{What: "set up", State: CheckOK, Detail: progress(in, now)}}
	}
}

// at is the step that runs, and its number among the steps; 0 where none does.
func (t *Track) at() (TrackStep, int) {
	if t != nil {
		if n := slices.IndexFunc(t.Steps, func(s TrackStep) bool { return s.State == StepRunning }); n >= 0 {
			return t.Steps[n], n + 1
		}
	}
	return TrackStep{}, 0
}

// failed is the step that failed; false where none did.
func (t *Track) failed() (TrackStep, bool) {
	if t == nil {
		return TrackStep{}, false
	}
	n := slices.IndexFunc(t.Steps, func(s TrackStep) bool { return s.State == StepFailed })
	if n < 0 {
		return TrackStep{}, false
	}
	return t.Steps[n], true
}

// failure says which step failed, with what exit code, and its first line that
// reads like the reason (R32).
func failure(in Instance) string {
	s, ok := in.Track.failed()
	if !ok {
		return orText(in.Reason, "its setup has failed, and left no reason")
	}
	text := fmt.Sprintf("step %q failed", s.Name)
	if s.Exit != 0 {
		text += fmt.Sprintf(" with exit code %d", s.Exit)
	}
	if s.Took > 0 {
		text += " after " + spell(s.Took)
	}
	return text + ": " + orText(s.Last, orText(in.Reason, "it printed nothing"))
}

// progress says which step goes on, for how long, until when, and its newest line.
func progress(in Instance, now time.Time) string {
	s, n := in.Track.at()
	if n == 0 {
		return "no step has begun yet"
	}
	text := fmt.Sprintf("step %d of %d, %s, goes on%s", n, len(in.Track.Steps), s.Name, since(s.Began, now))
	if s.Tries > 1 {
		text += fmt.Sprintf(" (try %d)", s.Tries)
	}
	if left := s.Deadline.Sub(now); !s.Deadline.IsZero() && left > 0 {
		text += ", at most " + spell(left) + " more"
	}
	if last := orText(s.Last, in.Step.Detail); last != "" {
		text += "; its last line: " + last
	}
	return text
}

// verdictOf is the answer in one sentence, and what to do next: what the stage
// means by itself, or else the first check that stands in the way.
func verdictOf(in Instance, checks []Check, now time.Time) (answer, hint string) {
	why := orText(in.Reason, "EC2 gives no reason")
	switch in.Stage {
	case StageRequested:
		return "it was asked for" + ago(in.StageSince, now) + ", and EC2 does not list it yet; it may hide what is new for some minutes", hintWait
	case StagePending:
		if in.State != StateRunning {
			return "EC2 has been starting it" + since(in.StageSince, now), hintWait
		}
	case StageInterrupted:
		return fmt.Sprintf("%s is interrupted%s: %s; it ends within two minutes of the notice", in.ID, since(in.StageSince, now), why), "save what is on it now; " + hintReplace
	case StageShuttingDown:
		return fmt.Sprintf("%s is shutting down%s: %s", in.ID, since(in.StageSince, now), why), hintReplace
	case StageGone:
		return fmt.Sprintf("%s is gone: %s", in.ID, why), hintReplace
	case StageFailed:
		if c, ok := inTheWay(checks, "stage", "set up"); ok { // what broke the connection broke the setup
			return failure(in) + "; " + c.What + ": " + c.Detail, c.Hint
		}
		return failure(in), "`spot-tui provision " + string(in.ID) + "` takes it up where it failed"
	default:
	}
	if c, ok := inTheWay(checks); ok {
		return waited(in, now) + c.What + ": " + c.Detail, c.Hint
	}
	if in.Stage.Moving() && in.Track != nil {
		return progress(in, now), hintWait
	}
	for _, c := range checks {
		if c.State == CheckWarn {
			return fmt.Sprintf("nothing is broken; %s: %s", c.What, c.Detail), c.Hint
		}
	}
	if in.Stage.Moving() {
		return "it can be reached and logged in to; nobody sets it up from here", "`spot-tui create` takes its setup up"
	}
	return "nothing is wrong: it can be reached and logged in to", ""
}

// waited says how long its SSH has been waited for, and what the wait met last.
func waited(in Instance, now time.Time) string {
	if in.Stage != StageRunning {
		return ""
	}
	span := since(in.StageSince, now)
	if span == "" {
		return ""
	}
	text := "waiting" + span + " for its SSH; "
	if s, n := in.Track.at(); n > 0 && s.Last != "" {
		text += "the last try: " + s.Last + "; "
	}
	return text
}

// inTheWay is the first check that fails, those left aside that are named.
func inTheWay(checks []Check, but ...string) (Check, bool) {
	n := slices.IndexFunc(checks, func(c Check) bool { return c.State == CheckFail && !slices.Contains(but, c.What) })
	if n < 0 {
		return Check{}, false
	}
	return checks[n], true
}
