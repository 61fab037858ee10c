package fleet

import (
	"strings"
	"testing"
	"time"
)

// spotCodes are all status codes of aws-facts §4.1.
func spotCodes() []string {
	return []string{
		"pending-evaluation", "bad-parameters", "schedule-expired", "canceled-before-fulfillment", "system-error", "pending-fulfillment",
		"capacity-not-available", "price-too-low", "not-scheduled-yet", "launch-group-constraint", "az-group-constraint", "placement-group-constraint", "constraint-not-fulfillable", "limit-exceeded",
		"fulfilled", "request-canceled-and-instance-running", "marked-for-stop", "marked-for-termination",
		"instance-stopped-by-price", "instance-stopped-by-user", "instance-stopped-no-capacity",
		"instance-terminated-by-price", "instance-terminated-by-schedule", "instance-terminated-by-service", "spot-instance-terminated-by-user", "instance-terminated-no-capacity", "instance-terminated-launch-group-constraint",
	}
}

func TestEverySpotStatusHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, code := range spotCodes() {
		words := SpotWords(code)
		if words == "" || strings.Contains(words, "-") || seen[words] != "" {
			t.Errorf("%s is %q, as is %q", code, words, seen[words])
		}
		seen[words] = code
		c := SpotRequest{Code: code}.check()
		if !strings.Contains(c.Detail, words) || !strings.Contains(c.Detail, code) || (c.State == CheckOK) != (code == "fulfilled") {
			t.Errorf("%s as evidence: %+v", code, c)
		}
	}
	if c := (SpotRequest{Code: "brand-new", Message: "EC2's own words"}).check(); c.Detail != "EC2's own words (brand-new)" || c.State != CheckWarn {
		t.Errorf("%+v", c)
	}
	if SpotWords("brand-new") != "" {
		t.Error("a code that is new to us has no words")
	}
}

