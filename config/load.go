package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/adrg/xdg"

	"spot-tui/fleet"
)

// UI is how the screen should look.
type UI struct {
	Theme string // auto, dark, light or mono
	ASCII bool
}

// AWS is how the account is reached.
type AWS struct {
	Profile           string
	ProtectedAccounts []string
}

// File is a config file that was read and is valid.
type File struct {
	spec  fleet.Spec
	ui    UI
	aws   AWS
	warns Errors
}

// Spec gives what the fleet should be. SSH.PublicKey is not set: reading keys
// is not this package's work.
func (f *File) Spec() fleet.Spec { return f.spec }

// UI gives how the screen should look.
func (f *File) UI() UI { return f.ui }

// AWS gives how the account is reached.
func (f *File) AWS() AWS { return f.aws }

// Warnings lists what is allowed but probably not meant.
func (f *File) Warnings() []Problem { return f.warns }

// Find gives the path of the config file: explicit, $SPOT_TUI_CONFIG,
// ./config.toml, or the XDG config folder, the first that is set or exists.
func Find(explicit string, getenv func(string) string) (string, error) {
	for _, p := range []string{explicit, getenv("SPOT_TUI_CONFIG")} {
		if p != "" {
			return p, nil
		}
	}
	places := []string{"config.toml", filepath.Join(xdg.ConfigHome, "spot-tui", "config.toml")}
	for _, p := range places {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("no config file: looked for ./%s; `spot-tui setup --defaults` writes one, `spot-tui --demo` needs none", strings.Join(places, " and "))
}

// Load reads a config file. The error is Errors where the file's content is wrong.
func Load(path string) (*File, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no config file %s; `spot-tui setup --defaults` writes one", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the config: %w", err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read the config: %w", err)
	}
	f, err := Parse(path, b, filepath.Dir(abs))
	if err != nil {
		return nil, err
	}
	f.spec.ConfigPath = abs
	return f, nil
}

// Parse reads a config from text; relative paths in it are relative to dir.
func Parse(name string, text []byte, dir string) (*File, error) {
	d := parse(name, text)
	f := &File{}
	if len(d.errs) == 0 {
		d.unknown()
		r := reader{d: d, dir: dir}
		r.read(f)
	}
	if len(d.errs) > 0 {
		d.errs.sort()
		return nil, d.errs
	}
	d.warns.sort()
	f.warns = d.warns
	f.spec.ConfigHash = hash(f.spec)
	return f, nil
}

