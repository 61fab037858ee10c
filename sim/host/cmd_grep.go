package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

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
