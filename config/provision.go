package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"spot-tui/fleet"
)

// provision also gives the predecessor's folder, if one is named.
func (r *reader) provision(keys fleet.HostKeyMode) (fleet.ProvisionSpec, Deploy) {
	t := r.d.table("provision")
	p := fleet.ProvisionSpec{
		Enabled: t.flag("enabled", true), ReadyCheck: t.text("ready_check", ""), CloudInit: t.flag("cloud_init", true), Packages: r.packages(t),
		Timeout:    t.duration("timeout", 10*time.Minute, time.Second, 24*time.Hour),
		SSHTimeout: t.duration("ssh_timeout", 5*time.Minute, 10*time.Second, time.Hour),
	}
	before := len(r.d.launch)
	targets := map[string]bool{}
	for _, ft := range t.tables("files") {
		p.Files = append(p.Files, r.fileEntry(ft, targets, keys))
	}
	if setup := t.text("setup", ""); setup != "" {
		p.Setup = r.script(t.key("setup"), setup)
	}
	deploy := r.deploy(t, &p, keys)
	if !p.Enabled { // then nothing of it is ever used, and nothing can be missing
		r.d.launch = r.d.launch[:before]
	}
	return p, deploy
}

// packageRule is what apt, dnf, zypper and apk take as a package, with a version
// or an architecture; nothing of it can be read as an option.
var packageRule = ruleOf(`^[A-Za-z0-9][A-Za-z0-9.+_:~=*@^-]{0,127}$`)

func (r *reader) packages(t table) []string {
	items, _ := t.list("packages")
	var names []string
	for _, i := range items {
		if !packageRule.MatchString(i.text) {
			r.d.bad(i.path, "%s is no name of a package; write one name per text, without blanks", quote(i.text))
		}
		names = append(names, i.text)
	}
	return names
}

// fileEntry reads one of the files.
func (r *reader) fileEntry(t table, targets map[string]bool, keys fleet.HostKeyMode) fleet.FileSpec {
	f := fleet.FileSpec{Template: t.flag("template", false), Secret: t.flag("secret", false), Owner: r.owner(t), Mode: r.mode(t)}
	if v, ok := t.need("target", "say where it goes on the instance"); ok {
		switch f.Target = v; {
		case strings.ContainsFunc(v, unicode.IsControl):
			r.d.bad(t.key("target"), "%s holds a control character; write a path", quote(v))
		case targets[v]:
			r.d.bad(t.key("target"), "something goes to %s already; choose another place", quote(v))
		}
		targets[v] = true
	}
	if v, ok := t.need("source", "name a file or folder"); ok {
		f.Source = r.source(t.key("source"), v)
		r.template(t, f)
	}
	items, _ := t.list("ignore")
	for _, i := range items {
		f.Ignore = append(f.Ignore, i.text)
	}
	if f.Secret {
		if keys == fleet.HostKeysPin {
			r.d.bad(t.key("secret"), `a secret goes only to a host whose key is verified; set ssh.host_keys to "console" or "inject"`)
		}
		if f.Mode == 0 {
			f.Mode = 0o600
		}
	}
	return f
}

func (r *reader) mode(t table) fs.FileMode {
	s := t.text("mode", "")
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil || n == 0 || n > 0o777 {
		r.d.bad(t.key("mode"), `%s is no mode of a file; write it in octal, like "0644"`, quote(s))
		return 0
	}
	return fs.FileMode(n)
}

// ownerRule is what useradd takes, or a number.
var ownerRule = ruleOf(`^([a-z_][a-z0-9_-]{0,31}|[0-9]{1,10})(:([a-z_][a-z0-9_-]{0,31}|[0-9]{1,10}))?$`)

func (r *reader) owner(t table) string {
	s := t.text("owner", "")
	if s != "" && !ownerRule.MatchString(s) {
		r.d.bad(t.key("owner"), `%s is no owner; write "user" or "user:group"`, quote(s))
	}
	return s
}

// template looks at a template before instances cost money: a fact that does not
// exist is a mistake in the file, with its line.
func (r *reader) template(t table, f fleet.FileSpec) {
	info, err := os.Stat(f.Source)
	if err != nil || !f.Template {
		return // what is missing was told
	}
	key := t.key("template")
	if info.IsDir() {
		r.d.badLaunch(key, "%s is a folder, and only a file can be a template; name the files one by one", quote(f.Source))
		return
	}
	const most = 1 << 20
	if info.Size() > most {
		r.d.badLaunch(key, "%s is larger than 1 MiB, too large for a template; upload it as it is", quote(f.Source))
		return
	}
	text, err := os.ReadFile(f.Source)
	if err != nil {
		r.d.badLaunch(key, "the template %s can't be read: %s; make it readable", quote(f.Source), cause(err))
		return
	}
	if _, err := fleet.ParseTemplate(filepath.Base(f.Source), string(text)); err != nil {
		r.d.badLaunch(key, "%s; mend it there", printable(err.Error()))
	}
}
