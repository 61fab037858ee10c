package config

import (
	"path"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// script is what runs on each instance after the upload: the scripts as root, as
// the predecessor ran them, but one whose failure counts; then the services.
func (f *deployFolder) script() string {
	if len(f.scripts)+len(f.services) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`#!/bin/sh
set -eu
as=
[ "$(id -u)" = 0 ] || as='sudo -n'
`)
	if chown := f.ownFolders(); len(chown) > 0 {
		// Services of such folders run as the login and write there.
		b.WriteString(`$as chown -R "$(id -u):$(id -g)" ` + fleet.QuoteAll(chown) + "\n")
	}
	b.WriteString("cd " + deployRoot + "\n")
	for _, s := range f.scripts {
		at := s
		if rest, ok := strings.CutPrefix(s, deployRoot+"/"); ok {
			at = "./" + rest
		}
		b.WriteString("echo " + fleet.Quote("running "+path.Base(s)) + "\n$as chmod +x " + fleet.Quote(at) + "\n$as " + fleet.Quote(at) + "\n")
	}
	for _, s := range f.services {
		unit := "/etc/systemd/system/" + s.name
		b.WriteString("$as cp " + fleet.Quote(s.file) + " " + fleet.Quote(unit) + "\n$as chmod 644 " + fleet.Quote(unit) + "\n")
	}
	if len(f.services) > 0 {
		b.WriteString("$as systemctl daemon-reload\n")
	}
	for _, s := range f.services {
		if s.enable {
			b.WriteString("$as systemctl enable " + fleet.Quote(s.name) + "\n")
		}
		if s.start { // restart: a service whose file was changed must take it up
			b.WriteString("$as systemctl restart " + fleet.Quote(s.name) + "\n")
		}
	}
	return b.String()
}

// ownFolders are the places below /opt that are the folder's own.
func (f *deployFolder) ownFolders() []string {
	var own []string
	for _, file := range f.Files {
		if t := strings.TrimSuffix(file.Target, "/"); strings.HasPrefix(t, "/opt/") && isFolder(file.Source) && !slices.Contains(own, t) {
			own = append(own, t)
		}
	}
	return own
}
