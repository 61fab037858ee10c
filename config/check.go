package config

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"spot-tui/fleet"
)

var (
	amiRule     = regexp.MustCompile(`^ami-[0-9a-f]{8,17}$`)
	userRule    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,31}$`)
	hostRule    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$`)
	accountRule = regexp.MustCompile(`^[0-9]{12}$`)
)

// reader turns a document into a File, noting every problem on the way.
type reader struct {
	d   *document
	dir string
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
	s.Regions, s.Target = r.regions(t)
	s.Types = r.types()
	s.Image = r.image()
	s.RootGiB, _ = r.d.table("disk").number("root_gib", 0, 1, 16384)
	s.Network.SSHFrom = r.sshFrom()
	s.SSH = r.ssh()
	s.Provision = r.provision()
	s.Tags = r.tags()
	f.aws = AWS{Profile: r.d.table("aws").text("profile", ""), ProtectedAccounts: r.accounts()}
	u := r.d.table("ui")
	f.ui = UI{Theme: u.oneOf("theme", "auto", "dark", "light", "mono"), ASCII: u.flag("ascii", false), Mouse: u.flag("mouse", true)}
}

func (r *reader) lifetime(t table) time.Duration {
	if t.values["max_lifetime"] == "none" {
		r.d.warn("fleet.max_lifetime", `the fleet never ends by itself, and a forgotten one costs money until someone looks; "8h" would end it`)
		return 0
	}
	return t.duration("max_lifetime", 8*time.Hour, 10*time.Minute, 30*24*time.Hour)
}

// image reads both forms: image = "…" and [image] name = "…".
func (r *reader) image() string {
	const def = "ubuntu-24.04"
	t, name := table{d: r.d, values: r.d.root}, "image"
	if m, ok := r.d.root["image"].(map[string]any); ok {
		t, name = table{d: r.d, path: "image", values: m}, "name"
	}
	im := t.text(name, def)
	if !slices.Contains(images(), im) && !amiRule.MatchString(im) {
		r.d.bad(t.key(name), "%s is no image; %s", quote(im), orElse(didYouMean(im, images()), "use "+strings.Join(images(), ", ")+" or an ami-… id"))
	}
	return im
}

func (r *reader) sshFrom() string {
	const key = "network.ssh_from"
	v := r.d.table("network").text("ssh_from", "auto")
	if v == "auto" {
		return v
	}
	p, err := netip.ParsePrefix(v)
	if err != nil {
		hint := `write it like 203.0.113.7/32, or "auto" for your own address`
		if a, err := netip.ParseAddr(v); err == nil && a.Zone() == "" {
			hint = "did you mean \"" + netip.PrefixFrom(a, a.BitLen()).String() + "\"?"
		}
		r.d.bad(key, "%s is no CIDR; %s", quote(v), hint)
		return v
	}
	if p.Bits() == 0 {
		r.d.warn(key, `SSH is open to the whole world; "auto" opens it to your own address only`)
	}
	return p.Masked().String()
}

func (r *reader) ssh() fleet.SSHSpec {
	t := r.d.table("ssh")
	s := fleet.SSHSpec{User: t.text("user", ""), Jump: t.text("jump", "")}
	s.Port, _ = t.number("port", 22, 1, 65535)
	if k, ok := t.need("private_key", "name a private key file, `spot-tui setup --defaults` finds or makes one"); ok {
		if strings.HasSuffix(k, ".pub") {
			r.d.bad("ssh.private_key", "%s looks like the public half; name the private key, without .pub", quote(k))
		} else {
			s.PrivateKey = r.privateKey("ssh.private_key", k)
		}
	}
	if s.User != "" && !userRule.MatchString(s.User) {
		r.d.bad("ssh.user", "%s is no login name; leave it out for the image's own", quote(s.User))
	}
	if s.Jump != "" && !isJump(s.Jump) {
		r.d.bad("ssh.jump", "%s is no jump host; write it like user@host or user@host:22", quote(s.Jump))
	}
	return s
}

// isJump says whether a text is user@host[:port]; an IPv6 address stands in brackets.
func isJump(s string) bool {
	user, rest, ok := strings.Cut(s, "@")
	if !ok || !userRule.MatchString(user) {
		return false
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port, err = net.SplitHostPort(rest + ":22")
	}
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil || n < 1 || n > 65535 {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return hostRule.MatchString(host)
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
