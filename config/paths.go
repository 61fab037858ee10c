package config

import (
	"os"
	"path/filepath"
	"strings"
)

var variable = ruleOf(`\$(\$|[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})?`)

// file expands a leading ~ and $VAR or ${VAR} ($$ is a dollar) and makes a path
// absolute, from the config file's folder. It is false if that was not possible;
// what only this machine lacks, such as a variable, is a launch problem.
func (r *reader) file(key, p string) (string, bool) {
	good := true
	bad := func(format string, args ...any) {
		good = false
		r.d.bad(key, format, args...)
	}
	lacks := func(format string, args ...any) {
		good = false
		r.d.badLaunch(key, format, args...)
	}
	if strings.ContainsRune(p, 0) {
		bad("%s holds a NUL character; write a path", quote(p))
		return "", false
	}
	home := ""
	if rest, ok := strings.CutPrefix(p, "~"); ok {
		if rest != "" && !os.IsPathSeparator(rest[0]) {
			bad("%s names another person's home; write the path out", quote(p))
			return "", false
		}
		var err error
		if home, err = os.UserHomeDir(); err != nil {
			lacks("~ can't be expanded: %v; write the path out", err)
		}
		p = rest
	}
	p = variable.ReplaceAllStringFunc(p, func(m string) string {
		name := strings.Trim(m[1:], "{}")
		switch name {
		case "":
			bad("%s has a $ that names no variable; write $$ for a dollar sign", quote(p))
			return m
		case "$":
			return "$"
		}
		v, ok := os.LookupEnv(name)
		if !ok {
			lacks("the environment has no variable %s; set it or write the path out", name)
		}
		return v
	})
	if !good {
		return "", false
	}
	p = home + p
	switch {
	case filepath.IsAbs(p):
	case p != "" && os.IsPathSeparator(p[0]): // on Windows: the root of the folder's drive
		p = filepath.VolumeName(r.dir) + p
	default:
		p = filepath.Join(r.dir, p)
	}
	return filepath.Clean(p), true
}
