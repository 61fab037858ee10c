package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"

	"spot-tui/fleet"
)

// maxScript bounds a setup script, which is kept in memory and sent to each
// instance; larger things are uploaded as files.
const maxScript = 1 << 20

func (r *reader) provision() fleet.ProvisionSpec {
	t := r.d.table("provision")
	p := fleet.ProvisionSpec{
		Enabled: t.flag("enabled", true), ReadyCheck: t.text("ready_check", ""),
		Timeout:    t.duration("timeout", 10*time.Minute, time.Second, 24*time.Hour),
		SSHTimeout: t.duration("ssh_timeout", 5*time.Minute, 10*time.Second, time.Hour),
	}
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
	return p
}

// source checks that there is something to upload: better said now than when
// instances cost money.
func (r *reader) source(key, path string) string {
	p, ok := r.file(key, path)
	if !ok {
		return p
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		r.d.bad(key, "%s can't be uploaded: %s; mend the path", quote(path), cause(err))
	case !info.IsDir() && !info.Mode().IsRegular():
		r.d.bad(key, "%s is neither a file nor a folder; name one of these", quote(path))
	}
	return p
}

func (r *reader) script(key, path string) string {
	p, ok := r.file(key, path)
	if !ok {
		return ""
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		r.d.bad(key, "the script %s can't be read: %s; mend the path", quote(path), cause(err))
		return ""
	case !info.Mode().IsRegular():
		r.d.bad(key, "%s is no file; name a shell script", quote(path))
		return ""
	}
	f, err := os.Open(p)
	if err != nil {
		r.d.bad(key, "the script %s can't be read: %s; make it readable", quote(path), cause(err))
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxScript+1))
	switch {
	case err != nil:
		r.d.bad(key, "the script %s can't be read: %s; make it readable", quote(path), cause(err))
	case len(b) > maxScript:
		r.d.bad(key, "%s is larger than 1 MiB; upload what it carries with files", quote(path))
	case strings.TrimSpace(string(b)) == "":
		r.d.bad(key, "the script %s is empty; write one, or leave setup out", quote(path))
	case strings.ContainsRune(string(b), 0):
		r.d.bad(key, "%s is no text; name a shell script", quote(path))
	}
	return string(b)
}

// cause is the system's reason without the path, which the sentence has already.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
