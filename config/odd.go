package config

import (
	"spot-tui/fleet"
)

// odd warns of what is right in each of its parts, but makes little sense
// together.
func (r *reader) odd(s *fleet.Spec) {
	p := s.Provision
	if t := r.d.table("provision"); !p.Enabled {
		for _, k := range []string{"packages", "files", "deploy", "setup", "ready_check"} {
			if v := t.values[k]; v != nil && v != "" {
				r.d.warn(t.key(k), "is never used, since provision.enabled is false; leave it out or set enabled = true")
			}
		}
	}
	if need := p.SSHTimeout + p.Timeout; p.Enabled && s.MaxLifetime > 0 && s.MaxLifetime < need {
		r.d.warn("fleet.max_lifetime", "%s may be over before an instance is ready: the first login may take %s and each step %s", fleet.Span(s.MaxLifetime), fleet.Span(p.SSHTimeout), fleet.Span(p.Timeout))
	}
	r.oddUser(s)
	r.oddNetwork(s)
}

// oddUser warns of a login name that the image does not let in: the key goes to
// the image's own user only, and these images turn root away.
func (r *reader) oddUser(s *fleet.Spec) {
	if s.SSH.User == "" {
		return
	}
	for _, reg := range s.Regions {
		im := orElse(reg.Image, s.Image)
		if own := loginName(im); own != "" && own != s.SSH.User {
			r.d.warn("ssh.user", "%s lets %s in, not %s; leave user out", im, own, quote(s.SSH.User))
			return
		}
	}
}

// loginName is the user that an image has; empty where nobody knows
// (aws-facts §7.3).
func loginName(image string) string {
	return map[string]string{"ubuntu-24.04": "ubuntu", "ubuntu-22.04": "ubuntu", "debian-12": "admin", "al2023": "ec2-user"}[image]
}
