package host

import (
	"fmt"
	"io"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// readOptions are the read builtin's.
type readOptions struct {
	raw           bool
	array, prompt string
	delim         byte
	fd            int
	names         []string
}

func parseRead(args []string) readOptions {
	o := readOptions{delim: '\n'}
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		flags := args[0][1:]
		args = args[1:]
		for i, f := range flags {
			if strings.ContainsRune("rse", f) {
				o.raw = o.raw || f == 'r'
				continue
			}
			value := flags[i+1:]
			if value == "" && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			switch f {
			case 'a':
				o.array = value
			case 'd':
				o.delim = (value + "\x00")[0]
			case 'p':
				o.prompt = value
			case 'u':
				_, _ = fmt.Sscan(value, &o.fd)
			}
			break
		}
	}
	o.names = args
	return o
}

// readInto is the read builtin on our own standard input, as assignments.
func readInto(hc interp.HandlerContext, args []string) []string {
	o := parseRead(args)
	for _, name := range append([]string{o.array}, o.names...) {
		if name != "" && !syntax.ValidName(name) {
			return complain(hc, fmt.Sprintf("bash: read: `%s': not a valid identifier", name), 1)
		}
	}
	if o.prompt != "" {
		_, _ = io.WriteString(hc.Stderr, o.prompt)
	}
	line, failed := readLine(hc, o.fd, o.delim, o.raw)
	var out strings.Builder
	config := &expand.Config{Env: hc.Env}
	switch {
	case o.array != "":
		out.WriteString(o.array + "=(")
		for _, v := range expand.ReadFields(config, line, -1, o.raw) {
			out.WriteString(quote(v) + " ")
		}
		out.WriteString(")")
	case len(o.names) == 0:
		out.WriteString("REPLY=" + quote(line))
	default:
		values := expand.ReadFields(config, line, len(o.names), o.raw)
		for i, name := range o.names {
			value := ""
			if i < len(values) {
				value = values[i]
			}
			out.WriteString(name + "=" + quote(value) + " ")
		}
	}
	if failed {
		out.WriteString("; builtin false")
	}
	return []string{"eval", out.String()}
}

// readLine joins lines that end in a backslash, unless raw.
func readLine(hc interp.HandlerContext, n int, delim byte, raw bool) (line string, failed bool) {
	var in *input
	if t := table(hc.Stdout, hc.Stderr); n >= 0 && n < maxFD {
		in = t.open[n].in
	}
	if in == nil {
		return "", true
	}
	for {
		part, err := in.line(delim)
		text := strings.TrimSuffix(string(part), string(delim))
		line += text
		if err != nil {
			return line, true
		}
		slashes := len(text) - len(strings.TrimRight(text, `\`))
		if raw || slashes%2 == 0 {
			return line, false
		}
		line = strings.TrimSuffix(line, `\`)
	}
}

// readArray is mapfile and readarray.
func readArray(hc interp.HandlerContext, args []string) []string {
	name, delim, trim := "MAPFILE", byte('\n'), false
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-t":
			trim = true
		case a == "-d" && i+1 < len(args):
			i++
			delim = (args[i] + "\x00")[0]
		case syntax.ValidName(a):
			name = a
		default:
			return complain(hc, "bash: mapfile: "+a+": invalid option", 2)
		}
	}
	var out strings.Builder
	out.WriteString(name + "=(")
	if in := table(hc.Stdout, hc.Stderr).open[0].in; in != nil {
		for {
			line, err := in.line(delim)
			if len(line) > 0 {
				text := string(line)
				if trim {
					text = strings.TrimSuffix(text, string(delim))
				}
				out.WriteString(quote(text) + " ")
			}
			if err != nil {
				break
			}
		}
	}
	out.WriteString(")")
	return []string{"eval", out.String()}
}
