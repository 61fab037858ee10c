package host

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

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

// translation is what tr does to each byte.
type translation struct {
	remove, squeeze [256]bool
	to              [256]byte
}

func newTranslation(opts map[string]string, sets []string) *translation {
	tr := &translation{}
	for c := range tr.to {
		tr.to[c] = byte(c)
	}
	from := trSet(sets[0])
	if has(opts, "c", "C", "complement") {
		from = complement(from)
	}
	var to []byte
	if len(sets) > 1 {
		to = trSet(sets[1])
	}
	remove, squeeze := has(opts, "d", "delete"), has(opts, "s", "squeeze-repeats")
	for i, c := range from {
		switch {
		case remove:
			tr.remove[c] = true
		case len(to) > 0:
			tr.to[c] = to[min(i, len(to)-1)]
		}
		tr.squeeze[c] = squeeze && len(sets) == 1
	}
	for _, c := range to {
		tr.squeeze[c] = squeeze
	}
	return tr
}

func complement(set []byte) []byte {
	var in [256]bool
	for _, c := range set {
		in[c] = true
	}
	var rest []byte
	for c, is := range in {
		if !is {
			rest = append(rest, byte(c))
		}
	}
	return rest
}

func trCommand(p *proc) int {
	opts, sets, ok := p.options("dscCt", "", "delete", "squeeze-repeats", "complement")
	if !ok || len(sets) == 0 {
		return p.failf(1, "tr: missing operand")
	}
	tr := newTranslation(opts, sets)
	return p.eachInput(nil, func(_ string, r io.Reader) error {
		b := make([]byte, 32<<10)
		before := -1
		for {
			n, err := r.Read(b)
			for _, c := range b[:n] {
				if tr.remove[c] {
					continue
				}
				c = tr.to[c]
				if tr.squeeze[c] && int(c) == before {
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
