package host

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// xargsLine is a command line of xargs: -n, -I, -0, -r, -d and -P (which runs
// one after the other).
type xargsLine struct {
	size           int
	replace, delim string
	skipEmpty      bool
	args           []string
}

func parseXargs(args []string) (l xargsLine, message string) {
	l.size = 5000
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		a := args[0]
		args = args[1:]
		value := a[2:]
		if strings.Contains("dInLP", a[1:2]) && value == "" && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		switch a[:2] {
		case "-0":
			l.delim = "\x00"
		case "-r", "--":
			l.skipEmpty = true
		case "-d":
			l.delim = strings.NewReplacer(`\n`, "\n", `\0`, "\x00", `\t`, "\t").Replace(value)
		case "-I":
			l.replace = value
			l.size = 1
		case "-n", "-L":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return l, "invalid number for -n option"
			}
			l.size = n
		case "-P":
		default:
			return l, "invalid option -- '" + a[1:] + "'"
		}
	}
	l.args = args
	if len(args) == 0 {
		l.args = []string{"echo"}
	}
	return l, ""
}

func xargsCommand(p *proc) int {
	l, message := parseXargs(p.args[1:])
	if message != "" {
		return p.fail("%s", message)
	}
	data, err := io.ReadAll(io.LimitReader(p.in, maxCapture))
	if err != nil {
		return p.fail("%s", sentence(err))
	}
	words := splitArgs(string(data), l.delim, l.replace != "")
	if len(words) == 0 && (l.skipEmpty || l.replace != "") {
		return 0
	}
	q := *p
	q.t = p.t.copy()
	q.t.open[0] = fd{in: noInput()}
	status := 0
	for first := true; first || len(words) > 0; first = false {
		n := min(l.size, len(words))
		line := append(slices.Clone(l.args), words[:n]...)
		if l.replace != "" {
			line = slices.Clone(l.args)
			for i := range line {
				line[i] = strings.ReplaceAll(line[i], l.replace, words[0])
			}
		}
		words = words[n:]
		switch s := q.exec(line); {
		case s == 127 || s == 126:
			return s
		case s != 0:
			status = 123
		}
		if p.ctx.Err() != nil {
			return 130
		}
	}
	return status
}

func splitArgs(data, delim string, lines bool) []string {
	switch {
	case delim != "":
		if data = strings.TrimSuffix(data, delim); data == "" {
			return nil
		}
		return strings.Split(data, delim)
	case lines:
		var words []string
		for l := range strings.Lines(data) {
			if l = strings.TrimSpace(l); l != "" {
				words = append(words, l)
			}
		}
		return words
	}
	words, err := expandWords(data)
	if err != nil {
		return strings.Fields(data)
	}
	return words
}

// expandWords splits as xargs does: blanks, quotes and backslashes.
func expandWords(data string) ([]string, error) {
	var words []string
	var word []byte
	in, quoteMark := false, byte(0)
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case quoteMark != 0:
			if c == quoteMark {
				quoteMark = 0
			} else {
				word = append(word, c)
			}
		case c == '\'' || c == '"':
			quoteMark, in = c, true
		case c == '\\' && i+1 < len(data):
			i++
			word, in = append(word, data[i]), true
		case strings.IndexByte(" \t\n\r", c) >= 0:
			if in {
				words = append(words, string(word))
			}
			word, in = nil, false
		default:
			word, in = append(word, c), true
		}
	}
	if quoteMark != 0 {
		return nil, errors.New("unmatched quote")
	}
	if in {
		words = append(words, string(word))
	}
	return words, nil
}
