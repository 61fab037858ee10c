package config

import (
	"strings"
	"time"
	"unicode"

	"spot-tui/fleet"
)

func (r *reader) provision() fleet.ProvisionSpec {
	t := r.d.table("provision")
	p := fleet.ProvisionSpec{
		Enabled: t.flag("enabled", true), ReadyCheck: t.text("ready_check", ""),
		Timeout:    t.duration("timeout", 10*time.Minute, time.Second, 24*time.Hour),
		SSHTimeout: t.duration("ssh_timeout", 5*time.Minute, 10*time.Second, time.Hour),
	}
	before := len(r.d.launch)
	targets := map[string]bool{}
	for _, ft := range t.tables("files") {
		var f fleet.FileSpec
		if v, ok := ft.need("target", "say where it goes on the instance"); ok {
			switch f.Target = v; {
			case strings.ContainsFunc(v, unicode.IsControl):
				r.d.bad(ft.key("target"), "%s holds a control character; write a path", quote(v))
			case targets[v]:
				r.d.bad(ft.key("target"), "something goes to %s already; choose another place", quote(v))
			}
			targets[v] = true
		}
		if v, ok := ft.need("source", "name a file or folder"); ok {
			f.Source = r.source(ft.key("source"), v)
		}
		p.Files = append(p.Files, f)
	}
	if setup := t.text("setup", ""); setup != "" {
		p.Setup = r.script(t.key("setup"), setup)
	}
	if !p.Enabled { // then nothing of it is ever used, and nothing can be missing
		r.d.launch = r.d.launch[:before]
	}
	return p
}
