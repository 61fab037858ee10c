package config

import (
	"slices"
	"strings"
	"time"

	"spot-tui/fleet"
)

// Names as IAM takes them; a path may stand before the name in an ARN.
var (
	accountRule    = ruleOf(`^[0-9]{12}$`)
	profileRule    = ruleOf(`^[A-Za-z0-9_+=,.@-]{1,128}$`)
	profileARNRule = ruleOf(`^arn:aws(?:-[a-z]+)*:iam::([0-9]{12}):instance-profile/(?:[!-~]+/)?[A-Za-z0-9_+=,.@-]{1,128}$`)
)

func (r *reader) accounts() []string {
	t := r.d.table("aws")
	list, _ := t.list("protected_accounts")
	var out []string
	for _, it := range list {
		if !accountRule.MatchString(it.text) {
			r.d.bad(it.path, "%s is no account id; it has 12 digits", quote(it.text))
		}
		out = append(out, it.text)
	}
	return out
}

// instanceProfile reads the profile that the instances get: a name or an ARN.
func (r *reader) instanceProfile(protected []string) string {
	t := r.d.table("aws")
	key, v := t.key("instance_profile"), t.text("instance_profile", "")
	m := profileARNRule.FindStringSubmatch(v)
	switch {
	case v == "" || profileRule.MatchString(v):
	case strings.HasPrefix(v, "arn:") && strings.Contains(v, ":role/"):
		r.d.bad(key, "%s is a role; name its instance profile, which often has the same name", quote(v))
	case m == nil:
		r.d.bad(key, "%s is no instance profile; write its name, or arn:aws:iam::ACCOUNT:instance-profile/NAME", quote(v))
	case slices.Contains(protected, m[1]):
		r.d.bad(key, "is of account %s, which protected_accounts closes; take it out of one of them", m[1])
	}
	return v
}

// poll reads how often a region is asked; zero where nothing is said.
func (r *reader) poll() fleet.PollSpec {
	t, usual := r.d.table("aws"), fleet.DefaultPoll()
	p := fleet.PollSpec{
		Fast: t.duration("poll", 0, time.Second, 5*time.Minute),
		Slow: t.duration("poll_idle", 0, time.Second, 5*time.Minute),
	}
	fast := p.Fast
	if !t.has("poll") {
		fast = usual.Fast
	}
	if p.Slow > 0 && p.Slow < fast {
		r.d.bad(t.key("poll_idle"), "%s is shorter than poll, which is %s; make it that long at least", fleet.Span(p.Slow), fleet.Span(fast))
	}
	return p
}
