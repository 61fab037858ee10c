package fleet

import (
	"regexp"
	"strings"
	"unicode"
)

// pattern is a text with * for anything, or a regular expression.
type pattern struct {
	text   string
	lower  string         // the text, for comparing
	source string         // of a regular expression, without its slashes
	expr   *regexp.Regexp // nil for a text
}

func textPattern(s string) pattern { return pattern{text: s, lower: strings.ToLower(s)} }

// in says whether a value matches: a text as a whole, or somewhere in it.
func (p pattern) in(value string, whole bool) bool {
	if p.expr != nil {
		return p.expr.MatchString(value)
	}
	text := p.lower
	if !whole {
		text = "*" + text + "*"
	}
	return glob(text, strings.ToLower(value))
}

func (p pattern) String() string {
	if p.expr != nil {
		return "/" + p.source + "/"
	}
	return quoteTerm(p.text)
}

// glob says whether a value is like a pattern in which each * stands for any
// text. The first part must begin it, the last must end it, and the others are
// taken where they come first, which never spoils a later one.
func glob(pattern, value string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == value
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(value, first) || !strings.HasSuffix(value[len(first):], last) {
		return false
	}
	value = value[len(first) : len(value)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		_, rest, ok := strings.Cut(value, p)
		if !ok {
			return false
		}
		value = rest
	}
	return true
}

// pattern reads a text, with or without quotes, or an expression.
func (p *filterParser) pattern() (pattern, error) {
	start := p.at
	switch p.next() {
	case '/':
		source, err := p.quoted('/', "expression")
		if err != nil {
			return pattern{}, err
		}
		expr, err := regexp.Compile("(?i)" + source)
		if err != nil {
			return pattern{}, p.bad(start, "the expression can't be read (%v); put a text in quotes if it is none", err)
		}
		return pattern{source: source, expr: expr}, nil
	case '"':
		text, err := p.quoted('"', "quote")
		return textPattern(unescape(text)), err
	}
	p.at += p.bareEnd(p.text[p.at:])
	text := p.text[start:p.at]
	p.space()
	return textPattern(text), nil
}

// quoted reads up to a sign that no backslash stands before, and gives what is
// between as it was written.
func (p *filterParser) quoted(sign byte, what string) (string, error) {
	start := p.at
	for n := start + 1; n < len(p.text); n++ {
		switch p.text[n] {
		case '\\':
			n++
		case sign:
			p.at = n + 1
			if p.at < len(p.text) && p.bareEnd(p.text[p.at:]) > 0 {
				return "", p.bad(p.at, "something stands right behind the %s; put a space between", what)
			}
			p.space()
			return p.text[start+1 : n], nil
		}
	}
	return "", p.bad(start, "this %s never ends; add a %c", what, sign)
}

// unescape takes the backslash from \" and \\ and leaves any other.
func unescape(s string) string { return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s) }

// quoteTerm writes a text so that it is read as a text.
func quoteTerm(s string) string {
	plain := s != "" && !strings.ContainsAny(s, `():<>="\`) && !strings.ContainsFunc(s, unicode.IsSpace) &&
		s[0] != '!' && s[0] != '/' && !strings.EqualFold(s, "or") && !strings.EqualFold(s, "and")
	if plain {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
