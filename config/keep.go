package config

import (
	"spot-tui/fleet"
)

// keep reads who keeps the fleet.
func (r *reader) keep(t table) fleet.KeepMode {
	if k := fleet.KeepMode(t.oneOf("keep", string(fleet.KeepOwn), string(fleet.KeepAWS))); k != fleet.KeepOwn {
		return k
	}
	return "" // the default has one spelling: the hash of a config must not tell the two apart
}

// kept tells what can't be done where AWS keeps the fleet: an instance that it
// launches is set up by itself, from what is in its user data, which every process
// on it can read (aws-facts §8).
func (r *reader) kept(s *fleet.Spec) {
	if s.Keep != fleet.KeepAWS {
		return
	}
	if s.SSH.HostKeys == fleet.HostKeysInject {
		r.d.badLaunch("ssh.host_keys", `with fleet.keep = "aws" one key would be in the user data of every instance that is ever launched; use "pin" or "console"`)
	}
	if s.Capacity != (fleet.CapacitySpec{}) {
		key := "capacity.on_demand"
		if s.Capacity.OnDemand == "" {
			key = "capacity.on_demand_base"
		}
		r.d.badLaunch(key, `with fleet.keep = "aws" AWS holds spot instances only; leave it out`)
	}
	if !s.Provision.Enabled {
		return
	}
	t := r.d.table("provision")
	for i, ft := range t.tables("files") {
		switch {
		case i >= len(s.Provision.Files):
		case s.Provision.Files[i].Secret:
			r.d.badLaunch(ft.path, `with fleet.keep = "aws" nobody is there to hand a secret over, and user data is no place for one; let setup fetch it with the rights of an aws.instance_profile`)
		default:
			r.d.badLaunch(ft.path, `with fleet.keep = "aws" nobody is there to upload it when AWS launches a replacement; let setup fetch it, or make it part of the image`)
		}
	}
	if t.has("deploy") && len(s.Provision.Files) > len(t.tables("files")) {
		r.d.badLaunch("provision.deploy", `with fleet.keep = "aws" nobody is there to upload the folder when AWS launches a replacement; let setup fetch it, or make it part of the image`)
	}
	if err := fleet.FirstBootFits(s.Provision); err != nil {
		key := "provision.setup"
		if s.Provision.Setup == "" {
			key = "provision.packages"
		}
		r.d.badLaunch(key, `with fleet.keep = "aws" it goes through user data, but %v; let a short setup fetch the rest`, err)
	}
}
