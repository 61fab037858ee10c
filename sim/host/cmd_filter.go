package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
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

func grepCommand(p *proc) int {
	opts, rest, ok := p.options("EFGPivclLnqsowxhHrRa", "emAB", "regexp=", "quiet", "count", "ignore-case", "invert-match", "color=", "extended-regexp", "fixed-strings", "line-number", "recursive", "only-matching", "word-regexp", "no-messages")
	if !ok {
		return 2
	}
	pattern, given := opts["e"]
	if !given {
		pattern, given = opts["regexp"]
	}
	if !given {
		if len(rest) == 0 {
			return p.failf(2, "Usage: grep [OPTION]... PATTERNS [FILE]...")
		}
		pattern, rest = rest[0], rest[1:]
	}
	re, err := grepPattern(p.name(), pattern, opts)
	if err != nil {
		return p.failf(2, "%s: %s: Invalid regular expression", p.name(), pattern)
	}
	g := grep{p: p, re: re, opts: opts, limit: -1}
	if m, set := opts["m"]; set {
		if g.limit, err = strconv.Atoi(m); err != nil {
			return p.failf(2, "%s: invalid max count", p.name())
		}
	}
	if has(opts, "r", "R", "recursive") {
		rest = p.filesBelow(rest)
		g.named = true
	}
	g.named = (g.named || len(rest) > 1 || has(opts, "H")) && !has(opts, "h")
	status := p.eachInput(rest, g.file)
	switch {
	case g.found && (status == 0 || has(opts, "q", "quiet")):
		return 0
	case status != 0:
		return 2
	}
	return 1
}

func (p *proc) filesBelow(names []string) []string {
	if len(names) == 0 {
		names = []string{"."}
	}
	var files []string
	for _, top := range names {
		_ = p.walk(p.abs(top), top, func(_, shown string, st info) error {
			if st.mode.IsRegular() {
				files = append(files, shown)
			}
			return nil
		})
	}
	return files
}

// grepPattern makes a Go expression of a basic, extended or fixed one.
func grepPattern(name, pattern string, opts map[string]string) (*regexp.Regexp, error) {
	alternatives := strings.Split(pattern, "\n")
	for i, a := range alternatives {
		switch {
		case has(opts, "F", "fixed-strings") || name == "fgrep":
			alternatives[i] = regexp.QuoteMeta(a)
		case has(opts, "E", "P", "extended-regexp") || name == "egrep":
		default:
			alternatives[i] = basicPattern(a)
		}
	}
	expr := "(?:" + strings.Join(alternatives, "|") + ")"
	if has(opts, "w", "word-regexp") {
		expr = `\b` + expr + `\b`
	}
	if has(opts, "x") {
		expr = "^" + expr + "$"
	}
	if has(opts, "i", "ignore-case") {
		expr = "(?i)" + expr
	}
	return regexp.Compile(expr)
}

