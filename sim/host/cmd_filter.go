package host

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// filterPrograms pick and change lines.
func filterPrograms() map[string]command {
	return map[string]command{
		"grep": grepCommand, "egrep": grepCommand, "fgrep": grepCommand, "sort": sortCommand, "uniq": uniqCommand,
		"cut": cutCommand, "tr": trCommand, "rev": revCommand, "tac": tacCommand, "cmp": cmpCommand, "diff": cmpCommand,
	}
}

// lines reads all inputs; a last line without newline gets one.
func (p *proc) lines(names []string) ([]string, int) {
	var all []string
	size := 0
	status := p.eachInput(names, func(_ string, r io.Reader) error {
		return eachLine(r, func(line string) error {
			if size += len(line); size > int(p.w.d.limit) {
				return errors.New("memory exhausted")
			}
			all = append(all, strings.TrimSuffix(line, "\n"))
			return nil
		})
	})
	return all, status
}

func sortCommand(p *proc) int {
	opts, names, ok := p.options("nruhfVbsc", "kto", "numeric-sort", "reverse", "unique", "key=", "field-separator=", "output=")
	if !ok {
		return 2
	}
	lines, status := p.lines(names)
	sep := opts["t"] + opts["field-separator"]
	column := 0
	if k := opts["k"] + opts["key"]; k != "" {
		_, _ = fmt.Sscanf(k, "%d", &column)
	}
	numeric := has(opts, "n", "h", "V", "numeric-sort") || strings.HasSuffix(opts["k"], "n")
	key := func(line string) string {
		if column == 0 {
			return line
		}
		fields := strings.Fields(line)
		if sep != "" {
			fields = strings.Split(line, sep)
		}
		if column > len(fields) {
			return ""
		}
		return strings.Join(fields[column-1:], sep+" ")
	}
	compare := func(a, b string) int {
		ka, kb := key(a), key(b)
		if numeric {
			if na, nb := leadingNumber(ka), leadingNumber(kb); na != nb {
				if na < nb {
					return -1
				}
				return 1
			}
		}
		if has(opts, "f") {
			ka, kb = strings.ToUpper(ka), strings.ToUpper(kb)
		}
		return strings.Compare(ka, kb)
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		c := compare(a, b)
		if c == 0 && !has(opts, "s", "u", "unique") {
			c = strings.Compare(a, b)
		}
		if has(opts, "r", "reverse") {
			return -c
		}
		return c
	})
	if has(opts, "u", "unique") {
		lines = slices.CompactFunc(lines, func(a, b string) bool { return compare(a, b) == 0 })
	}
	text := strings.Join(lines, "\n")
	if len(lines) > 0 {
		text += "\n"
	}
	if to := opts["o"] + opts["output"]; to != "" {
		if err := p.w.writeFile(p.abs(to), []byte(text), 0o666&^p.umask); err != nil {
			return p.failf(2, "sort: %s: %s", to, sentence(err))
		}
		return status
	}
	_, _ = p.out.WriteString(text)
	return status
}

func leadingNumber(s string) float64 {
	s = strings.TrimLeft(s, " \t")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && s[end] == '-') {
		end++
	}
	v, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0
	}
	if end < len(s) {
		if i := strings.IndexByte("KMGTP", s[end]); i >= 0 {
			for range i + 1 {
				v *= 1024
			}
		}
	}
	return v
}

func uniqCommand(p *proc) int {
	opts, names, ok := p.options("cdui", "")
	if !ok {
		return 1
	}
	lines, status := p.lines(names[:min(1, len(names))])
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && (lines[j] == lines[i] || has(opts, "i") && strings.EqualFold(lines[j], lines[i])) {
			j++
		}
		switch n := j - i; {
		case has(opts, "d") && n == 1, has(opts, "u") && n > 1:
		case has(opts, "c"):
			fmt.Fprintf(p.out, "%7d %s\n", n, lines[i])
		default:
			fmt.Fprintln(p.out, lines[i])
		}
		i = j
	}
	return status
}

func revCommand(p *proc) int {
	lines, status := p.lines(p.args[1:])
	for _, l := range lines {
		r := []rune(l)
		slices.Reverse(r)
		fmt.Fprintln(p.out, string(r))
	}
	return status
}

func tacCommand(p *proc) int {
	lines, status := p.lines(p.args[1:])
	for _, l := range slices.Backward(lines) {
		fmt.Fprintln(p.out, l)
	}
	return status
}

// cmpCommand is cmp, and diff as far as its status goes.
func cmpCommand(p *proc) int {
	opts, names, ok := p.options("sqruN", "", "brief", "quiet", "silent")
	if !ok || len(names) != 2 {
		return p.failf(2, "%s: missing operand", p.name())
	}
	var data [2][]byte
	for i, name := range names {
		r, err := p.openIn(name)
		if err == nil {
			data[i], err = io.ReadAll(io.LimitReader(r, p.w.d.limit))
		}
		if err != nil {
			return p.failf(2, "%s: %s: %s", p.name(), name, sentence(err))
		}
	}
	if slices.Equal(data[0], data[1]) {
		return 0
	}
	if !has(opts, "s", "quiet", "silent") {
		fmt.Fprintf(p.out, "Files %s and %s differ\n", names[0], names[1])
	}
	return 1
}