// Every stage, and every way to be stuck in it, has one sentence, its evidence and
// what to do next.
func TestEveryStageIsExplained(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	fails := func(what, detail, hint string) []Check {
		return []Check{{What: "instance", State: CheckOK, Detail: "running"}, {What: what, State: CheckFail, Detail: detail, Hint: hint}}
	}
	good := evidence{cloud: []Check{{What: "instance", State: CheckOK, Detail: "running"}}, tried: []Check{{What: "session", State: CheckOK, Detail: "commands work"}}}
	shut := evidence{tried: fails("TCP", "no answer on port 22", "wait until it has booted")}
	track := func(s TrackStep) *Track {
		return &Track{Steps: []TrackStep{{Name: "ssh", State: StepOK}, s, {Name: "ready check", State: StepTodo}}}
	}
	for name, tt := range map[string]struct {
		stage        Stage
		state        State
		reason, code string
		track        *Track
		ev           evidence
		answer, hint string
		evidence     string // a part of the evidence
	}{
		"requested":   {stage: StageRequested, answer: "it was asked for 1m30s ago, and EC2 does not list it yet; it may hide what is new for some minutes", hint: "wait", evidence: "requested for 1m30s"},
		"pending":     {stage: StagePending, state: StatePending, ev: evidence{cloud: fails("instance", "it is pending: EC2 is still starting it", "")}, answer: "EC2 has been starting it for 1m30s", hint: "wait", evidence: "it is pending"},
		"wait shut":   {stage: StageRunning, state: StateRunning, ev: shut, answer: "waiting for 1m30s for its SSH; TCP: no answer on port 22", hint: "wait until it has booted", evidence: "no answer"},
		"wait error":  {stage: StageRunning, state: StateRunning, ev: shut, track: &Track{Steps: []TrackStep{{Name: "ssh", State: StepRunning, Last: "port 22 is closed: sshd is not up yet"}}}, answer: "waiting for 1m30s for its SSH; the last try: port 22 is closed: sshd is not up yet; TCP: no answer on port 22", hint: "wait until it has booted", evidence: "step 1 of 1, ssh"},
		"wait rule":   {stage: StageRunning, state: StateRunning, ev: evidence{cloud: fails("security group", "no rule lets you in", "add one"), tried: fails("TCP", "no answer", "")}, answer: "waiting for 1m30s for its SSH; security group: no rule lets you in", hint: "add one"},
		"wait open":   {stage: StageRunning, state: StateRunning, ev: good, answer: "it can be reached and logged in to; nobody sets it up from here", hint: "`spot-tui create` takes"},
		"cloud-init":  {stage: StageReachable, state: StateRunning, ev: good, track: track(TrackStep{Name: "cloud-init", State: StepRunning, Began: now.Add(-40 * time.Second)}), answer: "step 2 of 3, cloud-init, goes on for 40s", hint: "wait"},
		"upload":      {stage: StageUploading, state: StateRunning, ev: good, track: track(TrackStep{Name: "upload ~/app", State: StepRunning, Began: now.Add(-5 * time.Second), Last: "4.1 of 6.6 MB"}), answer: "step 2 of 3, upload ~/app, goes on for 5s; its last line: 4.1 of 6.6 MB", hint: "wait"},
		"setting up":  {stage: StageSettingUp, state: StateRunning, ev: good, track: track(TrackStep{Name: "setup", State: StepRunning, Tries: 2, Began: now.Add(-2 * time.Hour), Deadline: now.Add(time.Minute), Last: "compiling"}), answer: "step 2 of 3, setup, goes on for 2h (try 2), at most 1m0s more; its last line: compiling", hint: "wait", evidence: "setting up for"},
		"step begun":  {stage: StageSettingUp, state: StateRunning, ev: good, track: track(TrackStep{Name: "setup", State: StepTodo}), answer: "no step has begun yet", hint: "wait"},
		"cut off":     {stage: StageSettingUp, state: StateRunning, ev: shut, track: track(TrackStep{Name: "setup", State: StepRunning}), answer: "TCP: no answer on port 22", hint: "wait until"},
		"ready":       {stage: StageReady, state: StateRunning, ev: good, track: track(TrackStep{Name: "setup", State: StepOK}), answer: "nothing is wrong: it can be reached and logged in to", evidence: "3 steps done"},
		"ready, warn": {stage: StageReady, state: StateRunning, ev: evidence{cloud: []Check{{What: "status", State: CheckWarn, Detail: "not made yet"}}, tried: good.tried}, answer: "nothing is broken; status: not made yet"},
		"ready, lost": {stage: StageReady, state: StateRunning, ev: shut, answer: "TCP: no answer on port 22", hint: "wait until"},
		"failed":      {stage: StageFailed, state: StateRunning, ev: good, reason: "setup exit 127", track: track(TrackStep{Name: "setup", State: StepFailed, Exit: 127, Took: 12 * time.Second, Last: "docker: command not found"}), answer: `step "setup" failed with exit code 127 after 12s: docker: command not found`, hint: "`spot-tui provision i-1`", evidence: "failed for"},
		"failed, cut": {stage: StageFailed, state: StateRunning, ev: shut, track: track(TrackStep{Name: "setup", State: StepFailed, Last: "connection lost"}), answer: `step "setup" failed: connection lost; TCP: no answer on port 22`, hint: "wait until"},
		"failed, ?":   {stage: StageFailed, state: StateRunning, ev: good, reason: "its key is lost", answer: "its key is lost", hint: "`spot-tui provision i-1`"},
		"interrupted": {stage: StageInterrupted, state: StateRunning, ev: good, reason: "AWS takes it back", answer: "i-1 is interrupted for 1m30s: AWS takes it back; it ends within two minutes of the notice", hint: "save what is on it now", evidence: "AWS takes it back"},
		"ending":      {stage: StageShuttingDown, state: StateShuttingDown, reason: "destroyed on request", code: "Client.UserInitiatedShutdown", answer: "i-1 is shutting down for 1m30s: destroyed on request", hint: "`spot-tui create`", evidence: "(Client.UserInitiatedShutdown)"},
		"gone":        {stage: StageGone, state: StateTerminated, reason: "AWS took it back for lack of spot capacity", code: "Server.SpotInstanceTermination", ev: evidence{spot: []Check{SpotRequest{Code: "instance-terminated-no-capacity"}.check()}}, answer: "i-1 is gone: AWS took it back for lack of spot capacity", hint: "`spot-tui create`", evidence: "instance-terminated-no-capacity"},
		"gone, ?":     {stage: StageGone, state: StateTerminated, answer: "i-1 is gone: EC2 gives no reason", hint: "`spot-tui create`"},
	} {
		in := Instance{ID: "i-1", Stage: tt.stage, State: tt.state, Reason: tt.reason, ReasonCode: tt.code, Track: tt.track, StageSince: now.Add(-90 * time.Second)}
		x := explain(in, tt.ev, now)
		if x.Answer != tt.answer || !strings.HasPrefix(x.Hint, tt.hint) || tt.hint == "" && x.Hint != "" {
			t.Errorf("%s: %q → %q, want %q → %q", name, x.Answer, x.Hint, tt.answer, tt.hint)
		}
		all := ""
		for _, c := range x.Checks {
			all += c.What + ": " + c.Detail + "\n"
		}
		if !strings.HasPrefix(all, "stage: "+tt.stage.String()) || !strings.Contains(all, tt.evidence) || strings.Contains(x.Answer, "\n") {
			t.Errorf("%s: the evidence is\n%s", name, all)
		}
	}
	for s := StageRequested; s <= StageGone; s++ { // none is forgotten, whatever is known of it
		if x := explain(Instance{ID: "i-1", Stage: s}, evidence{}, now); x.Answer == "" || len(x.Checks) == 0 {
			t.Errorf("%s has no explanation", s)
		}
	}
}
