package config

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var (
	userRule = ruleOf(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}$`)
	hostRule = ruleOf(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$`)
)

// reader turns a document into a File, noting every problem on the way.
type reader struct {
	d       *document
	dir     string
	actions Actions
}

func (r *reader) read(f *File) {
	s := &f.spec
	t := r.d.table("fleet")
	if v, ok := t.need("name", "give the fleet a name"); ok {
		n, err := CheckName(v)
		if err != nil {
			r.d.bad("fleet.name", "%v", err)
		}
		s.Name = n
	}
	s.MaxLifetime = r.lifetime(t)
	s.Keep = r.keep(t)
	s.Guard = r.costGuard(t)
	s.Regions, s.Target = r.regions(t)
	s.Needs = r.needs(r.d.table("capacity").has("instance_types"))
	s.Types = r.types(s.Regions, s.Needs)
	s.Capacity = r.onDemand(s.Target)
	s.Image = r.image()
	r.oneImage(s)
	s.RootGiB, _ = r.d.table("disk").number("root_gib", 0, 1, 16384)
	s.Network = r.network()
	r.given(s)
	s.SSH = r.ssh()
	s.Provision, f.deploy = r.provision(s.SSH.HostKeys)
	s.Tags = r.tags()
	f.aws = AWS{Profile: r.d.table("aws").text("profile", ""), ProtectedAccounts: r.accounts()}
	s.Profile, s.Poll = r.instanceProfile(f.aws.ProtectedAccounts), r.poll()
	r.odd(s)
	r.kept(s)
	u := r.d.table("ui")
	f.ui = UI{Theme: u.oneOf("theme", "auto", "dark", "light", "high-contrast", "mono"), ASCII: u.flag("ascii", false), Mouse: u.flag("mouse", false), Notify: u.oneOf("notify", "auto", "bell", "off")}
	f.keys = r.keys()
}

func (r *reader) lifetime(t table) time.Duration {
	if t.values["max_lifetime"] == "none" {
		r.d.warn("fleet.max_lifetime", `the fleet never ends by itself, and a forgotten one costs money until someone looks; "8h" would end it`)
		return 0
	}
	return t.duration("max_lifetime", 8*time.Hour, shortestLife, longestLife)
}

// tags reads the person's own tags. 40 of the 50 that a resource may have are
// theirs; the lengths are EC2's (aws-facts §1.7).
func (r *reader) tags() map[string]string {
	t := r.d.table("tags")
	out := make(map[string]string, len(t.values))
	for k, v := range t.values {
		key, lower := t.key(k), strings.ToLower(k)
		s, ok := v.(string)
		switch {
		case !ok:
			t.wrong(k, kString, v)
		case k == "":
			r.d.bad(key, "a tag needs a name; give it one")
		case strings.HasPrefix(lower, "aws:"), strings.HasPrefix(lower, "spot-tui:"):
			r.d.bad(key, "names that start with aws: or spot-tui: are reserved; choose another")
		case utf8.RuneCountInString(k) > 127:
			r.d.bad(key, "the name is too long; EC2 takes at most 127 characters")
		case utf8.RuneCountInString(s) > 256:
			r.d.bad(key, "the value is too long; EC2 takes at most 256 characters")
		case strings.ContainsFunc(k+s, unicode.IsControl):
			r.d.bad(key, "it holds a control character, such as a line break; take it out")
		}
		out[k] = s
	}
	if len(out) > 40 {
		r.d.bad("tags", "%d tags are too many; use at most 40, EC2 takes 50 per resource and ours need some", len(out))
	}
	return out
}