// basicPattern swaps the meaning of escaped and plain operators.
func basicPattern(a string) string {
	var b strings.Builder
	for i := 0; i < len(a); i++ {
		c := a[i]
		switch {
		case c == '[': // up to its end nothing has a special meaning
			end := strings.IndexByte(a[min(i+2, len(a)):], ']')
			if end < 0 {
				b.WriteString(a[i:])
				return b.String()
			}
			b.WriteString(a[i : i+3+end])
			i += 2 + end
		case strings.IndexByte("+?|(){}", c) >= 0:
			b.WriteString(`\` + string(c))
		case c == '*' && (i == 0 || i == 1 && a[0] == '^'):
			b.WriteString(`\*`)
		case c == '\\' && i+1 < len(a):
			i++
			if strings.IndexByte("+?|(){}", a[i]) >= 0 {
				b.WriteByte(a[i])
			} else {
				b.WriteString(`\` + a[i:i+1])
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

type grep struct {
	p     *proc
	re    *regexp.Regexp
	opts  map[string]string
	named bool
	found bool
	limit int
}

func (g *grep) file(name string, r io.Reader) error {
	if name == "-" {
		name = "(standard input)"
	}
	count, number := 0, 0
	err := eachLine(r, func(line string) error {
		number++
		text := strings.TrimSuffix(line, "\n")
		if g.re.MatchString(text) == has(g.opts, "v", "invert-match") {
			return nil
		}
		g.found = true
		count++
		switch {
		case has(g.opts, "q", "quiet", "l"):
			return errStop
		case !has(g.opts, "c", "count", "L"):
			g.print(name, number, text)
		}
		if g.limit >= 0 && count >= g.limit {
			return errStop
		}
		return nil
	})
	switch {
	case has(g.opts, "q", "quiet"):
	case has(g.opts, "l") && count > 0, has(g.opts, "L") && count == 0:
		fmt.Fprintln(g.p.out, name)
	case has(g.opts, "c", "count"):
		g.print(name, 0, fmt.Sprint(count))
	}
	if errors.Is(err, errStop) || errors.Is(err, fs.ErrNotExist) && has(g.opts, "s", "no-messages") {
		return nil
	}
	return err
}

func (g *grep) print(name string, number int, text string) {
	prefix := ""
	if g.named {
		prefix = name + ":"
	}
	if number > 0 && has(g.opts, "n", "line-number") {
		prefix += fmt.Sprint(number) + ":"
	}
	if number > 0 && has(g.opts, "o", "only-matching") {
		for _, m := range g.re.FindAllString(text, -1) {
			fmt.Fprintln(g.p.out, prefix+m)
		}
		return
	}
	fmt.Fprintln(g.p.out, prefix+text)
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

// span is one part of a list like 1,3-5,7-.
type span struct{ from, to int }

func parseSpans(list string) ([]span, error) {
	var spans []span
	for _, part := range strings.Split(list, ",") {
		from, to, ranged := strings.Cut(part, "-")
		s := span{1, 1 << 30}
		var err error
		if from != "" {
			if s.from, err = strconv.Atoi(from); err != nil || s.from < 1 {
				return nil, errors.New("fields are numbered from 1")
			}
		}
		if !ranged {
			s.to = s.from
		} else if to != "" {
			if s.to, err = strconv.Atoi(to); err != nil {
				return nil, errors.New("invalid range")
			}
		}
		spans = append(spans, s)
	}
	return spans, nil
}

func within(spans []span, n int) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return n >= s.from && n <= s.to })
}

func cutCommand(p *proc) int {
	opts, names, ok := p.options("sn", "dfcb", "delimiter=", "fields=", "characters=", "output-delimiter=")
	if !ok {
		return 1
	}
	delim := "\t"
	if d := opts["d"] + opts["delimiter"]; d != "" {
		delim = d
	}
	fields := opts["f"] + opts["fields"]
	list := fields + opts["c"] + opts["b"] + opts["characters"]
	spans, err := parseSpans(list)
	if err != nil || list == "" {
		return p.fail("you must specify a list of bytes, characters, or fields")
	}
	return p.eachInput(names, func(_ string, r io.Reader) error {
		return eachLine(r, func(line string) error {
			line = strings.TrimSuffix(line, "\n")
			var parts []string
			join := delim
			switch {
			case fields == "":
				parts, join = strings.Split(line, ""), ""
			case !strings.Contains(line, delim):
				if !has(opts, "s") {
					fmt.Fprintln(p.out, line)
				}
				return nil
			default:
				parts = strings.Split(line, delim)
			}
			var keep []string
			for i, part := range parts {
				if within(spans, i+1) {
					keep = append(keep, part)
				}
			}
			if o, set := opts["output-delimiter"]; set {
				join = o
			}
			_, err := fmt.Fprintln(p.out, strings.Join(keep, join))
			return err
		})
	})
}

// trSet expands ranges, classes and escapes.
func trSet(s string) []byte {
	for name, set := range map[string]string{
		"[:upper:]": "A-Z", "[:lower:]": "a-z", "[:digit:]": "0-9", "[:alpha:]": "A-Za-z", "[:alnum:]": "0-9A-Za-z",
		"[:space:]": " \t\n\v\f\r", "[:blank:]": " \t", "[:punct:]": "!-/:-@[-`{-~",
	} {
		s = strings.ReplaceAll(s, name, set)
	}
	s = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "\x00", `\\`, `\`).Replace(s)
	var set []byte
	for i := 0; i < len(s); i++ {
		if i+2 < len(s) && s[i+1] == '-' && s[i+2] >= s[i] {
			for c := int(s[i]); c <= int(s[i+2]); c++ {
				set = append(set, byte(c))
			}
			i += 2
			continue
		}
		set = append(set, s[i])
	}
	return set
}

func trCommand(p *proc) int {
	opts, sets, ok := p.options("dscCt", "", "delete", "squeeze-repeats", "complement")
	if !ok || len(sets) == 0 {
		return p.failf(1, "tr: missing operand")
	}
	from := trSet(sets[0])
	var in [256]bool
	for _, c := range from {
		in[c] = true
	}
	if has(opts, "c", "C", "complement") {
		from = nil
		for c := range in {
			if in[c] = !in[c]; in[c] {
				from = append(from, byte(c))
			}
		}
	}
	remove, squeeze := has(opts, "d", "delete"), has(opts, "s", "squeeze-repeats")
	var mapped, squeezed [256]bool
	var to [256]byte
	squeezed = in
	if len(sets) > 1 {
		last := trSet(sets[1])
		squeezed = [256]bool{}
		for i, c := range from {
			if len(last) > 0 && !remove {
				mapped[c], to[c] = true, last[min(i, len(last)-1)]
			}
		}
		for _, c := range last {
			squeezed[c] = true
		}
	}
	return p.eachInput(nil, func(_ string, r io.Reader) error {
		b := make([]byte, 32<<10)
		before := -1
		for {
			n, err := r.Read(b)
			for _, c := range b[:n] {
				if remove && in[c] {
					continue
				}
				if mapped[c] {
					c = to[c]
				}
				if squeeze && squeezed[c] && int(c) == before {
					continue
				}
				before = int(c)
				if e := p.out.WriteByte(c); e != nil {
					return e
				}
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
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
