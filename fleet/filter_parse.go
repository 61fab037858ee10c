package fleet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// filterDepth bounds how deeply a filter nests, so that none exhausts the stack.
const filterDepth = 100

// ParseFilter reads a filter:
//
//	text             id, region, zone, type, address, stage or reason has it
//	field:value      a field is that, in any case; * stands for anything
//	field>n          also >=, < and <=, of age (30m, 2h, 3d) and price (USD per hour)
//	/regex/          one of the fields of a text matches; also field:/regex/
//	!x               not x
//	x y              x and y
//	x or y           one of them; it binds less than "and"
//	(x or y) z       brackets
//	"a text"         quotes for spaces and for what else has a meaning; \" and \\ in them
//
// The empty filter takes everything. The error is a *Error of KindInvalid that
// names the place (characters from 1) and, where it helps, the fields.
func ParseFilter(text string) (Filter, error) {
	p := &filterParser{text: text}
	p.space()
	if p.at == len(text) {
		return Filter{}, nil
	}
	c, err := p.either()
	if err == nil && p.at < len(text) {
		err = p.bad(p.at, "there is a ) that nothing opened; take it out or put the text in quotes")
	}
	if err != nil {
		return Filter{}, err
	}
	return Filter{root: c}, nil
}

// filterParser reads from left to right; each method leaves it behind what it
// read and the space after that.
type filterParser struct {
	text  string
	at    int // in bytes
	depth int
}

func (p *filterParser) bad(at int, format string, args ...any) error {
	return &Error{
		Op: "read the filter", Kind: KindInvalid,
		Err: fmt.Errorf("character %d: %s", utf8.RuneCountInString(p.text[:at])+1, fmt.Sprintf(format, args...)),
	}
}

func (p *filterParser) space() {
	p.at = len(p.text) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// next gives the next byte, 0 at the end.
func (p *filterParser) next() byte {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// word reads a keyword, in any case, if it stands here.
func (p *filterParser) word(word string) bool {
	end := p.at + p.bareEnd(p.text[p.at:])
	if !strings.EqualFold(p.text[p.at:end], word) {
		return false
	}
	p.at = end
	p.space()
	return true
}

// bareEnd is where a text without quotes ends.
func (p *filterParser) bareEnd(s string) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return r == '(' || r == ')' || unicode.IsSpace(r) }); n >= 0 {
		return n
	}
	return len(s)
}

func (p *filterParser) either() (condition, error) {
	var all either
	for {
		c, err := p.every()
		if err != nil {
			return nil, err
		}
		if in, ok := c.(either); ok { // brackets that change nothing
			all = append(all, in...)
		} else {
			all = append(all, c)
		}
		if !p.word("or") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (p *filterParser) every() (condition, error) {
	var all every
	for {
		c, err := p.one()
		if err != nil {
			return nil, err
		}
		if in, ok := c.(every); ok {
			all = append(all, in...)
		} else {
			all = append(all, c)
		}
		if p.word("and") {
			continue
		}
		if p.at == len(p.text) || p.next() == ')' || strings.EqualFold(p.text[p.at:p.at+p.bareEnd(p.text[p.at:])], "or") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// one reads a condition with its sign and brackets.
func (p *filterParser) one() (condition, error) {
	if p.depth++; p.depth > filterDepth {
		return nil, p.bad(p.at, "brackets and signs nest more than %d deep; write it more simply", filterDepth)
	}
	defer func() { p.depth-- }()
	start := p.at
	switch {
	case p.at == len(p.text) || p.next() == ')':
		return nil, p.bad(start, "something is missing here; write a text, field:value or /regex/")
	case p.word("or"), p.word("and"):
		return nil, p.bad(start, "something is missing before this word; put it in quotes if it is a text")
	case p.next() == '!':
		p.at++
		p.space()
		c, err := p.one()
		return not{c}, err
	case p.next() == '(':
		p.at++
		p.space()
		c, err := p.either()
		if err != nil {
			return nil, err
		}
		if p.next() != ')' {
			return nil, p.bad(start, "this ( is never closed; add a )")
		}
		p.at++
		p.space()
		return c, nil
	}
	return p.term()
}

// term reads a text, field:value, field>n or an expression.
func (p *filterParser) term() (condition, error) {
	if c := p.next(); c == '"' || c == '/' {
		v, err := p.pattern()
		return inFree(v), err
	}
	start := p.at
	bare := p.text[start : start+p.bareEnd(p.text[start:])]
	n := strings.IndexAny(bare, ":<>=")
	if n < 0 || bare[n] == '=' && !slices.Contains(FilterFields(), strings.ToLower(bare[:n])) {
		v, err := p.pattern()
		return inFree(v), err
	}
	name, op := strings.ToLower(bare[:n]), bare[n:n+1]
	if op != ":" && strings.HasPrefix(bare[n+1:], "=") {
		op += "="
	}
	p.at = start + n + len(op)
	if op[0] == '=' {
		return nil, p.bad(start+n, "%s is compared with another sign; write %s:value for a text, %s>n for age and price", name, name, name)
	}
	for _, f := range textFields() {
		if f.name == name {
			return p.textTerm(start, f, op)
		}
	}
	for _, f := range numberFields() {
		if f.name == name {
			return p.numberTerm(start, f, op)
		}
	}
	return nil, p.bad(start, "no field is called %q; fields are %s", name, strings.Join(FilterFields(), ", "))
}

func (p *filterParser) textTerm(start int, f textField, op string) (condition, error) {
	if op != ":" {
		return nil, p.bad(start, "%s is a text, which has no size; write %s:value", f.name, f.name)
	}
	if p.at == len(p.text) || p.bareEnd(p.text[p.at:]) == 0 {
		return nil, p.bad(p.at, `%s: needs a value right behind it; write %s:"" for none`, f.name, f.name)
	}
	v, err := p.pattern()
	return inField(f, v), err
}

func (p *filterParser) numberTerm(start int, f numberField, op string) (condition, error) {
	if op == ":" {
		return nil, p.bad(start, "%s is a number; compare it with >, >=, < or <=", f.name)
	}
	at := p.at
	p.at += p.bareEnd(p.text[at:])
	text := p.text[at:p.at]
	v, ok := f.read(text)
	if !ok {
		return nil, p.bad(at, "%q is no value of %s; write %s", text, f.name, f.what)
	}
	p.space()
	return compared{field: f, op: op, text: text, limit: v}, nil
}
