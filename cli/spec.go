package cli

import (
	"fmt"

	"spot-tui/config"
	"spot-tui/fleet"
	"spot-tui/ssh"
)

// loadSpec reads the config and applies the flags to it.
func (s *session) loadSpec(n need) error {
	path := s.a.flags.config
	if s.demo != nil && path == "" {
		path = s.demo.config
	}
	path, err := config.Find(path, s.a.env.Getenv)
	if err != nil {
		return &exit{code: exitUsage, err: err}
	}
	if s.file, err = config.LoadFor(path, keyedActions()); err != nil {
		return &exit{code: exitUsage, err: err}
	}
	for _, w := range s.file.Warnings() {
		fmt.Fprintln(s.a.env.Stderr, "spot-tui: warning: "+w.Error())
	}
	s.spec = s.file.Spec()
	if n := s.a.flags.fleet; n != "" {
		if s.spec.Name, err = config.CheckName(n); err != nil {
			return usage("--fleet: %v", err)
		}
	}
	if s.a.flags.regions != "" {
		if err := s.pickRegions(regionList(s.a.flags.regions)); err != nil {
			return err
		}
	}
	if s.spec.SSH.Jump == "" {
		s.spec.SSH.Jump = s.a.env.Getenv("SPOT_TUI_SSH_JUMP")
	}
	s.loadKey()
	return s.checkLaunch(n)
}

// loadKey reads the SSH key, which only launching and logging in need: a lost
// key must never keep a fleet from being seen or destroyed.
func (s *session) loadKey() {
	if s.spec.SSH.PublicKey, s.keyErr = ssh.PublicKey(s.spec.SSH.PrivateKey); s.keyErr != nil {
		s.spec.SSH.PrivateKey = ""
	}
}

// pickRegions keeps the named regions only; counts become weights, since they
// no longer add up.
func (s *session) pickRegions(names []fleet.Region) error {
	var picked []fleet.RegionSpec
	for _, n := range names {
		if err := config.CheckRegion(string(n)); err != nil {
			return usage("--regions: %v", err)
		}
		r := fleet.RegionSpec{Name: n, Weight: 1}
		for _, have := range s.spec.Regions {
			if have.Name == n {
				r = have
				r.Weight = max(1, have.Weight, have.Count)
			}
		}
		r.Count = -1
		picked = append(picked, r)
	}
	if len(picked) == 0 {
		return usage("--regions names no region")
	}
	s.spec.Regions = picked
	return nil
}

// paced is a poll with what the config says about it; idle polling is never
// faster than the other.
func paced(p fleet.Poll, c fleet.PollSpec) fleet.Poll {
	if c.Fast > 0 {
		p.Fast = c.Fast
	}
	if c.Slow > 0 {
		p.Slow = c.Slow
	}
	p.Slow = max(p.Slow, p.Fast)
	return p
}
