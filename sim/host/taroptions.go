package host

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// tarOptions are what a tar command line says.
type tarOptions struct {
	mode           byte // x, c or t
	file           string
	gzip, verbose  bool
	keepModes      bool
	noOverwrite    bool
	touch          bool
	strip          int
	names          []string // with the -C that holds for each in dirs
	dirs           []string
	dir            string
	exclude        []string
	toStdout       bool
	removeSlashSay bool
}

func (o *tarOptions) parse(args []string, cwd string) string {
	first := true
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		take := func() string {
			if len(args) == 0 {
				return ""
			}
			v := args[0]
			args = args[1:]
			return v
		}
		switch {
		case strings.HasPrefix(a, "--"):
			name, value, has := strings.Cut(a[2:], "=")
			if !has && slices.Contains([]string{"directory", "file", "strip-components", "exclude"}, name) {
				value = take()
			}
			if message := o.long(name, value, cwd); message != "" {
				return message
			}
		case len(a) > 1 && a[0] == '-' || first:
			if message := o.short(strings.TrimPrefix(a, "-"), take, cwd, a[0] == '-'); message != "" {
				return message
			}
		default:
			o.names = append(o.names, a)
			o.dirs = append(o.dirs, o.dir)
		}
		first = false
	}
	return ""
}

// short reads a bundle of letters. In a dashed bundle the rest of the word is
// the value of f or C; in an old-style one values follow in order.
func (o *tarOptions) short(letters string, take func() string, cwd string, dashed bool) string {
	for i := 0; i < len(letters); i++ {
		c := letters[i]
		value := func() string {
			if dashed && i+1 < len(letters) {
				v := letters[i+1:]
				i = len(letters)
				return v
			}
			return take()
		}
		switch c {
		case 'x', 'c', 't':
			o.mode = c
		case 'z':
			o.gzip = true
		case 'v':
			o.verbose = true
		case 'p':
			o.keepModes = true
		case 'm':
			o.touch = true
		case 'k':
			o.noOverwrite = true
		case 'O':
			o.toStdout = true
		case 'o', 'h', 'S', 'U', 'B', 'a', 'n', 'w':
		case 'f':
			o.file = value()
		case 'C':
			return o.long("directory", value(), cwd)
		case 'P':
			return "simulated instances keep archives inside their folder: -P is not offered"
		default:
			return fmt.Sprintf("invalid option -- '%c'", c)
		}
	}
	return ""
}

func (o *tarOptions) long(name, value, cwd string) string {
	switch name {
	case "directory":
		if o.dir == "" {
			o.dir = cwd
		}
		o.dir = absolute(o.dir, value)
	case "file":
		o.file = value
	case "extract", "get":
		o.mode = 'x'
	case "create":
		o.mode = 'c'
	case "list":
		o.mode = 't'
	case "gzip", "gunzip":
		o.gzip = true
	case "verbose":
		o.verbose = true
	case "preserve-permissions", "same-permissions":
		o.keepModes = true
	case "touch":
		o.touch = true
	case "keep-old-files", "skip-old-files":
		o.noOverwrite = true
	case "to-stdout":
		o.toStdout = true
	case "exclude":
		o.exclude = append(o.exclude, value)
	case "strip-components":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return "Invalid number of elements: " + value
		}
		o.strip = n
	case "no-same-owner", "same-owner", "no-same-permissions", "numeric-owner", "owner", "group", "overwrite", "unlink-first",
		"warning", "no-xattrs", "xattrs", "format", "sort", "mtime", "sparse", "no-overwrite-dir", "keep-directory-symlink", "no-acls", "no-selinux":
	default:
		return "unrecognized option '--" + name + "'"
	}
	return ""
}

func (o *tarOptions) excluded(name string) bool {
	return slices.ContainsFunc(o.exclude, func(pattern string) bool {
		whole, _ := path.Match(pattern, name)
		base, _ := path.Match(pattern, path.Base(name))
		return whole || base
	})
}