// hash is of the file's meaning: order and comments change nothing.
func hash(s fleet.Spec) string {
	b, err := json.Marshal(s)
	if err != nil {
		return "" // only strings and numbers: can't happen
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

var (
	nameRule   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	typeRule   = regexp.MustCompile(`^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|x?large|[0-9]+xlarge|metal(-[0-9a-z]+)?)$`)
	regionRule = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	amiRule    = regexp.MustCompile(`^ami-[0-9a-f]{8,17}$`)
	jumpRule   = regexp.MustCompile(`^[^@\s]+@[^@\s:]+(:[0-9]{1,5})?$`)
)

// CheckName checks a fleet's name.
func CheckName(s string) (fleet.Name, error) {
	if !nameRule.MatchString(s) {
		return "", fmt.Errorf("%q is no fleet name; use a–z, 0–9 and -, at most 40, a letter first", s)
	}
	return fleet.Name(s), nil
}

// reader turns a document into a File, noting every problem on the way.
type reader struct {
	d   *document
	dir string
}

func (r *reader) read(f *File) {
	s := &f.spec
	t := r.d.table("fleet")
	if !t.has("name") {
		r.d.bad("fleet.name", "is missing; give the fleet a name")
	} else if n, err := CheckName(t.text("name", "ok")); err != nil {
		r.d.bad("fleet.name", "%s", strings.Replace(err.Error(), "; ", ", ", 1))
	} else {
		s.Name = n
	}
	s.MaxLifetime = r.lifetime(t)
	r.regions(s)
	s.Target = r.target(t, s.Regions)
	s.Types = r.types()
	s.Image = r.image()
	s.RootGiB = r.d.table("disk").number("root_gib", 0, 8, 16384)
	s.Network.SSHFrom = r.sshFrom()
	r.ssh(s)
	r.provision(s)
	s.Tags = r.tags()
	f.aws = AWS{Profile: r.d.table("aws").text("profile", ""), ProtectedAccounts: r.d.table("aws").list("protected_accounts")}
	u := r.d.table("ui")
	f.ui = UI{Theme: u.text("theme", "auto"), ASCII: u.flag("ascii", false)}
	if themes := []string{"auto", "dark", "light", "mono"}; !slices.Contains(themes, f.ui.Theme) {
		r.d.bad("ui.theme", "%q is none of %s; %s", f.ui.Theme, strings.Join(themes, ", "), didYouMean(f.ui.Theme, themes))
	}
}

func (r *reader) lifetime(t table) time.Duration {
	if t.values["max_lifetime"] == "none" {
		r.d.warn("fleet.max_lifetime", "the fleet never ends by itself; a forgotten one costs money until someone looks")
		return 0
	}
	return t.duration("max_lifetime", 8*time.Hour, 10*time.Minute, 720*time.Hour)
}

func (r *reader) regions(s *fleet.Spec) {
	seen, counted := map[string]bool{}, 0
	ts := tablesOf(r.d, "region", r.d.root["region"])
	for _, t := range ts {
		name := t.text("name", "")
		switch {
		case name == "":
			r.d.bad(t.path+"name", "is missing; name a region such as us-west-2")
		case !regionRule.MatchString(name):
			r.d.bad(t.path+"name", "%q is no region; %s", name, orElse(didYouMean(name, knownRegions()), "it looks like us-west-2"))
		case seen[name]:
			r.d.bad(t.path+"name", "%s stands twice; keep one", name)
		case !slices.Contains(knownRegions(), name):
			if n := nearest(name, knownRegions()); n != "" && distance(name, n) == 1 {
				r.d.bad(t.path+"name", "there is no region %q; did you mean %q?", name, n)
			} else {
				r.d.warn(t.path+"name", "%s is not a region that this version knows; AWS will say whether it exists", name)
			}
		}
		seen[name] = true
		if t.has("weight") && t.has("count") {
			r.d.bad(t.path+"count", "weight and count contradict each other; keep one")
		}
		if t.has("count") {
			counted++
		}
		s.Regions = append(s.Regions, fleet.RegionSpec{
			Name: fleet.Region(name), Weight: t.number("weight", 1, 1, 1000), Count: t.number("count", -1, 0, 10000),
		})
	}
	if len(ts) == 0 && r.d.root["region"] == nil {
		r.d.bad("region", "no region is named; add a [[region]] table with its name")
	}
	if counted > 0 && counted < len(ts) {
		r.d.bad("region", "%d of %d regions have a count; give every region one, or none", counted, len(ts))
	}
}

func (r *reader) target(t table, regions []fleet.RegionSpec) int {
	target := t.number("target", max(1, len(regions)), 1, 10000)
	sum, counted := 0, false
	for _, g := range regions {
		if g.Count >= 0 {
			sum, counted = sum+g.Count, true
		}
	}
	if !counted {
		return target
	}
	if t.has("target") && sum != target {
		r.d.bad("fleet.target", "is %d, but the regions' counts add up to %d; change one or leave the target out", target, sum)
	}
	return sum
}

func (r *reader) types() []fleet.InstanceType {
	t := r.d.table("capacity")
	list := t.list("instance_types")
	if len(list) == 0 {
		if !t.has("instance_types") || len(r.d.errs) == 0 {
			r.d.bad("capacity.instance_types", "is missing or empty; name at least one type, several find capacity more easily")
		}
		return nil
	}
	var out []fleet.InstanceType
	for _, n := range list {
		switch {
		case !typeRule.MatchString(n):
			r.d.bad("capacity.instance_types", "%q is no instance type; it looks like t3.medium", n)
		case slices.Contains(out, fleet.InstanceType(n)):
			r.d.bad("capacity.instance_types", "%s stands twice; keep one", n)
		default:
			out = append(out, fleet.InstanceType(n))
		}
	}
	return out
}

func (r *reader) image() string {
	t := table{d: r.d, values: r.d.root}
	im := t.text("image", "ubuntu-24.04")
	if !slices.Contains(images(), im) && !amiRule.MatchString(im) {
		r.d.bad("image", "%q is no image; %s", im, orElse(didYouMean(im, images()), "use "+strings.Join(images(), ", ")+" or an ami-… id"))
	}
	return im
}

func (r *reader) sshFrom() string {
	v := r.d.table("network").text("ssh_from", "auto")
	if v == "auto" {
		return v
	}
	p, err := netip.ParsePrefix(v)
	if err != nil {
		r.d.bad("network.ssh_from", "%q is no CIDR; write it like 203.0.113.7/32, or \"auto\"", v)
		return v
	}
	if p.Bits() == 0 {
		r.d.warn("network.ssh_from", "SSH is open to the whole world; \"auto\" opens it to your address only")
	}
	return p.Masked().String()
}

func (r *reader) ssh(s *fleet.Spec) {
	t := r.d.table("ssh")
	s.SSH = fleet.SSHSpec{User: t.text("user", ""), Jump: t.text("jump", ""), Port: t.number("port", 22, 1, 65535)}
	if k := t.text("private_key", ""); k != "" {
		s.SSH.PrivateKey = r.path("ssh.private_key", k)
	} else {
		r.d.bad("ssh.private_key", "is missing; name a private key, `spot-tui setup --defaults` makes one")
	}
	if s.SSH.Jump != "" && !jumpRule.MatchString(s.SSH.Jump) {
		r.d.bad("ssh.jump", "%q is no jump host; write it like user@host:22", s.SSH.Jump)
	}
}

func (r *reader) provision(s *fleet.Spec) {
	t := r.d.table("provision")
	p := fleet.ProvisionSpec{
		Enabled: t.flag("enabled", true), ReadyCheck: t.text("ready_check", ""),
		Timeout:    t.duration("timeout", 10*time.Minute, time.Second, 24*time.Hour),
		SSHTimeout: t.duration("ssh_timeout", 5*time.Minute, 10*time.Second, time.Hour),
	}
	for _, ft := range tablesOf(r.d, "provision.files", t.values["files"]) {
		f := fleet.FileSpec{Target: ft.text("target", "")}
		if f.Target == "" {
			r.d.bad(ft.path+"target", "is missing; say where it goes on the instance")
		}
		src := ft.text("source", "")
		if src == "" {
			r.d.bad(ft.path+"source", "is missing; name a file or folder")
			continue
		}
		f.Source = r.path(ft.path+"source", src)
		if _, err := os.Stat(f.Source); err != nil {
			r.d.bad(ft.path+"source", "can't be read: %v", err)
		}
		p.Files = append(p.Files, f)
	}
	if setup := t.text("setup", ""); setup != "" {
		b, err := os.ReadFile(r.path("provision.setup", setup))
		if err != nil {
			r.d.bad("provision.setup", "can't be read: %v", err)
		}
		p.Setup = string(b)
	}
	s.Provision = p
}

func (r *reader) tags() map[string]string {
	t := r.d.table("tags")
	out := map[string]string{}
	for k, v := range t.values {
		s, ok := v.(string)
		switch {
		case !ok:
			t.wrong(k, kString, v)
		case strings.HasPrefix(strings.ToLower(k), "aws:"), strings.HasPrefix(k, "spot-tui:"):
			r.d.bad("tags."+k, "tags starting with aws: or spot-tui: are reserved; choose another name")
		case len(k) > 127 || len(s) > 256:
			r.d.bad("tags."+k, "is too long; a name has at most 127 characters, a value 256")
		}
		out[k] = s
	}
	if len(out) > 40 {
		r.d.bad("tags", "%d tags are too many; AWS takes 50 per resource, and ours need some", len(out))
	}
	return out
}

// path expands ~ and $VAR and makes a path absolute.
func (r *reader) path(key, p string) string {
	if p == "~" || strings.HasPrefix(p, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			r.d.bad(key, "~ can't be expanded: %v", err)
		}
		p = home + p[1:]
	}
	p = os.Expand(p, func(name string) string {
		v, ok := os.LookupEnv(name)
		if !ok {
			r.d.bad(key, "the environment has no variable %s; set it or write the path out", name)
		}
		return v
	})
	if !filepath.IsAbs(p) {
		p = filepath.Join(r.dir, p)
	}
	return filepath.Clean(p)
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
