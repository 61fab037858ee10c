package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"spot-tui/config"
	"spot-tui/fleet"
)

// loginKey is the config's key of the login's private key.
const loginKey = "ssh.private_key"

// launchProblems are what must be mended in the config before anything is
// launched; watching and destroying do without.
func (s *session) launchProblems() config.Errors {
	ps := slices.Clone(s.file.LaunchProblems())
	add := func(key, msg string) {
		ps = append(ps, config.Problem{File: s.spec.ConfigPath, Key: key, Msg: msg})
	}
	told := slices.ContainsFunc(ps, func(p config.Problem) bool { return p.Key == loginKey })
	if s.keyErr != nil && !told { // it is there, but no key that we can use
		add(loginKey, s.keyErr.Error())
	}
	for _, r := range s.spec.Regions {
		if len(s.spec.Types) == 0 && len(r.Types) == 0 && !s.spec.Needs.Given() { // only a region that --regions has brought in
			add("capacity.instance_types", fmt.Sprintf("no types are named for %s; add it as a [[region]], or name types for all regions", r.Name))
		}
	}
	return ps
}

// fit says whether the config is fit for launching and setting up. Where it is
// not, an instance would count as set up without what is missing.
func (s *session) fit() bool { return len(s.launchProblems()) == 0 }

// checkLaunch refuses a verb that launches where the config is not fit for it,
// and tells the others what they do without.
func (s *session) checkLaunch(n need) error {
	ps := s.launchProblems()
	switch {
	case n.launch && len(ps) > 0:
		return s.a.invalid(ps)
	case n.key && s.keyErr != nil:
		return &exit{code: exitUsage, err: s.keyErr}
	}
	for _, p := range ps {
		fmt.Fprintln(s.a.env.Stderr, "spot-tui: warning: "+p.Error())
	}
	return nil
}

// watchFace is an engine for watching and destroying only: the config at hand
// is not fit for launching.
type watchFace struct {
	fleet.Face
	why config.Errors // at least one
}

// face gives the engine as the screen may use it.
func (s *session) face() fleet.Face {
	if ps := s.launchProblems(); len(ps) > 0 {
		return watchFace{Face: s.engine, why: ps}
	}
	return s.engine
}

func (w watchFace) refusal(op string) error {
	hint := "mend the config and start again; `spot-tui validate` checks it"
	if more := len(w.why) - 1; more > 0 {
		hint = fmt.Sprintf("%d more: `spot-tui validate` lists them; mend the config and start again", more)
	}
	return &fleet.Error{Op: op, Kind: fleet.KindInvalid, Err: errors.New(w.why[0].Error()), Hint: hint}
}

// Plan refuses: nobody should look at a plan that can't be carried out.
func (w watchFace) Plan(context.Context, fleet.PlanRequest) (fleet.Plan, error) {
	return fleet.Plan{}, w.refusal("plan")
}

// Provision refuses: an instance would count as set up without what is missing.
func (w watchFace) Provision([]fleet.InstanceID, bool) (fleet.OpID, error) {
	return "", w.refusal("provision")
}

// Launch refuses.
func (w watchFace) Launch(fleet.Plan) (fleet.OpID, error) { return "", w.refusal("launch") }
