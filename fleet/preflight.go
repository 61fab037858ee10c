package fleet

// in gives the spec as one region has it: what the region says of its own rules.
func (s Spec) in(r RegionSpec) Spec {
	if len(r.Types) > 0 {
		s.Types = r.Types
	}
	if r.Image != "" {
		s.Image = r.Image
	}
	s.Network.VPC, s.Network.Subnets = r.VPC, r.Subnets
	s.Regions = []RegionSpec{r}
	return s
}

// region gives what the spec says of a region; one that it does not name is as the fleet.
func (s Spec) region(name Region) RegionSpec {
	for _, r := range s.Regions {
		if r.Name == name {
			return r
		}
	}
	return RegionSpec{Name: name, Count: -1}
}

// preflight completes a region's checks with what only the whole knows: whether
// we may ask there at all, and the key (R30).
func preflight(s Spec, found Survey, launch int, failure error) []Check {
	login := Check{What: "credentials", State: CheckOK, Detail: "accepted"}
	opt := Check{What: "region", State: CheckOK, Detail: "enabled for the account"}
	switch KindOf(failure) {
	case "":
	case KindAuth:
		login.State, login.Detail = CheckFail, failure.Error()
		return []Check{login}
	case KindDenied:
		opt.State, opt.Detail = CheckFail, failure.Error()
		return []Check{login, opt}
	default:
		opt.State, opt.Detail = CheckFail, failure.Error()
		return []Check{opt}
	}
	key := Check{What: "key", State: CheckOK, Detail: s.SSH.PrivateKey}
	switch {
	case s.SSH.PublicKey == "" && s.Provision.Enabled:
		key = Check{What: "key", State: CheckFail, Detail: "there is no SSH key, so nobody could ever log in", Hint: "name one in ssh.private_key, or set provision.enabled = false"}
	case s.SSH.PublicKey == "":
		key = Check{What: "key", State: CheckWarn, Detail: "there is none: nobody can log in"}
	}
	out := append([]Check{login, opt}, found.Checks...)
	out = append(out, networkChecks(s, found, launch)...)
	return append(out, key)
}

// firstFailure gives the first check that keeps a region from taking part.
func firstFailure(cs []Check) (Check, bool) {
	for _, c := range cs {
		if c.State == CheckFail {
			return c, true
		}
	}
	return Check{}, false
}
